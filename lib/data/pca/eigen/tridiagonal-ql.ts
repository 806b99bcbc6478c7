/** All eigenvalues of a symmetric matrix (n, n), ascending. */
export interface Eigensystem {
  /** (n) */
  readonly values: Float64Array;
  /** (n, n): orthonormal rows. */
  readonly vectors: Float64Array;
}

/**
 * All of a small symmetric tridiagonal matrix: QL with implicit shifts (EISPACK's imtql2; Wilkinson's shift, with which it converges).
 * @param d (n), its diagonal
 * @param e (n − 1), beside it
 */
export function tridiagonalQl(d: Float64Array, e: Float64Array): Eigensystem {
  const n = d.length;
  const values = d.slice();
  const beside = new Float64Array(n);
  beside.set(e);
  const vectors = Array.from({ length: n }, (_, i) => {
    const row = new Float64Array(n);
    row[i] = 1;
    return row;
  });
  for (let l = 0; l < n; l++) {
    for (let m = blockEnd(values, beside, l); m > l; m = blockEnd(values, beside, l)) {
      sweep(values, beside, vectors, l, m);
    }
  }
  const order = ascending(values);
  const sorted = new Float64Array(n * n);
  for (const [to, from] of order.entries()) sorted.set(vectors[from]!, to * n);
  return { values: Float64Array.from(order, (i) => values[i]!), vectors: sorted };
}

/** The numbers of values in ascending order of these. */
export function ascending(values: Float64Array): number[] {
  return Array.from(values.keys()).sort((i, j) => values[i]! - values[j]!);
}

/** The last row of the block that begins with row l: behind it nothing but rounding couples it to the next. */
function blockEnd(d: Float64Array, e: Float64Array, l: number): number {
  let m = l;
  while (m + 1 < d.length) {
    const scale = Math.abs(d[m]!) + Math.abs(d[m + 1]!);
    if (!(Math.abs(e[m]!) > (Number.EPSILON / 2) * scale)) break;
    m++;
  }
  return m;
}

/** One QL step on rows l … m: rotations from the end of the block to its beginning. */
function sweep(
  d: Float64Array,
  e: Float64Array,
  vectors: readonly Float64Array[],
  l: number,
  m: number,
): void {
  const half = (d[l + 1]! - d[l]!) / (2 * e[l]!);
  const root = Math.hypot(half, 1);
  let g = d[m]! - d[l]! + e[l]! / (half + (half < 0 ? -root : root));
  let s = 1;
  let c = 1;
  let p = 0;
  for (let i = m - 1; i >= l; i--) {
    const f = s * e[i]!;
    const b = c * e[i]!;
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      // Too small to be seen: the block falls apart here.
      d[i + 1] = d[i + 1]! - p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1]! - p;
    const t = (d[i]! - g) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = g + p;
    g = c * t - b;
    rotate(vectors[i]!, vectors[i + 1]!, c, s);
  }
  d[l] = d[l]! - p;
  e[l] = g;
  e[m] = 0;
}

/** x and y become c·x − s·y and s·x + c·y. */
export function rotate(x: Float64Array, y: Float64Array, c: number, s: number): void {
  for (let k = 0; k < x.length; k++) {
    const first = x[k]!;
    const second = y[k]!;
    x[k] = c * first - s * second;
    y[k] = s * first + c * second;
  }
}
