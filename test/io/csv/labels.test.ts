import { describe, expect, test } from 'vitest';
import { ArgumentError, FormatError } from '../../../lib/core/errors.js';
import { type CsvOptions, loadCsv } from '../../../lib/io/csv/csv.js';
import { FullyConnectedNet } from '../../../lib/models/fully-connected-net.js';
import { Solver } from '../../../lib/train/solver.js';
import { lines, read } from './read.js';

/** A table of one feature and these labels. */
const labelled = (labels: readonly string[]) =>
  `x,label\n${labels.map((label, i) => `${i},${label}\n`).join('')}`;

describe('loadCsv', () => {
  test.each<[string, string[], number[], string[] | undefined]>([
    ['integers, kept though some are missing', ['2', '0', '7'], [2, 0, 7], undefined],
    ['integers as floats', ['1.0', '0.0', '1.0'], [1, 0, 1], undefined],
    ['integers in several ways', ['1', '1.0', '+1', '1e0', ' 1 ', '01'], [1, 1, 1, 1, 1, 1], undefined],
    ['integers below 0 in several ways', ['-1', '-1.0', '1', '1.0'], [0, 0, 1, 1], ['-1', '1']],
    ['large integers', ['1e3', '25.0', '65535'], [1000, 25, 65535], undefined],
    [
      'hexadecimal, binary and octal numbers, as text',
      ['0x0A', '0b11', '0o7', '0x0a'],
      [2, 0, 1, 3],
      ['0b11', '0o7', '0x0A', '0x0a'],
    ],
    [
      'more digits than float64 has, as text',
      ['12345678901234567890', '12345678901234567891'],
      [0, 1],
      ['12345678901234567890', '12345678901234567891'],
    ],
    ['what an integer may look like, as text', ['1_000', '１', '1-2'], [1, 2, 0], ['1-2', '1_000', '１']],
    ['words, sorted', ['dog', 'cat', 'dog', 'ant'], [2, 1, 2, 0], ['ant', 'cat', 'dog']],
    ['negative numbers, sorted by value', ['1', '-1', '10', '2'], [1, 0, 3, 2], ['-1', '1', '2', '10']],
    ['numbers and words', ['1', 'b', '1'], [0, 1, 0], ['1', 'b']],
    ['integers too large for an index', ['94110', '10001'], [1, 0], ['10001', '94110']],
  ])('reads labels: %s', async (_name, labels, y, classes) => {
    const table = await read(labelled(labels), { labelColumn: 'label' });
    expect(table.X.toArray()).toEqual(labels.map((_, i) => [i]));
    expect(table.y).toEqual(Int32Array.from(y));
    expect(table.y!.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(table.classes).toEqual(classes);
    expect(table.columns).toEqual(['x']);
    expect(table.info.label).toEqual({
      name: 'label',
      kind: 'classes',
      numbering: classes === undefined ? 'as written' : 'sorted',
    });
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

  test.each<[string, string[], CsvOptions, number[]]>([
    ['fractions', ['0.5', '1.5', '25.89'], {}, [0.5, 1.5, 25.89]],
    ['integers, and a fraction at last', ['20', '-25', '0', '20.25'], {}, [20, -25, 0, 20.25]],
    ['a fraction first', ['.5', '7'], {}, [0.5, 7]],
    ['an exponent', ['1e-3', '2'], {}, [0.001, 2]],
    ['integers that are asked for as numbers', ['3', '1', '3'], { labelKind: 'numbers' }, [3, 1, 3]],
    ['large numbers that are asked for', ['250000', '1e12'], { labelKind: 'numbers' }, [250000, 1e12]],
  ])('reads labels to be predicted: %s', async (_name, labels, options, y) => {
    for (const dtype of ['float32', 'float64', 'int32'] as const) {
      const table = await read(labelled(labels), { labelColumn: 'label', dtype, ...options });
      expect(table.y).toEqual(dtype === 'float64' ? Float64Array.from(y) : Float32Array.from(y));
      expect(table.y!.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect(table).not.toHaveProperty('classes');
      expect(table.info.label).toEqual({ name: 'label', kind: 'numbers', numbering: 'as written' });
    }
  });

  test('reads more numbers than there may be classes', async () => {
    const text = `x,y\n${lines(100_000, (i) => `1,${i + 0.5}`)}`;
    const { y } = await read(text, { labelColumn: 'y', dtype: 'float64' });
    expect(y).toEqual(Float64Array.from({ length: 100_000 }, (_, i) => i + 0.5));
    const integers = `x,y\n${lines(70_000, (i) => `1,${i}`)}`;
    await expect(read(integers, { labelColumn: 'y' })).rejects.toThrow(
      "labelKind: 'numbers' takes any numbers",
    );
    expect((await read(integers, { labelColumn: 'y', labelKind: 'numbers' })).y).toHaveLength(70_000);
  });

  test('makes classes of fractions that are asked for as classes', async () => {
    const { y, classes } = await read(labelled(['0.5', '10.5', '.50', '2', '2.0']), {
      labelColumn: 'label',
      labelKind: 'classes',
    });
    expect(y).toEqual(Int32Array.of(0, 2, 0, 1, 1));
    expect(classes).toEqual(['0.5', '2', '10.5']);
    const mixed = await read(labelled(['0.5', 'b', '0.5']), { labelColumn: 'label', labelKind: 'classes' });
    expect(mixed).toMatchObject({ y: Int32Array.of(0, 1, 0), classes: ['0.5', 'b'] });
  });

  test.each<[string, string[], CsvOptions, string]>([
    [
      'text behind fractions',
      ['0.5', '2', 'b'],
      {},
      "labels of one kind, a number before, but received 'b' at line 4, column 'label'; labelKind: 'classes'",
    ],
    [
      'fractions behind text',
      ['a', '1', '0.5'],
      {},
      "labels of one kind, text, as 'a' before, but received '0.5' at line 4, column 'label'; labelKind: 'classes'",
    ],
    [
      'text as numbers',
      ['1', 'a'],
      { labelKind: 'numbers' },
      "expected a number but received 'a' at line 3, column 'label'; labelKind: 'classes' takes text",
    ],
    [
      'an infinite number',
      ['1', 'inf'],
      { labelKind: 'numbers' },
      "a finite number in float64's range but received 'inf'",
    ],
    [
      'an infinite number among integers',
      ['1', '-Infinity'],
      {},
      "a finite number in float64's range but received '-Infinity' at line 3",
    ],
    [
      'a number beyond float32',
      ['0.5', '1e39'],
      {},
      "a number in float32's range but received '1e39' at line 3, column 'label'; dtype: 'float64' holds",
    ],
    [
      'a number beyond float64',
      ['0.5', '1e400'],
      { dtype: 'float64' },
      "float64's range but received '1e400'",
    ],
    [
      'a decimal comma',
      ['"1,5"', '"2,5"'],
      {},
      "whose decimal sign is '.' but received '1,5' at line 2, column 'label'; decimal: ',' if",
    ],
    [
      'groups of thousands',
      ['"1,234"', '"2,345"'],
      {},
      "whose decimal sign is '.' but received '1,234' at line 2",
    ],
    ...['', 'NA', 'n/a', '#N/A', '<NA>', '-nan', 'NULL', 'None', '?'].map(
      (gap): [string, string[], CsvOptions, string] => [
        `the gap ${gap}`,
        ['cat', gap, 'dog'],
        { missing: 0 },
        `expected a label but received '${gap}' at line 3`,
      ],
    ),
    [
      'a gap among fractions',
      ['0.5', 'NaN'],
      { missing: 'mean' },
      "expected a label but received 'NaN' at line 3",
    ],
    [
      'a gap that is a number',
      ['1', '-999.0'],
      { missingTokens: ['-999'] },
      "expected a label but received '-999.0' at line 3",
    ],
  ])('refuses labels: %s', async (_name, labels, options, message) => {
    const reading = () => read(labelled(labels), { labelColumn: 'label', ...options });
    await expect(reading()).rejects.toThrow(FormatError);
    await expect(reading()).rejects.toThrow(message);
  });

  test('takes a class that looks like a gap where none is', async () => {
    const { classes } = await read(labelled(['None', 'NA']), { labelColumn: 'label', missingTokens: [] });
    expect(classes).toEqual(['NA', 'None']);
  });

  test('refuses a table of labels alone', async () => {
    for (const options of [{ labelColumn: 'label' }, { labelColumn: 0 }]) {
      await expect(read('label\n1\n0\n', options)).rejects.toThrow(ArgumentError);
      await expect(read('label\n1\n0\n', options)).rejects.toThrow(
        'a column beside that of the labels but there is none',
      );
    }
    await expect(read('a,label\n1,0\n', { columns: [], labelColumn: 1 })).rejects.toThrow(
      'but there is none',
    );
  });

  test('numbers the labels of a test file as those of the training', async () => {
    const train = await read('x,label\n1,-1\n2,0\n3,1\n', { labelColumn: 'label' });
    expect(train).toMatchObject({ y: Int32Array.of(0, 1, 2), classes: ['-1', '0', '1'] });
    const text = 'x,label\n1,0\n2,1.0\n';
    expect(await read(text, { labelColumn: 'label' })).toMatchObject({
      y: Int32Array.of(0, 1),
      info: { label: { numbering: 'as written' } },
    });
    expect(await read(text, { labelColumn: 'label', classes: train.classes })).toMatchObject({
      y: Int32Array.of(1, 2),
      classes: ['-1', '0', '1'],
      info: { label: { kind: 'classes', numbering: 'given' } },
    });
  });

  test('has labels of the type that was asked for', async () => {
    const text = Buffer.from('a,label\n1,0\n2,1\n');
    const classes: Int32Array = (await loadCsv(text, { labelColumn: 'label', labelKind: 'classes' })).y;
    const given: Int32Array = (await loadCsv(text, { labelColumn: 'label', classes: ['1', '0'] })).y;
    expect(given).toEqual(Int32Array.of(1, 0));
    const numbers: Float32Array | Float64Array = (
      await loadCsv(text, { labelColumn: 'label', labelKind: 'numbers' })
    ).y;
    expect([classes, numbers]).toEqual([Int32Array.of(0, 1), Float32Array.of(0, 1)]);
    const { X, y } = await loadCsv(text, { labelColumn: 'label' });
    const net = new FullyConnectedNet({ inputDim: 1, hiddenDims: [2], numClasses: 2 });
    expect(new Solver(net, { XTrain: X, yTrain: y! })).toBeInstanceOf(Solver);
  });
});
