/**
 * Philox 4×32-10, a counter-based generator (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011): four
 * random words that depend on a counter of four words and a key of two alone, so any part of a stream can be made again.
 */

/** Counters whose words are made together: element 64·g + 16·w + l of a stream has word w of the counter 16·g + l. */
const counters = 16;
export const drawnTogether = 4 * counters;

/** Which stream: the key, and the words of the counter that do not count elements. */
export interface Draw {
  readonly key0: number;
  readonly key1: number;
  readonly step: number;
  readonly stream: number;
}

/** Whole numbers; what is none, or not below 2⁵³, counts as 0. */
export function drawOf(seed: number, stream: number, step: number): Draw {
  const [key, s, t] = [whole(seed), whole(stream), whole(step)];
  return { key0: key >>> 0, key1: Math.floor(key / 2 ** 32), step: t >>> 0, stream: s >>> 0 };
}

function whole(value: number): number {
  return value >= 0 && value < 2 ** 53 ? Math.floor(value) : 0;
}

/** The words of the elements from 64·group on. */
export function draw({ key0, key1, step, stream }: Draw, group: number, words: Uint32Array): void {
  const first = group * counters;
  const high = Math.floor(first / 2 ** 32);
  for (let l = 0; l < counters; l++) philox((first >>> 0) + l, high, step, stream, key0, key1, words, l);
}

/** Writes the words of one counter to words[at], words[at + 16], words[at + 32] and words[at + 48]. */
export function philox(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  key0: number,
  key1: number,
  words: Uint32Array,
  at: number,
): void {
  let [x0, x1, x2, x3, k0, k1] = [c0 | 0, c1 | 0, c2 | 0, c3 | 0, key0 | 0, key1 | 0];
  for (let round = 0; round < 10; round++) {
    const high0 = upperProduct(x0, 0xd251, 0x1f53);
    const high1 = upperProduct(x2, 0xcd9e, 0x8d57);
    const low0 = Math.imul(x0, 0xd2511f53);
    x0 = high1 ^ x1 ^ k0;
    x1 = Math.imul(x2, 0xcd9e8d57);
    x2 = high0 ^ x3 ^ k1;
    x3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  words[at] = x0;
  words[at + counters] = x1;
  words[at + 2 * counters] = x2;
  words[at + 3 * counters] = x3;
}

/** The upper 32 of the 64 bits of x·(65536·high + low), from products of 16 bits. */
function upperProduct(x: number, high: number, low: number): number {
  const [xh, xl] = [x >>> 16, x & 0xffff];
  const middle = Math.imul(xh, low) + (Math.imul(xl, low) >>> 16);
  // Products of 16 bits are unsigned numbers of 32, their sums fit into a double.
  const across = (Math.imul(xl, high) >>> 0) + ((middle >>> 0) & 0xffff);
  return (Math.imul(xh, high) + ((middle >>> 0) >>> 16) + Math.floor(across / 65536)) | 0;
}
