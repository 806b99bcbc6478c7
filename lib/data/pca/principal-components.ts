import { expectation } from '../../core/describe.js';
import type { FloatDtype } from '../../core/dtype.js';
import { ArgumentError } from '../../core/errors.js';
import { allocate, shared } from '../../core/memory.js';
import { abortSignal, checkOptions, optional } from '../../core/options.js';
import { asTensor, Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import { Preparation } from '../preparation/preparation.js';
import { eachProduct } from './row-products.js';

export interface PrincipalComponentsOptions {
  readonly signal?: AbortSignal;
}

/** What {@link pca} finds. All tensors are float64. */
export class PrincipalComponents {
  /** (D), the mean of the columns. */
  readonly mean: Tensor;
  /** (K, D), orthonormal rows; of each, the element with the largest absolute value is positive. */
  readonly components: Tensor;
  /** (K), the variance along each component, with N−1 as the divisor; descending. */
  readonly explainedVariance: Tensor;
  /** (K), the same as a fraction of the whole variance. */
  readonly explainedVarianceRatio: Tensor;
  /** (K), the singular values of X less its mean. */
  readonly singularValues: Tensor;
  /** Whether `transform` scales each component to variance 1. */
  readonly whiten: boolean;
  /** Of what `transform` and `inverseTransform` return. */
  readonly dtype: FloatDtype;
  readonly #deviations: Float64Array;

  /** Made by `pca`. @internal */
  constructor(
    found: Omit<PrincipalComponents, 'preparation' | 'transform' | 'inverseTransform'> & {
      readonly count: number;
    },
  ) {
    this.mean = found.mean;
    this.components = found.components;
    this.explainedVariance = found.explainedVariance;
    this.explainedVarianceRatio = found.explainedVarianceRatio;
    this.singularValues = found.singularValues;
    this.whiten = found.whiten;
    this.dtype = found.dtype;
    // Not the roots of the variances, which may underflow.
    this.#deviations = found.singularValues
      .elements()
      .map((value) => value / Math.sqrt(found.count - 1)) as Float64Array;
  }

  /**
   * The same as `transform`, for a model: `new TwoLayerNet({ …, preparation: components.preparation })` takes rows of D columns, and
   * its file keeps the components.
   */
  get preparation(): Preparation {
    const [K = 0, D = 0] = this.components.shape;
    const scaled = this.#scaled((deviation) => 1 / deviation);
    return Preparation.shiftScale(this.mean, new Float64Array(D).fill(1)).followedBy(
      Preparation.project(new Tensor(scaled, [K, D])),
    );
  }

  /**
   * (X − mean)·componentsᵀ, with `whiten` divided by the square roots of `explainedVariance`; where there is no variance, whitening
   * gives 0.
   * @param X (N, D)
   * @returns (N, K)
   * @throws ShapeError, ArgumentError for what is no such tensor; and the signal's reason when it is aborted
   */
  async transform(X: TensorLike, options: PrincipalComponentsOptions = {}): Promise<Tensor> {
    const who = 'PrincipalComponents.transform';
    const { signal } = checkOptions(who, options, { signal: optional(abortSignal) });
    const [K = 0, D = 0] = this.components.shape;
    const rows = rowsOf(X, D, `${who}: X`);
    const mean = this.mean.data as Float64Array;
    const product = { ...rows, mean, signal };
    return this.#collect(
      product,
      this.#scaled((deviation) => 1 / deviation),
      K,
      'nt',
    );
  }

  /**
   * Back to the space of X: Z·components + mean (with `whiten` after multiplying by the square roots of `explainedVariance`).
   * @param Z (N, K)
   * @returns (N, D)
   * @throws as {@link transform}
   */
  async inverseTransform(Z: TensorLike, options: PrincipalComponentsOptions = {}): Promise<Tensor> {
    const who = 'PrincipalComponents.inverseTransform';
    const { signal } = checkOptions(who, options, { signal: optional(abortSignal) });
    const [K = 0, D = 0] = this.components.shape;
    const rows = { ...rowsOf(Z, K, `${who}: Z`), signal };
    return this.#collect(
      rows,
      this.#scaled((deviation) => deviation),
      D,
      'nn',
      this.mean.data as Float64Array,
    );
  }

  /** The components, with `whiten` each times what a function makes of its standard deviation. */
  #scaled(scale: (deviation: number) => number): Float64Array {
    const components = this.components.data as Float64Array;
    if (!this.whiten) return components;
    const [K = 0, D = 0] = this.components.shape;
    const scaled = allocate('float64', K * D);
    for (const [i, deviation] of this.#deviations.entries()) {
      const factor = deviation === 0 ? 0 : scale(deviation);
      if (!Number.isFinite(factor)) {
        const expected = 'to have a standard deviation whose reciprocal float64 can hold';
        throw new ArgumentError(
          expectation(
            `whitening: component ${i}`,
            expected,
            `${deviation}; multiply X by a large number before pca`,
          ),
        );
      }
      for (let at = i * D; at < (i + 1) * D; at++) scaled[at] = components[at]! * factor;
    }
    return scaled;
  }

  async #collect(
    rows: Parameters<typeof eachProduct>[0],
    factor: Float64Array,
    cols: number,
    layout: 'nn' | 'nt',
    offset?: Float64Array,
  ): Promise<Tensor> {
    const out = allocate(this.dtype, rows.count * cols);
    await eachProduct(rows, factor, cols, layout, (y, first) => {
      if (offset !== undefined) {
        for (let at = 0; at < y.length; ) for (let j = 0; j < cols; j++, at++) y[at] = y[at]! + offset[j]!;
      }
      out.set(y, first * cols);
    });
    return new Tensor(out, [rows.count, cols]);
  }
}

/** Rows of a tensor where they lie, if they lie on shared memory. */
export function rowsOf(X: TensorLike, width: number | string, what: string) {
  const tensor = asTensor(X, what, {
    shape: ['N', width],
    dtype: ['float64', 'float32', 'uint8'],
    convert: true,
  });
  const [count = 0, columns = 0] = tensor.shape;
  return { data: shared(tensor.elements()), count, width: columns };
}
