import { clearSums, type Factor, kc, mc, multiply, nc, packA, packB, storeSums } from './blocks.js';
import type { JsOps, Matrix } from './op.js';

export const plain = ({ data, cols }: Matrix): Factor => ({ data, rowStride: cols, colStride: 1 });
export const transposed = ({ data, cols }: Matrix): Factor => ({ data, rowStride: 1, colStride: cols });

/** c = alpha·a·b + beta·c with a (m, k), b (k, n), c (m, n), block by block; or only the blocks that reach above the diagonal. */
export function gemm(
  k: number,
  alpha: number,
  a: Factor,
  b: Factor,
  beta: number,
  c: Matrix,
  part: 'all' | 'upper' = 'all',
): void {
  const { rows, cols: n, data } = c;
  for (let j = 0; j < n; j += nc) {
    const cols = Math.min(nc, n - j);
    const m = part === 'all' ? rows : j + cols;
    for (let i = 0; i < m; i += mc) {
      const height = Math.min(mc, m - i);
      clearSums(height);
      for (let p = 0; p < k; p += kc) {
        const depth = Math.min(kc, k - p);
        packA(a, i, p, height, depth);
        packB(b, p, j, depth, cols);
        multiply(height, depth, cols);
      }
      storeSums(height, cols, alpha, beta, data, i * n + j, n);
    }
  }
}

/** Every element below the diagonal becomes the one above it. */
function mirror({ data, cols }: Matrix): void {
  for (let i = 0; i < cols; i++) {
    for (let j = 0; j < i; j++) data[i * cols + j] = data[j * cols + i]!;
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
  syrk({ a, c }, { alpha, beta }) {
    gemm(a.rows, alpha, transposed(a), plain(a), beta, c, 'upper');
    mirror(c);
  },
  affine_nt: ({ x, w, b, y }) => affine(x, transposed(w), b, y),
  affine_nn: ({ x, w, b, y }) => affine(x, plain(w), b, y),
} satisfies Partial<JsOps>;
