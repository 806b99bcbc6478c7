import type { BoundProgram } from '../../backend/bound-program.js';
import type { TypedArray } from '../../core/dtype.js';
import { allocate } from '../../core/memory.js';

/** What rows of a data set are evaluated by. */
export interface InferenceRequest {
  /** A program of `lowerInference`. */
  readonly program: BoundProgram;
  /** Its data and targets, on shared memory. */
  readonly externals: Readonly<Record<string, TypedArray>>;
  /** Of the scores. */
  readonly dtype: 'float32' | 'float64';
  readonly cols: number;
  /** How many rows, which ones (default: all, in order), and how many at once. */
  readonly count: number;
  readonly picked: Int32Array | undefined;
  readonly batchSize: number;
  readonly signal: AbortSignal | undefined;
}

/** What came of some rows. */
export interface InferredRows {
  /** Which of the request's rows the first is. */
  readonly first: number;
  readonly size: number;
  /** Rows of each batch. */
  readonly batch: number;
  /** (size) */
  readonly predictions: Int32Array;
  /** (size · cols) */
  readonly scores: TypedArray;
  /** The mean of each batch, where the program has a loss; of the last one not finite, if that ended it. */
  readonly losses: Float64Array;
}

/** Elements of scores that one call of the backend leaves: enough that its beginning does not count. */
const scoresAtOnce = 2 ** 20;

/**
 * Evaluates rows off the main thread, batch by batch, and hands on what came of them part by part.
 * @throws the signal's reason when it is aborted
 */
export async function inferRows(request: InferenceRequest, use: (rows: InferredRows) => void): Promise<void> {
  const { program, externals, dtype, cols, count, picked, signal } = request;
  const batchSize = Math.min(request.batchSize, count);
  const most = Math.max(1, Math.floor(scoresAtOnce / (batchSize * cols)));
  const room = Math.min(count, most * batchSize);
  const memory = {
    rows: allocate('int32', room),
    predictions: allocate('int32', room),
    scores: allocate(dtype, room * cols),
  };
  const values = allocate('float64', 0);
  const control = allocate('int32', 2);
  const stop = () => Atomics.store(control, 0, 1);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', stop);
  try {
    let first = 0;
    while (first < count) {
      const left = count - first;
      // The last batch may have fewer rows, and then is a call of its own.
      const steps = Math.min(most, Math.floor(left / batchSize)) || 1;
      const rows = Math.min(batchSize, left);
      const size = steps * rows;
      for (let i = 0; i < size; i++) memory.rows[i] = picked?.[first + i] ?? first + i;
      const losses = allocate('float64', steps);
      const executable = program.ready(batchSize);
      const binding = program.bind(executable, { ...externals, ...memory });
      const stepped = { names: [], values };
      const { done } = await executable.runSteps({ count: steps, rows, stepped, losses, control }, binding);
      signal?.throwIfAborted();
      const finite = done === steps ? steps : done + 1;
      use({
        first,
        size,
        batch: rows,
        predictions: memory.predictions.subarray(0, size),
        scores: memory.scores.subarray(0, size * cols),
        losses: losses.subarray(0, finite),
      });
      first += size;
    }
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
