import { availableParallelism } from 'node:os';
import { allocate } from '../../core/memory.js';
import { WorkerThread } from '../../core/process/worker-thread.js';
import type { FirstRow, PictureWishes, RowForm } from './picture-rows.js';

/** Pictures to be read, and the form of the first one to be found, or all to become rows of X. */
export type PictureJob = {
  readonly paths: readonly string[];
  readonly maxPixels: number;
  /** Whoever writes 1 there ends the call before its next picture. */
  readonly stop: Int32Array;
} & (
  | { readonly first: PictureWishes; readonly rows?: undefined }
  | { readonly first?: undefined; readonly rows: RowsOfX }
);

/** Where pictures go. */
export interface RowsOfX {
  readonly form: RowForm;
  /** (N, C·H·W), on shared memory. */
  readonly X: Uint8Array;
  /** The row of the first picture. */
  readonly begin: number;
}

export interface PictureAnswer {
  /** How many of the pictures, from the first on, were read before one failed. */
  readonly done: number;
  readonly first?: FirstRow;
  readonly milliseconds: number;
}

/** A thread that has less to do than this costs more than it brings: it takes the time of some 200 small pictures to start. */
const leastPictures = 200;
const leastBytes = 1 << 19;

/** More of them than this wait for the disk. */
const mostThreads = 16;

/** How long a call should take, so that progress is told in time, and the threads end together. */
const callMilliseconds = 25;

/** Calls that a thread has: one that it answers, and more, so that it need not wait for this thread. */
const callsOfThread = 3;

/**
 * Threads that read pictures into rows of X, one a processor. A picture's row is given beforehand, so which of them reads it makes no
 * difference.
 */
export class PictureThreads {
  readonly #maxPixels: number;
  readonly #threads: readonly WorkerThread<PictureJob, PictureAnswer>[];
  readonly #under: number[];
  readonly #calls = new Set<Promise<PictureAnswer>>();
  readonly #stop = allocate('int32', 1);
  #batch = 1;
  #failed: boolean;

  /**
   * How many threads are worth their start.
   * @param count of pictures
   * @param bytes of their files
   */
  static worthwhile(count: number, bytes: number): number {
    const most = Math.min(availableParallelism(), mostThreads, count);
    return Math.min(most, Math.floor(Math.max(count / leastPictures, bytes / leastBytes)));
  }

  /** @param threads how many; of none all calls fail */
  constructor(threads: number, maxPixels: number) {
    this.#failed = threads === 0;
    this.#maxPixels = maxPixels;
    const file = () => new URL('./picture-worker.mts', import.meta.url);
    this.#threads = Array.from(
      { length: threads },
      () => new WorkerThread('loadImageFolder', 'picture-worker', file),
    );
    this.#under = this.#threads.map(() => 0);
  }

  /** Whether there are no threads, or one could not start or died, as where a bundler left its file out: then no more calls are answered. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Whether another call would keep a thread from waiting. */
  get isFree(): boolean {
    return !this.#failed && this.#under.some((count) => count < callsOfThread);
  }

  /** How many pictures the next call should have. */
  batch(left: number): number {
    return Math.max(1, Math.min(this.#batch, Math.ceil(left / (2 * this.#threads.length))));
  }

  /** @returns undefined when the picture, or the threads, failed */
  async first(path: string, wishes: PictureWishes): Promise<FirstRow | undefined> {
    return (await this.#call({ paths: [path], first: wishes })).first;
  }

  /** @returns how many pictures were read before one of them, or the thread, failed */
  async read(paths: readonly string[], rows: RowsOfX): Promise<number> {
    const { done, milliseconds } = await this.#call({ paths, rows });
    if (done === paths.length) {
      const fitting = Math.round((done * callMilliseconds) / Math.max(milliseconds, 0.1));
      this.#batch = Math.max(1, Math.min(fitting, 2 * done, 256));
    }
    return done;
  }

  /**
   * Ends the threads. Calls under way are answered before their next picture: a thread that is ended amid its start or a picture may take
   * the process along where modules have loaders of their own.
   */
  async end(): Promise<void> {
    this.#failed = true;
    Atomics.store(this.#stop, 0, 1);
    await Promise.allSettled(this.#calls);
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  async #call(job: Wishes): Promise<PictureAnswer> {
    if (this.#failed) return { done: 0, milliseconds: 0 };
    const index = this.#under.indexOf(Math.min(...this.#under));
    this.#under[index]!++;
    const call = this.#threads[index]!.call({ ...job, maxPixels: this.#maxPixels, stop: this.#stop });
    this.#calls.add(call);
    try {
      return await call;
    } catch {
      this.#failed = true;
      return { done: 0, milliseconds: 0 };
    } finally {
      this.#calls.delete(call);
      this.#under[index]!--;
    }
  }
}

type Wishes =
  | { readonly paths: readonly string[]; readonly first: PictureWishes }
  | { readonly paths: readonly string[]; readonly rows: RowsOfX };
