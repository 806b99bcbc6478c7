import { describe, expect, test } from 'vitest';
import { ArgumentError, FormatError } from '../../../lib/core/errors.js';
import type { CsvOptions } from '../../../lib/io/csv/csv.js';
import { read } from './read.js';

const ambiguous = 'may be either; say which with header: true or header: false';

describe('loadCsv', () => {
  test.each<[string, string, CsvOptions, string[]]>([
    ['names', 'a,b\n1,2\n', {}, ['a', 'b']],
    ['names above words', 'colour,n\nred,1\nblue,2\n', { categorical: 'ordinal' }, ['colour', 'n']],
    [
      'names above words alone',
      'colour,size\nred,L\nblue,S\n',
      { categorical: 'ordinal' },
      ['colour', 'size'],
    ],
    ['the numbers of pandas', '0,1,2\n10,20,30\n11,21,31\n', {}, ['0', '1', '2']],
    ['the numbers of pandas above fractions', '0,1\n0.5,1.5\n0.25,1e3\n', {}, ['0', '1']],
    ['the number of pandas above fractions', '0\n0.5\n0.25\n', {}, ['0']],
    [
      'a label and the numbers of pandas',
      'label,0,1,2\n5,10,20,30\n3,11,21,31\n',
      {},
      ['label', '0', '1', '2'],
    ],
    ['numbers and a label at the end', '0,1,2,label\n10,20,30,5\n11,21,31,3\n', {}, ['0', '1', '2', 'label']],
    ['a label and one number', 'label,0\n5,10\n3,11\n', {}, ['label', '0']],
    ['numbers from 1 on beside a label', 'label,1,2\n5,10,20\n', {}, ['label', '1', '2']],
    ['years beside a label', 'code,1990,2000,2010\n5,10,20,30\n', {}, ['code', '1990', '2000', '2010']],
    [
      'numbers above words and numbers',
      '0,1,2\n5.1,3.5,setosa\n4.9,3,virginica\n',
      { columns: [0, 1] },
      ['0', '1'],
    ],
    ['numbers in quotes', '"label","0","1"\n5,10,20\n', {}, ['label', '0', '1']],
    ['an index of pandas', ',a,b\n0,5,6\n1,7,8\n', {}, ['0', 'a', 'b']],
    ['an index above numbers', ',0,1\n0,5,6\n1,7,8\n', {}, ['0.1', '0', '1']],
    ['a byte order mark', '\ufeff0,1,2\n10,20,30\n', {}, ['0', '1', '2']],
    ['names given twice', 'a,,a,a\n1,2,3,4\n', {}, ['a', '1', 'a.1', 'a.2']],
    ['a name that a label is asked by', 'y,7\nx,5\ny,3\n', { labelColumn: 'y' }, ['7']],
    ['a name that a column is asked by', 'x,3.5\n1,5\n2,3\n', { columns: ['x'] }, ['x']],
    ['a name that a kind is asked by', 'x,3.5\n1,5\n2,3\n', { kinds: { x: 'numbers' } }, ['x', '3.5']],
    ['header: true', '1,2\n3,4\n', { header: true }, ['1', '2']],
  ])('takes the first line for a header: %s', async (_name, text, options, names) => {
    const { columns, X, info } = await read(text, options);
    expect(columns).toEqual(names);
    expect(info.header).toBe(true);
    expect(X.shape[0]).toBe(text.trim().split('\n').length - 1);
  });

  test.each<[string, string, CsvOptions]>([
    ['numbers', '1,2\n3,4\n', {}],
    ['numbers from 1 on', '1,2,3\n4,5,6\n', {}],
    ['fractions', '5.1,3.5,Iris-setosa\n7,3.2,Iris-versicolor\n', { labelColumn: -1 }],
    ['a word that comes again', '0,cat\n1,dog\n2,cat\n', { labelColumn: 1 }],
    ['numbers that come twice', '0,0,1\n0,1,0\n', {}],
    ['a gap above numbers', '7,,2\n3,4,5\n', { missing: 0 }],
    ['equal steps in each row', '1,2,3,4,5\n2,4,6,8,10\n', {}],
    ['three integers in equal steps', '1,2,3\n4,4,9\n', {}],
    ['one row in equal steps', 'A,1,2,3\n', { labelColumn: 0 }],
    ['header: false', '0,1,2\n10,20,30\n', { header: false }],
    ['header: false and words', 'a,b\nc,d\n', { header: false, categorical: 'ordinal' }],
  ])('takes the first line for a row: %s', async (_name, text, options) => {
    const { X, info } = await read(text, options);
    expect(info.header).toBe(false);
    expect(X.shape[0]).toBe(text.trim().split('\n').length);
  });

  test.each<[string, string, CsvOptions]>([
    ['0, 1 above integers', '0,1\n1,0\n', {}],
    ['0 above integers', '0\n1\n0\n', {}],
    ['0 … 5 in two rows', '0,1,2\n3,4,5\n', {}],
    ['windows of a series', '0,1,2,3\n1,2,3,4\n2,3,4,5\n', {}],
    ['0 … 2 and no more', '0,1\n', {}],
    ['1, 2, 3 above fractions', '1,2,3\n0.5,0.25,0.125\n', {}],
    ['wavelengths', '1100,1102,1104\n0.5,0.25,0.125\n', {}],
    ['wavelengths with fractions', '400.1,400.4,400.7,401,401.3\n0.5,0.25,0.125,0.5,1\n', {}],
    [
      'years beside a word above words',
      'country,1990,1991,1992\nA,1,2,9\nB,4,5,7\n',
      { categorical: 'ordinal' },
    ],
    [
      'wavelengths beside the labels',
      'species,400,410,420\nx,0.5,0.25,0.5\ny,0.5,0.5,1\n',
      { labelColumn: 0 },
    ],
    ['a word above numbers beside numbers', 'setosa,120,4\n5.1,3.5,1.4\n', {}],
    ['a gap of another kind above numbers', 'unknown,0\n52000,1\n', {}],
    ['an error of Excel above numbers', '#VALUE!,0\n52000,1\n', {}],
    ['gaps alone', 'NA,NA\n1,2\n', { missing: 0 }],
    ['words that come again', 'p,x\ne,x\np,y\n', { categorical: 'ordinal' }],
    ['numbers above words', '2020,2021\nyes,no\nno,no\n', { categorical: 'ordinal' }],
    ['a class and its number', 'cat,0\ndog,1\n', { labelColumn: 1, categorical: 'ordinal' }],
  ])('asks whether the first line is a header: %s', async (_name, text, options) => {
    await expect(read(text, options)).rejects.toThrow(FormatError);
    await expect(read(text, options)).rejects.toThrow(ambiguous);
    for (const header of [true, false]) {
      const found = await read(text, {
        ...options,
        header,
        missing: 0,
        missingTokens: ['NA', 'unknown', '#VALUE!'],
        categorical: 'ordinal',
      }).catch((error: Error) => error.message);
      expect(found).not.toContain('header: true or');
    }
  });

  test('finds the labels by a name above numbers', async () => {
    const { X, y, info } = await read('label,0,1,2\n5,10,20,30\n3,11,21,31\n', { labelColumn: 'label' });
    expect(X.toArray()).toEqual([
      [10, 20, 30],
      [11, 21, 31],
    ]);
    expect(y).toEqual(Int32Array.of(5, 3));
    expect(info.columns.map(({ name, kind }) => [name, kind])).toEqual([
      ['label', 'label'],
      ['0', 'numbers'],
      ['1', 'numbers'],
      ['2', 'numbers'],
    ]);
  });

  test('asks for the index of a name that stands twice', async () => {
    const text = 'a,b,a\n1,2,3\n';
    for (const options of [{ labelColumn: 'a' }, { columns: ['a'] }]) {
      await expect(read(text, options)).rejects.toThrow(ArgumentError);
      await expect(read(text, options)).rejects.toThrow(
        "to be the name of one column but received 'a', the name of two; say which by its index: 0 or 2",
      );
    }
    expect((await read(text, { labelColumn: 'a.1' })).y).toEqual(Int32Array.of(3));
    expect((await read(text, { labelColumn: 0 })).y).toEqual(Int32Array.of(1));
  });

  test('says that there are no names where the first line is a row', async () => {
    await expect(read('5.1,3.5\n4.9,3\n', { labelColumn: 'species' })).rejects.toThrow(
      "but received 'species'; the first line was taken as a row, header: true makes names of it",
    );
  });
});
