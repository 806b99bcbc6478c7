import type { TypedArray } from '../core/dtype.js';
import { DivergenceError } from '../core/errors.js';
import type { BoundProgram, Buffers } from './bound-program.js';
import type { Network } from './network.js';
import type { ParameterMemory } from './parameter-memory.js';

/** The failed step, in a program that keeps all activations. */
export interface FailedStep {
  readonly who: string;
  /** From 0. */
  readonly iteration: number;
  readonly loss: number;
  readonly program: BoundProgram;
  readonly externals: Buffers;
  readonly scalars: Readonly<Record<string, number>>;
  readonly rows: number;
}

/**
 * The error for a loss that is NaN or infinite. Runs the step's forward pass again and looks, layer by layer, where the first number
 * that is not finite stands.
 */
export function divergenceError(
  step: FailedStep,
  network: Network,
  memory: ParameterMemory,
): DivergenceError {
  const { who, iteration, loss, program, externals, scalars, rows } = step;
  program.run(rows, externals, scalars, ['batch', 'forward', 'loss']);
  return new DivergenceError(
    `${who}: the loss of iteration ${iteration} is ${loss}; the first number that is not finite stands in ` +
      `${origin(step, network, memory)}. A smaller learning rate or smaller weights may help`,
    iteration,
  );
}

function origin({ program, rows }: FailedStep, network: Network, memory: ParameterMemory): string {
  const activations = program.labelled(rows);
  const bad = (label: string) => activations.some((each) => each.label === label && !allFinite(each.data));
  if (bad('batch') || bad('preparation')) return 'the batch, the input of the net';
  for (const { name, parameters } of network.layers) {
    const parameter = parameters.find((each) => !allFinite([...memory.params[each.name]!]));
    if (parameter !== undefined) return `the parameter ${parameter.name} of layer ${name}`;
    if (bad(name)) return `the output of layer ${name}`;
  }
  return 'the loss itself';
}

function allFinite(values: TypedArray | readonly number[]): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}
