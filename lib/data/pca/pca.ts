import { expectation } from '../../core/describe.js';
import type { FloatDtype } from '../../core/dtype.js';
import { ArgumentError, ShapeError } from '../../core/errors.js';
import { allocate } from '../../core/memory.js';
import {
  abortSignal,
  boolean,
  checkOptions,
  checkValue,
  integerIn,
  oneOf,
  optional,
  type Rule,
} from '../../core/options.js';
import { Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import {
  type ColumnStatistics,
  ColumnSummary,
  halfReach,
  refuseNotFinite,
  scaleFor,
} from '../preparation/column-statistics.js';
import { runRowsAside } from '../preparation/row-programs.js';
import { EigenSolver } from './eigen/eigen-solver.js';
import { principalAxes } from './principal-axes.js';
import { PrincipalComponents, rowsOf } from './principal-components.js';
import type { Rows } from './row-products.js';

export interface PcaOptions {
  /** How many, at most min(N, D), which is the default; or, between 0 and 1, as many as explain more than this fraction of the variance. */
  readonly numComponents?: number;
  /** Makes `transform` scale each component to variance 1; default false. */
  readonly whiten?: boolean;
  /** Of what `transform` and `inverseTransform` return; default float32. All computing is in float64. */
  readonly dtype?: FloatDtype;
  readonly signal?: AbortSignal;
}

const numComponentsRule: Rule<number> = {
  expected: 'a positive integer, or a fraction between 0 and 1',
  plural: 'positive integers or fractions',
  accepts: (value): value is number =>
    typeof value === 'number' && ((value > 0 && value < 1) || (Number.isSafeInteger(value) && value > 0)),
};

/**
 * Principal component analysis: the directions along which the rows of X vary most. Computed off the main thread in float64; X itself is
 * converted a few rows at a time (and copied once if it does not lie on a SharedArrayBuffer).
 *
 * They are eigenvectors of the covariance (D, D), or of the Gram matrix (N, N) where that is smaller. Of a matrix larger than (256, 256)
 * a few are found by block Krylov iteration until ‖S·v − λ·v‖ ≤ 10⁻¹¹·λ₁, many (from an eighth or so of it on) by a decomposition of
 * the whole (Householder's reduction, divide and conquer): less than a second for (784, 784), some twenty for (3072, 3072). Signs are
 * those of scikit-learn's `svd_flip` on the components. Both ways work on squares: a component whose standard deviation is below some
 * 10⁻⁶ of the first one's has few right digits, and below 10⁻⁷ it counts as one without variance. The components are orthonormal,
 * also those without variance.
 * @param X (N, D), N ≥ 2
 * @throws ShapeError for fewer than two rows, or no columns
 * @throws ArgumentError for values that are not finite, more components than there can be, or many of more than 4096 rows and columns
 * @throws the signal's reason when it is aborted
 */
export async function pca(X: TensorLike, options: PcaOptions = {}): Promise<PrincipalComponents> {
  const { numComponents, whiten, dtype, signal } = checkOptions('pca', options, {
    numComponents: optional(numComponentsRule),
    whiten: optional(boolean, false),
    dtype: optional(oneOf<FloatDtype>('float32', 'float64'), 'float32'),
    signal: optional(abortSignal),
  });
  signal?.throwIfAborted();
  const rows: Rows = { ...rowsOf(X, 'D', 'pca: X'), signal };
  const { count, width } = rows;
  if (count < 2 || width === 0) {
    const expected = 'to have at least two rows and a column';
    throw new ShapeError(expectation('pca: X', expected, `shape (${count}, ${width})`));
  }
  const most = Math.min(count, width);
  const wanted = numComponents ?? most;
  if (wanted >= 1) checkValue('pca: option numComponents', wanted, integerIn(1, most));

  const { mean, min, max } = await statisticsOf(rows);
  const reaches = mean.map((center, j) => halfReach(center, min[j]!, max[j]!));
  const widest = reaches.reduce((best, reach, j) => (reach > reaches[best]! ? j : best), 0);
  const scale = scaleFor(reaches[widest]!);
  const solver = new EigenSolver('pca');
  const stop = () => void solver.end(signal?.reason);
  signal?.addEventListener('abort', stop);
  try {
    const { values, vectors, total } = await principalAxes({ ...rows, mean, scale }, wanted, solver);
    signal?.throwIfAborted();
    const K = values.length;
    // Of the rows as they are; in two divisions, since the square of the scale may be out of range.
    const variance = (value: number) => value / (count - 1) / scale / scale;
    if (!Number.isFinite(variance(total))) {
      throw new ArgumentError(
        'pca: expected X to have values whose squares float64 can hold but column ' +
          `${widest} reaches from ${min[widest]} to ${max[widest]}; divide it first`,
      );
    }
    const vector = (of: (value: number) => number) => {
      const data = allocate('float64', K);
      for (let i = 0; i < K; i++) data[i] = of(Math.max(0, values[i]!));
      return new Tensor(data);
    };
    flipSigns(vectors, K, width);
    return new PrincipalComponents({
      mean: new Tensor(mean),
      components: new Tensor(vectors, [K, width]),
      explainedVariance: vector(variance),
      explainedVarianceRatio: vector((value) => (total === 0 ? 0 : value / total)),
      singularValues: vector((value) => Math.sqrt(value) / scale),
      whiten,
      dtype,
      count,
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    await solver.end();
  }
}

async function statisticsOf(rows: Rows): Promise<ColumnStatistics> {
  for (let summary = new ColumnSummary(rows.count, rows.width); ; ) {
    await runRowsAside(rows, summary.program, rows.signal);
    if (!summary.isFinite) refuseNotFinite(rows.data, [rows.count, rows.width], 'pca: X');
    const next = summary.next();
    if (next === undefined) return summary.statistics;
    summary = next;
  }
}

/** The element of largest absolute value of each row becomes positive. */
function flipSigns(vectors: Float64Array, K: number, width: number): void {
  for (let i = 0; i < K; i++) {
    const row = vectors.subarray(i * width, (i + 1) * width);
    let largest = 0;
    for (const value of row) if (Math.abs(value) > Math.abs(largest)) largest = value;
    if (largest < 0) for (let j = 0; j < width; j++) row[j] = -row[j]!;
  }
}
