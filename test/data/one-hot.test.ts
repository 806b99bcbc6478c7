import { expect, test } from 'vitest';
import { ArgumentError, LabelError } from '../../lib/core/errors.js';
import { oneHot } from '../../lib/data/one-hot.js';

test('oneHot writes a one into the column of each label', () => {
  const rows = oneHot([2, 0], 3);
  expect(rows.dtype).toBe('float32');
  expect(rows.toArray()).toEqual([
    [0, 0, 1],
    [1, 0, 0],
  ]);
  expect(oneHot(Uint8Array.of(1), 2, { dtype: 'float64' }).dtype).toBe('float64');
  expect(oneHot([], 4).shape).toEqual([0, 4]);
});

test('oneHot refuses labels without a column', () => {
  expect(() => oneHot([0, 3], 3)).toThrow(LabelError);
  expect(() => oneHot([0, 3], 3)).toThrow('oneHot: expected y[1] to be a class label, an integer in 0 … 2,');
  expect(() => oneHot([0], 0)).toThrow('expected numClasses to be a positive integer but received 0');
  expect(() => oneHot([0], 2, { dtype: 'float' } as never)).toThrow(ArgumentError);
});
