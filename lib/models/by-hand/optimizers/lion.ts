import { checkOptions } from '../../../core/options.js';
import type { AnyModel } from '../../model.js';
import { checkedNet, Optimizer, schemaOf } from './optimizer.js';

export interface LionOptions {
  /** Default 1e-4: three to ten times less than for AdamW. */
  readonly lr?: number;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.99. */
  readonly beta2?: number;
  /** Apart from the gradient, as in AdamW; three to ten times more than there for the same strength. Default 0. */
  readonly weightDecay?: number;
}

/**
 * Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms": w −= lr·(sign(β₁·m + (1 − β₁)·g) + weightDecay·w);
 * m = β₂·m + (1 − β₂)·g. Every weight moves by lr in each step.
 */
export class Lion extends Optimizer {
  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(net: AnyModel, options: LionOptions = {}) {
    super(checkedNet('Lion', net), 'lion', checkOptions('Lion', options, schemaOf('lion')));
  }
}
