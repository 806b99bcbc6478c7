import { describe, expectation } from '../../core/describe.js';
import type { TypedArray } from '../../core/dtype.js';
import { ArgumentError } from '../../core/errors.js';
import { allocate } from '../../core/memory.js';
import { firstNonFinite } from '../../core/tensors/finite.js';
import { rowMajorStrides } from '../../core/tensors/shape.js';
import type { Tensor } from '../../core/tensors/tensor.js';
import { type DataRows, type RowProgram, runRows } from './row-programs.js';

/** What the values of each column are like, D numbers each. */
export interface ColumnStatistics {
  readonly mean: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}

/** Sums of fewer than 2⁶⁴ numbers that are scaled by this do not overflow. */
const safeScale = 2 ** -64;

/** One pass over the columns of rows. Sums are exact for integers, and in double precision for floats. */
export class ColumnSummary {
  readonly #scale: number;
  readonly #centers: Float64Array | undefined;
  readonly #sums: Float64Array;
  readonly #min: Float64Array;
  readonly #max: Float64Array;
  readonly #count: number;
  /** The pass itself: to be run once, over all rows. */
  readonly program: RowProgram;

  /**
   * @param count how many rows there are
   * @param scale of the numbers in the sums, a power of two
   * @param centers what is taken off them
   */
  constructor(count: number, columns: number, scale = 1, centers?: Float64Array) {
    this.#count = count;
    this.#scale = scale;
    this.#centers = centers;
    const shift = centers ?? allocate('float64', columns);
    const sums = allocate('float64', columns);
    const min = allocate('float64', columns).fill(Number.POSITIVE_INFINITY);
    const max = allocate('float64', columns).fill(Number.NEGATIVE_INFINITY);
    [this.#sums, this.#min, this.#max] = [sums, min, max];
    this.program = {
      buffers: { shift, sums, min, max },
      emit: (builder, x) => {
        const column = (name: string) => builder.external(name, 1, columns);
        const operands = {
          x,
          shift: column('shift'),
          sums: column('sums'),
          min: column('min'),
          max: column('max'),
        };
        builder.emit('column_summary', operands, { scale });
      },
    };
  }

  /** Whether all sums are finite: else a number is not, or they overflowed. */
  get isFinite(): boolean {
    return this.#sums.every(Number.isFinite);
  }

  get statistics(): ColumnStatistics {
    const [min, max] = [this.#min, this.#max];
    const mean = allocate('float64', this.#sums.length);
    for (const [j, sum] of this.#sums.entries()) {
      const average = (this.#centers?.[j] ?? 0) + sum / this.#count / this.#scale;
      // In range, whatever rounding makes of the sum: so the mean of a constant is that constant.
      mean[j] = Math.min(Math.max(average, min[j]!), max[j]!);
    }
    return { mean, min, max };
  }

  /**
   * The pass that has to follow this one, if any: scaled, where sums overflowed; around its mean, where a column lies so far from 0 that
   * its sum has lost the digits in which its numbers differ.
   */
  next(): ColumnSummary | undefined {
    const columns = this.#sums.length;
    if (!this.isFinite) {
      return this.#scale === 1 ? new ColumnSummary(this.#count, columns, safeScale) : undefined;
    }
    if (this.#centers !== undefined) return undefined;
    const { mean, min, max } = this.statistics;
    const centers = allocate('float64', columns);
    for (const [j, center] of mean.entries()) {
      const range = max[j]! - min[j]!;
      if (range > 0 && range < Math.abs(center)) centers[j] = center;
    }
    const far = centers.some((center) => center !== 0);
    return far ? new ColumnSummary(this.#count, columns, this.#scale, centers) : undefined;
  }
}

/**
 * @param X (N, …), N ≥ 1
 * @param what names X in errors
 * @throws ArgumentError for a number that is not finite
 */
export function columnStatistics(X: Tensor, what: string): ColumnStatistics {
  const rows = dataRows(X);
  for (let summary = new ColumnSummary(rows.count, rows.width); ; ) {
    runRows(rows, summary.program);
    if (!summary.isFinite) refuseNotFinite(rows.data, X.shape, what);
    const next = summary.next();
    if (next === undefined) return summary.statistics;
    summary = next;
  }
}

/** @throws ArgumentError that names the first number that is not finite, if there is one */
export function refuseNotFinite(elements: TypedArray, shape: readonly number[], what: string): void {
  const bad = firstNonFinite(elements);
  if (bad < 0) return;
  const path = rowMajorStrides(shape).map((stride, axis) => Math.floor(bad / stride) % shape[axis]!);
  const element = what + path.map((index) => `[${index}]`).join('');
  const received = `${describe(elements[bad])}; fill such gaps or leave out their rows`;
  throw new ArgumentError(expectation(element, 'to be a finite number', received));
}

/** The standard deviation of each column (of the population, ddof 0); 1 for one that is constant. */
export function columnDeviations(X: Tensor, { mean, min, max }: ColumnStatistics): Float64Array {
  const rows = dataRows(X);
  const columns = mean.length;
  const scale = mean.map((center, j) => scaleFor(halfReach(center, min[j]!, max[j]!)));
  const shift = mean.map((center, j) => center * scale[j]!);
  const sums = allocate('float64', columns);
  const squares = allocate('float64', columns);
  runRows(rows, {
    buffers: { scale, shift, sums, squares },
    emit: (builder, x) => {
      const column = (name: string) => builder.external(name, 1, columns);
      const operands = {
        x,
        scale: column('scale'),
        shift: column('shift'),
        sums: column('sums'),
        squares: column('squares'),
      };
      builder.emit('column_moments', operands, {});
    },
  });
  return squares.map((sum, j) => {
    if (min[j] === max[j]) return 1;
    // Less what rounding of the mean added (the corrected two-pass algorithm: Chan, Golub & LeVeque 1983).
    return Math.sqrt((sum - sums[j]! ** 2 / rows.count) / rows.count) / scale[j]!;
  });
}

function dataRows(X: Tensor): DataRows {
  const data = X.elements();
  const count = X.shape[0]!;
  return { data, count, width: data.length / count };
}

/** Half the largest distance of a number in min … max from the center: in full it may be more than a double holds. */
export function halfReach(center: number, min: number, max: number): number {
  return Math.max(max / 2 - center / 2, center / 2 - min / 2);
}

/** The power of two that brings distances near 1 where the squares of their squares would over- or underflow; else 1. */
export function scaleFor(halfReach: number): number {
  if (halfReach === 0 || (halfReach > 2 ** -200 && halfReach < 2 ** 200)) return 1;
  return 2 ** -Math.max(-1000, Math.min(1000, Math.ceil(Math.log2(halfReach)) + 1));
}
