import { describe, expect, test } from 'vitest';
import { ArgumentError, FormatError } from '../../../lib/core/errors.js';
import type { CsvOptions } from '../../../lib/io/csv/csv.js';
import { read } from './read.js';

describe('loadCsv', () => {
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

  test('takes a strategy for each column', async () => {
    const text = 'colour,size,n\nred,L,1\nblue,S,2\n';
    const { X, columns, categories, info } = await read(text, {
      categorical: { colour: 'oneHot', size: 'ordinal' },
    });
    expect(columns).toEqual(['colour=blue', 'colour=red', 'size', 'n']);
    expect(X.toArray()).toEqual([
      [0, 1, 0, 1],
      [1, 0, 1, 2],
    ]);
    expect(categories).toEqual({ colour: ['blue', 'red'], size: ['L', 'S'] });
    expect(info.columns).toEqual([
      { name: 'colour', kind: 'words', categorical: 'oneHot', missing: 0 },
      { name: 'size', kind: 'words', categorical: 'ordinal', missing: 0 },
      { name: 'n', kind: 'numbers', missing: 0 },
    ]);
    await expect(read(text, { categorical: { colour: 'oneHot' } })).rejects.toThrow(
      "expected a number but received 'L' at line 2, column 'size'; categorical: 'oneHot' or 'ordinal'",
    );
    await expect(read(text, { categorical: { colour: 'oneHot', size: 'error' } })).rejects.toThrow(
      "column 'size'",
    );
    // The words of one file for another, with the same strategies.
    const test = await read('colour,size,n\nblue,L,5\n', {
      categorical: { colour: 'oneHot', size: 'ordinal' },
      categories,
    });
    expect(test.X.toArray()).toEqual([[1, 0, 0, 5]]);
  });

  test('makes categories of numbers in a column that is named', async () => {
    const text = 'class,age\n3,20\n1,30\n3.0,40\n10,50\n';
    const { X, columns, categories } = await read(text, { categorical: { class: 'oneHot' } });
    expect(columns).toEqual(['class=1', 'class=3', 'class=10', 'age']);
    expect(X.toArray()).toEqual([
      [0, 1, 0, 20],
      [1, 0, 0, 30],
      [0, 1, 0, 40],
      [0, 0, 1, 50],
    ]);
    expect(categories).toEqual({ class: ['1', '3', '10'] });
    const zips = await read('zip,age\n00501,20\n501,30\n', { categorical: { zip: 'ordinal' } });
    expect(zips.categories).toEqual({ zip: ['00501', '501'] });
    await expect(read('class,age\n3,20\nfirst,30\n', { categorical: { class: 'oneHot' } })).rejects.toThrow(
      "a number, as in the rows before, but received 'first' at line 3, column 'class'; kinds: { class: 'words' }",
    );
  });

  test('takes the kind of each column', async () => {
    const text = 'zip,income\n00501,1\nA1,2\n501,3\n';
    const { X, categories, info } = await read(text, {
      categorical: 'ordinal',
      kinds: { zip: 'words', income: 'numbers' },
    });
    expect(categories).toEqual({ zip: ['00501', '501', 'A1'] });
    expect(X.toArray()).toEqual([
      [0, 1],
      [2, 2],
      [1, 3],
    ]);
    expect(info.columns.map(({ kind }) => kind)).toEqual(['words', 'numbers']);
    await expect(read('a\nx\ny\n', { categorical: 'ordinal', kinds: { a: 'numbers' } })).rejects.toThrow(
      "expected a number but received 'x' at line 2, column 'a'",
    );
  });

  test.each<[string, string, string]>([
    [
      'a number behind words',
      'a\nred\n5\n',
      "a word, as in the rows before, but received '5' at line 3, column 'a'; kinds: { a: 'words' }",
    ],
    [
      'a word behind numbers',
      'a\n1\n2\nx\n',
      "a number but received 'x' at line 4, column 'a'; kinds: { a: 'words' }",
    ],
    [
      'numbers behind an odd cell',
      'a\n#DIV/0!\n5\n6\n',
      "a word, as in the rows before, but received '5' at line 3",
    ],
    [
      'numbers behind a gap and an odd cell',
      'a\nNA\n-\n6\n',
      "a word, as in the rows before, but received '6' at line 4",
    ],
    [
      'an infinite number first',
      'a\ninf\n5\n',
      "a finite number in float64's range but received 'inf' at line 2",
    ],
    [
      'a number with groups of thousands',
      'a\n"1,234"\n"2,345"\n',
      "whose decimal sign is '.' but received '1,234' at line 2, column 'a'; decimal: ','",
    ],
    [
      'a number with spaces between its groups',
      'a,b\n1 234,1\n2 345,2\n',
      "whose decimal sign is '.' but received '1 234'",
    ],
    [
      'a number of Switzerland',
      'a,b\n1’234.5,1\n2’345,2\n',
      "whose decimal sign is '.' but received '1’234.5'",
    ],
    ['a column of a name that has to be in quotes', '"my col"\n1\nx\n', "kinds: { 'my col': 'words' }"],
  ])('makes no categories of %s', async (_name, text, message) => {
    for (const categorical of ['ordinal', 'oneHot'] as const) {
      await expect(read(text, { categorical, missing: 0 })).rejects.toThrow(FormatError);
      await expect(read(text, { categorical, missing: 0 })).rejects.toThrow(message);
    }
  });

  test.each<[string, CsvOptions, string]>([
    [
      'a kind of no column',
      { kinds: { colr: 'words' }, categorical: 'ordinal' },
      "option kinds to name columns of the 2 but received 'colr'; did you mean 'colour'?",
    ],
    [
      'a strategy of no column',
      { categorical: { colr: 'oneHot' } },
      "option categorical to name columns of the 2 but received 'colr'; did you mean 'colour'?",
    ],
    [
      'an unknown kind',
      { kinds: { colour: 'text' as never }, categorical: 'ordinal' },
      "kinds.colour to be 'numbers' or 'words' but received 'text'",
    ],
    [
      'an unknown strategy',
      { categorical: { colour: 'onehot' as never } },
      "categorical.colour to be 'error', 'oneHot' or 'ordinal' but received 'onehot'; did you mean 'oneHot'?",
    ],
    [
      'words without a strategy',
      { kinds: { colour: 'words' } },
      "option categorical to be 'oneHot' or 'ordinal' with kinds.colour: 'words' but received 'error'",
    ],
    [
      'numbers with a strategy',
      { kinds: { colour: 'numbers' }, categorical: { colour: 'oneHot' } },
      "kinds.colour to be 'words' as categorical or categories names the column",
    ],
    [
      'the kind of the labels',
      { kinds: { label: 'words' }, categorical: 'ordinal' },
      "kinds to name columns of X but received 'label', that of the labels; see labelKind",
    ],
    [
      'a category twice',
      { categorical: 'ordinal', categories: { colour: ['red', 'blue', 'red'] } },
      "categories.colour to name each once but received 'red' at 0 and at 2",
    ],
    [
      'a class twice',
      { classes: ['crane', 'maillot', 'crane'] },
      "classes to name each once but received 'crane' at 0 and at 2",
    ],
    [
      'classes of numbers',
      { classes: ['a'], labelKind: 'numbers' },
      "expected no classes with labelKind: 'numbers'",
    ],
  ])('refuses %s', async (_name, options, message) => {
    const reading = () => read('colour,label\nred,0\nblue,1\n', { labelColumn: 'label', ...options });
    await expect(reading()).rejects.toThrow(ArgumentError);
    await expect(reading()).rejects.toThrow(message);
  });

  test.each([
    ['floats of a column of integers with gaps', 'c\n1.0\n2.0\n""\n', ['1', '2', ''], [0, 1, 2]],
    ['integers of floats', 'c\n2\n1\n', ['1.0', '2.0'], [1, 0]],
    ['two ways of writing one number as two words', 'c\n1.0\n1\n', ['1', '1.0'], [1, 0]],
    ['a code with zeros in front', 'c\n00501\n501.0\n', ['501', '00501'], [1, 0]],
  ])('finds given words that are numbers: %s', async (_name, text, words, expected) => {
    const { X } = await read(text, { categorical: 'ordinal', categories: { c: words }, missing: 0 });
    expect([...X.data]).toEqual(expected);
    const labels = text.replace(/c\n|""\n/g, '').replaceAll('\n', ',0\n');
    const { y } = await read(`c,x\n${labels}`, { labelColumn: 'c', classes: words });
    expect([...y!]).toEqual(expected.slice(0, 2));
  });

  test('refuses a number that is another way of writing two given words', async () => {
    const categories = { c: ['1', '1.0'] };
    await expect(read('c\n1e0\n', { categorical: 'ordinal', categories })).rejects.toThrow(
      "expected a category that is among the 2 given but received '1e0' at line 2, column 'c'",
    );
  });

  test('refuses more categories than a column may have', async () => {
    const words = Array.from({ length: (1 << 16) + 1 }, (_, i) => `w${i}\n`).join('');
    await expect(read(`a\n${words}`, { categorical: 'ordinal' })).rejects.toThrow(
      "at line 65538, column 'a'; a larger maxBytes allows more",
    );
    const { categories } = await read(`a\n${words}`, { categorical: 'ordinal', maxBytes: 2 ** 26 });
    expect(categories.a).toHaveLength((1 << 16) + 1);
    const pairs = Array.from({ length: 30_000 }, (_, i) => `a${i},b${i},c${i}\n`).join('');
    await expect(read(`a,b,c\n${pairs}`, { categorical: 'ordinal' })).rejects.toThrow(
      "out of at most 65536 of all columns but received another, 'b21845', at line 21847, column 'b'; a larger maxBytes",
    );
    const bytes = Array.from({ length: 257 }, (_, i) => `w${i}\n`).join('');
    await expect(read(`a\n${bytes}`, { categorical: 'ordinal', dtype: 'uint8' })).rejects.toThrow(
      "expected at most 256 categories for dtype uint8 but received another, 'w256', at line 258, column 'a'",
    );
  });
});
