import { describe, expect, test } from 'vitest';
import { FormatError } from '../../../lib/core/errors.js';
import type { CsvOptions } from '../../../lib/io/csv/csv.js';
import { read } from './read.js';

/** `pandas._libs.parsers.STR_NA_VALUES`, and ours. */
const gaps = [
  ...[
    '',
    '#N/A',
    '#N/A N/A',
    '#NA',
    '-1.#IND',
    '-1.#QNAN',
    '-NaN',
    '-nan',
    '1.#IND',
    '1.#QNAN',
    '<NA>',
    'N/A',
    'NA',
  ],
  ...['NULL', 'NaN', 'None', 'n/a', 'nan', 'null', '?'],
];

describe('loadCsv', () => {
  test.each<[string, string, CsvOptions, number[][], string[]]>([
    [
      'by the mean',
      'a,b\n1,2\n,4\n5,NA\n',
      { missing: 'mean' },
      [
        [1, 2],
        [3, 4],
        [5, 3],
      ],
      ['a', 'b'],
    ],
    [
      'by a number',
      'a,b\n?,2\n3,NaN\n',
      { missing: -1 },
      [
        [-1, 2],
        [3, -1],
      ],
      ['a', 'b'],
    ],
    [
      'by tokens of one’s own',
      'a\n1\n-999\n3\n',
      { missing: 'mean', missingTokens: ['-999'] },
      [[1], [2], [3]],
      ['a'],
    ],
    [
      'in a column of words, before the first word and after it',
      'a,c\n1,\n2,red\n3,?\n4,blue\n',
      { missing: 0, categorical: 'ordinal' },
      [
        [1, 0],
        [2, 2],
        [3, 0],
        [4, 1],
      ],
      ['a', 'c'],
    ],
    [
      'in a one-hot column',
      'c,a\nred,1\n,\n',
      { missing: 'mean', categorical: 'oneHot' },
      [
        [0, 1, 1],
        [1, 0, 1],
      ],
      ['c=', 'c=red', 'a'],
    ],
  ])('replaces missing cells %s', async (_name, text, options, rows, names) => {
    const { X, columns } = await read(text, options);
    expect(X.toArray()).toEqual(rows);
    expect(columns).toEqual(names);
  });

  test.each(gaps)('takes %j for a missing cell, wherever it stands', async (gap) => {
    for (const categorical of ['error', 'ordinal', 'oneHot'] as const) {
      for (const cells of [
        [gap, '52000', '48000'],
        ['52000', gap, '48000'],
        ['52000', '48000', ` ${gap}`],
      ]) {
        const text = `income,l\n${cells.map((cell) => `${cell},0\n`).join('')}`;
        const { X, info } = await read(text, { labelColumn: 'l', categorical, missing: 'mean' });
        expect([...X]).toEqual(cells.map((cell) => (cell.trim() === gap ? 50000 : Number(cell))));
        expect(info.columns).toEqual([
          { name: 'income', kind: 'numbers', missing: 1 },
          { name: 'l', kind: 'label', missing: 0 },
        ]);
        await expect(read(text, { labelColumn: 'l', categorical })).rejects.toThrow(
          "column 'income'; missing: 'mean'",
        );
      }
    }
  });

  test('takes a number for missing in any way of writing it', async () => {
    const text = 'a,b\n-999,1\n-999.0,2\n-999.00,3\n -9.99e2,4\n-998,5\n999,6\n';
    const { X, info } = await read(text, { columns: ['a'], missing: 0, missingTokens: ['-999'] });
    expect([...X]).toEqual([0, 0, 0, 0, -998, 999]);
    expect(info.columns).toEqual([
      { name: 'a', kind: 'numbers', missing: 4 },
      { name: 'b', kind: 'unused', missing: 0 },
    ]);
    const comma = await read('a;b\n-999,0;1,5\n2,5;-999\n', { missing: 0, missingTokens: [' -999 '] });
    expect(comma.X.toArray()).toEqual([
      [0, 1.5],
      [2.5, 0],
    ]);
    const words = await read('c\n1\n-999.0\nx\n', {
      missing: 0,
      missingTokens: ['-999'],
      categorical: 'ordinal',
      kinds: { c: 'words' },
    });
    expect(words.categories).toEqual({ c: ['', '1', 'x'] });
  });

  test('gives a mean to the first and the last of many rows', async () => {
    const lines = ['a', '', ...Array.from({ length: 10_000 }, () => '4'), 'NA'].map((cell) => `${cell},1\n`);
    const { X } = await read(lines.join(''), { missing: 'mean', header: true });
    expect(X.shape).toEqual([10_002, 2]);
    expect([X.get(0, 0), X.get(10_001, 0)]).toEqual([4, 4]);
  });

  test.each<[string, string[], number]>([
    ['large', ['1.7e308', '1.7e308', '1.4e308'], 1.6e308],
    ['large, of both signs', ['1.7e308', '1.7e308', '-1.7e308', '-1.7e308'], 0],
    ['small', ['1', '2', '6'], 3],
  ])('fills with the mean of %s numbers', async (_name, cells, mean) => {
    const { X } = await read(`a\n${cells.join('\n')}\nNA\n`, { missing: 'mean', dtype: 'float64' });
    // To a few last digits.
    expect(Math.abs(X.get(cells.length, 0) - mean)).toBeLessThanOrEqual(
      1e-15 * Math.max(...cells.map(Number)),
    );
    expect([...X].every(Number.isFinite)).toBe(true);
  });

  test('fills with the mean of the largest of float32', async () => {
    const { X } = await read('a\n3.4e38\n3.4e38\nNA\n', { missing: 'mean' });
    expect([...X]).toEqual(Array.from({ length: 3 }, () => Math.fround(3.4e38)));
  });

  test.each<[string, string, CsvOptions, string]>([
    [
      'a missing cell',
      'a,b\n1,2\n,3\n',
      {},
      "expected a value but received '' at line 3, column 'a'; missing: 'mean' or a number",
    ],
    [
      'nothing to make a mean of',
      'a,b\n1,\n2,\n',
      { missing: 'mean' },
      "a number in column 'b' but all cells are missing; name the others in columns to leave it out",
    ],
    [
      'a gap of another kind',
      'a\n1\nmissing\n',
      { missing: 0 },
      "received 'missing' at line 3, column 'a'; categorical: 'oneHot' or 'ordinal' takes columns of words, missingTokens says",
    ],
  ])('refuses %s', async (_name, text, options, message) => {
    await expect(read(text, options)).rejects.toThrow(FormatError);
    await expect(read(text, options)).rejects.toThrow(message);
  });
});
