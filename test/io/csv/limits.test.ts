import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../../../lib/core/errors.js';
import { type CsvOptions, loadCsv } from '../../../lib/io/csv/csv.js';
import { lines, read } from './read.js';

describe('loadCsv', () => {
  test.each<[string, string, CsvOptions, string]>([
    [
      'a number beyond float32',
      'a\n1e39\n',
      {},
      "a number in float32's range but received '1e39' at line 2, column 'a'; dtype: 'float64' holds larger ones",
    ],
    [
      'a negative number beyond float32',
      'a\n-1e39\n',
      {},
      "a number in float32's range but received '-1e39'",
    ],
    ['a number that rounds to infinity', 'a\n3.4028235677973366e38\n', {}, "a number in float32's range"],
    [
      'a number beyond float64',
      'a\n1e400\n',
      { dtype: 'float64' },
      "a finite number in float64's range but received '1e400' at line 2",
    ],
    ['400 digits', `a\n${'9'.repeat(400)}\n`, { dtype: 'float64' }, "a finite number in float64's range"],
    [
      'an infinite number',
      'a\nInfinity\n',
      {},
      "a finite number in float64's range but received 'Infinity' at line 2, column 'a'; name it in missingTokens",
    ],
    ['an infinite number of pandas', 'a\n1\n-inf\n', {}, "received '-inf' at line 3"],
    [
      'a fill beyond float32',
      'a\n1\n',
      { missing: 1e39 },
      "option missing to be in float32's range (or dtype to be 'float64') but received 1e+39",
    ],
    [
      '300 as uint8',
      'a\n300\n',
      { dtype: 'uint8' },
      "an integer in 0 … 255 but received '300' at line 2, column 'a'",
    ],
    ['1.5 as int32', 'a\n1.5\n', { dtype: 'int32' }, "but received '1.5' at line 2, column 'a'"],
  ])('refuses %s', async (_name, text, options, message) => {
    await expect(read(text, options)).rejects.toThrow(message);
  });

  test('reads the largest numbers', async () => {
    const text = 'a\n3.4028235e38\n-3.40282356e38\n';
    expect([...(await read(text)).X]).toEqual([3.4028234663852886e38, -3.4028234663852886e38]);
    const wide = await read('a\n1e39\n1.7976931348623157e308\n', { dtype: 'float64' });
    expect([...wide.X]).toEqual([1e39, Number.MAX_VALUE]);
    expect([...(await read('a\ninf\n1\n', { missing: 0, missingTokens: ['inf'] })).X]).toEqual([0, 1]);
  });

  test('makes a one-hot table of the caller’s own wish', async () => {
    const text = `age,zip,l\n${lines(20_000, (i) => `${i % 90},z${i % 1000},${i % 2}`)}`;
    const { X, columns } = await read(text, { labelColumn: 'l', categorical: 'oneHot' });
    expect(X.shape).toEqual([20_000, 1001]);
    expect([X.get(7, 0), X.get(7, columns.indexOf('zip=z7'))]).toEqual([7, 1]);
  });

  test('names the option that raises a limit', async () => {
    const words = lines(20_000, (i) => `${i.toString(36)}x`);
    await expect(read(`a\n${words}`, { categorical: 'oneHot' })).rejects.toThrow(
      'expected at most 536870912 bytes of elements from a file of this size but 20000 rows and 20000 columns take 1600000000; maxBytes allows more',
    );
    const small = `a,b\n${lines(100, (i) => `${i},w${i % 50}`)}`;
    const options: CsvOptions = { categorical: 'oneHot' };
    await expect(read(small, { ...options, maxBytes: 100 * 51 * 4 - 1 })).rejects.toThrow(
      'maxBytes allows more',
    );
    expect((await read(small, { ...options, maxBytes: 100 * 51 * 4 })).X.shape).toEqual([100, 51]);
    const zeros = gzipSync(`${'0,'.repeat(99)}0\n`.repeat(100_000));
    const wide: CsvOptions = { dtype: 'float64' };
    await expect(loadCsv(zeros, wide)).rejects.toThrow('expected at most 67108864 bytes of elements');
    expect((await loadCsv(zeros, { ...wide, maxBytes: 80_000_000 })).X.shape).toEqual([100_000, 100]);
  });

  test.each<[string, string, string]>([
    [
      'columns',
      `${'a,'.repeat(1 << 17)}a\n`,
      'expected at most 131072 columns but received more; a larger maxBytes',
    ],
    [
      'an open quote',
      `a\n"${'x'.repeat(5 << 20)}"\n`,
      'expected a line of at most 4194304 characters but the quote that opens at line 2 is not closed in so many; maxBytes',
    ],
    [
      'commas without end',
      ','.repeat(5 << 20),
      'expected a line of at most 4194304 characters but received more at line 1; maxBytes',
    ],
  ])('refuses too much: %s', async (_name, text, message) => {
    for (const file of [Buffer.from(text), gzipSync(text)]) {
      await expect(loadCsv(file)).rejects.toThrow(FormatError);
      await expect(loadCsv(file)).rejects.toThrow(message);
    }
  });

  test('reads longer lines of more columns when it may', async () => {
    const count = 200_000;
    const text = `${Array.from({ length: count }, (_, i) => `a_name_of_some_length_${i}`).join(',')}\n${'1,'.repeat(count - 1)}2\n`;
    await expect(read(text)).rejects.toThrow('maxBytes');
    const { X } = await read(text, { maxBytes: 2 ** 27 });
    expect(X.shape).toEqual([1, count]);
    expect(X.get(0, count - 1)).toBe(2);
  });

  test('refuses categories that the dtype cannot count', async () => {
    await expect(
      read(`a\n${lines(257, (i) => `w${i}`)}`, { categorical: 'ordinal', dtype: 'uint8' }),
    ).rejects.toThrow(
      "expected at most 256 categories for dtype uint8 but received another, 'w256', at line 258, column 'a'",
    );
  });
});
