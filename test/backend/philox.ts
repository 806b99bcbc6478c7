/** Philox 4×32-10 by the formulas of Salmon et al. 2011, in integers of any size: four words of a counter of four words and a key of two. */
export function philoxReference(counter: readonly number[], key: readonly number[]): number[] {
  const word = 2n ** 32n;
  let c = counter.map(BigInt);
  let k = key.map(BigInt);
  for (let round = 0; round < 10; round++) {
    const [p0, p1] = [c[0]! * 0xd2511f53n, c[2]! * 0xcd9e8d57n];
    c = [(p1 / word) ^ c[1]! ^ k[0]!, p1 % word, (p0 / word) ^ c[3]! ^ k[1]!, p0 % word];
    k = [(k[0]! + 0x9e3779b9n) % word, (k[1]! + 0xbb67ae85n) % word];
  }
  return c.map(Number);
}

const drawn = new Map<string, number>();

/** The random word of an element: that of 64·g + 16·w + l is word w of the counter (16·g + l, step, stream). */
export function wordOf(element: number, seed: number, stream: number, step: number): number {
  const name = [element, seed, stream, step].join();
  const known = drawn.get(name);
  if (known !== undefined) return known;
  const block = 16 * Math.floor(element / 64) + (element % 16);
  const counter = [block % 2 ** 32, Math.floor(block / 2 ** 32), step, stream];
  const words = philoxReference(counter, [seed % 2 ** 32, Math.floor(seed / 2 ** 32)]);
  const word = words[Math.floor(element / 16) % 4]!;
  drawn.set(name, word);
  return word;
}
