import { multiply, vectorProduct } from './dense-product.js';

/** Reflectors that are applied together: in two products, as wide as this. */
const panelSize = 32;

/** Below this, the square of a length has lost digits (and a matrix whose elements are near 1 loses nothing if it counts as 0). */
const smallestSquare = 2 ** -900;

/**
 * Reflectors H = 1 − τ·v·vᵀ, some in a row, as 1 − V·T·Vᵀ (Schreiber & Van Loan's compact WY). Each works on the elements from `first` on.
 */
interface Panel {
  readonly first: number;
  readonly count: number;
  readonly length: number;
  /** Vᵀ: (count, length) */
  readonly v: Float64Array;
  /** T: (count, count), upper triangular. */
  readonly t: Float64Array;
}

/** A symmetric matrix as Q·T·Qᵀ with T tridiagonal. */
export interface Tridiagonal {
  /** (n), the diagonal. */
  readonly d: Float64Array;
  /** (n − 1), beside it. */
  readonly e: Float64Array;
  /** Q, one behind the other. */
  readonly panels: readonly Panel[];
}

/**
 * Householder's reduction, a panel of columns at a time (Dongarra, Hammarling & Sorensen 1989, LAPACK's sytrd): half of the work is in
 * products of the matrix with a vector, the other half, which brings what is left of the matrix up to date, in products of matrices.
 * @param a (n, n), finite, symmetric, with its largest element near 1, on shared memory; overwritten
 */
export function tridiagonalize(a: Float64Array, n: number): Tridiagonal {
  const d = new Float64Array(n);
  const e = new Float64Array(Math.max(0, n - 1));
  const panels: Panel[] = [];
  let size = n;
  while (size > 2) {
    const first = n - size;
    const count = Math.min(panelSize, size - 2);
    panels.push(reducePanel(a, size, count, first, d, e));
    size -= count;
  }
  if (size === 2) e[n - 2] = a[1]!;
  for (let i = 0; i < size; i++) d[n - size + i] = a[i * size + i]!;
  return { d, e, panels };
}

/**
 * Reduces the first columns of a, (size, size), and leaves what remains of it, (size − count, size − count), at its beginning. The
 * elements of T go to d and e from `first` on.
 */
function reducePanel(
  a: Float64Array,
  size: number,
  count: number,
  first: number,
  d: Float64Array,
  e: Float64Array,
): Panel {
  // a − V·Wᵀ − W·Vᵀ is what the matrix has become: row j of both belongs to column j.
  const vs = Array.from({ length: count }, () => new Float64Array(size));
  const ws = Array.from({ length: count }, () => new Float64Array(size));
  const taus = new Float64Array(count);
  const times = vectorProduct(a.subarray(0, size * size), size);
  for (let j = 0; j < count; j++) {
    const v = vs[j]!;
    const w = ws[j]!;
    v.set(a.subarray(j * size + j, (j + 1) * size), j);
    for (let i = 0; i < j; i++) addTwo(v, j, -ws[i]![j]!, vs[i]!, -vs[i]![j]!, ws[i]!);
    d[first + j] = v[j]!;
    v[j] = 0;
    const { tau, beta } = reflector(v, j + 1);
    e[first + j] = beta;
    taus[j] = tau;
    if (tau === 0) continue;
    times(v, j + 1, w);
    for (let i = 0; i < j; i++) {
      addTwo(w, j + 1, -dot(ws[i]!, v, j + 1), vs[i]!, -dot(vs[i]!, v, j + 1), ws[i]!);
    }
    const along = (-tau * tau * dot(w, v, j + 1)) / 2;
    for (let i = j + 1; i < size; i++) w[i] = tau * w[i]! + along * v[i]!;
  }
  update(a, size, count, vs, ws);
  const length = size - 1;
  const v = new Float64Array(count * length);
  for (const [j, elements] of vs.entries()) v.set(elements.subarray(1), j * length);
  return { first: first + 1, count, length, v, t: triangleOf(vs, taus) };
}

