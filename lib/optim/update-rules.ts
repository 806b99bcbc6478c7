import {
  belowOne,
  checkOptions,
  nonNegative,
  type OptionalRule,
  optional,
  positive,
} from '../core/options.js';
import type { OpName } from '../ops/catalogue.js';
import { signatures } from '../ops/signature.js';

/** An update rule: the op that computes it, and the numbers that it takes. */
export interface UpdateRule {
  readonly op: OpName;
  /** With their ranges and defaults, in cs231n's names. */
  readonly hyperparameters: Readonly<Record<string, OptionalRule<number>>>;
}

const learningRate = optional(nonNegative, 1e-2);
const weightDecay = optional(nonNegative, 0);
const epsilon = optional(positive, 1e-8);
// A β below 1, since moments are divided by 1 − βᵗ.
const momentum = optional(belowOne, 0.9);
const adamHyperparameters = {
  learningRate: optional(nonNegative, 1e-3),
  beta1: optional(belowOne, 0.9),
  beta2: optional(belowOne, 0.999),
  epsilon,
  weightDecay,
};
const adamwHyperparameters = { ...adamHyperparameters, weightDecay: optional(nonNegative, 1e-2) };

/**
 * Every update rule by cs231n's or PyTorch's name, in the order of difficulty, with PyTorch's defaults where it has the rule. g is the
 * gradient plus weightDecay·w, except in adamw, amsgradw and lion.
 *
 * - `sgd`: w −= lr·g
 * - `sgdMomentum`: v = μ·v − lr·g; w += v
 * - `nesterov`: v′ = μ·v − lr·g; w += (1 + μ)·v′ − μ·v
 * - `adagrad`: v += g²; w −= lr·g / (√v + ε)
 * - `adadelta`: v = ρ·v + (1 − ρ)·g²; d = g·√(u + ε) / √(v + ε); u = ρ·u + (1 − ρ)·d²; w −= lr·d (Zeiler 2012)
 * - `rmsprop`: v = d·v + (1 − d)·g²; w −= lr·g / (√v + ε)
 * - `adam`: m = β₁·m + (1 − β₁)·g; v = β₂·v + (1 − β₂)·g²; w −= lr·m̂ / (√v̂ + ε), m̂ and v̂ corrected by 1 − βᵗ, t from 1
 * - `adamw`: adam, and w −= lr·weightDecay·w apart from the gradient
 * - `amsgrad`, `amsgradw`: adam and adamw with the largest v so far in place of v (Reddi, Kale & Kumar 2018)
 * - `adamax`: m as in adam; u = max(β₂·u, |g| + ε); w −= lr / (1 − β₁ᵗ)·m / u (Kingma & Ba 2015)
 * - `nadam`: m and v as in adam; w −= lr·((1 − μₜ) / (1 − Πμ)·g + μₜ₊₁ / (1 − μₜ₊₁·Πμ)·m) / (√v̂ + ε) with
 *   μᵢ = β₁·(1 − ½·0.96^(i·ψ)), the product over the steps 1 … t, ψ the `momentumDecay` (Dozat 2016, as PyTorch has it)
 * - `radam`: m and v as in adam; ρ = ρ∞ − 2·t·β₂ᵗ / (1 − β₂ᵗ), ρ∞ = 2 / (1 − β₂) − 1; where ρ > 5, w −= lr·r·m̂ / ((√v + ε) / √(1 − β₂ᵗ))
 *   with r² = (ρ − 4)(ρ − 2)·ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)·ρ), before that w −= lr·m̂ (Liu et al. 2020)
 * - `lion`: w −= lr·(sign(β₁·m + (1 − β₁)·g) + weightDecay·w); m = β₂·m + (1 − β₂)·g (Chen et al. 2023)
 */
export const updateRules = {
  sgd: { op: 'sgd', hyperparameters: { learningRate, weightDecay } },
  sgdMomentum: { op: 'momentum', hyperparameters: { learningRate, momentum, weightDecay } },
  nesterov: { op: 'nesterov', hyperparameters: { learningRate, momentum, weightDecay } },
  adagrad: { op: 'adagrad', hyperparameters: { learningRate, epsilon, weightDecay } },
  adadelta: {
    op: 'adadelta',
    hyperparameters: {
      learningRate: optional(nonNegative, 1),
      rho: optional(belowOne, 0.9),
      epsilon: optional(positive, 1e-6),
      weightDecay,
    },
  },
  rmsprop: {
    op: 'rmsprop',
    hyperparameters: { learningRate, decayRate: optional(belowOne, 0.99), epsilon, weightDecay },
  },
  adam: { op: 'adam', hyperparameters: adamHyperparameters },
  adamw: { op: 'adamw', hyperparameters: adamwHyperparameters },
  amsgrad: { op: 'amsgrad', hyperparameters: adamHyperparameters },
  amsgradw: { op: 'amsgradw', hyperparameters: adamwHyperparameters },
  adamax: {
    op: 'adamax',
    hyperparameters: { ...adamHyperparameters, learningRate: optional(nonNegative, 2e-3) },
  },
  nadam: {
    op: 'nadam',
    hyperparameters: {
      ...adamHyperparameters,
      learningRate: optional(nonNegative, 2e-3),
      momentumDecay: optional(nonNegative, 4e-3),
    },
  },
  radam: { op: 'radam', hyperparameters: adamHyperparameters },
  lion: {
    op: 'lion',
    hyperparameters: {
      learningRate: optional(nonNegative, 1e-4),
      beta1: optional(belowOne, 0.9),
      beta2: optional(belowOne, 0.99),
      weightDecay,
    },
  },
} as const satisfies Record<string, UpdateRule>;

export type UpdateRuleName = keyof typeof updateRules;

/** The hyper-parameters that a rule takes, each with a default of its own: `learningRate`, `momentum`, `beta1` … */
export type Hyperparameters<Name extends UpdateRuleName> = {
  readonly [Parameter in keyof (typeof updateRules)[Name]['hyperparameters']]?: number;
};

/** What a rule remembers of earlier steps: the operands of its op beside parameters and gradients. */
export function momentsOf(name: UpdateRuleName): readonly string[] {
  const operands = signatures[updateRules[name].op].operands.map((operand) => operand.name);
  return operands.filter((operand) => operand !== 'w' && operand !== 'g');
}

/** The scalars of a rule's op: its hyper-parameters, and for some the number of the step, `t`. */
export function scalarsOf(name: UpdateRuleName): readonly string[] {
  return signatures[updateRules[name].op].scalars.map((scalar) => scalar.name);
}

/**
 * A rule's hyper-parameters, checked and with the defaults of those left out.
 * @throws ArgumentError for one that is unknown or out of its range
 */
export function checkHyperparameters(
  who: string,
  name: UpdateRuleName,
  config: unknown,
): Readonly<Record<string, number>> {
  const rule: UpdateRule = updateRules[name];
  // Where PyTorch has an option, there is a rule: it remembers more.
  const elsewhere = { amsgrad: `the update rule '${name === 'adamw' ? 'amsgradw' : 'amsgrad'}'` };
  return checkOptions(who, config, rule.hyperparameters, elsewhere) as Readonly<Record<string, number>>;
}
