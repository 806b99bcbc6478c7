import { currentBackend } from '../../../backend/index.js';
import { allocate } from '../../../core/memory.js';
import { WorkerThread } from '../../../core/process/worker-thread.js';
import type { Eigenpairs } from './symmetric-eigen.js';

/** What the worker is told: all on shared memory, `values` (k) and `vectors` (k, n) for the results. */
export interface EigenJob extends Eigenpairs {
  readonly n: number;
  /** (n, n), finite and symmetric; overwritten. */
  readonly matrix: Float64Array;
  /** Whose products of matrices. */
  readonly backend: 'native' | 'js';
}

/** Decomposes symmetric matrices exactly, in a thread of its own. */
export class EigenSolver {
  readonly #thread: WorkerThread<EigenJob, void>;

  constructor(who: string) {
    this.#thread = new WorkerThread(
      who,
      'eigen-worker',
      () => new URL('./eigen-worker.mts', import.meta.url),
    );
  }

  /**
   * @param matrix (n, n), finite and symmetric, on shared memory; overwritten
   * @param k how many of the largest
   */
  async largest(matrix: Float64Array, n: number, k: number): Promise<Eigenpairs> {
    const pairs = { values: allocate('float64', k), vectors: allocate('float64', k * n) };
    await this.#thread.call({ n, matrix, backend: currentBackend().name, ...pairs });
    return pairs;
  }

  /** Ends the thread; a decomposition under way is rejected with `reason`. */
  async end(reason?: unknown): Promise<void> {
    await this.#thread.terminate(reason);
  }
}
