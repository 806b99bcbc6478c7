import { setImmediate as nextTurn } from 'node:timers/promises';
import { currentBackend } from '../../backend/index.js';
import { dtypeOf, type FloatDtype, type TypedArray } from '../../core/dtype.js';
import { allocate } from '../../core/memory.js';
import { type BuilderSlot, ProgramBuilder } from '../../ops/builder.js';

/** Rows of data of any dtype: (count · width) elements, row-major. */
export interface DataRows {
  readonly data: TypedArray;
  readonly count: number;
  readonly width: number;
}

/** What is done with rows of data, denormal numbers and all. */
export interface RowProgram {
  /** Of the program; default float64. */
  readonly dtype?: FloatDtype;
  /** Memory that the program reads or adds to, whole for every row. */
  readonly buffers: Readonly<Record<string, Float64Array>>;
  /** A result, as many columns for each row. */
  readonly output?: { readonly data: Float32Array | Float64Array; readonly cols: number };
  /** Emits the ops: what the rows become (batch, cols), into `y` if there is an output. */
  emit(builder: ProgramBuilder, x: BuilderSlot, y: BuilderSlot | undefined): void;
  /** Elements between the rows and the result that lie in memory, for each row; default 0. */
  readonly between?: number;
}

/** With so many elements of the workspace it stays in a second-level cache. */
const workspaceElements = 2 ** 15;
/** Elements of the rows in one go off the main thread, some 20 ms; the JavaScript backend computes on it. */
const elementsAside = { native: 2 ** 26, js: 2 ** 22 } as const;

/**
 * Runs a program over the rows, at once.
 * @returns its scalars, as the last run left them
 */
export function runRows(rows: DataRows, program: RowProgram): Float64Array {
  if (rows.count === 0 || rows.width === 0) return new Float64Array(0);
  const { between = 0 } = program;
  const fitting = between === 0 ? rows.count : Math.ceil(workspaceElements / between);
  const capacity = Math.min(rows.count, fitting);
  const { executable, bind, scalars } = prepare(rows, program, capacity);
  const end = executable.program.instructions.length;
  for (let first = 0; first < rows.count; first += capacity) {
    const size = Math.min(capacity, rows.count - first);
    executable.run(0, end, size, bind(first, size));
  }
  return scalars;
}

/**
 * Runs a program over the rows, which lie on shared memory, off the main thread or in slices.
 * @throws the signal's reason when it is aborted
 */
export async function runRowsAside(
  rows: DataRows,
  program: RowProgram,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (rows.count === 0 || rows.width === 0) return;
  const most = Math.ceil(elementsAside[currentBackend().name] / rows.width);
  const capacity = Math.min(rows.count, most);
  const { executable, bind } = prepare(rows, program, capacity);
  const none = allocate('float64', 1);
  const control = allocate('int32', 2);
  for (let first = 0; first < rows.count; first += capacity) {
    signal?.throwIfAborted();
    const size = Math.min(capacity, rows.count - first);
    // One step of a training that learns nothing.
    const steps = { count: 1, rows: size, stepped: { names: [], values: none }, losses: none, control };
    await executable.runSteps(steps, bind(first, size));
    await nextTurn();
  }
  signal?.throwIfAborted();
}

function prepare(
  { data, width }: DataRows,
  { dtype = 'float64', buffers, output, emit }: RowProgram,
  capacity: number,
) {
  const builder = new ProgramBuilder(dtype);
  const x = builder.external('x', 'batch', width, dtypeOf(data) ?? 'float64');
  const y = output && builder.external('y', 'batch', output.cols, dtypeOf(output.data) ?? 'float64');
  emit(builder, x, y);
  const program = builder.build({ capacity, keepsDenormals: true });
  const executable = currentBackend().compile(program);
  const scalars = allocate('float64', program.scalars.length);
  scalars.set(program.scalars.map(({ value }) => value));
  const fixed = program.buffers.map(({ name, dtype: kind, length }) => {
    return name === 'x' || name === 'y' ? undefined : (buffers[name] ?? allocate(kind, length));
  });
  const bind = (first: number, count: number) => ({
    scalars,
    buffers: program.buffers.map(({ name }, i) => {
      if (name === 'y') return output!.data.subarray(first * output!.cols, (first + count) * output!.cols);
      return fixed[i] ?? data.subarray(first * width, (first + count) * width);
    }),
  });
  return { executable, bind, scalars };
}
