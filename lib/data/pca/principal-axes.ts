import { expectation } from '../../core/describe.js';
import { ArgumentError } from '../../core/errors.js';
import { allocate } from '../../core/memory.js';
import { basisRows, blockKrylov, type SymmetricOperator } from './block-krylov.js';
import type { EigenSolver } from './eigen/eigen-solver.js';
import type { Eigenpairs } from './eigen/symmetric-eigen.js';
import { completeRows, orthonormalizeInOrder } from './orthonormal-rows.js';
import {
  combineRows,
  eachProduct,
  type Rows,
  scatterMatrix,
  sumOfSquares,
  timesMatrix,
  timesScatter,
} from './row-products.js';

/** Up to this size a matrix is decomposed as a whole. */
const exactSize = 256;
/** Up to this size a matrix is held in memory: 128 MB. */
const explicitSize = 4096;
/** A pair is good when ‖S·v − λ·v‖ is at most this times the largest eigenvalue. */
const tolerance = 1e-11;
/** With this one, eigenvalues (not vectors) are good to some 10⁻⁸ of the largest: enough to tell how many are needed. */
const looseTolerance = 1e-4;
/** Pairs looked for first when a fraction is wanted. */
const firstGuess = 32;

/** The largest eigenvalues of the scatter matrix XᵀX with their vectors (K, D), and the sum of all eigenvalues. */
export interface PrincipalAxes extends Eigenpairs {
  readonly total: number;
}

/**
 * Rounding alone makes eigenvalues of some 10⁻¹⁶ of the largest: these are 0, and their axes any that make the others an orthonormal basis.
 * @param rows finite, with their mean, and scaled so that the squares of their squares are finite
 * @param wanted how many, or which fraction of the sum the eigenvalues are to exceed
 * @throws ArgumentError for too many axes
 */
export async function principalAxes(rows: Rows, wanted: number, solver: EigenSolver): Promise<PrincipalAxes> {
  const { count, width, signal } = rows;
  const n = Math.min(count, width);
  const explicit = n <= explicitSize;
  const byGram = explicit && count < width;
  const matrix = explicit ? await (byGram ? gramMatrix(rows) : scatterMatrix(rows)) : undefined;
  const total = matrix === undefined ? await sumOfSquares(rows) : trace(matrix, n);
  const operator: SymmetricOperator = {
    n: byGram ? count : width,
    signal,
    times: (v, k) =>
      matrix === undefined
        ? timesScatter(rows, v, k)
        : timesMatrix({ data: v, count: k, width: n, signal }, matrix, n, 'nn'),
  };
  const pairs = await largestPairs(operator, matrix, n, wanted, total, solver);
  const { values, vectors } = byGram ? await axesOfGram(rows, pairs) : pairs;
  const K = values.length;
  const rank = numericalRank(values, n);
  values.fill(0, rank);
  // A decomposition of the whole is orthonormal as it comes.
  if (byGram || pairs.iterated) {
    await orthonormalizeInOrder(vectors, rank, width);
    await completeRows(vectors, rank, K, width, solver, signal);
  }
  return { values, vectors, total };
}

/** How many of the eigenvalues, in descending order, are more than rounding of the largest. */
function numericalRank(values: Float64Array, n: number): number {
  const noise = values[0]! * n * Number.EPSILON;
  const first = values.findIndex((value) => !(value > noise));
  return first < 0 ? values.length : first;
}

/** By iteration where that is less work than one decomposition of the whole matrix. */
async function largestPairs(
  operator: SymmetricOperator,
  matrix: Float64Array | undefined,
  n: number,
  wanted: number,
  total: number,
  solver: EigenSolver,
): Promise<Eigenpairs & { readonly iterated: boolean }> {
  const iterable = (k: number) => n > exactSize && 2 * basisRows(k) <= n;
  const bound = wanted * total;
  let k = wanted < 1 ? undefined : wanted;
  for (let guess = firstGuess; k === undefined && iterable(guess); guess *= 2) {
    const loose = await blockKrylov(operator, guess, looseTolerance, solver);
    if (loose === undefined) break;
    const enough = firstBeyond(loose.values, bound);
    if (enough <= guess) k = enough;
  }
  const pairs =
    k !== undefined && iterable(k) ? await blockKrylov(operator, k, tolerance, solver) : undefined;
  if (pairs !== undefined) return { ...pairs, iterated: true };
  if (matrix === undefined) {
    const expected = `to be small beside the ${n} that there are, and these to differ in variance,`;
    throw new ArgumentError(expectation('pca: option numComponents', expected, String(wanted)));
  }
  const { values, vectors } = await solver.largest(matrix, n, k ?? n);
  const found = k ?? Math.min(firstBeyond(values, bound), n);
  return { values: values.subarray(0, found), vectors: vectors.subarray(0, found * n), iterated: false };
}

/** How many of the values it takes for their sum to exceed a bound; more than there are if they do not. */
function firstBeyond(values: Float64Array, bound: number): number {
  if (bound === 0) return 1;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!;
    if (sum > bound) return i + 1;
  }
  return values.length + 1;
}

/** X·Xᵀ, (N, N), by columns of some rows of X. */
async function gramMatrix(rows: Rows): Promise<Float64Array> {
  const { data, count, width, mean, scale = 1 } = rows;
  const gram = allocate('float64', count * count);
  const most = Math.min(count, Math.max(16, Math.floor(2 ** 21 / width)));
  const factor = allocate('float64', most * width);
  for (let column = 0; column < count; column += most) {
    const cols = Math.min(most, count - column);
    for (let i = 0, at = column * width; i < cols * width; i++, at++) {
      factor[i] = data[at]! * scale - (mean?.[i % width] ?? 0) * scale;
    }
    await eachProduct(rows, factor, cols, 'nt', (y, first) => {
      for (let i = 0; i * cols < y.length; i++) {
        gram.set(y.subarray(i * cols, (i + 1) * cols), (first + i) * count + column);
      }
    });
  }
  return gram;
}

/** From eigenvectors u of the Gram matrix to those of the scatter matrix, Xᵀu / √λ; of no use where λ is 0 but for rounding. */
async function axesOfGram(rows: Rows, { values, vectors }: Eigenpairs): Promise<Eigenpairs> {
  const { count } = rows;
  const K = values.length;
  const rank = numericalRank(values, count);
  const u = allocate('float64', count * K);
  for (let i = 0; i < K; i++) {
    const scale = i < rank ? 1 / Math.sqrt(values[i]!) : 0;
    for (let row = 0; row < count; row++) u[row * K + i] = vectors[i * count + row]! * scale;
  }
  return { values, vectors: await combineRows(rows, u, K) };
}

function trace(matrix: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += matrix[i * n + i]!;
  return sum;
}
