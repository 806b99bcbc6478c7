import { clearSums, type Factor, kc, mc, multiply, nc, packA, packB, storeSums } from './blocks.js';
import type { JsOps, Matrix } from './op.js';

const plain = ({ data, cols }: Matrix): Factor => ({ data, rowStride: cols, colStride: 1 });
const transposed = ({ data, cols }: Matrix): Factor => ({ data, rowStride: 1, colStride: cols });

/** c = alpha·a·b + beta·c with a (m, k), b (k, n), c (m, n), block by block. */
function gemm(k: number, alpha: number, a: Factor, b: Factor, beta: number, c: Matrix): void {
  const { rows: m, cols: n, data } = c;
  for (let j = 0; j < n; j += nc) {
    const cols = Math.min(nc, n - j);
    for (let i = 0; i < m; i += mc) {
      const rows = Math.min(mc, m - i);
      clearSums(rows);
      for (let p = 0; p < k; p += kc) {
        const depth = Math.min(kc, k - p);
        packA(a, i, p, rows, depth);
        packB(b, p, j, depth, cols);
        multiply(rows, depth, cols);
      }
      storeSums(rows, cols, alpha, beta, data, i * n + j, n);
    }
  }
}

/** y = x·w + b: the bias goes into y first, so that each output is rounded once. */
function affine(x: Matrix, w: Factor, b: Matrix, y: Matrix): void {
  const { data, rows, cols } = y;
  for (let i = 0; i < rows; i++) data.set(b.data, i * cols);
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
