import { describe, expect, it } from 'vitest';
import { ArgumentError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random-state.js';
import { tensor } from '../../lib/core/tensor.js';
import { Preparation } from '../../lib/data/preparation.js';
import { standardize, subtractMean } from '../../lib/data/standardize.js';

const X = tensor(Uint8Array.of(0, 10, 7, 255, 20, 7), [2, 3]);

describe('Preparation', () => {
  it('takes the mean off', () => {
    const preparation = Preparation.subtractMean(X);
    expect(preparation.apply(X, { dtype: 'float64' }).toArray()).toEqual([
      [-127.5, -5, 0],
      [127.5, 5, 0],
    ]);
    expect(preparation.apply([[1, 1, 1]]).toArray()).toEqual([[-126.5, -14, -6]]);
    expect(preparation).toMatchObject({ inputSize: 3, outputSize: 3 });
  });

  it('divides by the standard deviation, but not constant columns', () => {
    expect(Preparation.standardize(X).apply(X, { dtype: 'float64' }).toArray()).toEqual([
      [-1, -1, 0],
      [1, 1, 0],
    ]);
  });

  it('moves columns to a range', () => {
    expect(Preparation.minMax(X, -1, 3).apply(X, { dtype: 'float64' }).toArray()).toEqual([
      [-1, -1, -1],
      [3, 3, -1],
    ]);
  });

  it('divides by a number', () => {
    const { data, dtype } = Preparation.divide(3, 255).apply(X);
    expect([...data]).toEqual([...data].map((_, i) => Math.fround(X.data[i]! / 255)));
    expect([dtype, data.buffer instanceof SharedArrayBuffer]).toEqual(['float32', true]);
  });

  it('projects', () => {
    const preparation = Preparation.project([
      [1, 0, 2],
      [0, -1, 0.5],
    ]);
    expect(preparation).toMatchObject({ inputSize: 3, outputSize: 2 });
    expect(preparation.apply(X).toArray()).toEqual([
      [14, -6.5],
      [269, -16.5],
    ]);
  });

  it('chains, and makes one step of two shifts', () => {
    const rows = new RandomState(0).randn(5, 3);
    const first = Preparation.shiftScale([1, -2, 3], [2, 0.5, -4]);
    const second = Preparation.shiftScale([0.5, 0.25, 1], [3, 1, 0.1]);
    const both = first.followedBy(second);
    expect(both.steps).toHaveLength(1);
    const wanted = second.apply(first.apply(rows, { dtype: 'float64' }), { dtype: 'float64' });
    const got = both.apply(rows, { dtype: 'float64' });
    wanted.data.forEach((value, i) => {
      expect(got.data[i]).toBeCloseTo(value, 13);
    });
    // A column that is scaled to nothing keeps what the second shift makes of it.
    const nothing = Preparation.shiftScale([1, 1, 1], [0, 1, 1]).followedBy(second);
    expect(nothing.apply([[7, 1, 1]]).data[0]).toBe(-1.5);
  });

  it('is what subtractMean and standardize did', () => {
    for (const transform of [subtractMean, standardize]) {
      const { XTrain, preparation } = transform({ XTrain: X }, { dtype: 'float64' });
      expect(preparation.apply(X, { dtype: 'float64' }).toArray()).toEqual(XTrain.toArray());
    }
  });

  it.each<[string, () => unknown, typeof ArgumentError, string]>([
    [
      'no steps',
      () => new Preparation([]),
      ArgumentError,
      'expected the steps to be an array of at least one',
    ],
    ['no array', () => new Preparation({} as never), ArgumentError, 'received an empty object'],
    [
      'an unknown step',
      () => new Preparation([{ kind: 'twist' } as never]),
      ArgumentError,
      "received 'twist'",
    ],
    ['null', () => new Preparation([null as never]), ArgumentError, 'received null'],
    ['no scale', () => Preparation.shiftScale([1], undefined as never), ArgumentError, 'scale'],
    ['unequal sizes', () => Preparation.shiftScale([1, 2], [1]), ShapeError, 'shape (2)'],
    ['NaN', () => Preparation.shiftScale([Number.NaN], [1]), ArgumentError, 'received NaN at index 0'],
    ['no columns', () => Preparation.shiftScale([], []), ShapeError, 'expected shift to have elements'],
    ['a flat projection', () => Preparation.project([1, 2]), ShapeError, 'shape (K, D)'],
    ['no rows', () => Preparation.subtractMean([]), ShapeError, 'expected X to have shape'],
    ['pictures', () => Preparation.standardize(X.reshape(1, 2, 3)), ShapeError, 'shape (1, 2, 3)'],
    ['an empty range', () => Preparation.minMax(X, 1, 1), ArgumentError, 'received 1 and 1'],
    ['a division by 0', () => Preparation.divide(3, 0), ArgumentError, 'received 0'],
    ['a division by NaN', () => Preparation.divide(3, Number.NaN), ArgumentError, 'received NaN'],
    ['no columns to divide', () => Preparation.divide(0, 2), ArgumentError, 'received 0'],
    [
      'steps that do not fit',
      () => Preparation.divide(3, 2).followedBy(Preparation.divide(2, 2)),
      ShapeError,
      'expected step 1 to take 3 columns, as the one before it gives, but it takes 2',
    ],
    [
      'no next',
      () => Preparation.divide(3, 2).followedBy({} as never),
      ArgumentError,
      'expected a Preparation',
    ],
    ['other rows', () => Preparation.divide(3, 2).apply([[1]]), ShapeError, 'shape (N, 3)'],
    [
      'another dtype',
      () => Preparation.divide(3, 2).apply(X, { dtype: 'int32' as never }),
      ArgumentError,
      "'int32'",
    ],
  ])('refuses %s', (_name, call, error, message) => {
    expect(call).toThrow(error);
    expect(call).toThrow(message);
  });
});
