/** A seeded stream of 32-bit numbers: sfc32 (Chris Doty-Humphrey's PractRand). */
export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  /** @param {...number} seed integers; the same ones give the same stream */
  constructor(...seed) {
    for (const part of seed) {
      this.#a ^= part;
      this.#b ^= part / 2 ** 32;
      for (let i = 0; i < 12; i++) this.next();
    }
  }

  /** @returns {number} an integer in 0 … 2³²−1 */
  next() {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /**
   * @param {number} count
   * @returns {number} an integer in 0 … count−1; 0 for a count of 0
   */
  below(count) {
    return Math.floor((this.next() / 2 ** 32) * count);
  }

  /**
   * @template T
   * @param {readonly T[]} list with at least one element
   * @returns {T}
   */
  pick(list) {
    return /** @type {T} */ (list[this.below(list.length)]);
  }
}
