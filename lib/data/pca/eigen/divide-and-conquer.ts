import { multiply } from './dense-product.js';
import { exactWeights, secularRoots } from './secular.js';
import { ascending, type Eigensystem, rotate, tridiagonalQl } from './tridiagonal-ql.js';

/** Up to this size rotations are faster. */
const leafSize = 32;
/** Combinations of vectors that are computed at a time: what they need of their own is small beside the result. */
const rowsOfProduct = 256;

/**
 * All of a symmetric tridiagonal matrix, by Cuppen's divide and conquer (1981; LAPACK's stedc): two halves are solved, and what couples
 * them is a matrix of rank one. The work is in products of matrices, and in few of them where the halves have eigenvalues in common.
 * @param d (n), its diagonal, of numbers near 1 or smaller
 * @param e (n − 1), beside it
 */
export function tridiagonalEigen(d: Float64Array, e: Float64Array): Eigensystem {
  const n = d.length;
  if (n <= leafSize) return tridiagonalQl(d, e);
  const half = n >> 1;
  const coupling = e[half - 1]!;
  const upper = d.slice(0, half);
  const lower = d.slice(half);
  // diag(upper, lower) + |coupling|·u·uᵀ, where u is 1 at the end of one half and ±1 at the beginning of the other.
  upper[half - 1] = upper[half - 1]! - Math.abs(coupling);
  lower[0] = lower[0]! - Math.abs(coupling);
  return merge(
    tridiagonalEigen(upper, e.subarray(0, half - 1)),
    tridiagonalEigen(lower, e.subarray(half)),
    coupling,
  );
}

/** Two halves side by side, (n, n), before they are coupled. Where a half of a vector is undefined, it is zeros. */
interface Joined {
  /** (n), eigenvalues. */
  readonly d: Float64Array;
  /** (n), of length 1: how far each vector lies along the coupling. */
  readonly z: Float64Array;
  /** The elements of each vector that belong to the first half, and those that belong to the second. */
  readonly sides: readonly [Side, Side];
}

interface Side {
  /** How many elements. */
  readonly width: number;
  readonly of: (Float64Array | undefined)[];
}

/** The halves' vectors are those of diag(d) + rho·z·zᵀ, once they are combined. */
function merge(first: Eigensystem, second: Eigensystem, coupling: number): Eigensystem {
  const joined = join(first, second, Math.sign(coupling));
  const { d, sides } = joined;
  const n = d.length;
  // The vector of the coupling has length √2, and z length 1.
  const rho = 2 * Math.abs(coupling);
  const coupled = deflate(joined, rho);
  const poles = Float64Array.from(coupled, (i) => d[i]!);
  const weights = Float64Array.from(coupled, (i) => joined.z[i]!);
  const { values, distances } = secularRoots(poles, weights, rho);
  combinations(distances, exactWeights(poles, weights, distances));
  for (const [at, i] of coupled.entries()) d[i] = values[at]!;

  const order = ascending(d);
  const place = new Int32Array(n);
  for (const [at, i] of order.entries()) place[i] = at;
  const to = { vectors: new Float64Array(n * n), n, places: coupled.map((i) => place[i]!) };
  const isCoupled = new Set(coupled);
  for (const [at, i] of order.entries()) {
    if (isCoupled.has(i)) continue;
    for (const [half, { of, width }] of sides.entries()) {
      const elements = of[i];
      if (elements !== undefined) to.vectors.set(elements, at * n + (half === 0 ? 0 : n - width));
    }
  }
  combine(sides[0], coupled, distances, to, 0);
  combine(sides[1], coupled, distances, to, sides[0].width);
  return { values: Float64Array.from(order, (i) => d[i]!), vectors: to.vectors };
}

