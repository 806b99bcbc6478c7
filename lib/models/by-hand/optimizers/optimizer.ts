import { describe } from '../../../core/describe.js';
import { ArgumentError } from '../../../core/errors.js';
import type { OptionalRule } from '../../../core/options.js';
import type { OptimizerState } from '../../../net/training/optimizer-state.js';
import { type UpdateRule, type UpdateRuleName, updateRules } from '../../../optim/update-rules.js';
import { type AnyModel, Model } from '../../model.js';

/** An update rule bound to a net, for loops that a user writes: `zeroGrad()`, backward pass, `step()`. */
export abstract class Optimizer {
  readonly net: AnyModel;
  /** The learning rate; may be changed between steps. */
  lr: number;
  readonly #state: OptimizerState;
  readonly #others: Readonly<Record<string, number>>;

  /** @param hyperparameters the rule's, checked, with the learning rate as `lr` */
  protected constructor(
    net: AnyModel,
    rule: UpdateRuleName,
    hyperparameters: Readonly<Record<string, number>>,
  ) {
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

/** A rule's hyper-parameters, with the learning rate under PyTorch's name. */
export function schemaOf(name: UpdateRuleName): Record<string, OptionalRule<number>> {
  const rule: UpdateRule = updateRules[name];
  const { learningRate, ...others } = rule.hyperparameters;
  return { lr: learningRate!, ...others };
}

export function checkedNet(who: string, net: unknown): AnyModel {
  if (net instanceof Model) return net;
  throw new ArgumentError(`${who}: expected the net to be a model but received ${describe(net)}`);
}
