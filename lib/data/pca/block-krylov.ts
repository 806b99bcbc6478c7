import { allocate } from '../../core/memory.js';
import { RandomState } from '../../core/random/random-state.js';
import type { EigenSolver } from './eigen/eigen-solver.js';
import type { Eigenpairs } from './eigen/symmetric-eigen.js';
import { orthonormalize, symmetrize } from './orthonormal-rows.js';
import { timesMatrix } from './row-products.js';

/** A symmetric positive semidefinite matrix (n, n), known by what it does. */
export interface SymmetricOperator {
  readonly n: number;
  /** v·S. @param v (rows, n) on shared memory */
  times(v: Float64Array, rows: number): Promise<Float64Array>;
  readonly signal?: AbortSignal | undefined;
}

const mostCycles = 300;
/** The basis has so many blocks: v, and S·v, S²·v made orthogonal to those before. More: fewer rounds of larger decompositions. */
const depth = 3;

/** The rows of the basis for k pairs: a few more than wanted in each block, for the last ones to converge as fast. */
const blockRows = (k: number) => k + Math.max(8, Math.ceil(k / 4));
export const basisRows = (k: number) => depth * blockRows(k);

/**
 * The k largest eigenpairs by Rayleigh–Ritz on a block Krylov space, begun at random (seed 0) and restarted with the best vectors until
 * they meet the tolerance (Halko, Martinsson & Tropp 2011, algorithm 4.4; Musco & Musco 2015). Where the rank is less than k, the
 * vectors of the eigenvalues that are 0 but for rounding are of no use.
 * @param k with basisRows(k) ≤ n
 * @param tolerance a pair is good when ‖S·v − λ·v‖ is at most this times the largest eigenvalue
 * @returns undefined when they do not converge
 */
export async function blockKrylov(
  S: SymmetricOperator,
  k: number,
  tolerance: number,
  solver: EigenSolver,
): Promise<Eigenpairs | undefined> {
  const { n, signal } = S;
  const size = blockRows(k);
  const basis = allocate('float64', depth * size * n);
  // What S makes of the basis, row by row.
  const image = allocate('float64', depth * size * n);
  const block = (of: Float64Array, i: number) => of.subarray(i * size * n, (i + 1) * size * n);
  const extend = async (i: number) => {
    await orthonormalize(basis, i * size, size, n, solver);
    block(image, i).set(await S.times(block(basis, i), size));
  };
  basis.set(new RandomState(0).randn(size * n).data.subarray(0, size * n));
  await extend(0);
  for (let cycle = 0; cycle < mostCycles; cycle++) {
    for (let i = 1; i < depth; i++) {
      block(basis, i).set(block(image, i - 1));
      await extend(i);
    }
    const rows = { data: basis, count: depth * size, width: n, signal };
    const projected = await timesMatrix(rows, image, depth * size, 'nt');
    symmetrize(projected, depth * size);
    const { values, vectors } = await solver.largest(projected, depth * size, size);
    const combinations = { data: vectors, count: size, width: depth * size, signal };
    block(basis, 0).set(await timesMatrix(combinations, basis, n, 'nn'));
    block(image, 0).set(await timesMatrix(combinations, image, n, 'nn'));
    if (largestResidual(basis, image, values, k, n) <= tolerance * values[0]!) {
      return { values: values.subarray(0, k), vectors: basis.subarray(0, k * n) };
    }
  }
  return undefined;
}

function largestResidual(
  v: Float64Array,
  image: Float64Array,
  values: Float64Array,
  k: number,
  n: number,
): number {
  let largest = 0;
  for (let i = 0; i < k; i++) {
    let squares = 0;
    for (let at = i * n; at < (i + 1) * n; at++) squares += (image[at]! - values[i]! * v[at]!) ** 2;
    largest = Math.max(largest, squares);
  }
  return Math.sqrt(largest);
}
