import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ArgumentError, FormatError, GemmnetError } from '../../lib/core/errors.js';
import { type CsvOptions, loadCsv } from '../../lib/io/csv.js';
import { temporaryFolder } from '../temporary-folder.js';

/** A comment sign that does not occur, so that csv-parse reads all lines: it is left out before the first quote otherwise. */
const parsed = (options: CsvOptions): CsvOptions => ({ comment: '\u0001', ...options });

const read = (text: string, options: CsvOptions = {}) => loadCsv(Buffer.from(text), options);

describe('loadCsv', () => {
  test('reads numbers under a header, on shared memory', async () => {
    const { X, columns, ...rest } = await read('height,width\n1,2.5\n-3e2,.5\n');
    expect(X).toMatchObject({ shape: [2, 2], dtype: 'float32' });
    expect(X.toArray()).toEqual([
      [1, 2.5],
      [-300, 0.5],
    ]);
    expect(X.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(columns).toEqual(['height', 'width']);
    expect(rest).toEqual({ categories: {} });
  });

  test.each<[string, string, CsvOptions, (number | string)[][]]>([
    [
      'no header',
      '1,2\n3,4\n',
      {},
      [
        ['0', '1'],
        [1, 2],
        [3, 4],
      ],
    ],
    [
      'a header of numbers',
      '1,2\n3,4\n',
      { header: true },
      [
        ['1', '2'],
        [3, 4],
      ],
    ],
    [
      'no line break at the end',
      'a,b\n1,2',
      {},
      [
        ['a', 'b'],
        [1, 2],
      ],
    ],
    [
      'CRLF',
      'a,b\r\n1,2\r\n3,4\r\n',
      {},
      [
        ['a', 'b'],
        [1, 2],
        [3, 4],
      ],
    ],
    [
      'CR',
      'a,b\r1,2\r3,4\r',
      {},
      [
        ['a', 'b'],
        [1, 2],
        [3, 4],
      ],
    ],
    [
      'mixed line ends',
      'a,b\n1,2\r\n3,4\r5,6',
      {},
      [
        ['a', 'b'],
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ],
    [
      'a byte order mark',
      '\ufeffa,b\n1,2',
      {},
      [
        ['a', 'b'],
        [1, 2],
      ],
    ],
    [
      'a byte order mark before a quote',
      '\ufeff"a",b\n1,2',
      {},
      [
        ['a', 'b'],
        [1, 2],
      ],
    ],
    [
      'quoted cells',
      '"a","b,c"\n"1","2"\n',
      {},
      [
        ['a', 'b,c'],
        [1, 2],
      ],
    ],
    [
      'doubled quotes',
      '"a ""b""",c\n1,2\n',
      {},
      [
        ['a "b"', 'c'],
        [1, 2],
      ],
    ],
    [
      'a line break inside quotes',
      '"a\nb",c\n1,2\n',
      {},
      [
        ['a\nb', 'c'],
        [1, 2],
      ],
    ],
    [
      'empty lines',
      '\n\na,b\n\n1,2\n\n\n3,4\n\n',
      {},
      [
        ['a', 'b'],
        [1, 2],
        [3, 4],
      ],
    ],
    [
      'white space',
      ' a , b \n 1 ,\t2 \n',
      {},
      [
        ['a', 'b'],
        [1, 2],
      ],
    ],
    [
      'semicolons',
      'a;b\n1;2\n',
      { delimiter: ';' },
      [
        ['a', 'b'],
        [1, 2],
      ],
    ],
    [
      'comments',
      '# of old\na,b\n# more\n1,2 # two\n',
      { comment: '#' },
      [
        ['a', 'b'],
        [1, 2],
      ],
    ],
    [
      'names given twice or not at all',
      'a,,a,a\n1,2,3,4\n',
      {},
      [
        ['a', '1', 'a.1', 'a.2'],
        [1, 2, 3, 4],
      ],
    ],
    [
      'names of Object.prototype',
      '__proto__,constructor\n1,2\n',
      {},
      [
        ['__proto__', 'constructor'],
        [1, 2],
      ],
    ],
    [
      'columns by name',
      'a,b,c\n1,2,3\n',
      { columns: ['c', 'a'] },
      [
        ['c', 'a'],
        [3, 1],
      ],
    ],
    [
      'columns by index',
      'a,b,c\n1,2,3\n',
      { columns: [0, -1] },
      [
        ['a', 'c'],
        [1, 3],
      ],
    ],
    ['words in columns left out', 'a,b\n1,x\n', { columns: ['a'] }, [['a'], [1]]],
    ['signs and exponents', 'a\n+1\n-0.5E+2\n007\n', {}, [['a'], [1], [-50], [7]]],
    ['one column', 'a\n1\n2\n', {}, [['a'], [1], [2]]],
  ])('reads %s', async (_name, text, options, [names, ...rows]) => {
    for (const way of [options, parsed(options)]) {
      const { X, columns } = await read(text, way);
      expect(columns).toEqual(names);
      expect(X.toArray()).toEqual(rows);
    }
  });

  test.each<[string, string[], number[], string[] | undefined]>([
    ['integers, kept though some are missing', ['2', '0', '7'], [2, 0, 7], undefined],
    ['integers as floats', ['1.0', '0.0', '1.0'], [1, 0, 1], undefined],
    ['words, sorted', ['dog', 'cat', 'dog', 'ant'], [2, 1, 2, 0], ['ant', 'cat', 'dog']],
    ['negative numbers, sorted by value', ['1', '-1', '10', '2'], [1, 0, 3, 2], ['-1', '1', '2', '10']],
    ['numbers and words', ['1', 'b', '1'], [0, 1, 0], ['1', 'b']],
    ['integers too large for an index', ['94110', '10001'], [1, 0], ['10001', '94110']],
  ])('reads labels: %s', async (_name, labels, y, classes) => {
    const table = await read(`x,label\n${labels.map((label, i) => `${i},${label}\n`).join('')}`, {
      labelColumn: 'label',
    });
    expect(table.X.toArray()).toEqual(labels.map((_, i) => [i]));
    expect(table.y).toEqual(Int32Array.from(y));
    expect(table.y!.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(table.classes).toEqual(classes);
    expect(table.columns).toEqual(['x']);
  });

  test('reads labels alone', async () => {
    const { X, y } = await read('label\n1\n0\n', { labelColumn: 'label' });
    expect(X.shape).toEqual([2, 0]);
    expect(y).toEqual(Int32Array.of(1, 0));
  });

  test('finds the labels by index, from the end too', async () => {
    const iris = '5.1,3.5,Iris-setosa\n7,3.2,Iris-versicolor\n';
    for (const labelColumn of [2, -1]) {
      expect(await read(iris, { labelColumn })).toMatchObject({
        y: Int32Array.of(0, 1),
        classes: ['Iris-setosa', 'Iris-versicolor'],
        columns: ['0', '1'],
      });
    }
  });

  test('takes the classes and categories of another file', async () => {
    const train = await read('c,label\nred,x\nblue,y\n', { labelColumn: 1, categorical: 'ordinal' });
    const { categories, classes } = train;
    const options: CsvOptions = {
      labelColumn: 'label',
      categorical: 'oneHot',
      categories,
      classes: classes!,
    };
    const test = await read('c,label\nblue,y\n', options);
    expect(test).toMatchObject({ y: Int32Array.of(1), classes: ['x', 'y'], columns: ['c=blue', 'c=red'] });
    expect(test.X.toArray()).toEqual([[1, 0]]);
    await expect(read('c,label\nblue,z\n', options)).rejects.toThrow(
      "loadCsv: expected a class that is among the 2 given but received 'z' at line 2",
    );
    await expect(read('c,label\ngreen,x\n', options)).rejects.toThrow(
      "loadCsv: expected a category that is among the 2 given but received 'green' at line 2, column 'c'",
    );
  });

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

  test('makes categories numbers', async () => {
    const text = 'size,n,colour\nL,1,red\nS,2,blue\nL,3,green\n';
    const ordinal = await read(text, { categorical: 'ordinal' });
    expect(ordinal.X.toArray()).toEqual([
      [0, 1, 2],
      [1, 2, 0],
      [0, 3, 1],
    ]);
    expect(ordinal.categories).toEqual({ size: ['L', 'S'], colour: ['blue', 'green', 'red'] });
    const oneHot = await read(text, { categorical: 'oneHot', dtype: 'uint8' });
    expect(oneHot.X.dtype).toBe('uint8');
    expect(oneHot.X.toArray()).toEqual([
      [1, 0, 1, 0, 0, 1],
      [0, 1, 2, 1, 0, 0],
      [1, 0, 3, 0, 1, 0],
    ]);
    expect(oneHot.columns).toEqual(['size=L', 'size=S', 'n', 'colour=blue', 'colour=green', 'colour=red']);
    expect(oneHot.categories).toEqual(ordinal.categories);
  });

  test('keeps names of Object.prototype apart in categories', async () => {
    const { categories } = await read('__proto__\na\nb\n', { categorical: 'ordinal' });
    expect(Object.getPrototypeOf(categories)).toBeNull();
    expect(Object.entries(categories)).toEqual([['__proto__', ['a', 'b']]]);
  });

  test.each<[string, string, CsvOptions, string]>([
    ['an empty file', '', {}, 'expected rows of cells but found none'],
    ['a header alone', 'a,b\n', {}, 'expected rows of cells but found none'],
    ['a word', 'a,b\n1,2\n3,x\n', {}, "expected a number but received 'x' at line 3, column 'b'"],
    [
      'a word later',
      'a\n1\n2\nx\n',
      { categorical: 'oneHot' },
      "a number but received 'x' at line 4, column 'a'",
    ],
    ['a hexadecimal number', 'a\n0x10\n', {}, "expected a number but received '0x10' at line 2"],
    [
      'a hexadecimal number behind a space',
      'a\n 0x10\n',
      {},
      "expected a number but received ' 0x10' at line 2",
    ],
    ['an infinite number', 'a\nInfinity\n', {}, "expected a number but received 'Infinity' at line 2"],
    ['a number beyond all', 'a\n1e999\n', {}, "expected a number but received '1e999' at line 2"],
    ['a decimal comma', 'a;b\n1,5;2\n', { delimiter: ';' }, "received '1,5' at line 2, column 'a'"],
    ['a missing cell', 'a,b\n1,2\n,3\n', {}, "expected a value but received '' at line 3, column 'a'"],
    [
      'a row too short',
      'a,b\n1,2\n3\n',
      {},
      'expected 2 columns, as in the lines before, but received 1 at line 3',
    ],
    ['a row too long', '1,2\n3,4,5\n', {}, 'but received 3 at line 2'],
    [
      'a missing label',
      'a,y\n1,cat\n2,\n',
      { labelColumn: 'y', missing: 0 },
      "a label but received '' at line 3",
    ],
    ['an open quote', 'a,b\n1,"2\n3,4\n', {}, 'expected a closing quote but the file ends at line'],
    [
      'text behind a quote',
      'a\n"1"2\n',
      {},
      'expected a quoted cell to end with its quote but more follows at line 2',
    ],
    ['a quote inside', 'a\n1"2"\n', {}, 'received one inside at line 2'],
    [
      '300 as uint8',
      'a\n300\n',
      { dtype: 'uint8' },
      "an integer in 0 … 255 but received '300' at line 2, column 'a'",
    ],
    ['1.5 as int32', 'a\n1.5\n', { dtype: 'int32' }, "but received '1.5' at line 2, column 'a'"],
    [
      'nothing to make a mean of',
      'a,b\n1,\n2,\n',
      { missing: 'mean' },
      "a number in column 'b' but all cells are missing",
    ],
    ['lines counted through quotes', '"a\nb"\n1\nx\n', {}, "received 'x' at line 4"],
    [
      'too many columns',
      `${'1,'.repeat(1 << 17)}1\n`,
      {},
      'expected at most 131072 columns but received more',
    ],
    ['a line too long', `a\n"${'x'.repeat(5 << 20)}"\n`, {}, 'expected a line of at most 4194304 bytes'],
    ['commas without end', ','.repeat(5 << 20), {}, 'expected a line of at most 4194304 bytes'],
    ['a zip file', 'PK\x03\x04\x00\x00', { header: false }, "expected a number but received 'PK"],
  ])('refuses %s, plain and compressed', async (_name, text, options, message) => {
    await expect(read(text, options)).rejects.toThrow(FormatError);
    await expect(read(text, options)).rejects.toThrow(message);
    await expect(loadCsv(gzipSync(text), options)).rejects.toThrow(message);
    await expect(read(text, parsed(options))).rejects.toThrow(message);
  });

  test('refuses more categories than a column may have', async () => {
    const words = Array.from({ length: (1 << 16) + 1 }, (_, i) => `w${i}\n`).join('');
    await expect(read(`a\n${words}`, { categorical: 'ordinal' })).rejects.toThrow(
      'out of at most 65536 of all columns',
    );
    const pairs = Array.from({ length: 30_000 }, (_, i) => `a${i},b${i},c${i}\n`).join('');
    await expect(read(`a,b,c\n${pairs}`, { categorical: 'ordinal' })).rejects.toThrow(
      "out of at most 65536 of all columns but received another, 'b21845', at line 21847, column 'b'",
    );
    const bytes = Array.from({ length: 257 }, (_, i) => `w${i}\n`).join('');
    await expect(read(`a\n${bytes}`, { categorical: 'ordinal', dtype: 'uint8' })).rejects.toThrow(
      "expected at most 256 categories for dtype uint8 but received another, 'w256', at line 258, column 'a'",
    );
  });

  test('stops when one-hot columns, or a compressed file, would fill the memory', async () => {
    const words = Array.from({ length: 20_000 }, (_, i) => `${i.toString(36)}x\n`).join('');
    await expect(read(`a\n${words}`, { categorical: 'oneHot' })).rejects.toThrow(
      'bytes of elements from a file',
    );
    const bomb = gzipSync(Buffer.alloc(20_000_000, `${'1,'.repeat(99)}1\n`));
    await expect(loadCsv(bomb, { dtype: 'float64' })).rejects.toThrow(
      'expected at most 67108864 bytes of elements',
    );
  });

  test('reads paths and URLs, tabs by the name, gzip', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'x.tsv');
    await writeFile(path, 'a\tb\n1\t2\n');
    await writeFile(`${path}.gz`, gzipSync('a\tb\n1\t2\n'));
    for (const from of [path, `${path}.gz`, new URL(`file://${path}`)]) {
      expect((await loadCsv(from)).X.toArray()).toEqual([[1, 2]]);
    }
    await writeFile(path, 'a\tb\n1\tx\n');
    await expect(loadCsv(path)).rejects.toThrow(
      `loadCsv: ${path}: expected a number but received 'x' at line 2`,
    );
    await expect(loadCsv(join(folder, 'none.csv'))).rejects.toThrow('there is no such file or folder');
  });

  test('grows over many pieces', async () => {
    const count = 50_000;
    const lines = Array.from(
      { length: count },
      (_, i) => `${i},${i % 7},"${i % 3 === 0 ? 'cat' : 'dog'}"\r\n`,
    );
    for (const bytes of [Buffer.from(lines.join('')), gzipSync(lines.join(''))]) {
      const { X, y } = await loadCsv(bytes, { labelColumn: 2 });
      expect(X.shape).toEqual([count, 2]);
      expect(
        X.elements().every((value: number, i: number) => value === (i % 2 === 0 ? i / 2 : ((i - 1) / 2) % 7)),
      ).toBe(true);
      expect(y!.every((label, i) => label === (i % 3 === 0 ? 0 : 1))).toBe(true);
    }
  });

  test('goes on from cells without quotes to cells with them', async () => {
    const plain = Array.from({ length: 20_000 }, (_, i) => `${i},cat\n`).join('');
    const { X, y } = await read(`${plain}20000,"dog"\n20001,cat\n`, { labelColumn: 1 });
    expect([...X]).toEqual(Array.from({ length: 20_002 }, (_, i) => i));
    expect([...y!].flatMap((label, i) => (label === 1 ? i : []))).toEqual([20_000]);
    await expect(read(`${plain}20000,"dog"\nx,cat\n`, { labelColumn: 1 })).rejects.toThrow(
      "expected a number but received 'x' at line 20002, column '0'",
    );
    await expect(read(`${plain}1,"dog`, { labelColumn: 1 })).rejects.toThrow(
      'but the file ends at line 20001',
    );
  });

  test('reads UTF-16 with a byte order mark', async () => {
    const { X, columns } = await loadCsv(Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'));
    expect(columns).toEqual(['a', 'b']);
    expect(X.toArray()).toEqual([[1, 2]]);
  });

  test('gives a mean to the first and the last of many rows', async () => {
    const lines = ['a', '', ...Array.from({ length: 10_000 }, () => '4'), 'NA'].map((cell) => `${cell},1\n`);
    const { X } = await read(lines.join(''), { missing: 'mean', header: true });
    expect(X.shape).toEqual([10_002, 2]);
    expect([X.get(0, 0), X.get(10_001, 0)]).toEqual([4, 4]);
  });

  test('stops at a signal, before and while it reads', async () => {
    await expect(read('1\n', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    const controller = new AbortController();
    const reading = read('1,2\n'.repeat(1_000_000), { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 5);
    await expect(reading).rejects.toThrow('enough');
  });

  test.each<[string, object, string]>([
    ['a misspelled option', { delimeter: ';' }, 'unknown option delimeter; did you mean delimiter?'],
    [
      'a delimiter of two characters',
      { delimiter: '||' },
      "to be one character, no quote and no line break, but received '||'",
    ],
    ['a quote as delimiter', { delimiter: '"' }, 'option delimiter'],
    ['an empty comment', { comment: '' }, 'option comment'],
    [
      'an unknown label column',
      { labelColumn: 'lable' },
      "labelColumn to be one of the 3 columns but received 'lable'; did you mean 'label'?",
    ],
    [
      'a label column that is not there',
      { labelColumn: 3 },
      'labelColumn to be one of the 3 columns but received 3',
    ],
    ['an unknown column', { columns: ['a', 'z'] }, "columns[1] to be one of the 3 columns but received 'z'"],
    [
      'the labels as a feature',
      { columns: ['label'], labelColumn: -1 },
      "columns to leave out the labels but received 'label'",
    ],
    [
      'a mean of integers',
      { missing: 'mean', dtype: 'uint8' },
      "float32 or float64 with missing: 'mean' but received uint8",
    ],
    [
      'a number that the dtype cannot hold',
      { missing: -1, dtype: 'uint8' },
      'option missing to be an integer in 0 … 255 but received -1',
    ],
    [
      'categories without a use',
      { categories: {} },
      "categorical to be 'oneHot' or 'ordinal' with categories",
    ],
    [
      'categories that are no words',
      { categories: { a: [1] }, categorical: 'oneHot' },
      'categories.a to be an array of strings',
    ],
    ['an unknown kind', { categorical: 'onehot' }, "did you mean 'oneHot'?"],
  ])('refuses the options: %s', async (_name, options, message) => {
    await expect(read('a,b,label\n1,2,3\n', options)).rejects.toThrow(ArgumentError);
    await expect(read('a,b,label\n1,2,3\n', options)).rejects.toThrow(message);
  });

  test('answers any cut and any changed byte with a table or a GemmnetError', async () => {
    const sample = Buffer.from('\ufeff"a ""b""",c,y\r\n1,"2",cat\r\n-3.5e1,,dog\n"4\n",5,"e,f"\n');
    const packed = gzipSync(sample);
    const options: CsvOptions = { labelColumn: -1, missing: 'mean', categorical: 'oneHot' };
    for (const bytes of [sample, packed]) {
      for (let at = 0; at < bytes.length; at++) {
        const flipped = Buffer.from(bytes);
        flipped[at]! ^= 1 << (at % 8);
        for (const input of [bytes.subarray(0, at), flipped]) {
          await loadCsv(input, options).catch((error: unknown) => expect(error).toBeInstanceOf(GemmnetError));
        }
      }
    }
  });
});
