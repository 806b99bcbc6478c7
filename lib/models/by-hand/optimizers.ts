import { describe } from '../../core/describe.js';
import { ArgumentError } from '../../core/errors.js';
import { boolean, checkOptions, type OptionalRule, optional, type Rule } from '../../core/options.js';
import type { OptimizerState } from '../../net/training/optimizer-state.js';
import { type UpdateRule, type UpdateRuleName, updateRules } from '../../optim/update-rules.js';
import { Model } from '../model.js';

/** An update rule bound to a net, for loops that a user writes: `zeroGrad()`, backward pass, `step()`. */
export abstract class Optimizer {
  readonly net: Model;
  /** The learning rate; may be changed between steps. */
  lr: number;
  readonly #state: OptimizerState;
  readonly #others: Readonly<Record<string, number>>;

  /** @param hyperparameters the rule's, checked, with the learning rate as `lr` */
  protected constructor(net: Model, rule: UpdateRuleName, hyperparameters: Readonly<Record<string, number>>) {
    const { lr, ...others } = hyperparameters;
    this.net = net;
    this.lr = lr as number;
    this.#others = others;
    this.#state = net.newOptimizerState(rule);
  }

  /** Steps done. */
  get t(): number {
    return this.#state.t;
  }

  /**
   * One step on the gradients of the last backward pass.
   * @throws StateError while a training of the net runs
   */
  step(): void {
    this.net.applyUpdate(this.#state, { ...this.#others, learningRate: this.lr });
  }

  /** Sets the gradients to zero. */
  zeroGrad(): void {
    this.net.zeroGrad();
  }
}

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
  constructor(net: Model, options: SGDOptions = {}) {
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

export interface AdagradOptions {
  /** Default 1e-2. */
  readonly lr?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Default 0. */
  readonly weightDecay?: number;
}

/** Duchi, Hazan & Singer 2011: v += g²; w −= lr·g / (√v + ε). */
export class Adagrad extends Optimizer {
  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(net: Model, options: AdagradOptions = {}) {
    super(checkedNet('Adagrad', net), 'adagrad', checkOptions('Adagrad', options, schemaOf('adagrad')));
  }
}

export interface RMSPropOptions extends AdagradOptions {
  /** d; default 0.99. */
  readonly decayRate?: number;
}

/** Tieleman & Hinton 2012: v = d·v + (1 − d)·g²; w −= lr·g / (√v + ε). */
export class RMSProp extends Optimizer {
  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(net: Model, options: RMSPropOptions = {}) {
    super(checkedNet('RMSProp', net), 'rmsprop', checkOptions('RMSProp', options, schemaOf('rmsprop')));
  }
}

export interface AdamOptions {
  /** Default 1e-3. */
  readonly lr?: number;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Default 0 for Adam, 1e-2 for AdamW. */
  readonly weightDecay?: number;
}

/** Kingma & Ba 2015, with bias correction; weight decay is added to the gradient. */
export class Adam extends Optimizer {
  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(net: Model, options: AdamOptions = {}) {
    super(checkedNet('Adam', net), 'adam', checkOptions('Adam', options, schemaOf('adam')));
  }
}

/** Loshchilov & Hutter 2019: Adam with weight decay apart from the gradient, w −= lr·weightDecay·w. */
export class AdamW extends Optimizer {
  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(net: Model, options: AdamOptions = {}) {
    super(checkedNet('AdamW', net), 'adamw', checkOptions('AdamW', options, schemaOf('adamw')));
  }
}

/** A rule's hyper-parameters, with the learning rate under PyTorch's name. */
function schemaOf(name: UpdateRuleName): Record<string, OptionalRule<number>> {
  const rule: UpdateRule = updateRules[name];
  const { learningRate, ...others } = rule.hyperparameters;
  return { lr: learningRate!, ...others };
}

function checkedNet(who: string, net: unknown): Model {
  if (net instanceof Model) return net;
  throw new ArgumentError(`${who}: expected the net to be a model but received ${describe(net)}`);
}
