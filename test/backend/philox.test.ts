import { expect, test } from 'vitest';
import { draw, drawOf, philox } from '../../lib/backend/js/philox.js';
import { philoxReference, wordOf } from './philox.js';

/** tests/kat_vectors of Random123 1.14.0 (D. E. Shaw Research), the lines `philox4x32 10`: counter, key, words. */
const knownAnswers = `
00000000 00000000 00000000 00000000 00000000 00000000   6627e8d5 e169c58d bc57ac4c 9b00dbd8
ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff   408f276d 41c83b0e a20bc7c6 6d5451fd
243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0   d16cfe09 94fdcceb 5001e420 24126ea1`
  .trim()
  .split('\n')
  .map((line) => line.split(/ +/).map((word) => Number.parseInt(word, 16)));

test.each(knownAnswers)('philox: the known answer to counter %i', (c0, c1, c2, c3, k0, k1, ...words) => {
  const made = new Uint32Array(64);
  philox(c0!, c1!, c2!, c3!, k0!, k1!, made, 0);
  expect([made[0], made[16], made[32], made[48]]).toEqual(words);
  expect(philoxReference([c0!, c1!, c2!, c3!], [k0!, k1!])).toEqual(words);
});

test('draw: 64 words at a time, of 16 counters', () => {
  const [seed, stream, step] = [2 ** 45 + 12345, 2 ** 32 - 3, 4e9];
  for (const group of [0, 1, 77, 2 ** 28 - 1, 2 ** 28, 2 ** 40 + 3]) {
    const words = new Uint32Array(64);
    draw(drawOf(seed, stream, step), group, words);
    expect([...words]).toEqual(
      Array.from({ length: 64 }, (_, i) => wordOf(64 * group + i, seed, stream, step)),
    );
  }
});

test('drawOf: what is no integer counts as 0', () => {
  for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    expect(drawOf(bad, bad, bad)).toEqual(drawOf(0, 0, 0));
  }
});
