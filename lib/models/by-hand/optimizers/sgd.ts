import { ArgumentError } from '../../../core/errors.js';
import { boolean, checkOptions, optional, type Rule } from '../../../core/options.js';
import { updateRules } from '../../../optim/update-rules.js';
import type { AnyModel } from '../../model.js';
import { checkedNet, Optimizer, schemaOf } from './optimizer.js';

export interface SGDOptions {
  /** The learning rate; default 1e-2. */
  readonly lr?: number;
  /** μ; default 0. v = μ·v − lr·g; w += v. */
  readonly momentum?: number;
  /** Nesterov's momentum; default false. */
  readonly nesterov?: boolean;
  /** Times w added to the gradient of every parameter, biases too; default 0. */
  readonly weightDecay?: number;
}

/** Stochastic gradient descent: w −= lr·(g + weightDecay·w), with momentum if wanted. */
export class SGD extends Optimizer {
  /** @throws ArgumentError for an option that is unknown or out of range, or Nesterov without momentum */
  constructor(net: AnyModel, options: SGDOptions = {}) {
    const { nesterov, momentum, ...rest } = checkOptions('SGD', options, {
      ...schemaOf('sgdMomentum'),
      momentum: optional(updateRules.sgdMomentum.hyperparameters.momentum as Rule<number>, 0),
      nesterov: optional(boolean, false),
    }) as Required<SGDOptions>;
    if (nesterov && momentum === 0) {
      throw new ArgumentError('SGD: expected option momentum to be above 0 for nesterov but received 0');
    }
    const rule = momentum === 0 ? 'sgd' : nesterov ? 'nesterov' : 'sgdMomentum';
    super(checkedNet('SGD', net), rule, momentum === 0 ? rest : { ...rest, momentum });
  }
}
