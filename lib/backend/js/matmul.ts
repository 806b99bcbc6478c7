import type { FloatArray, JsOps, Matrix } from './op.js';

/** A factor of a product as the kernel walks it: element (i, j) lies at i·rowStride + j·colStride. */
interface Factor {
  readonly data: FloatArray;
  readonly rowStride: number;
  readonly colStride: number;
}

const plain = ({ data, cols }: Matrix): Factor => ({ data, rowStride: cols, colStride: 1 });
const transposed = ({ data, cols }: Matrix): Factor => ({ data, rowStride: 1, colStride: cols });

/**
 * c = alpha·a·b + beta·c with a (m, k), b (k, n), c (m, n).
 *
 * Tiles of 2×4 sums stay in registers; 4×4 spill and 2×2 load twice as often. Loops for unit strides are a fifth faster, which is not
 * worth three more copies. A tile over the edge computes its last row or column more than once, and stores the same
 * values as often; therefore it reads what it needs of c before it stores.
 */
function gemm(k: number, alpha: number, a: Factor, b: Factor, beta: number, c: Matrix): void {
  const { rows: m, cols: n, data: out } = c;
  const { data: x, rowStride: xRow, colStride: xCol } = a;
  const { data: y, rowStride: yRow, colStride: yCol } = b;
  for (let i = 0; i < m; i += 2) {
    const i1 = Math.min(i + 1, m - 1);
    for (let j = 0; j < n; j += 4) {
      const j1 = Math.min(j + 1, n - 1);
      const j2 = Math.min(j + 2, n - 1);
      const j3 = Math.min(j + 3, n - 1);
      let x0 = i * xRow;
      let x1 = i1 * xRow;
      let y0 = j * yCol;
      let y1 = j1 * yCol;
      let y2 = j2 * yCol;
      let y3 = j3 * yCol;
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s03 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s13 = 0;
      for (let p = 0; p < k; p++) {
        const b0 = y[y0]!;
        const b1 = y[y1]!;
        const b2 = y[y2]!;
        const b3 = y[y3]!;
        const a0 = x[x0]!;
        const a1 = x[x1]!;
        s00 += a0 * b0;
        s01 += a0 * b1;
        s02 += a0 * b2;
        s03 += a0 * b3;
        s10 += a1 * b0;
        s11 += a1 * b1;
        s12 += a1 * b2;
        s13 += a1 * b3;
        x0 += xCol;
        x1 += xCol;
        y0 += yRow;
        y1 += yRow;
        y2 += yRow;
        y3 += yRow;
      }
      const r0 = i * n;
      const r1 = i1 * n;
      const c00 = alpha * s00 + carried(beta, out, r0 + j);
      const c01 = alpha * s01 + carried(beta, out, r0 + j1);
      const c02 = alpha * s02 + carried(beta, out, r0 + j2);
      const c03 = alpha * s03 + carried(beta, out, r0 + j3);
      const c10 = alpha * s10 + carried(beta, out, r1 + j);
      const c11 = alpha * s11 + carried(beta, out, r1 + j1);
      const c12 = alpha * s12 + carried(beta, out, r1 + j2);
      const c13 = alpha * s13 + carried(beta, out, r1 + j3);
      out[r0 + j] = c00;
      out[r0 + j1] = c01;
      out[r0 + j2] = c02;
      out[r0 + j3] = c03;
      out[r1 + j] = c10;
      out[r1 + j1] = c11;
      out[r1 + j2] = c12;
      out[r1 + j3] = c13;
    }
  }
}

/** beta·c, where beta = 0 keeps a NaN in c out of the result. */
function carried(beta: number, c: FloatArray, index: number): number {
  return beta === 0 ? 0 : beta * c[index]!;
}

/** y = x·w + b: the bias goes into y first, so that each output is rounded once. */
function affine(x: Matrix, w: Factor, b: Matrix, y: Matrix): void {
  const { data, rows, cols } = y;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) data[i * cols + j] = b.data[j]!;
  }
  gemm(x.cols, 1, plain(x), w, 1, y);
}

export const matmul = {
  gemm_nn: ({ a, b, c }, { alpha, beta }) => gemm(a.cols, alpha, plain(a), plain(b), beta, c),
  gemm_nt: ({ a, b, c }, { alpha, beta }) => gemm(a.cols, alpha, plain(a), transposed(b), beta, c),
  gemm_tn: ({ a, b, c }, { alpha, beta }) => gemm(a.rows, alpha, transposed(a), plain(b), beta, c),
  gemm_tt: ({ a, b, c }, { alpha, beta }) => gemm(a.rows, alpha, transposed(a), transposed(b), beta, c),
  affine_nt: ({ x, w, b, y }) => affine(x, transposed(w), b, y),
  affine_nn: ({ x, w, b, y }) => affine(x, plain(w), b, y),
} satisfies Partial<JsOps>;
