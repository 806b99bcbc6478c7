import type { Backend } from '../../backend/backend.js';
import type { BoundProgram } from '../../backend/bound-program.js';
import { currentBackend } from '../../backend/index.js';
import type { Dtype, TypedArray } from '../../core/dtype.js';
import { allocate } from '../../core/memory.js';
import type { Network } from '../network.js';

/** Predicts one row at a time in memory of its own, so that a call costs little beside the work itself. */
export class OneRowPredictor {
  readonly #program: BoundProgram;
  readonly #x: TypedArray;
  readonly #scores: TypedArray;
  readonly #predictions = allocate('int32', 1);
  #prepared: { readonly backend: Backend; readonly run: () => void } | undefined;

  /**
   * @param program x (batch, inputSize) → scores (batch, outputSize) and predictions (batch, 1)
   * @param rows the dtype of x
   */
  constructor(program: BoundProgram, { inputSize, outputSize, dtype }: Network, rows: Dtype) {
    this.#program = program;
    this.#x = allocate(rows, inputSize);
    this.#scores = allocate(dtype, outputSize);
  }

  /** Whether the score of the last prediction is finite. */
  get isSure(): boolean {
    return Number.isFinite(this.#scores[this.#predictions[0]!]);
  }

  /** The class of a row of `inputSize` numbers of any dtype. */
  predict(row: TypedArray): number {
    const backend = currentBackend();
    if (this.#prepared?.backend !== backend) {
      const memory = { x: this.#x, scores: this.#scores, predictions: this.#predictions };
      const run = this.#program.prepare(1, memory);
      this.#prepared = { backend, run };
    }
    this.#x.set(row);
    this.#prepared.run();
    return this.#predictions[0]!;
  }
}
