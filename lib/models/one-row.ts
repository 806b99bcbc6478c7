import type { Backend } from '../backend/backend.js';
import { currentBackend } from '../backend/index.js';
import type { FloatDtype, TypedArray } from '../core/dtype.js';
import { allocate } from '../core/memory.js';
import type { BoundProgram } from './bound-program.js';

/** Predicts one row at a time in memory of its own, so that a call costs little beside the work itself. */
export class OneRowPredictor {
  readonly #program: BoundProgram;
  readonly #x: TypedArray;
  readonly #predictions = allocate('int32', 1);
  #prepared: { readonly backend: Backend; readonly run: () => void } | undefined;

  /** @param program x (batch, inputSize) → predictions (batch, 1) */
  constructor(program: BoundProgram, inputSize: number, dtype: FloatDtype) {
    this.#program = program;
    this.#x = allocate(dtype, inputSize);
  }

  /** The class of a row of `inputSize` numbers of any dtype. */
  predict(row: TypedArray): number {
    const backend = currentBackend();
    if (this.#prepared?.backend !== backend) {
      const run = this.#program.prepare(1, { x: this.#x, predictions: this.#predictions });
      this.#prepared = { backend, run };
    }
    this.#x.set(row);
    this.#prepared.run();
    return this.#predictions[0]!;
  }
}
