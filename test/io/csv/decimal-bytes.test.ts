import { describe, expect, test } from 'vitest';
import { RandomState } from '../../../lib/core/random/random-state.js';
import { readDecimal } from '../../../lib/io/csv/decimal-bytes.js';

const point = '.'.charCodeAt(0);

/** What is read of a text with a line feed behind it, and where that ends. */
function read(text: string, sign = point): { value: number; end: number } {
  const values = new Float64Array(1);
  const end = readDecimal(Buffer.from(`${text}\n`), 0, sign, values, 0);
  return { value: values[0]!, end };
}

describe('readDecimal', () => {
  test.each(['0', '-0', '+7', '12.5', '-12.5e-3', '.5', '5.', '1E2', '007.50', '1e-22'])(
    '%s is what Number makes of it',
    (text) => {
      expect(read(text)).toEqual({ value: Number(text), end: text.length });
    },
  );

  test.each(['', '-', '.', 'e5', 'x', '+.e1', '1e', '1e+'])('"%s" is no number', (text) => {
    expect(read(text).value).toBeNaN();
  });

  test('ends at the first byte that is no part of the number', () => {
    expect(read('1.5,2')).toEqual({ value: 1.5, end: 3 });
    expect(read('1.5.2').end).toBe(3);
    expect(read('1,5', ','.charCodeAt(0))).toEqual({ value: 1.5, end: 3 });
  });

  test('leaves what lies half-way between two doubles to Number', () => {
    const half = 2n ** 53n + 1n;
    expect(read(`${half}`).value).toBeNaN();
    expect(read(`${half}.0000000000000000001`).value).toBeNaN();
    expect(read(`${half + 1n}`).value).toBe(Number(half + 1n));
    // Rounded to 2⁵³ first, the quotient would be rounded twice.
    for (let k = 1; k <= 22; k++)
      expect([Number(`${half}e-${k}`), Number.NaN]).toContain(read(`${half}e-${k}`).value);
  });

  test('is Number bit for bit, or NaN, for doubles, long fractions and neighbours of half-way points', () => {
    const rng = new RandomState(11);
    const bits = new BigUint64Array(1);
    const double = new Float64Array(bits.buffer);
    const digits = (count: number) => Array.from(rng.randint(10, count)).join('');
    let [readable, ordinary] = [0, 0];
    for (let trial = 0; trial < 20_000; trial++) {
      bits[0] = (BigInt(Math.floor(rng.rand() * 2 ** 32)) << 32n) | BigInt(Math.floor(rng.rand() * 2 ** 32));
      const near = (rng.rand() - 0.5) * 10 ** Math.floor(rng.rand() * 40 - 20);
      const odd = (2n ** 53n + BigInt(Math.floor(rng.rand() * 2 ** 53))) * 2n + 1n;
      const texts = [
        ...(Number.isFinite(double[0]) ? [String(double[0])] : []),
        String(near),
        near.toPrecision(15 + (trial % 10)),
        `${digits(1 + (trial % 12))}.${digits(trial % 25)}e${(trial % 80) - 40}`,
        `${odd}e-${trial % 30}`,
      ];
      for (const text of texts) {
        const { value, end } = read(text);
        if (Number.isNaN(value)) continue;
        readable++;
        if (!Object.is(value, Number(text)) || end !== text.length)
          expect({ text, value }).toEqual({ text, value: Number(text) });
      }
      if (!Number.isNaN(read(near.toPrecision(17)).value)) ordinary++;
    }
    expect(readable).toBeGreaterThan(60_000);
    // Who calls asks Number for the others: they must be few.
    expect(ordinary).toBe(20_000);
  });
});
