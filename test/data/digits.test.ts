import { describe, expect, test } from 'vitest';
import { ArgumentError } from '../../lib/core/errors.js';
import { loadDigits } from '../../lib/data/sets/digits.js';

describe('loadDigits', () => {
  const { X, y, XTrain, yTrain, XTest, yTest } = loadDigits();

  test('has 1,797 digits', () => {
    expect(X).toMatchObject({ shape: [1797, 64], dtype: 'uint8' });
    expect(y).toHaveLength(1797);
    expect([...X.slice(0, 1)].slice(0, 16)).toEqual([0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0]);
    expect([...y.subarray(0, 12)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    // As scikit-learn's load_digits has them.
    expect([...X].reduce((sum, pixel) => sum + pixel, 0)).toBe(561718);
    expect([...X.slice(-1)].slice(-6)).toEqual([8, 12, 14, 12, 1, 0]);
    const counts = new Array<number>(10).fill(0);
    for (const digit of y) counts[digit]!++;
    expect(counts).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
  });

  /** How often each digit occurs. */
  const counts = (labels: Int32Array) => {
    const found = new Array<number>(10).fill(0);
    for (const digit of labels) found[digit]!++;
    return found;
  };
  const rowsOf = (images: typeof X, labels: Int32Array) =>
    Array.from(labels, (label, i) => `${[...images.slice(i, i + 1)]}:${label}`);

  test('tests on 297 that are drawn with each digit in proportion, and trains on the others', () => {
    expect([XTrain.shape, yTrain.length]).toEqual([[1500, 64], 1500]);
    expect([XTest.shape, yTest.length]).toEqual([[297, 64], 297]);
    for (const [digit, all] of counts(y).entries()) {
      expect(Math.abs(counts(yTest)[digit]! - (297 / 1797) * all)).toBeLessThan(1);
      expect(Math.abs(counts(yTrain)[digit]! - (1500 / 1797) * all)).toBeLessThan(1);
    }
    const parts = [...rowsOf(XTrain, yTrain), ...rowsOf(XTest, yTest)];
    expect(parts.toSorted()).toEqual(rowsOf(X, y).toSorted());
    for (const array of [XTrain.data, yTrain]) expect(array.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(XTrain.dtype).toBe('uint8');
  });

  test('draws the same ones each time, and others for another seed', () => {
    const test = rowsOf(XTest, yTest);
    const again = loadDigits({ split: 'stratified', seed: 0 });
    expect(rowsOf(again.XTest, again.yTest)).toEqual(test);
    const other = loadDigits({ seed: 1 });
    expect(rowsOf(other.XTest, other.yTest)).not.toEqual(test);
    expect(counts(other.yTest)).toEqual(counts(yTest));
    expect([...other.X]).toEqual([...X]);
  });

  test('keeps the writers apart on demand: the file’s first 1,500 and last 297, without copies', () => {
    const byWriters = loadDigits({ split: 'writers' });
    expect(byWriters.XTrain.shape).toEqual([1500, 64]);
    expect(byWriters.XTest.shape).toEqual([297, 64]);
    expect([...byWriters.XTrain]).toEqual([...X.slice(0, 1500)]);
    expect([...byWriters.yTest]).toEqual([...y.subarray(1500)]);
    for (const array of [byWriters.XTrain.data, byWriters.XTest.data]) expect(array).toBe(byWriters.X.data);
    expect(byWriters.X.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(byWriters.yTest.buffer).toBe(byWriters.y.buffer);
  });

  test('refuses a split that it does not know', () => {
    expect(() => loadDigits({ split: 'writer' as never })).toThrow(
      /loadDigits: expected option split to be .*'stratified'.*'writers'.* but received 'writer'/,
    );
    expect(() => loadDigits({ seed: -1 })).toThrow(ArgumentError);
  });
});
