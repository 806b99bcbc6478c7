/** Longer words are not kept, nor more of them, nor one whose place others have taken. */
const [longestWord, mostWords, mostSteps] = [64, 1 << 16, 16];

/**
 * What is known of words in UTF-8, without a string of any: a number from 0 on of each. It keeps what it finds room for, and whoever asks
 * has to be able to find out himself.
 */
export class ByteWords {
  /** By their hash, or in the next places: the words' indices, from 1 on. */
  #places = new Int32Array(0);
  /** The word of an index lies in `bytes` from `starts[index]` to `starts[index + 1]`. */
  #bytes = new Uint8Array(0);
  #starts = new Int32Array(0);
  #numbers = new Int32Array(0);
  #count = 0;

  /** The number of a word; −1 for one that is not known. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const places = this.#places;
    const length = end - start;
    if (this.#count === 0 || length > longestWord) return -1;
    for (let step = 0, place = hashOf(bytes, start, end); step < mostSteps; step++, place++) {
      const index = places[place & (places.length - 1)]! - 1;
      if (index < 0) return -1;
      const from = this.#starts[index]!;
      if (this.#starts[index + 1]! - from !== length) continue;
      let same = 0;
      while (same < length && this.#bytes[from + same] === bytes[start + same]) same++;
      if (same === length) return this.#numbers[index]!;
    }
    return -1;
  }

  /** Keeps the number of a word that is not known. */
  add(bytes: Uint8Array, start: number, end: number, number: number): void {
    const length = end - start;
    if (length > longestWord || this.#count === mostWords) return;
    if (2 * this.#count >= this.#places.length) this.#grow();
    const from = this.#starts[this.#count]!;
    if (from + length > this.#bytes.length) this.#bytes = longer(this.#bytes, 2 * (from + length));
    this.#bytes.set(bytes.subarray(start, end), from);
    this.#starts[this.#count + 1] = from + length;
    this.#numbers[this.#count] = number;
    this.#settle(this.#count++);
  }

  #grow(): void {
    const room = Math.max(16, 2 * this.#places.length);
    this.#places = new Int32Array(room);
    this.#starts = longer(this.#starts, room);
    this.#numbers = longer(this.#numbers, room);
    for (let index = 0; index < this.#count; index++) this.#settle(index);
  }

  #settle(index: number): void {
    const places = this.#places;
    let place = hashOf(this.#bytes, this.#starts[index]!, this.#starts[index + 1]!);
    for (let step = 0; step < mostSteps; step++, place++) {
      if (places[place & (places.length - 1)] !== 0) continue;
      places[place & (places.length - 1)] = index + 1;
      return;
    }
  }
}

/** FNV-1a, its upper bits mixed into the lower ones. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return (hash ^ (hash >>> 15)) & 0x3fffffff;
}

function longer<Kind extends Int32Array | Uint8Array>(array: Kind, length: number): Kind {
  const copy = new (array.constructor as new (length: number) => Kind)(length);
  copy.set(array);
  return copy;
}
