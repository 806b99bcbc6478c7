import { setImmediate as nextTurn } from 'node:timers/promises';
import { allocate } from '../../core/memory.js';
import { RandomState } from '../../core/random/random-state.js';
import type { EigenSolver } from './eigen/eigen-solver.js';
import { timesMatrix } from './row-products.js';

/** A matrix of orthonormal rows is found out to be none beyond this. */
const tolerance = 1e-13;
/** Random rows that are made orthonormal at a time. */
const blockSize = 128;
/** Multiplications between two turns of the event loop. */
const workOfTurn = 2e7;

/**
 * Makes the rows first … first+count−1 orthonormal and orthogonal to those before: block Gram–Schmidt, then the eigenvectors of
 * the rows' Gram matrix (Stathopoulos & Wu 2002), twice. Rows that depend on others become zero.
 */
export async function orthonormalize(
  basis: Float64Array,
  first: number,
  count: number,
  n: number,
  solver: EigenSolver,
): Promise<void> {
  const before = basis.subarray(0, first * n);
  const rows = basis.subarray(first * n, (first + count) * n);
  const matrix = { data: rows, count, width: n };
  for (let round = 0; round < 2; round++) {
    if (first > 0) {
      const parts = await timesMatrix(matrix, before, first, 'nt');
      const along = await timesMatrix({ data: parts, count, width: first }, before, n, 'nn');
      for (let i = 0; i < rows.length; i++) rows[i] = rows[i]! - along[i]!;
    }
    for (let i = 0; i < count; i++) normalize(rows.subarray(i * n, (i + 1) * n));
    const gram = await timesMatrix(matrix, rows, count, 'nt');
    symmetrize(gram, count);
    const { values, vectors } = await solver.largest(gram, count, count);
    for (let i = 0; i < count; i++) {
      const scale = values[i]! > count * Number.EPSILON * values[0]! ? 1 / Math.sqrt(values[i]!) : 0;
      for (let j = 0; j < count; j++) vectors[i * count + j] = vectors[i * count + j]! * scale;
    }
    rows.set(await timesMatrix({ data: vectors, count, width: count }, rows, n, 'nn'));
  }
}

/** Scales a row to length 1; a zero row stays. */
function normalize(row: Float64Array): void {
  let squares = 0;
  for (const value of row) squares += value * value;
  if (squares === 0) return;
  const scale = 1 / Math.sqrt(squares);
  for (let i = 0; i < row.length; i++) row[i] = row[i]! * scale;
}

/**
 * Gram and Schmidt's procedure: each of the first `count` rows, which are nearly orthonormal, keeps what the ones before it leave of it.
 * By the Cholesky factor of the rows' Gram matrix (CholeskyQR), until they are orthonormal to rounding.
 */
export async function orthonormalizeInOrder(rows: Float64Array, count: number, n: number): Promise<void> {
  const given = rows.subarray(0, count * n);
  const matrix = { data: given, count, width: n };
  for (let round = 0; round < 3 && count > 0; round++) {
    const gram = await timesMatrix(matrix, given, count, 'nt');
    symmetrize(gram, count);
    if (distanceFromIdentity(gram, count) <= tolerance) return;
    const inverse = await inverseCholesky(gram, count);
    given.set(await timesMatrix({ data: inverse, count, width: count }, given, n, 'nn'));
  }
}

/** Puts random rows (seed 0), orthonormal and orthogonal to the first `from`, in place of those from … count−1. */
export async function completeRows(
  rows: Float64Array,
  from: number,
  count: number,
  n: number,
  solver: EigenSolver,
  signal: AbortSignal | undefined,
): Promise<void> {
  const rng = new RandomState(0);
  for (let first = from; first < count; first += blockSize) {
    signal?.throwIfAborted();
    const size = Math.min(blockSize, count - first);
    rows.set(rng.randn(size, n).data, first * n);
    await orthonormalize(rows, first, size, n, solver);
  }
}

function distanceFromIdentity(gram: Float64Array, n: number): number {
  let largest = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      largest = Math.max(largest, Math.abs(gram[i * n + j]! - (i === j ? 1 : 0)));
    }
  }
  return largest;
}

/** L⁻¹ of a matrix near 1 that is L·Lᵀ with L lower triangular, row by row. */
async function inverseCholesky(gram: Float64Array, n: number): Promise<Float64Array> {
  const lower = gram.slice();
  const inverse = allocate('float64', n * n);
  let work = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = gram[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      lower[i * n + j] = i === j ? Math.sqrt(sum) : sum / lower[j * n + j]!;
    }
    // Row i of the inverse: (e_i − Σ_k<i L_ik · row k) / L_ii
    const row = inverse.subarray(i * n, (i + 1) * n);
    for (let k = 0; k < i; k++) {
      const factor = lower[i * n + k]!;
      for (let j = 0; j <= k; j++) row[j] = row[j]! - factor * inverse[k * n + j]!;
    }
    row[i] = 1;
    for (let j = 0; j <= i; j++) row[j] = row[j]! / lower[i * n + i]!;
    work += i * i;
    if (work < workOfTurn) continue;
    work = 0;
    await nextTurn();
  }
  return inverse;
}

export function symmetrize(matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const mean = (matrix[i * n + j]! + matrix[j * n + i]!) / 2;
      matrix[i * n + j] = mean;
      matrix[j * n + i] = mean;
    }
  }
}
