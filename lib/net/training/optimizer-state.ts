import type { TypedArray } from '../../core/dtype.js';
import { allocate } from '../../core/memory.js';
import { momentsOf, type UpdateRuleName } from '../../optim/update-rules.js';
import type { Network } from '../network.js';

/** What an update rule remembers from step to step: its moments, and how many steps it has done. */
export class OptimizerState {
  readonly rule: UpdateRuleName;
  /** Steps done. */
  t = 0;
  /** One moment after another, each laid out as the parameters. */
  readonly moments: TypedArray;
  readonly #network: Network;

  constructor(rule: UpdateRuleName, network: Network) {
    this.rule = rule;
    this.#network = network;
    this.moments = allocate(network.dtype, momentsOf(rule).length * network.parameterLength);
  }

  /** Whether it was made for that net. */
  isOf(network: Network): boolean {
    return this.#network === network;
  }
}
