import { Turns } from '../../core/process/turns.js';

/** Elements between two looks at the clock: well below a millisecond. */
const chunk = 1 << 17;

/** Arithmetic on long vectors, in double, which gives others a turn of the event loop every few milliseconds. */
export class Vectors {
  readonly #turns = new Turns();

  /** Σ a·b. */
  async dot(a: Float64Array, b: Float64Array): Promise<number> {
    let sum = 0;
    for (let from = 0; from < a.length; from += chunk) {
      sum += partialDot(a, b, from, Math.min(a.length, from + chunk));
      if (this.#turns.isOver) await this.#turns.next();
    }
    return sum;
  }

  /** y += alpha·x. */
  async add(y: Float64Array, alpha: number, x: Float64Array): Promise<void> {
    for (let from = 0; from < y.length; from += chunk) {
      const to = Math.min(y.length, from + chunk);
      for (let i = from; i < to; i++) y[i]! += alpha * x[i]!;
      if (this.#turns.isOver) await this.#turns.next();
    }
  }

  /** y *= alpha. */
  async scale(y: Float64Array, alpha: number): Promise<void> {
    for (let from = 0; from < y.length; from += chunk) {
      const to = Math.min(y.length, from + chunk);
      for (let i = from; i < to; i++) y[i]! *= alpha;
      if (this.#turns.isOver) await this.#turns.next();
    }
  }

  /** max |x|; NaN if there is one. */
  async largest(x: Float64Array): Promise<number> {
    let largest = 0;
    for (let from = 0; from < x.length; from += chunk) {
      const to = Math.min(x.length, from + chunk);
      for (let i = from; i < to; i++) largest = Math.max(largest, Math.abs(x[i]!));
      if (this.#turns.isOver) await this.#turns.next();
    }
    return largest;
  }
}

/** In four sums: one would wait for its own last addition at each element. */
function partialDot(a: Float64Array, b: Float64Array, from: number, to: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = from;
  for (; i + 4 <= to; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (; i < to; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + (s2 + s3);
}
