import { describe, expect, test } from 'vitest';
import { FormatError } from '../../../lib/core/errors.js';
import { type CsvOptions, loadCsv } from '../../../lib/io/csv/csv.js';
import { lines, read } from './read.js';

describe('loadCsv', () => {
  test.each<[string, string, string, string, (number | string)[][]]>([
    [
      'commas',
      'a,b\n1,2.5\n',
      ',',
      '.',
      [
        ['a', 'b'],
        [1, 2.5],
      ],
    ],
    [
      'semicolons',
      'a;b\n1;2.5\n',
      ';',
      '.',
      [
        ['a', 'b'],
        [1, 2.5],
      ],
    ],
    [
      'tabs',
      'a\tb\n1\t2.5\n',
      '\t',
      '.',
      [
        ['a', 'b'],
        [1, 2.5],
      ],
    ],
    [
      'bars',
      'a|b\n1|2.5\n',
      '|',
      '.',
      [
        ['a', 'b'],
        [1, 2.5],
      ],
    ],
    [
      'semicolons and decimal commas',
      'a;b\n3,14;2\n-0,5;1e3\n',
      ';',
      ',',
      [
        ['a', 'b'],
        [3.14, 2],
        [-0.5, 1000],
      ],
    ],
    [
      'semicolons and decimal commas without a header',
      '1,5;2,5\n3,25;4,75\n',
      ';',
      ',',
      [
        ['0', '1'],
        [1.5, 2.5],
        [3.25, 4.75],
      ],
    ],
    [
      'tabs and decimal commas',
      'a\tb\n3,14\t,5\n',
      '\t',
      ',',
      [
        ['a', 'b'],
        [3.14, 0.5],
      ],
    ],
    [
      'decimal commas of three digits among others',
      'a;b\n1,234;2\n0,5;1\n',
      ';',
      ',',
      [
        ['a', 'b'],
        [1.234, 2],
        [0.5, 1],
      ],
    ],
    [
      'a decimal comma behind a zero',
      'a;b\n0,123;2\n',
      ';',
      ',',
      [
        ['a', 'b'],
        [0.123, 2],
      ],
    ],
    [
      'integers alone',
      'a;b\n1;2\n',
      ';',
      '.',
      [
        ['a', 'b'],
        [1, 2],
      ],
    ],
    [
      'semicolons in quotes',
      '"a;x",b\n1,2\n',
      ',',
      '.',
      [
        ['a;x', 'b'],
        [1, 2],
      ],
    ],
    [
      'commas in quotes',
      '"a,x";b\n1;2\n',
      ';',
      '.',
      [
        ['a,x', 'b'],
        [1, 2],
      ],
    ],
    [
      'a semicolon in each name',
      'a;1,b;2\n1,2\n3,4\n',
      ',',
      '.',
      [
        ['a;1', 'b;2'],
        [1, 2],
        [3, 4],
      ],
    ],
    [
      'CRLF',
      'a;b\r\n1;2\r\n',
      ';',
      '.',
      [
        ['a', 'b'],
        [1, 2],
      ],
    ],
    ['one column', 'a\n1\n2\n', ',', '.', [['a'], [1], [2]]],
  ])('finds out %s', async (_name, text, delimiter, decimal, [names, ...rows]) => {
    const { X, columns, info } = await read(text, { dtype: 'float64' });
    expect(info).toMatchObject({ delimiter, decimal });
    expect(columns).toEqual(names);
    expect(X.toArray()).toEqual(rows);
  });

  test('finds out the delimiter beside words that hold others', async () => {
    const text = 'id,title,genres,rating\n1,Toy Story,Adventure|Animation,4.5\n2,Heat,Action|Crime,4\n';
    const { X, info } = await read(text, { columns: ['id', 'rating'] });
    expect(info.delimiter).toBe(',');
    expect(X.toArray()).toEqual([
      [1, 4.5],
      [2, 4],
    ]);
    const names = await read('Doe, John;5\nRoe, Jane;6\n', { labelColumn: 0 });
    expect(names.classes).toEqual(['Doe, John', 'Roe, Jane']);
    const german = await read('preis;ort\n1,5;"a;b"\n2,5;c,d\n', { labelColumn: 'ort' });
    expect(german).toMatchObject({ classes: ['a;b', 'c,d'], info: { delimiter: ';', decimal: ',' } });
  });

  test.each<[string, string, CsvOptions, string]>([
    ['a semicolon', 'sep=;\na;b\n1,5;2\n3;4\n', {}, ';'],
    ['a tab and CRLF', 'sep=\t\r\na\tb\r\n1,5\t2\r\n3\t4\r\n', {}, '\t'],
    ['quotes', '"sep=;"\na;b\n1,5;2\n3;4\n', {}, ';'],
    ['a sign that is not guessed', 'SEP=^\na^b\n1.5^2\n3^4\n', {}, '^'],
    ['another than the one asked for', 'sep=,\na;b\n1,5;2\n3;4\n', { delimiter: ';' }, ';'],
  ])("takes Excel's line for the delimiter: %s", async (_name, text, options, delimiter) => {
    const { X, columns, info } = await read(text, options);
    expect(info.delimiter).toBe(delimiter);
    expect(columns).toEqual(['a', 'b']);
    expect([...X.data]).toEqual([1.5, 2, 3, 4]);
    await expect(read(`${text}x${delimiter}5`, options)).rejects.toThrow(
      "received 'x' at line 5, column 'a'",
    );
  });

  test('reads labels with decimal commas', async () => {
    const { y } = await read('rooms;price\n3;25,89\n4;20\n', { labelColumn: 'price', dtype: 'float64' });
    expect(y).toEqual(Float64Array.of(25.89, 20));
  });

  test('looks far enough where lines are long', async () => {
    const wide = Array.from({ length: 20_000 }, (_, i) => `n${i}`).join(';');
    const { X, info } = await read(`${wide}\n${'1,5;'.repeat(19_999)}2\n`);
    expect(X.shape).toEqual([1, 20_000]);
    expect(info).toMatchObject({ delimiter: ';', decimal: ',' });
  });

  test.each<[string, string, CsvOptions, (number | string)[][]]>([
    [
      'a delimiter',
      'a:b\n1:2\n',
      { delimiter: ':' },
      [
        ['a', 'b'],
        [1, 2],
      ],
    ],
    [
      'a space',
      'a b\n1 2\n',
      { delimiter: ' ' },
      [
        ['a', 'b'],
        [1, 2],
      ],
    ],
    ['one of two', '1,5;2\n3,5;4\n', { delimiter: ',', columns: [0] }, [['0'], [1], [3]]],
    [
      'a decimal comma between commas',
      'a,b\n"1,5","2"\n',
      { decimal: ',' },
      [
        ['a', 'b'],
        [1.5, 2],
      ],
    ],
    [
      'a decimal comma of three digits',
      'a;b\n1,234;2\n',
      { decimal: ',' },
      [
        ['a', 'b'],
        [1.234, 2],
      ],
    ],
  ])('takes %s that is given', async (_name, text, options, [names, ...rows]) => {
    const { X, columns } = await read(text, { dtype: 'float64', ...options });
    expect(columns).toEqual(names);
    expect(X.toArray()).toEqual(rows);
  });

  test.each<[string, string, CsvOptions, string]>([
    [
      'two delimiters that both fit',
      'a,b;c\nd,e;f\n',
      { categorical: 'ordinal' },
      "expected one way to cut the lines into cells but ',' and ';' both do; say which with the option delimiter",
    ],
    [
      'spaces',
      'a b\n1 2\n3 4\n',
      {},
      "but the lines have none, as '3 4'; name what stands between the cells with the option delimiter",
    ],
    [
      'spaces and words',
      '5.1 3.5 setosa\n4.9 3 virginica\n',
      { categorical: 'oneHot' },
      'with the option delimiter',
    ],
    ['colons', 'a:b\n1:2\n', {}, 'with the option delimiter'],
    [
      'groups of thousands or a decimal comma',
      'a;b\n1,234;2\n',
      {},
      "whose decimal sign is '.' but received '1,234' at line 2, column 'a'; decimal: ',' if that is the decimal sign",
    ],
    [
      'groups of thousands and a decimal comma',
      'a;b\n1.234,5;2\n',
      {},
      "received '1.234,5' at line 2, column 'a'; groups of thousands are not read, write the number without them",
    ],
    [
      'points and commas',
      'a;b\n1,5;2\n1.5;3\n',
      {},
      "whose decimal sign is '.' but received '1,5' at line 2, column 'a'; decimal: ','",
    ],
    [
      'a point where commas are decimal',
      'a;b\n1,5;2\n1.5;3\n',
      { decimal: ',' },
      "whose decimal sign is ',' but received '1.5' at line 3, column 'a'; decimal: '.'",
    ],
    ['a decimal comma that is not asked for', 'a;b\n1,5;2\n', { decimal: '.' }, "decimal: ','"],
    [
      'a decimal comma far down',
      `a;b\n${lines(20_000, (i) => `${i};2`)}1,5;2\n`,
      {},
      "received '1,5' at line 20002, column 'a'; decimal: ','",
    ],
    ['lists in quotes', 'a,b\n"1,2",1\n"3,4",1\n', { categorical: 'ordinal' }, "decimal: ','"],
    [
      'a decimal comma in one column',
      'x\n1,5\n2,5\n',
      {},
      'expected 1 columns, as in the lines before, but received 2 at line 2',
    ],
    [
      'a title above',
      'Export of today\na;b\n1;2\n3;4\n',
      {},
      'expected 1 columns, as in the lines before, but received 2 at line 2',
    ],
    [
      'labels of another delimiter',
      'a:y\nx:p\nz:q\n',
      { labelColumn: 0 },
      'a column beside that of the labels but there is none; if there are several, say what stands between them with the option delimiter',
    ],
  ])('refuses %s', async (_name, text, options, message) => {
    await expect(read(text, options)).rejects.toThrow(message);
  });

  test('never makes a column of what other delimiters cut', async () => {
    for (const delimiter of [';', '\t', '|']) {
      const text = 'a,b,label\n1,2,x\n3,4,y\n'.replaceAll(',', delimiter);
      const { X, classes } = await loadCsv(Buffer.from(text), {
        labelColumn: 'label',
        categorical: 'oneHot',
      });
      expect(X.toArray()).toEqual([
        [1, 2],
        [3, 4],
      ]);
      expect(classes).toEqual(['x', 'y']);
    }
    await expect(read('1 2 3\n4 5 6\n', { categorical: 'ordinal' })).rejects.toThrow(FormatError);
  });
});
