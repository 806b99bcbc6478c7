import { boolean, checkOptions, optional } from '../../../core/options.js';
import type { UpdateRuleName } from '../../../optim/update-rules.js';
import type { AnyModel } from '../../model.js';
import { checkedNet, Optimizer, schemaOf } from './optimizer.js';

export interface AdamaxOptions {
  /** Default 1e-3 for Adam, AdamW and RAdam, 2e-3 for Adamax and NAdam. */
  readonly lr?: number;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Default 0, for AdamW 1e-2. */
  readonly weightDecay?: number;
}

export interface AdamOptions extends AdamaxOptions {
  /** AMSGrad (Reddi, Kale & Kumar 2018): divides by the root of the largest v so far, not of the last one. Default false. */
  readonly amsgrad?: boolean;
}

/** Kingma & Ba 2015, with bias correction; weight decay is added to the gradient. */
export class Adam extends Optimizer {
  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(net: AnyModel, options: AdamOptions = {}) {
    super(checkedNet('Adam', net), ...ruleOf('Adam', options, 'adam', 'amsgrad'));
  }
}

/** Loshchilov & Hutter 2019: Adam with weight decay apart from the gradient, w −= lr·weightDecay·w. */
export class AdamW extends Optimizer {
  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(net: AnyModel, options: AdamOptions = {}) {
    super(checkedNet('AdamW', net), ...ruleOf('AdamW', options, 'adamw', 'amsgradw'));
  }
}

/** Kingma & Ba 2015, section 7.1: m as Adam's; u = max(β₂·u, |g| + ε); w −= lr / (1 − β₁ᵗ)·m / u. */
export class Adamax extends Optimizer {
  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(net: AnyModel, options: AdamaxOptions = {}) {
    super(checkedNet('Adamax', net), 'adamax', checkOptions('Adamax', options, schemaOf('adamax')));
  }
}

export interface NAdamOptions extends AdamaxOptions {
  /** ψ; default 4e-3. */
  readonly momentumDecay?: number;
}

/**
 * Dozat 2016, Adam with Nesterov's momentum, with PyTorch's schedule μₜ = β₁·(1 − ½·0.96^(t·ψ)):
 * w −= lr·((1 − μₜ) / (1 − Πμ)·g + μₜ₊₁ / (1 − μₜ₊₁·Πμ)·m) / (√v̂ + ε).
 */
export class NAdam extends Optimizer {
  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(net: AnyModel, options: NAdamOptions = {}) {
    super(checkedNet('NAdam', net), 'nadam', checkOptions('NAdam', options, schemaOf('nadam')));
  }
}

/**
 * Liu et al. 2020: Adam whose step is rectified, and does without the second moment in the first steps (five, for the usual β₂), when
 * that is of too few gradients.
 */
export class RAdam extends Optimizer {
  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(net: AnyModel, options: AdamaxOptions = {}) {
    super(checkedNet('RAdam', net), 'radam', checkOptions('RAdam', options, schemaOf('radam')));
  }
}

/** The rule with or without AMSGrad, and its hyper-parameters. */
function ruleOf(
  who: string,
  options: AdamOptions,
  plain: UpdateRuleName,
  amsgradRule: UpdateRuleName,
): [rule: UpdateRuleName, hyperparameters: Readonly<Record<string, number>>] {
  const schema = { ...schemaOf(plain), amsgrad: optional(boolean, false) };
  const { amsgrad, ...hyperparameters } = checkOptions(who, options, schema);
  return [amsgrad === true ? amsgradRule : plain, hyperparameters as Readonly<Record<string, number>>];
}
