import { createHash } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { configure, currentBackend } from '../../../lib/backend/index.js';
import type { TypedArray } from '../../../lib/core/dtype.js';
import { GemmnetError } from '../../../lib/core/errors.js';
import { RandomState } from '../../../lib/core/random/random-state.js';
import { type CsvOptions, loadCsv } from '../../../lib/io/csv/csv.js';
import { lines } from './read.js';

// Behind the first 64 KiB of a file, the native core cuts the rows that are plain, many at a time: the table, or the error, is that which
// JavaScript makes of them.

const before = currentBackend().name;
afterAll(() => {
  configure({ backend: before });
});

/** Of all bits: to compare arrays element by element takes seconds. */
const digest = (data: TypedArray) =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, 0, data.byteLength))
    .digest('hex');

/** The table, or the error. */
async function outcome(backend: 'js' | 'native', text: string, options: CsvOptions): Promise<unknown> {
  configure({ backend });
  try {
    const { X, y, ...rest } = await loadCsv(Buffer.from(text), options);
    return { X: digest(X.data), shape: X.shape, y: y && digest(y), ...rest };
  } catch (error) {
    if (!(error instanceof GemmnetError)) throw error;
    return `${error.name}: ${error.message}`;
  }
}

async function same(text: string, options: CsvOptions = {}): Promise<unknown> {
  const expected = await outcome('js', text, options);
  expect(await outcome('native', text, options)).toEqual(expected);
  return expected;
}

/** Rows of two numbers and a word, more than the first piece of a file holds. */
const usual = (count = 6000) => `a,b,word\n${lines(count, (i) => `${i / 7},-${i}e-3,w${i % 5}`)}`;

describe('rows cut at once', () => {
  test('are those that are cut one by one', async () => {
    const table = await same(usual(), { categorical: 'oneHot', labelColumn: 'b' });
    expect(table).toMatchObject({ shape: [6000, 6] });
  });

  test.each([
    ['a doubled quote', '1,2,"w""1"\n'],
    ['a line break in quotes', '1,2,"w\n1"\n'],
    ['a lone carriage return', '1,2,w1\r3,4,w2\r'],
    ['quotes and blanks', '"1", 2 ,"w1"\r\n'],
    ['empty lines', '\n\r\n\n1,2,w1\n\r\n'],
    ['a comment', '# no row\n1,2,w1 # a row\n'],
    ['numbers that only their text shows', '1e-40,123456789012345678901234567890,w1\n1e30, \t8,w1\n'],
    ['one that is missing', ',2,w1\n'],
    ['one that stands for a missing one', '-999,2,w1\n'],
    ['a new word', '1,2,w9\n'],
  ])('go on behind %s', async (_, odd) => {
    const text = `${usual()}${odd.repeat(3)}${lines(3000, (i) => `${i},0.5,w2`)}${odd}`;
    const options: CsvOptions = {
      comment: '#',
      categorical: 'ordinal',
      missing: 'mean',
      missingTokens: ['', '-999'],
    };
    expect(typeof (await same(text, options))).toBe('object');
    for (const dtype of ['float64', 'float32'] as const)
      await same(text, { ...options, dtype, labelColumn: 'word', missing: 0 });
  });

  test.each([
    ['too many cells', '1,2,w1,4\n', /expected 3 columns.*received 4 at line 6004/],
    ['too few', '1,2\n', /received 2 at line 6004/],
    ['a word for a number', '1,x,w1\n', /received 'x' at line 6004, column 'b'/],
    ['a number too large', '1,1e39,w1\n', /float32's range but received '1e39' at line 6004, column 'b'/],
    ['a number that is none', '1,1e,w1\n', /received '1e' at line 6004/],
    ['a cell that is missing', '1,,w1\n', /expected a value but received '' at line 6004/],
    ['a quote amid a cell', '1,2,w"1\n', /received one inside at line 6004/],
    ['more behind a quote', '1,"2"3,w1\n', /more follows at line 6004/],
    ['a quote that is not closed', '1,"2,w1\n', /the one that opens at line 6004 but the file ends/],
    [
      'two of them, the first in the last column',
      '1,2,3\n1,x,w1\n',
      /received '3' at line 6004, column 'word'/,
    ],
  ])('end with the same error for %s', async (_, odd, message) => {
    const text = `${usual()}\n${lines(1, () => '1,2,w1')}${odd}${lines(3000, (i) => `${i},0.5,w2`)}`;
    expect(await same(text, { categorical: 'ordinal' })).toMatch(message);
  });

  test('of more columns than are cut at once, and of one', async () => {
    const row = Array.from({ length: 9000 }, (_, i) => i % 10).join(',');
    await same(`${row.replaceAll(/\d/g, 'x')}\n${lines(9, () => row)}`, {
      header: false,
      categorical: 'ordinal',
    });
    await same(
      lines(30_000, (i) => String(i % 1000)),
      { header: false },
    );
  });

  test('are the same for any delimiter and decimal sign, and whatever the text holds', async () => {
    const rng = new RandomState(5);
    const random = (count: number) => rng.randint(count);
    const pick = <T>(all: readonly T[]): T => all[random(all.length)]!;
    let tables = 0;
    for (let round = 0; round < 60; round++) {
      const delimiter = pick([',', ';', '\t', ' ', '|', 'é']);
      const decimal = delimiter === ',' ? '.' : pick(['.', ','] as const);
      const number = () => {
        const value = (rng.rand() - 0.5) * 10 ** (random(24) - 12);
        return pick([String(value), value.toPrecision(1 + random(20)), String(random(1000))]).replace(
          '.',
          decimal,
        );
      };
      const cells = [number, number, () => `"${number()}"`, () => pick(['red', 'green', '"blue"', 'Zürich'])];
      const line = () => cells.map((cell) => cell()).join(delimiter);
      const end = pick(['\n', '\r\n']);
      const odd = pick(['', '', '"', '""', '"\n"', delimiter, '\r', ' ', 'x', '1e', '\0']);
      const rest = Array.from({ length: 600 }, (_, i) => `${line()}${i === 300 ? odd : ''}${end}`).join('');
      const text = `${Array.from({ length: 2500 }, () => `${line()}${end}`).join('')}${rest}`;
      const result = await same(text, {
        delimiter,
        decimal,
        header: false,
        categorical: 'oneHot',
        dtype: 'float64',
      });
      if (typeof result === 'object') tables++;
    }
    expect(tables).toBeGreaterThan(10);
  }, 120_000);
});