/**
 * Makes of x, the elements from `first` on, the v of the reflector that takes them to (beta, 0 … 0); its first element is 1.
 * @returns tau = 0 where they are that already
 */
function reflector(x: Float64Array, first: number): { readonly tau: number; readonly beta: number } {
  const alpha = x[first]!;
  const rest = dot(x, x, first + 1);
  if (rest < smallestSquare) {
    x.fill(0, first);
    x[first] = 1;
    return { tau: 0, beta: alpha };
  }
  const norm = Math.sqrt(alpha * alpha + rest);
  const beta = alpha > 0 ? -norm : norm;
  const scale = 1 / (alpha - beta);
  for (let i = first + 1; i < x.length; i++) x[i] = x[i]! * scale;
  x[first] = 1;
  return { tau: (beta - alpha) / beta, beta };
}

/** Σ x·y over the elements from `first` on, in four sums. */
function dot(x: Float64Array, y: Float64Array, first: number): number {
  const n = x.length;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = first;
  for (; i + 4 <= n; i += 4) {
    s0 += x[i]! * y[i]!;
    s1 += x[i + 1]! * y[i + 1]!;
    s2 += x[i + 2]! * y[i + 2]!;
    s3 += x[i + 3]! * y[i + 3]!;
  }
  for (; i < n; i++) s0 += x[i]! * y[i]!;
  return s0 + s1 + (s2 + s3);
}

/** to += f·x + g·y, from element `first` on. */
function addTwo(
  to: Float64Array,
  first: number,
  f: number,
  x: Float64Array,
  g: number,
  y: Float64Array,
): void {
  for (let i = first; i < to.length; i++) to[i] = to[i]! + f * x[i]! + g * y[i]!;
}

/** What remains of a beside its first `count` rows and columns, less V·Wᵀ + W·Vᵀ: moved to the beginning of a. */
function update(
  a: Float64Array,
  size: number,
  count: number,
  vs: readonly Float64Array[],
  ws: readonly Float64Array[],
): void {
  const left = size - count;
  for (let i = 0; i < left; i++) {
    const from = (i + count) * size + count;
    a.copyWithin(i * left, from, from + left);
  }
  const first = new Float64Array(2 * count * left);
  const second = new Float64Array(2 * count * left);
  for (let j = 0; j < count; j++) {
    const v = vs[j]!.subarray(count);
    const w = ws[j]!.subarray(count);
    first.set(v, 2 * j * left);
    first.set(w, (2 * j + 1) * left);
    second.set(w, 2 * j * left);
    second.set(v, (2 * j + 1) * left);
  }
  multiply('gemm_tn', { m: left, n: left, k: 2 * count }, first, second, a, { alpha: -1, beta: 1 });
}

/** T of reflectors in a row: columns of T say what a reflector adds to those before it. */
function triangleOf(vs: readonly Float64Array[], taus: Float64Array): Float64Array {
  const count = taus.length;
  const t = new Float64Array(count * count);
  const along = new Float64Array(count);
  for (let j = 0; j < count; j++) {
    for (let i = 0; i < j; i++) along[i] = dot(vs[i]!, vs[j]!, j + 1);
    for (let i = 0; i < j; i++) {
      let sum = 0;
      for (let k = i; k < j; k++) sum += t[i * count + k]! * along[k]!;
      t[i * count + j] = -taus[j]! * sum;
    }
    t[j * count + j] = taus[j]!;
  }
  return t;
}

/** Q·z in place of z: (n, columns) */
export function backTransform(panels: readonly Panel[], z: Float64Array, columns: number): void {
  const part = new Float64Array(panelSize * columns);
  const weighted = new Float64Array(panelSize * columns);
  for (const { first, count, length, v, t } of [...panels].reverse()) {
    const rows = z.subarray(first * columns);
    multiply('gemm_nn', { m: count, n: columns, k: length }, v, rows, part);
    multiply('gemm_nn', { m: count, n: columns, k: count }, t, part, weighted);
    multiply('gemm_tn', { m: length, n: columns, k: count }, v, weighted, rows, { alpha: -1, beta: 1 });
  }
}
