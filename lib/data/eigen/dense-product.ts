import { currentBackend } from '../../backend/index.js';
import { ProgramBuilder } from '../../ops/builder.js';

/** Sizes of a product: c (m, n) of k terms each. */
export interface ProductSize {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** c = alpha·op(a)·op(b) + beta·c with the backend's op of that name, at once. All row-major; with beta = 0, c is not read. */
export function multiply(
  op: 'gemm_nn' | 'gemm_tn',
  { m, n, k }: ProductSize,
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  { alpha = 1, beta = 0 }: { readonly alpha?: number; readonly beta?: number } = {},
): void {
  if (m === 0 || n === 0 || k === 0) {
    if (beta === 0) c.fill(0, 0, m * n);
    return;
  }
  const builder = new ProgramBuilder('float64');
  const operands = {
    a: op === 'gemm_nn' ? builder.external('a', m, k) : builder.external('a', k, m),
    b: builder.external('b', k, n),
    c: builder.external('c', m, n),
  };
  builder.emit(op, operands, { alpha, beta });
  const program = builder.build({ capacity: 1 });
  const scalars = Float64Array.from(program.scalars, ({ value }) => value);
  currentBackend()
    .compile(program)
    .run(0, 1, 1, { buffers: [a, b, c], scalars });
}

/** to (columns, rows) = from (rows, columns)ᵀ, square by square. */
export function transpose(from: Float64Array, rows: number, columns: number, to: Float64Array): void {
  const side = 32;
  for (let top = 0; top < rows; top += side) {
    const bottom = Math.min(rows, top + side);
    for (let left = 0; left < columns; left += side) {
      const right = Math.min(columns, left + side);
      for (let i = top; i < bottom; i++) {
        for (let j = left; j < right; j++) to[j * rows + i] = from[i * columns + j]!;
      }
    }
  }
}
