import type { FloatArray } from './op.js';

/** A factor of a product as packing walks it: element (i, j) lies at i·rowStride + j·colStride, one of which is 1. */
export interface Factor {
  readonly data: FloatArray;
  readonly rowStride: number;
  readonly colStride: number;
}

/** A block of a is mc × kc, of b kc × nc, of sums mc × nc. Each dimension is a multiple of 4; all three blocks fit a second cache. */
export const mc = 128;
export const kc = 64;
export const nc = 96;

// All arithmetic is on these three, in double. They are constants of the module, so V8 compiles their addresses and lengths into
// the loops, where it would otherwise load and check them for each element; and whichever dtype comes, the loops see only double.
const factors = new Float64Array(mc * kc + kc * nc);
const packedB = factors.subarray(mc * kc);
const sums = new Float64Array(mc * nc);

/** The same memory from row r on, less 3 rows: equal lengths, so that one check of an index serves four rows. */
const rowsFrom = (r: number, block: Float64Array) => block.subarray(r * nc, block.length - (3 - r) * nc);
const b0 = rowsFrom(0, packedB);
const b1 = rowsFrom(1, packedB);
const b2 = rowsFrom(2, packedB);
const b3 = rowsFrom(3, packedB);
const sums0 = rowsFrom(0, sums);
const sums1 = rowsFrom(1, sums);
const sums2 = rowsFrom(2, sums);
const sums3 = rowsFrom(3, sums);

/** Packs rows × depth of a from (i, p) on. */
export function packA(a: Factor, i: number, p: number, rows: number, depth: number): void {
  if (depth % 4 > 0) factors.fill(0, 0, rows * kc);
  pack(a, i, p, rows, depth, 0, kc);
}

/** Packs depth × cols of b from (p, j) on. */
export function packB(b: Factor, p: number, j: number, depth: number, cols: number): void {
  if (depth % 4 > 0) packedB.fill(0, depth * nc, (depth + 4) * nc);
  pack(b, p, j, depth, cols, mc * kc, nc);
}

function pack(
  { data, rowStride, colStride }: Factor,
  i: number,
  j: number,
  rows: number,
  cols: number,
  to: number,
  stride: number,
): void {
  const from = i * rowStride + j * colStride;
  if (colStride === 1) packLines(data, from, rowStride, rows, cols, to, stride, 1);
  else packLines(data, from, colStride, cols, rows, to, 1, stride);
}

/**
 * Copies lines, whose elements lie side by side in data, to where the k-th element of line i is at to + i·lineStep + k·step. Four
 * lines at a time, of which the last are the same one at the edge.
 */
function packLines(
  data: FloatArray,
  from: number,
  lineStride: number,
  lines: number,
  length: number,
  to: number,
  lineStep: number,
  step: number,
): void {
  for (let i = 0; i < lines; i += 4) {
    const i1 = Math.min(i + 1, lines - 1);
    const i2 = Math.min(i + 2, lines - 1);
    const i3 = Math.min(i + 3, lines - 1);
    const from0 = from + i * lineStride;
    const from1 = from + i1 * lineStride;
    const from2 = from + i2 * lineStride;
    const from3 = from + i3 * lineStride;
    const to0 = to + i * lineStep;
    const to1 = to + i1 * lineStep;
    const to2 = to + i2 * lineStep;
    const to3 = to + i3 * lineStep;
    for (let k = 0; k < length; k++) {
      const x0 = data[from0 + k]!;
      const x1 = data[from1 + k]!;
      const x2 = data[from2 + k]!;
      const x3 = data[from3 + k]!;
      const at = k * step;
      factors[to0 + at] = x0;
      factors[to1 + at] = x1;
      factors[to2 + at] = x2;
      factors[to3 + at] = x3;
    }
  }
}

export function clearSums(rows: number): void {
  sums.fill(0, 0, rows * nc);
}

/** sums += a·b */
export function multiply(rows: number, depth: number, cols: number): void {
  for (let i = 0; i < rows; i += 4) {
    for (let p = 0; p < depth; p += 4) multiplyTile(i, p, cols);
  }
}

/**
 * Adds to four rows of sums what four rows of b contribute. The sums wait in memory: sums in registers, as in a tile of dot products,
 * are held up by those that V8 spills.
 */
function multiplyTile(i: number, p: number, cols: number): void {
  const a0 = i * kc + p;
  const a1 = a0 + kc;
  const a2 = a1 + kc;
  const a3 = a2 + kc;
  const a00 = factors[a0]!;
  const a01 = factors[a0 + 1]!;
  const a02 = factors[a0 + 2]!;
  const a03 = factors[a0 + 3]!;
  const a10 = factors[a1]!;
  const a11 = factors[a1 + 1]!;
  const a12 = factors[a1 + 2]!;
  const a13 = factors[a1 + 3]!;
  const a20 = factors[a2]!;
  const a21 = factors[a2 + 1]!;
  const a22 = factors[a2 + 2]!;
  const a23 = factors[a2 + 3]!;
  const a30 = factors[a3]!;
  const a31 = factors[a3 + 1]!;
  const a32 = factors[a3 + 2]!;
  const a33 = factors[a3 + 3]!;
  const first = p * nc;
  const last = first + cols;
  const distance = i * nc - first;
  for (let b = first; b < last; b++) {
    const c = (b + distance) | 0;
    const x0 = b0[b]!;
    const x1 = b1[b]!;
    const x2 = b2[b]!;
    const x3 = b3[b]!;
    sums0[c]! += a00 * x0 + a01 * x1 + a02 * x2 + a03 * x3;
    sums1[c]! += a10 * x0 + a11 * x1 + a12 * x2 + a13 * x3;
    sums2[c]! += a20 * x0 + a21 * x1 + a22 * x2 + a23 * x3;
    sums3[c]! += a30 * x0 + a31 * x1 + a32 * x2 + a33 * x3;
  }
}

/**
 * out = alpha·sums + beta·out, where the block begins at out[to] and its rows lie outStride apart. With beta = 0, out is not read.
 * Four rows at a time; those past the edge go to the last row, which is stored after them.
 */
export function storeSums(
  rows: number,
  cols: number,
  alpha: number,
  beta: number,
  out: FloatArray,
  to: number,
  outStride: number,
): void {
  for (let i = 0; i < rows; i += 4) {
    const to0 = to + i * outStride;
    const to1 = to + Math.min(i + 1, rows - 1) * outStride;
    const to2 = to + Math.min(i + 2, rows - 1) * outStride;
    const to3 = to + Math.min(i + 3, rows - 1) * outStride;
    const from = i * nc;
    for (let j = 0; j < cols; j++) {
      let c0 = alpha * sums0[from + j]!;
      let c1 = alpha * sums1[from + j]!;
      let c2 = alpha * sums2[from + j]!;
      let c3 = alpha * sums3[from + j]!;
      if (beta !== 0) {
        c0 += beta * out[to0 + j]!;
        c1 += beta * out[to1 + j]!;
        c2 += beta * out[to2 + j]!;
        c3 += beta * out[to3 + j]!;
      }
      out[to3 + j] = c3;
      out[to2 + j] = c2;
      out[to1 + j] = c1;
      out[to0 + j] = c0;
    }
  }
}
