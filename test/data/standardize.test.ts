import { describe, expect, expectTypeOf, test } from 'vitest';
import { ArgumentError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { type Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import { standardize, subtractMean } from '../../lib/data/preparation/standardize.js';

describe('subtractMean', () => {
  test('takes the training mean off all sets', () => {
    const sets = {
      XTrain: tensor(Uint8Array.of(0, 10, 255, 20), [2, 2]),
      yTrain: Int32Array.of(1, 0),
      XVal: [[1, 1]],
      XDev: tensor(Float32Array.of(0.5, 0.25), [1, 2]),
    };
    const { XTrain, XVal, XDev, yTrain, mean } = subtractMean(sets);
    expectTypeOf(XVal).toEqualTypeOf<Tensor>();
    expectTypeOf(yTrain).toEqualTypeOf<Int32Array<ArrayBuffer>>();
    expect(mean.toArray()).toEqual([127.5, 15]);
    expect(XTrain.toArray()).toEqual([
      [-127.5, -5],
      [127.5, 5],
    ]);
    expect(XVal.toArray()).toEqual([[-126.5, -14]]);
    expect(XDev.toArray()).toEqual([[-127, -14.75]]);
    expect([XTrain.dtype, XVal.dtype, mean.dtype]).toEqual(['float32', 'float32', 'float64']);
    expect(yTrain).toBe(sets.yTrain);
    expect([...sets.XTrain]).toEqual([0, 10, 255, 20]);
    expect(XTrain.data.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  test('works in float64 when asked, on strided sets and images', () => {
    const X = new RandomState(1).randn(3, 5).T;
    const { XTrain, mean } = subtractMean({ XTrain: X }, { dtype: 'float64' });
    for (let j = 0; j < 3; j++) {
      const column = (X.T.toArray() as number[][])[j]!;
      const average = column.reduce((sum, x) => sum + x, 0) / 5;
      expect(mean.get(j)).toBeCloseTo(average, 14);
      for (let i = 0; i < 5; i++) expect(XTrain.get(i, j)).toBeCloseTo(column[i]! - average, 14);
    }
    const images = tensor(new Uint8Array(12).fill(3), [2, 3, 2]);
    const changed = subtractMean({ XTrain: images });
    expect([changed.XTrain.shape, changed.mean.shape]).toEqual([
      [2, 3, 2],
      [3, 2],
    ]);
  });

  test('refuses sets that do not fit', () => {
    const XTrain = [[1, 2]];
    expect(() => subtractMean({ XTrain, XVal: [[1, 2, 3]] })).toThrow(ShapeError);
    expect(() => subtractMean({ XTrain, XVal: [[1, 2, 3]] })).toThrow(
      'subtractMean: expected XVal to have shape (N, 2) but received shape (1, 3)',
    );
    expect(() => subtractMean({ XTrain: [] })).toThrow('expected XTrain to have rows and columns');
    expect(() => subtractMean({ XTrain: [1, 2] })).toThrow(ShapeError);
    expect(() => subtractMean({ XVal: XTrain } as never)).toThrow(ArgumentError);
    expect(() => subtractMean({ XTrain }, { dtype: 'uint8' as never })).toThrow("'float32' or 'float64'");
    expect(() => subtractMean(null as never)).toThrow('received null');
  });
});

describe('standardize', () => {
  test('gives training columns mean 0 and deviation 1', () => {
    const { XTrain, XTest, mean, std } = standardize(
      { XTrain: new RandomState(0).normal(5, 3, [200, 4]), XTest: [[5, 5, 5, 5]] },
      { dtype: 'float64' },
    );
    for (let j = 0; j < 4; j++) {
      const column = [...XTrain.T.slice(j, j + 1)];
      const squares = column.reduce((sum, x) => sum + x * x, 0);
      expect(column.reduce((sum, x) => sum + x, 0) / 200).toBeCloseTo(0, 13);
      expect(squares / 200).toBeCloseTo(1, 12);
      expect(XTest.get(0, j)).toBeCloseTo((5 - mean.get(j)) / std.get(j), 14);
    }
  });

  test('does not divide constant columns, whatever rounding makes of them', () => {
    const rows = Array.from({ length: 7 }, (_, i) => [0.1, 3, i % 2]);
    const { XTrain, std } = standardize({ XTrain: rows });
    expect([std.get(0), std.get(1)]).toEqual([1, 1]);
    expect(std.get(2)).toBeCloseTo(Math.sqrt(12 / 49), 14);
    for (let i = 0; i < 7; i++) expect(Math.abs(XTrain.get(i, 0))).toBeLessThan(1e-15);
  });

  test('names itself in errors', () => {
    expect(() => standardize({ XTrain: [[1]], XTest: 3 as never })).toThrow(
      'standardize: expected XTest to be a tensor',
    );
  });
});
