import { configure } from '../backend/index.js';
import type { FlagValues } from './arguments.js';
import type { machineFlags } from './machine-flags.js';

/** @throws BackendError for a backend or instruction set that cannot be had */
export function useMachine({ backend, isa, threads }: FlagValues<typeof machineFlags>): void {
  configure({
    ...(backend === undefined ? {} : { backend }),
    ...(isa === undefined ? {} : { isa }),
    ...(threads === undefined ? {} : { threads }),
  });
}
