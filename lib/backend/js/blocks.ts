import type { FloatArray } from './op.js';

/** A factor of a product as packing walks it: element (i, j) lies at i·rowStride + j·colStride. */
export interface Factor {
  readonly data: FloatArray;
  readonly rowStride: number;
  readonly colStride: number;
}

/** A block of sums is mc×nc, of a (mc, kc), of b (kc, nc): b and two rows of sums fit the first cache, all three the second. */
export const mc = 128;
export const kc = 32;
export const nc = 96;

const packedA = new Float64Array(mc * kc);
const packedB = new Float64Array(kc * nc);
const sums = new Float64Array(mc * nc);

// The same memory once for each row that the inner loop walks at a time. An index is then good for all rows, and checked
// once: V8 knows base and length of an array that is a constant of the module.
const row = (block: Float64Array, of: number, at: number) =>
  block.subarray(at * nc, block.length - (of - 1 - at) * nc);
const b0 = row(packedB, 4, 0);
const b1 = row(packedB, 4, 1);
const b2 = row(packedB, 4, 2);
const b3 = row(packedB, 4, 3);
const sums0 = row(sums, 2, 0);
const sums1 = row(sums, 2, 1);

/** Packs rows × depth of a from (i, p) on. */
export function packA(a: Factor, i: number, p: number, rows: number, depth: number): void {
  if (depth % 4 > 0) packedA.fill(0, 0, rows * kc);
  pack(a, i, p, rows, depth, packedA, kc);
}

/** Packs depth × cols of b from (p, j) on. */
export function packB(b: Factor, p: number, j: number, depth: number, cols: number): void {
  if (depth % 4 > 0) packedB.fill(0, depth * nc, (depth + 4) * nc);
  pack(b, p, j, depth, cols, packedB, nc);
}

function pack(
  { data, rowStride, colStride }: Factor,
  firstRow: number,
  firstCol: number,
  rows: number,
  cols: number,
  block: Float64Array,
  stride: number,
): void {
  const start = firstRow * rowStride + firstCol * colStride;
  if (colStride === 1) {
    for (let i = 0; i < rows; i++) {
      const from = start + i * rowStride;
      const to = i * stride;
      for (let j = 0; j < cols; j++) block[to + j] = data[from + j]!;
    }
  } else {
    for (let j = 0; j < cols; j++) {
      const from = start + j * colStride;
      for (let i = 0; i < rows; i++) block[i * stride + j] = data[from + i]!;
    }
  }
}

export function clearSums(rows: number): void {
  sums.fill(0, 0, rows * nc);
}

/** sums += a·b */
export function multiply(rows: number, depth: number, cols: number): void {
  for (let i = 0; i < rows; i += 2) {
    for (let p = 0; p < depth; p += 4) multiplyTile(i, p, cols);
  }
}

/** Adds to two rows of sums what four rows of b contribute. */
function multiplyTile(i: number, p: number, cols: number): void {
  const left = i * kc + p;
  const a00 = packedA[left]!;
  const a01 = packedA[left + 1]!;
  const a02 = packedA[left + 2]!;
  const a03 = packedA[left + 3]!;
  const a10 = packedA[left + kc]!;
  const a11 = packedA[left + kc + 1]!;
  const a12 = packedA[left + kc + 2]!;
  const a13 = packedA[left + kc + 3]!;
  const first = p * nc;
  const distance = i * nc - first;
  for (let b = first; b < first + cols; b++) {
    const c = (b + distance) | 0;
    const x0 = b0[b]!;
    const x1 = b1[b]!;
    const x2 = b2[b]!;
    const x3 = b3[b]!;
    sums0[c]! += a00 * x0 + a01 * x1 + a02 * x2 + a03 * x3;
    sums1[c]! += a10 * x0 + a11 * x1 + a12 * x2 + a13 * x3;
  }
}

/** out = alpha·sums + beta·out for one row of a block; beta = 0 keeps a NaN in out away from the result. */
export function storeSums(
  i: number,
  cols: number,
  alpha: number,
  beta: number,
  out: FloatArray,
  start: number,
): void {
  const from = i * nc;
  if (beta === 0) for (let j = 0; j < cols; j++) out[start + j] = alpha * sums[from + j]!;
  else for (let j = 0; j < cols; j++) out[start + j] = alpha * sums[from + j]! + beta * out[start + j]!;
}
