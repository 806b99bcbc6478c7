/**
 * A small generator of its own for each row, sfc32 (Doty-Humphrey, PractRand): a row's numbers do not depend on who computes which
 * rows, nor in which order.
 */
export class RowStream {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  /** Begins the stream of a row: any three numbers of 32 bits. */
  start(seed: number, epoch: number, row: number): void {
    this.#a = seed | 0;
    this.#b = epoch | 0;
    this.#c = row | 0;
    this.#counter = 1;
    // So many rounds, as PractRand's seeding does, until every bit depends on every bit.
    for (let i = 0; i < 15; i++) this.next();
  }

  /** Uniform in [0, 1). */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** A whole number in low … high. */
  whole(low: number, high: number): number {
    return low + Math.floor((high - low + 1) * this.next());
  }
}
