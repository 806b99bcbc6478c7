import { describe, expect, test } from 'vitest';
import { loadDigits } from '../../lib/data/digits.js';

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

  test('trains on the first 1,500 and tests on the others, without copies', () => {
    expect(XTrain.shape).toEqual([1500, 64]);
    expect(XTest.shape).toEqual([297, 64]);
    expect([yTrain.length, yTest.length]).toEqual([1500, 297]);
    expect(XTest.get(0, 2)).toBe(X.get(1500, 2));
    expect(yTest[0]).toBe(y[1500]);
    for (const array of [XTrain.data, XTest.data]) expect(array).toBe(X.data);
    expect(X.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(yTest.buffer).toBe(y.buffer);
  });
});
