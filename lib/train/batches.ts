import type { RandomState } from '../core/random/random-state.js';

/**
 * How a solver draws its batches: with replacement, each on its own (cs231n), or so that every epoch is one
 * permutation of the rows.
 */
export type Sampling = 'replacement' | 'permutation';

/** Draws the row indices of one batch after another. */
export class BatchSampler {
  readonly batchSize: number;
  /** max(⌊N / batchSize⌋, 1). */
  readonly iterationsPerEpoch: number;
  readonly #numRows: number;
  readonly #sampling: Sampling;
  readonly #rng: RandomState;
  #permutation: Int32Array = new Int32Array(0);
  #next = 0;
  /** Goes back to before the last draw. */
  #undo = () => {};

  /** A permutation has no batch of more than `numRows` rows: then the batch is the whole set. */
  constructor(numRows: number, batchSize: number, sampling: Sampling, rng: RandomState) {
    this.batchSize = sampling === 'permutation' ? Math.min(batchSize, numRows) : batchSize;
    this.iterationsPerEpoch = Math.max(Math.floor(numRows / batchSize), 1);
    this.#numRows = numRows;
    this.#sampling = sampling;
    this.#rng = rng;
  }

  /** The rows of the next `count` batches, one after another: (count · batchSize) indices. */
  draw(count: number): Int32Array {
    const [state, permutation, next] = [this.#rng.getState(), this.#permutation, this.#next];
    this.#undo = () => {
      this.#rng.setState(state);
      this.#permutation = permutation;
      this.#next = next;
    };
    // One call for all of them draws the same numbers as one call a batch.
    if (this.#sampling === 'replacement') return this.#rng.choice(this.#numRows, count * this.batchSize);
    const rows = new Int32Array(count * this.batchSize);
    for (let batch = 0; batch < count; batch++) rows.set(this.#slice(), batch * this.batchSize);
    return rows;
  }

  /**
   * Of the last draw, only the first `count` batches were used. How many are drawn at once depends on the machine's pace; what is drawn
   * after them must not.
   */
  putBackAfter(count: number): void {
    this.#undo();
    if (count > 0) this.draw(count);
  }

  /** The next piece of the permutation. Rows left over at an epoch's end (N mod batchSize) rest until the next one. */
  #slice(): Int32Array {
    if (this.#next + this.batchSize > this.#permutation.length) {
      this.#permutation = this.#rng.permutation(this.#numRows);
      this.#next = 0;
    }
    this.#next += this.batchSize;
    return this.#permutation.subarray(this.#next - this.batchSize, this.#next);
  }
}
