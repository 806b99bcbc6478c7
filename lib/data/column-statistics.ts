import { describe, expectation } from '../core/describe.js';
import { ArgumentError } from '../core/errors.js';
import { allocate } from '../core/memory.js';
import { rowMajorStrides } from '../core/shape.js';
import type { Tensor } from '../core/tensor.js';

/** What the values of each column are like, D numbers each. */
export interface ColumnStatistics {
  readonly mean: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
}

/** Sums of fewer than 2⁶⁴ numbers that are scaled by this do not overflow. */
const safeScale = 2 ** -64;

/** One pass over the columns of rows that come some at a time. Sums are exact for integers, and in double precision for floats. */
export class ColumnSummary {
  readonly #scale: number;
  readonly #centers: Float64Array | undefined;
  readonly #sums: Float64Array;
  readonly #min: Float64Array;
  readonly #max: Float64Array;
  #count = 0;

  /**
   * @param scale of the numbers in the sums, a power of two
   * @param centers what is taken off them
   */
  constructor(columns: number, scale = 1, centers?: Float64Array) {
    this.#scale = scale;
    this.#centers = centers;
    this.#sums = new Float64Array(columns);
    this.#min = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
    this.#max = new Float64Array(columns).fill(Number.NEGATIVE_INFINITY);
  }

  /** @param elements whole rows */
  add(elements: ArrayLike<number>): void {
    const [sums, min, max, scale] = [this.#sums, this.#min, this.#max, this.#scale];
    const columns = sums.length;
    const centers = this.#centers ?? new Float64Array(columns);
    for (let at = 0; at < elements.length; ) {
      for (let j = 0; j < columns; j++, at++) {
        const value = elements[at]!;
        sums[j] = sums[j]! + (value - centers[j]!) * scale;
        if (value < min[j]!) min[j] = value;
        if (value > max[j]!) max[j] = value;
      }
    }
    this.#count += elements.length / columns;
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
    if (!this.isFinite) return this.#scale === 1 ? new ColumnSummary(columns, safeScale) : undefined;
    if (this.#centers !== undefined) return undefined;
    const { mean, min, max } = this.statistics;
    const centers = mean.map((center, j) => {
      const range = max[j]! - min[j]!;
      return range > 0 && range < Math.abs(center) ? center : 0;
    });
    const far = centers.some((center) => center !== 0);
    return far ? new ColumnSummary(columns, this.#scale, centers) : undefined;
  }
}

/**
 * @param X (N, …), N ≥ 1
 * @param what names X in errors
 * @throws ArgumentError for a number that is not finite
 */
export function columnStatistics(X: Tensor, what: string): ColumnStatistics {
  const elements = X.elements();
  for (let summary = new ColumnSummary(elements.length / X.shape[0]!); ; ) {
    summary.add(elements);
    if (!summary.isFinite) refuseNotFinite(elements, X.shape, what);
    const next = summary.next();
    if (next === undefined) return summary.statistics;
    summary = next;
  }
}

/** @throws ArgumentError that names the first number that is not finite, if there is one */
export function refuseNotFinite(elements: ArrayLike<number>, shape: readonly number[], what: string): void {
  const bad = Array.prototype.findIndex.call(elements, (value: unknown) => !Number.isFinite(value));
  if (bad < 0) return;
  const path = rowMajorStrides(shape).map((stride, axis) => Math.floor(bad / stride) % shape[axis]!);
  const element = what + path.map((index) => `[${index}]`).join('');
  const received = `${describe(elements[bad])}; fill such gaps or leave out their rows`;
  throw new ArgumentError(expectation(element, 'to be a finite number', received));
}

/** The standard deviation of each column (of the population, ddof 0); 1 for one that is constant. */
export function columnDeviations(X: Tensor, { mean, min, max }: ColumnStatistics): Float64Array {
  const elements = X.elements();
  const rows = X.shape[0]!;
  const columns = mean.length;
  const scales = mean.map((center, j) => scaleFor(halfReach(center, min[j]!, max[j]!)));
  const centers = mean.map((center, j) => center * scales[j]!);
  const sums = allocate('float64', columns);
  const squares = allocate('float64', columns);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const off = elements[at++]! * scales[j]! - centers[j]!;
      sums[j] = sums[j]! + off;
      squares[j] = squares[j]! + off * off;
    }
  }
  return squares.map((sum, j) => {
    if (min[j] === max[j]) return 1;
    // Less what rounding of the mean added (the corrected two-pass algorithm: Chan, Golub & LeVeque 1983).
    return Math.sqrt((sum - sums[j]! ** 2 / rows) / rows) / scales[j]!;
  });
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
