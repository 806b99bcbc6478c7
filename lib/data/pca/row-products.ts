import { setImmediate as nextTurn } from 'node:timers/promises';
import { currentBackend } from '../../backend/index.js';
import { dtypeOf, type TypedArray } from '../../core/dtype.js';
import { allocate } from '../../core/memory.js';
import { type BuilderSlot, ProgramBuilder } from '../../ops/builder.js';

/** A matrix of which a few rows at a time become float64. */
export interface Rows {
  /** (count · width) float32, float64 or uint8, row-major, on shared memory. */
  readonly data: TypedArray;
  readonly count: number;
  readonly width: number;
  /** Taken off every row: (width). */
  readonly mean?: Float64Array;
  /** What is left of a row is multiplied by it, a power of two; default 1. Only with a mean. */
  readonly scale?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A chunk of float64 rows, 16 MB of them. */
const chunkElements = 2 ** 21;
const mostRows = 4096;
/** Multiplications in one go of the JavaScript backend, which computes on the main thread: some 20 ms. */
const mostWork = 2e7;

/** x·f for every row x: (count, cols). @param f (width, cols), or for `nt` (cols, width) */
export async function timesMatrix(
  rows: Rows,
  f: Float64Array,
  cols: number,
  layout: 'nn' | 'nt',
): Promise<Float64Array> {
  const result = allocate('float64', rows.count * cols);
  await eachProduct(rows, f, cols, layout, (y, first) => result.set(y, first * cols));
  return result;
}

/** {@link timesMatrix}, chunk by chunk: `take` gets some rows of the result and the number of the first. */
export async function eachProduct(
  rows: Rows,
  f: Float64Array,
  cols: number,
  layout: 'nn' | 'nt',
  take: (y: Float64Array, first: number) => void,
): Promise<void> {
  const { width } = rows;
  const plan = { work: width * cols, buffers: { f }, output: { cols, take } };
  await pass(rows, plan, (builder, x) => {
    const c = builder.external('y', 'batch', cols);
    const scalars = { alpha: 1, beta: 0 };
    if (layout === 'nn') {
      builder.emit('gemm_nn', { a: x, b: builder.external('f', width, cols), c }, scalars);
    } else {
      builder.emit('gemm_nt', { a: x, b: builder.external('f', cols, width), c }, scalars);
    }
  });
}

/** Hands over all rows as float64, some at a time. */
export async function eachChunk(rows: Rows, take: (values: Float64Array) => void): Promise<void> {
  await pass(rows, { work: rows.width, buffers: {} }, (builder, x) => {
    builder.host([x], [], ({ views: [values] }) => take(values as Float64Array));
  });
}

/** Σ xᵀ·x over the rows: (width, width). */
export async function scatterMatrix(rows: Rows): Promise<Float64Array> {
  const { width } = rows;
  const sum = allocate('float64', width * width);
  await pass(rows, { work: (width * (width + 1)) / 2, buffers: { sum } }, (builder, x) => {
    const c = builder.external('sum', width, width);
    builder.emit('syrk', { a: x, c }, { alpha: 1, beta: 1 });
  });
  return sum;
}

/** uᵀ·X: (cols, width). @param u (count, cols) */
export async function combineRows(rows: Rows, u: Float64Array, cols: number): Promise<Float64Array> {
  const { count, width } = rows;
  const sum = allocate('float64', cols * width);
  await pass(rows, { work: cols * width, buffers: { u, sum } }, (builder, x, numbers) => {
    const a = builder.activation('weights', 'batch', cols);
    builder.emit('gather', { data: builder.external('u', count, cols), rows: numbers, x: a }, {});
    const c = builder.external('sum', cols, width);
    builder.emit('gemm_tn', { a, b: x, c }, { alpha: 1, beta: 1 });
  });
  return sum;
}

/** (v·Xᵀ)·X, without the scatter matrix: (cols, width). @param v (cols, width) */
export async function timesScatter(rows: Rows, v: Float64Array, cols: number): Promise<Float64Array> {
  const { width } = rows;
  const sum = allocate('float64', cols * width);
  await pass(rows, { work: 2 * cols * width, buffers: { v, sum } }, (builder, x) => {
    const scores = builder.activation('scores', 'batch', cols);
    const b = builder.external('v', cols, width);
    builder.emit('gemm_nt', { a: x, b, c: scores }, { alpha: 1, beta: 0 });
    const c = builder.external('sum', cols, width);
    builder.emit('gemm_tn', { a: scores, b: x, c }, { alpha: 1, beta: 1 });
  });
  return sum;
}

/** Σ ‖x‖² over the rows. */
export async function sumOfSquares(rows: Rows): Promise<number> {
  let sum = 0;
  await eachChunk(rows, (values) => {
    for (const value of values) sum += value * value;
  });
  return sum;
}

interface Pass {
  /** Multiplications for one row. */
  readonly work: number;
  /** Memory of the program's buffers, by their names. */
  readonly buffers: Readonly<Record<string, TypedArray>>;
  /** Of a buffer `y` (batch, cols): gets what it holds after each chunk, and the number of the chunk's first row. */
  readonly output?: {
    readonly cols: number;
    readonly take: (y: Float64Array, first: number) => void;
  };
}

/** Runs a small program over the rows, chunk by chunk: it makes a chunk float64, less the mean and scaled, and does with it what `emit` says. */
async function pass(
  { data, count, width, mean, scale = 1, signal }: Rows,
  { work, buffers, output }: Pass,
  emit: (builder: ProgramBuilder, x: BuilderSlot, numbers: BuilderSlot) => void,
): Promise<void> {
  if (count === 0) return;
  const backend = currentBackend();
  const fitting = Math.min(count, mostRows, Math.max(16, Math.floor(chunkElements / width)));
  const capacity =
    backend.name === 'js' ? Math.max(1, Math.min(fitting, Math.floor(mostWork / work))) : fitting;
  const numbers = allocate('int32', capacity);
  const ones = allocate('float64', capacity).fill(1);
  const cols = output?.cols ?? 0;
  const y = allocate('float64', capacity * cols);
  const bound: Record<string, TypedArray> = { ...buffers, data, numbers, ones, y };

  const builder = new ProgramBuilder('float64');
  const picked = builder.external('numbers', 'batch', 1, 'int32');
  const x = builder.activation('x', 'batch', width);
  const all = builder.external('data', count, width, dtypeOf(data) ?? 'float64');
  builder.emit('gather', { data: all, rows: picked, x }, {});
  if (mean !== undefined) {
    bound.mean = mean;
    const a = builder.external('ones', 'batch', 1);
    builder.emit(
      'gemm_nn',
      { a, b: builder.external('mean', 1, width), c: x },
      { alpha: -scale, beta: scale },
    );
  }
  emit(builder, x, picked);
  const program = builder.build({ capacity });
  const executable = backend.compile(program);
  const memory = program.buffers.map(({ name, dtype, length }) => bound[name] ?? allocate(dtype, length));
  const scalars = allocate('float64', program.scalars.length);
  scalars.set(program.scalars.map(({ value }) => value));
  const none = allocate('float64', 1);
  const control = allocate('int32', 2);

  for (let first = 0; first < count; first += capacity) {
    signal?.throwIfAborted();
    const size = Math.min(capacity, count - first);
    for (let i = 0; i < size; i++) numbers[i] = first + i;
    // One step of a training that learns nothing: it runs off the main thread, or in slices.
    await executable.runSteps(
      { count: 1, rows: size, stepped: { names: [], values: none }, losses: none, control },
      { buffers: memory, scalars },
    );
    output?.take(y.subarray(0, size * cols), first);
    await nextTurn();
  }
  signal?.throwIfAborted();
}
