import { allocate } from '../core/memory.js';
import type { Tensor } from '../core/tensor.js';

/** Σ over the rows / N, column by column. Sums are exact for integers, and in double precision for floats. */
export function columnMeans(X: Tensor): Float64Array {
  const elements = X.elements();
  const rows = X.shape[0]!;
  const columns = elements.length / rows;
  const sums = allocate('float64', columns);
  for (let i = 0, at = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) sums[j] = sums[j]! + elements[at++]!;
  for (let j = 0; j < columns; j++) sums[j] = sums[j]! / rows;
  return sums;
}

/** The standard deviation of each column (of the population, ddof 0); 1 for one that is constant. */
export function columnDeviations(X: Tensor, mean: Float64Array): Float64Array {
  const elements = X.elements();
  const rows = X.shape[0]!;
  const columns = mean.length;
  const squares = allocate('float64', columns);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) squares[j] = squares[j]! + (elements[at++]! - mean[j]!) ** 2;
  }
  for (let j = 0; j < columns; j++) {
    const variance = squares[j]! / rows;
    // What rounding alone can make of a constant column (Chan, Golub & LeVeque 1983).
    const rounding = rows * Number.EPSILON * variance + (rows * mean[j]! * Number.EPSILON) ** 2;
    squares[j] = variance <= rounding ? 1 : Math.sqrt(variance);
  }
  return squares;
}

/** The least and the largest of each column. */
export function columnRanges(X: Tensor): { readonly min: Float64Array; readonly max: Float64Array } {
  const elements = X.elements();
  const columns = elements.length / X.shape[0]!;
  const min = allocate('float64', columns).fill(Number.POSITIVE_INFINITY);
  const max = allocate('float64', columns).fill(Number.NEGATIVE_INFINITY);
  for (let at = 0; at < elements.length; ) {
    for (let j = 0; j < columns; j++, at++) {
      const value = elements[at]!;
      if (value < min[j]!) min[j] = value;
      if (value > max[j]!) max[j] = value;
    }
  }
  return { min, max };
}
