import { currentBackend } from '../../../backend/index.js';
import { allocate } from '../../../core/memory.js';
import { ProgramBuilder } from '../../../ops/builder.js';

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

/** y = a·x of the elements from `first` on, where those of x before it are 0. What y holds before it is of no use. */
export type VectorProduct = (x: Float64Array, first: number, y: Float64Array) => void;

/** Products of a symmetric matrix (size, size) with vectors, ready to be computed many times. @param a on shared memory */
export function vectorProduct(a: Float64Array, size: number): VectorProduct {
  const backend = currentBackend();
  // There, a product of matrices packs them first, which takes as long as a product with one vector.
  if (backend.name === 'js') return (x, first, y) => timesVector(a, size, first, x, y);
  const builder = new ProgramBuilder('float64');
  const operands = {
    a: builder.external('x', 1, size),
    b: builder.external('matrix', size, size),
    c: builder.external('y', 1, size),
  };
  builder.emit('gemm_nt', operands, { alpha: 1, beta: 0 });
  const program = builder.build({ capacity: 1 });
  const scalars = allocate('float64', program.scalars.length);
  scalars.set(program.scalars.map(({ value }) => value));
  const [given, result] = [allocate('float64', size), allocate('float64', size)];
  const run = backend.compile(program).prepare(0, 1, 1, { buffers: [given, a, result], scalars });
  return (x, _, y) => {
    given.set(x);
    run();
    y.set(result);
  };
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

/** y = a·x, of the rows and columns from `first` on; four rows at a time, whose sums do not wait for each other. */
function timesVector(a: Float64Array, size: number, first: number, x: Float64Array, y: Float64Array): void {
  let i = first;
  for (; i + 4 <= size; i += 4) {
    const r0 = i * size;
    const r1 = r0 + size;
    const r2 = r1 + size;
    const r3 = r2 + size;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let j = first; j < size; j++) {
      const factor = x[j]!;
      s0 += a[r0 + j]! * factor;
      s1 += a[r1 + j]! * factor;
      s2 += a[r2 + j]! * factor;
      s3 += a[r3 + j]! * factor;
    }
    y[i] = s0;
    y[i + 1] = s1;
    y[i + 2] = s2;
    y[i + 3] = s3;
  }
  for (; i < size; i++) {
    let sum = 0;
    for (let j = first; j < size; j++) sum += a[i * size + j]! * x[j]!;
    y[i] = sum;
  }
}