function join(first: Eigensystem, second: Eigensystem, sign: number): Joined {
  const [n1, n2] = [first.values.length, second.values.length];
  const d = new Float64Array(n1 + n2);
  d.set(first.values);
  d.set(second.values, n1);
  const left: Side = { width: n1, of: new Array<Float64Array | undefined>(n1 + n2).fill(undefined) };
  const right: Side = { width: n2, of: [...left.of] };
  const z = new Float64Array(n1 + n2);
  for (let i = 0; i < n1; i++) {
    left.of[i] = first.vectors.subarray(i * n1, (i + 1) * n1);
    z[i] = first.vectors[(i + 1) * n1 - 1]! * Math.SQRT1_2;
  }
  for (let i = 0; i < n2; i++) {
    right.of[n1 + i] = second.vectors.subarray(i * n2, (i + 1) * n2);
    z[n1 + i] = sign * second.vectors[i * n2]! * Math.SQRT1_2;
  }
  return { d, z, sides: [left, right] };
}

/**
 * Finds the vectors that stay as they are: those (nearly) across the coupling, and of two with (nearly) the same value one that is made
 * so by a rotation (Dongarra & Sorensen 1987). What this leaves off is rounding.
 * @returns the others, in ascending order of their values, of which no two are alike
 */
function deflate({ d, z, sides }: Joined, rho: number): number[] {
  const largest = (of: Float64Array) => of.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const tolerance = 4 * Number.EPSILON * Math.max(largest(d), largest(z));
  const coupled: number[] = [];
  let before: number | undefined;
  for (const i of ascending(d)) {
    if (rho * Math.abs(z[i]!) <= tolerance) continue;
    if (before !== undefined) {
      const length = Math.hypot(z[before]!, z[i]!);
      const c = z[i]! / length;
      const s = z[before]! / length;
      const [low, high] = [d[before]!, d[i]!];
      if (Math.abs((high - low) * c * s) > tolerance) {
        coupled.push(before);
      } else {
        z[i] = length;
        d[before] = low * c * c + high * s * s;
        d[i] = low * s * s + high * c * c;
        for (const side of sides) rotateVectors(side, before, i, c, s);
      }
    }
    before = i;
  }
  if (before !== undefined) coupled.push(before);
  return coupled;
}

function rotateVectors({ of, width }: Side, i: number, j: number, c: number, s: number): void {
  if (of[i] === undefined && of[j] === undefined) return;
  of[i] ??= new Float64Array(width);
  of[j] ??= new Float64Array(width);
  rotate(of[i], of[j], c, s);
}

/** Distances of poles from roots, row by row, become the vectors of diag(poles) + ρ·z·zᵀ, of length 1. */
function combinations(distances: Float64Array, z: Float64Array): void {
  const k = z.length;
  for (let first = 0; first < k * k; first += k) {
    let squares = 0;
    for (let j = 0; j < k; j++) {
      const element = z[j]! / distances[first + j]!;
      distances[first + j] = element;
      squares += element * element;
    }
    const scale = 1 / Math.sqrt(squares);
    for (let j = first; j < first + k; j++) distances[j] = distances[j]! * scale;
  }
}

/** Combines the coupled vectors' elements of one side, which begin at column `first` of the result. */
function combine(
  { of, width }: Side,
  coupled: readonly number[],
  weights: Float64Array,
  to: { readonly vectors: Float64Array; readonly n: number; readonly places: readonly number[] },
  first: number,
): void {
  const count = coupled.length;
  const used = [...coupled.keys()].filter((j) => of[coupled[j]!] !== undefined);
  const k = used.length;
  const elements = new Float64Array(k * width);
  for (const [at, j] of used.entries()) elements.set(of[coupled[j]!]!, at * width);
  const some = new Float64Array(Math.min(count, rowsOfProduct) * k);
  const product = new Float64Array(Math.min(count, rowsOfProduct) * width);
  for (let begin = 0; begin < count; begin += rowsOfProduct) {
    const m = Math.min(rowsOfProduct, count - begin);
    for (let i = 0; i < m; i++) {
      const row = (begin + i) * count;
      for (let at = 0; at < k; at++) some[i * k + at] = weights[row + used[at]!]!;
    }
    multiply('gemm_nn', { m, n: width, k }, some, elements, product);
    for (let i = 0; i < m; i++) {
      to.vectors.set(product.subarray(i * width, (i + 1) * width), to.places[begin + i]! * to.n + first);
    }
  }
}
