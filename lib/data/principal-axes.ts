import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expectation } from '../core/describe.js';
import { ArgumentError } from '../core/errors.js';
import { allocate } from '../core/memory.js';
import { RandomState } from '../core/random-state.js';
import { basisRows, blockKrylov, normalize, type SymmetricOperator } from './block-krylov.js';
import {
  combineRows,
  eachProduct,
  type Rows,
  scatterMatrix,
  sumOfSquares,
  timesMatrix,
  timesScatter,
} from './row-products.js';
import type { Eigenpairs, EigenSolver } from './symmetric-eigen.js';

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
 * @param rows with their mean
 * @param wanted how many, or which fraction of the sum the eigenvalues are to exceed
 * @throws ArgumentError for values that are not finite, or too many axes
 */
export async function principalAxes(rows: Rows, wanted: number, solver: EigenSolver): Promise<PrincipalAxes> {
  const { count, width, signal } = rows;
  const n = Math.min(count, width);
  const explicit = n <= explicitSize;
  const byGram = explicit && count < width;
  const matrix = explicit ? await (byGram ? gramMatrix(rows) : scatterMatrix(rows)) : undefined;
  const total = matrix === undefined ? await sumOfSquares(rows) : trace(matrix, n);
  if (!Number.isFinite(total)) throw notFinite(rows);
  const operator: SymmetricOperator = {
    n: byGram ? count : width,
    signal,
    times: (v, k) =>
      matrix === undefined
        ? timesScatter(rows, v, k)
        : timesMatrix({ data: v, count: k, width: n, signal }, matrix, n, 'nn'),
  };
  const pairs = await largestPairs(operator, matrix, n, wanted, total, solver);
  const axes = byGram ? await axesOfGram(rows, pairs) : pairs;
  await complete(axes.vectors, axes.values.length, width, signal);
  return { ...axes, total };
}

/** By iteration where that is less work than one decomposition of the whole matrix. */
async function largestPairs(
  operator: SymmetricOperator,
  matrix: Float64Array | undefined,
  n: number,
  wanted: number,
  total: number,
  solver: EigenSolver,
): Promise<Eigenpairs> {
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
  if (pairs !== undefined) return pairs;
  if (matrix === undefined) {
    const expected = `to be small beside the ${n} that there are, and these to differ in variance,`;
    throw new ArgumentError(expectation('pca: option numComponents', expected, String(wanted)));
  }
  const { values, vectors } = await solver.largest(matrix, n, k ?? n);
  const found = k ?? Math.min(firstBeyond(values, bound), n);
  return { values: values.subarray(0, found), vectors: vectors.subarray(0, found * n) };
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
  const { data, count, width, mean } = rows;
  const gram = allocate('float64', count * count);
  const most = Math.min(count, Math.max(16, Math.floor(2 ** 21 / width)));
  const factor = allocate('float64', most * width);
  for (let column = 0; column < count; column += most) {
    const cols = Math.min(most, count - column);
    for (let i = 0, at = column * width; i < cols * width; i++, at++) {
      factor[i] = data[at]! - (mean?.[i % width] ?? 0);
    }
    await eachProduct(rows, factor, cols, 'nt', (y, first) => {
      for (let i = 0; i * cols < y.length; i++) {
        gram.set(y.subarray(i * cols, (i + 1) * cols), (first + i) * count + column);
      }
    });
  }
  return gram;
}

/** From eigenvectors u of the Gram matrix to those of the scatter matrix, Xᵀu / √λ. Without variance they are zero rows. */
async function axesOfGram(rows: Rows, { values, vectors }: Eigenpairs): Promise<Eigenpairs> {
  const { count, width } = rows;
  const K = values.length;
  const u = allocate('float64', count * K);
  for (let i = 0; i < K; i++) {
    const scale = values[i]! > values[0]! * width * Number.EPSILON ? 1 / Math.sqrt(values[i]!) : 0;
    for (let row = 0; row < count; row++) u[row * K + i] = vectors[i * count + row]! * scale;
  }
  return { values, vectors: await combineRows(rows, u, K) };
}

/** Puts unit vectors orthogonal to all others in place of zero rows: random ones (seed 0), orthogonalized twice. */
async function complete(
  vectors: Float64Array,
  K: number,
  width: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const row = (i: number) => vectors.subarray(i * width, (i + 1) * width);
  const rng = new RandomState(0);
  for (let i = 0; i < K; i++) {
    const vector = row(i);
    if (dot(vector, vector) > 0.25) continue;
    signal?.throwIfAborted();
    await nextTurn();
    vector.set(rng.randn(width).data);
    for (let round = 0; round < 2; round++) {
      for (let j = 0; j < K; j++) {
        if (j === i) continue;
        const other = row(j);
        const along = dot(vector, other);
        for (let at = 0; at < width; at++) vector[at] = vector[at]! - along * other[at]!;
      }
      normalize(vector);
    }
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function trace(matrix: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += matrix[i * n + i]!;
  return sum;
}

function notFinite({ data, width }: Rows): ArgumentError {
  const at = data.findIndex((value: number) => !Number.isFinite(value));
  if (at < 0) return new ArgumentError('pca: expected X to have values whose squares float64 can hold');
  const element = `pca: X[${Math.floor(at / width)}][${at % width}]`;
  return new ArgumentError(expectation(element, 'to be a finite number', describe(data[at])));
}
