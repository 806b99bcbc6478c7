import type { Dtype } from '../../core/dtype.js';
import { allocate } from '../../core/memory.js';

/** A typed array on shared memory that grows geometrically while a file of unknown length is read. */
export class GrowingArray<D extends Dtype> {
  readonly #dtype: D;
  #data: ReturnType<typeof allocate<D>>;

  constructor(dtype: D) {
    this.#dtype = dtype;
    this.#data = allocate(dtype, 0);
  }

  /** The memory now: another one after {@link reserve}. */
  get data(): ReturnType<typeof allocate<D>> {
    return this.#data;
  }

  /**
   * Makes room for `length` elements, and for `likely` in all, if it is to move anyway.
   * @throws ArgumentError when memory cannot hold them
   */
  reserve(length: number, likely = 0): void {
    if (length <= this.#data.length) return;
    const grown = allocate(this.#dtype, Math.ceil(Math.max(length, likely, 1.5 * this.#data.length, 1024)));
    grown.set(this.#data);
    this.#data = grown;
  }

  /** The first `length` elements, in memory that is not much longer. */
  finish(length: number): ReturnType<typeof allocate<D>> {
    const used = this.#data.subarray(0, length) as ReturnType<typeof allocate<D>>;
    if (used.length >= 0.9 * this.#data.length) return used;
    const exact = allocate(this.#dtype, length);
    exact.set(used);
    return exact;
  }
}
