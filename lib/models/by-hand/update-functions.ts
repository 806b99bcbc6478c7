import { BoundProgram } from '../../backend/bound-program.js';
import type { FloatDtype, TypedArray } from '../../core/dtype.js';
import { allocateResult } from '../../core/memory.js';
import { any, checkOptions, nonNegativeInteger, type OptionalRule, optional } from '../../core/options.js';
import { asTensor, Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import { ProgramBuilder } from '../../ops/builder.js';
import {
  momentsOf,
  scalarsOf,
  type UpdateRule,
  type UpdateRuleName,
  updateRules,
} from '../../optim/update-rules.js';
import { commonDtype } from './common-dtype.js';

/** Hyper-parameters of {@link sgd}; what is left out has cs231n's default. */
export interface SgdConfig {
  /** Default 1e-2. */
  readonly learningRate?: number;
}

export interface SgdMomentumConfig extends SgdConfig {
  /** μ; default 0.9. */
  readonly momentum?: number;
  /** v, of w's shape; default zeros. */
  readonly velocity?: TensorLike;
}

export interface RmspropConfig extends SgdConfig {
  /** d; default 0.99. */
  readonly decayRate?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** The moving average of squared gradients, of w's shape; default zeros. */
  readonly cache?: TensorLike;
}

export interface AdamConfig {
  /** Default 1e-3. */
  readonly learningRate?: number;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** The moving average of gradients, of w's shape; default zeros. */
  readonly m?: TensorLike;
  /** The moving average of squared gradients, of w's shape; default zeros. */
  readonly v?: TensorLike;
  /** Steps done; default 0. */
  readonly t?: number;
}

/** The result of an update rule. */
export interface Updated<Config> {
  /** Of w's shape. */
  readonly nextW: Tensor;
  /** The config of the next step: a new object, with every default and with what the rule remembers. */
  readonly config: Config;
}

/** A config without gaps, whose moments are tensors. */
type Whole<Config> = {
  readonly [Name in keyof Config]-?: [TensorLike] extends [NonNullable<Config[Name]>]
    ? Tensor
    : NonNullable<Config[Name]>;
};

/**
 * Stochastic gradient descent (cs231n's `sgd`): w − lr·dw.
 * @param w any shape; it stays as it is, and so does config
 * @param dw of w's shape
 * @throws ShapeError, ArgumentError for what does not fit
 */
export function sgd(w: TensorLike, dw: TensorLike, config?: SgdConfig): Updated<Whole<SgdConfig>> {
  return update('sgd', 'sgd', w, dw, config, []) as Updated<Whole<SgdConfig>>;
}

/**
 * Gradient descent with momentum (cs231n's `sgd_momentum`): v = μ·v − lr·dw, w + v; v is `config.velocity`.
 * @param w any shape; it stays as it is, and so does config
 * @param dw of w's shape
 * @throws ShapeError, ArgumentError for what does not fit
 */
export function sgdMomentum(
  w: TensorLike,
  dw: TensorLike,
  config?: SgdMomentumConfig,
): Updated<Whole<SgdMomentumConfig>> {
  return update('sgdMomentum', 'sgdMomentum', w, dw, config, ['velocity']) as Updated<
    Whole<SgdMomentumConfig>
  >;
}

/**
 * RMSProp (cs231n's `rmsprop`): c = d·c + (1 − d)·dw², w − lr·dw / (√c + ε); c is `config.cache`.
 * @param w any shape; it stays as it is, and so does config
 * @param dw of w's shape
 * @throws ShapeError, ArgumentError for what does not fit
 */
export function rmsprop(
  w: TensorLike,
  dw: TensorLike,
  config?: RmspropConfig,
): Updated<Whole<RmspropConfig>> {
  return update('rmsprop', 'rmsprop', w, dw, config, ['cache']) as Updated<Whole<RmspropConfig>>;
}

/**
 * Adam with bias correction (cs231n's `adam`; Kingma & Ba 2015): t = t + 1, m = β₁·m + (1 − β₁)·dw, v = β₂·v + (1 − β₂)·dw²,
 * w − lr·m̂ / (√v̂ + ε), m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
 * @param w any shape; it stays as it is, and so does config
 * @param dw of w's shape
 * @throws ShapeError, ArgumentError for what does not fit
 */
export function adam(w: TensorLike, dw: TensorLike, config?: AdamConfig): Updated<Whole<AdamConfig>> {
  return update('adam', 'adam', w, dw, config, ['m', 'v']) as Updated<Whole<AdamConfig>>;
}

/** @param remembered what cs231n calls the rule's moments, in the order of its op */
function update(
  who: string,
  name: UpdateRuleName,
  w: unknown,
  dw: unknown,
  config: unknown,
  remembered: readonly string[],
): Updated<unknown> {
  const { hyperparameters }: UpdateRule = updateRules[name];
  const { weightDecay: _, ...numbers } = hyperparameters;
  const counts = scalarsOf(name).includes('t');
  const checked: Readonly<Record<string, unknown>> = checkOptions(`${who}: config`, config, {
    ...(numbers as Record<string, OptionalRule<number>>),
    ...Object.fromEntries(remembered.map((each) => [each, optional(any)])),
    ...(counts ? { t: optional(nonNegativeInteger, 0) } : {}),
  });
  const dtype = commonDtype(w, dw);
  const weights = asTensor(w, `${who}: w`, { dtype, convert: true });
  const { shape, size } = weights;
  const gradient = asTensor(dw, `${who}: dw`, { shape, dtype, convert: true });
  const moments = remembered.map((each) => {
    const given = checked[each];
    if (given === undefined) return allocateResult(dtype, size).fill(0);
    return copyOf(asTensor(given, `${who}: config.${each}`, { shape, dtype, convert: true }), dtype);
  });
  const nextW = copyOf(weights, dtype);
  const t = counts ? (checked.t as number) + 1 : 0;
  if (size > 0) {
    const scalars = Object.fromEntries(Object.keys(numbers).map((each) => [each, checked[each] as number]));
    const operands = Object.fromEntries(momentsOf(name).map((each, i) => [each, moments[i]!]));
    programOf(name, dtype).run(size, { w: nextW, g: gradient.elements(), ...operands }, { ...scalars, t });
  }
  return {
    nextW: new Tensor(nextW, shape),
    config: {
      ...checked,
      ...Object.fromEntries(remembered.map((each, i) => [each, new Tensor(moments[i]!, shape)])),
      ...(counts ? { t } : {}),
    },
  };
}

function copyOf(tensor: Tensor, dtype: FloatDtype): TypedArray {
  const copy = allocateResult(dtype, tensor.size);
  copy.set(tensor.elements());
  return copy;
}

const programs = new Map<string, BoundProgram>();

/** A program of the rule's op alone, over as many rows of one number as a call brings. */
function programOf(name: UpdateRuleName, dtype: FloatDtype): BoundProgram {
  const key = `${name} ${dtype}`;
  const known = programs.get(key);
  if (known !== undefined) return known;
  const builder = new ProgramBuilder(dtype);
  const slots = Object.fromEntries(
    ['w', 'g', ...momentsOf(name)].map((each) => [each, builder.external(each, 'batch', 1)]),
  );
  const scalars = Object.fromEntries(scalarsOf(name).map((each) => [each, builder.scalar(each)]));
  builder.emit(updateRules[name].op, slots as never, scalars as never);
  const made = new BoundProgram(builder, {});
  programs.set(key, made);
  return made;
}
