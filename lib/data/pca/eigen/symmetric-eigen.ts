import { transpose } from './dense-product.js';
import { tridiagonalEigen } from './divide-and-conquer.js';
import { backTransform, tridiagonalize } from './tridiagonalize.js';

/** The largest eigenvalues of a symmetric matrix (n, n), in descending order. */
export interface Eigenpairs {
  /** (k) */
  readonly values: Float64Array;
  /** (k, n): orthonormal rows. */
  readonly vectors: Float64Array;
}

/**
 * The k = values.length largest, at once: Householder's reduction to a tridiagonal matrix, and divide and conquer on that.
 * @param matrix (n, n), finite and symmetric, on shared memory; overwritten
 * @param pairs where they are written
 */
export function largestEigenpairs(matrix: Float64Array, n: number, { values, vectors }: Eigenpairs): void {
  const k = values.length;
  // Near 1, nothing is flushed or overflows that counts.
  const exponent = exponentOf(matrix);
  scale(matrix, -exponent);
  const { d, e, panels } = tridiagonalize(matrix, n);
  // In ascending order there.
  const all = tridiagonalEigen(d, e);
  for (let i = 0; i < k; i++) {
    const from = n - 1 - i;
    values[i] = all.values[from]!;
    vectors.set(all.vectors.subarray(from * n, (from + 1) * n), i * n);
  }
  scale(values, exponent);
  const columns = matrix.subarray(0, n * k);
  transpose(vectors, k, n, columns);
  backTransform(panels, columns, k);
  transpose(columns, n, k, vectors);
}

/** The power of two beyond the largest of these; 0 for nothing but zeros. */
function exponentOf(numbers: Float64Array): number {
  let largest = 0;
  for (const value of numbers) largest = Math.max(largest, Math.abs(value));
  return largest === 0 ? 0 : Math.ceil(Math.log2(largest));
}

/** Times a power of two; in two steps, since float64 may hold the result where it does not hold the power. */
function scale(numbers: Float64Array, exponent: number): void {
  if (exponent === 0) return;
  const half = Math.trunc(exponent / 2);
  const [first, second] = [2 ** half, 2 ** (exponent - half)];
  for (let i = 0; i < numbers.length; i++) numbers[i] = numbers[i]! * first * second;
}
