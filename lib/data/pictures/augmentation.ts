import { availableParallelism } from 'node:os';
import { isShared } from '../../core/built-ins.js';
import { describe, expectation } from '../../core/describe.js';
import { ArgumentError, ShapeError } from '../../core/errors.js';
import { allocate, shared } from '../../core/memory.js';
import { abortSignal, checkOptions, instanceOf, integerIn, optional } from '../../core/options.js';
import type { WorkerThread } from '../../core/process/worker-thread.js';
import { type RandomOptions, randomOptions, rngOf } from '../../core/random/random-options.js';
import { elementCount, formatShape, sameShape } from '../../core/tensors/shape.js';
import { asTensor, Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import type { AugmentationJob } from './augment-rows.js';
import {
  type AugmentationOptions,
  checkByteFill,
  type PictureChanges,
  readAugmentationOptions,
} from './augmentation-options.js';

export interface AugmentationThreadOptions extends RandomOptions {
  /** How many threads share the work, which is the same for any number; default: one less than the machine has processors, at most 8. */
  readonly workers?: number;
}

export interface AugmentationApplyOptions {
  /** Receives the result: of X's shape and dtype, contiguous, on a SharedArrayBuffer that X does not lie on. */
  readonly out?: Tensor;
  readonly signal?: AbortSignal;
}

/** Fewer rows than this are not worth another thread. */
const rowsForThread = 256;

/**
 * Changes pictures at random, each time anew, so that a net sees more of them than there are: moves, turns, enlarges, distorts and flips
 * them. All changes of a picture are one map, and it is sampled once, bilinearly; what falls outside is `fill`.
 *
 * ```ts
 * const augmentation = new Augmentation({ height: 28, width: 28, shift: 2, rotate: 15, elastic: { alpha: 34, sigma: 4 } }, { seed: 0 });
 * const first = await augmentation.apply(XTrain);
 * const second = await augmentation.apply(XTrain); // other changes
 * await augmentation.dispose();
 * ```
 *
 * Worker threads compute, which start with the first `apply` and do not keep the process alive between two of them. Which changes a
 * picture gets depends on the seed, on how many times `apply` was called before, and on the picture's row alone.
 */
export class Augmentation {
  /** C·H·W, the values of a picture. */
  readonly rowSize: number;
  readonly #changes: PictureChanges;
  readonly #seed: number;
  readonly #workers: number;
  #threads: Promise<readonly WorkerThread<AugmentationJob, void>[]> | undefined;
  #epoch = 0;

  /** @throws ArgumentError for an option that is unknown, missing or not as asked */
  constructor(options: AugmentationOptions, threads: AugmentationThreadOptions = {}) {
    this.#changes = readAugmentationOptions('Augmentation', options);
    const { height, width, channels } = this.#changes;
    this.rowSize = channels * height * width;
    const { workers, ...random } = checkOptions('Augmentation', threads, {
      ...randomOptions,
      workers: optional(integerIn(1, 1024), Math.min(8, Math.max(1, availableParallelism() - 1))),
    });
    const rng = rngOf('Augmentation', random);
    this.#seed = random.seed ?? rng.randint(2 ** 31);
    this.#workers = workers;
  }

  /**
   * A copy of the pictures, every one of them changed.
   * @param X (N, …) float32, float64 or uint8 with C·H·W values a row; used where it lies if on a SharedArrayBuffer, else copied once
   * @returns of X's shape and dtype (bytes are rounded)
   * @throws ShapeError for rows of another length, ArgumentError for another dtype or an `out` that does not fit
   * @throws StateError when a worker thread fails; and the signal's reason when it is aborted
   */
  async apply(X: TensorLike, options: AugmentationApplyOptions = {}): Promise<Tensor> {
    const who = 'Augmentation.apply';
    const { out, signal } = checkOptions(who, options, {
      out: optional(instanceOf(Tensor)),
      signal: optional(abortSignal),
    });
    const pictures = this.#pictures(X, `${who}: X`);
    const output = out === undefined ? undefined : checkOut(out, pictures, `${who}: option out`);
    signal?.throwIfAborted();
    const result = output ?? new Tensor(allocate(pictures.dtype, pictures.size), pictures.shape);
    await this.#run(pictures, result, signal);
    return result;
  }

  /** Ends the worker threads; an `apply` under way is rejected with a StateError. A later one starts them again. */
  async dispose(): Promise<void> {
    const threads = (await this.#threads) ?? [];
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #run(pictures: Tensor, result: Tensor, signal: AbortSignal | undefined): Promise<void> {
    const count = pictures.shape[0] ?? 0;
    const control = allocate('int32', 2);
    const job: AugmentationJob = {
      changes: this.#changes,
      seed: this.#seed,
      epoch: this.#epoch++,
      count,
      input: shared(pictures.elements()),
      output: result.elements(),
      control,
    };
    const stop = () => void Atomics.store(control, 0, 1);
    signal?.addEventListener('abort', stop);
    try {
      this.#threads ??= this.#makeThreads();
      const threads = await this.#threads;
      const calls = threads.slice(0, Math.ceil(count / rowsForThread)).map((thread) =>
        thread.call(job).catch((error: unknown) => {
          stop();
          throw error;
        }),
      );
      // Not before all have stopped to write.
      const failed = (await Promise.allSettled(calls)).find(({ status }) => status === 'rejected');
      signal?.throwIfAborted();
      if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  async #makeThreads(): Promise<readonly WorkerThread<AugmentationJob, void>[]> {
    const { WorkerThread } = await import('../../core/process/worker-thread.js');
    const file = () => new URL('./augmentation-worker.mts', import.meta.url);
    return Array.from(
      { length: this.#workers },
      () => new WorkerThread('Augmentation', 'augmentation-worker', file),
    );
  }

  #pictures(X: TensorLike, what: string): Tensor {
    const pictures = asTensor(X, what, { dtype: ['float32', 'float64', 'uint8'], contiguous: true });
    const { height, width, channels } = this.#changes;
    const [count, ...row] = pictures.shape;
    if (count === undefined || row.length === 0 || elementCount(row) !== this.rowSize) {
      const expected = `to have rows of ${this.rowSize} values (${channels} · ${height} · ${width})`;
      throw new ShapeError(expectation(what, expected, `shape ${formatShape(pictures.shape)}`));
    }
    if (pictures.dtype === 'uint8') checkByteFill('Augmentation.apply', this.#changes);
    return pictures;
  }
}

function checkOut(out: Tensor, { shape, dtype, data }: Tensor, what: string): Tensor {
  if (!sameShape(out.shape, shape) || out.dtype !== dtype || !out.isContiguous) {
    const expected = `to be a contiguous ${dtype} tensor of shape ${formatShape(shape)}`;
    throw new ShapeError(expectation(what, expected, describe(out)));
  }
  if (!isShared(out.data) || out.data.buffer === data.buffer) {
    throw new ArgumentError(
      expectation(what, 'to lie on a SharedArrayBuffer apart from that of X', describe(out)),
    );
  }
  return out;
}
