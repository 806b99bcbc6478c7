import { describe, expect, it } from 'vitest';
import { ArgumentError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import { Preparation } from '../../lib/data/preparation/preparation.js';
import { standardize, subtractMean } from '../../lib/data/preparation/standardize.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';

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

  const columns = (...values: number[][]) =>
    new Tensor(Float64Array.from(values[0]!.flatMap((_, i) => values.map((column) => column[i]!))), [
      values[0]!.length,
      values.length,
    ]);
  const double = (preparation: Preparation, rows: Tensor) =>
    preparation.apply(rows, { dtype: 'float64' }).toArray() as number[][];
  const columnOf = (rows: number[][], j: number) => rows.map((row) => row[j]!);

  describe.each([
    ['a large constant', [1e17, 1e17, 1e17]],
    ['the largest constant', [1.7e308, 1.7e308, 1.7e308]],
    ['a negative constant', [-1e17, -1e17, -1e17]],
    ['a constant that is no sum of halves', [0.1, 0.1, 0.1]],
    ['the smallest constant', [5e-324, 5e-324, 5e-324]],
    ['zero', [0, 0, 0]],
  ])('of %s', (_name, values) => {
    const rows = columns(values, [1, 2, 3]);
    it.each([
      [-1, 3],
      [0.25, 0.5],
      [0, 1],
    ])('minMax gives low: %d … %d', (low, high) => {
      expect(columnOf(double(Preparation.minMax(rows, low, high), rows), 0)).toEqual([low, low, low]);
      expect(columnOf(double(Preparation.minMax(rows, low, high), rows), 1)).toEqual([
        low,
        (low + high) / 2,
        high,
      ]);
    });

    it('the mean is the constant, and the deviation divides by 1', () => {
      for (const make of [Preparation.standardize, Preparation.subtractMean]) {
        expect(columnOf(double(make(rows), rows), 0)).toEqual([0, 0, 0]);
      }
      const { mean, std } = standardize({ XTrain: rows });
      expect([mean.get(0), std.get(0)]).toEqual([values[0], 1]);
    });
  });

  it.each([
    ['as wide as a double', [-1.7e308, 0, 1.7e308]],
    ['large', [1e308, 1.2e308, 1.4e308]],
    ['far from 0 and narrow', [1e17, 1e17 + 16, 1e17 + 32]],
    ['of seconds since 1970', [1.7e9, 1.7e9 + 1, 1.7e9 + 2]],
    ['small', [1e-300, 2e-300, 3e-300]],
    ['of the least numbers that a reciprocal has room for', [1e-307, 2e-307, 3e-307]],
    ['large, in float32', [-3e38, 0, 3e38]],
  ])('scales columns that are %s', (_name, values) => {
    const rows = columns(values, [0, 1, 2]);
    const deviation = Math.sqrt(2 / 3);
    for (const prepared of [
      double(Preparation.standardize(rows), rows),
      standardize({ XTrain: rows }, { dtype: 'float64' }).XTrain.toArray() as number[][],
    ]) {
      for (const j of [0, 1]) {
        columnOf(prepared, j).forEach((value, i) => {
          expect(value).toBeCloseTo((i - 1) / deviation, 12);
        });
      }
    }
    for (const [low, high] of [
      [0, 1],
      [-1, 1],
    ] as const) {
      const prepared = double(Preparation.minMax(rows, low, high), rows);
      for (const j of [0, 1]) {
        columnOf(prepared, j).forEach((value, i) => {
          expect(value).toBeCloseTo(low + ((high - low) * i) / 2, 12);
        });
      }
    }
  });

  it('takes the deviation of a narrow column in many rows for what it is', () => {
    const rows = new Tensor(
      Float64Array.from({ length: 20_000 }, (_, i) => 1e15 + (i % 2)),
      [20_000, 1],
    );
    const { mean, std } = standardize({ XTrain: rows });
    expect([mean.get(0), std.get(0)]).toEqual([1e15 + 0.5, 0.5]);
  });

  it('keeps int32 to the last digit', () => {
    const rows = new Tensor(Int32Array.of(16777217, 2147483647, 16777219, -2147483648), [2, 2]);
    expect(subtractMean({ XTrain: rows }, { dtype: 'float64' }).mean.toArray()).toEqual([16777218, -0.5]);
    expect(double(Preparation.subtractMean(rows), rows)).toEqual([
      [-1, 2147483647.5],
      [1, -2147483647.5],
    ]);
    for (const prepared of [
      Preparation.minMax(rows).apply(rows),
      Preparation.minMax(rows, 0, 1).apply(rows),
    ]) {
      expect(prepared.toArray()).toEqual([
        [0, 1],
        [1, 0],
      ]);
    }
  });

  it('merges no constants that would over- or underflow or lose digits', () => {
    const cases: [Preparation, Preparation, number[], number[]][] = [
      // s₂ / k₁ overflows.
      [Preparation.shiftScale([0], [1e-200]), Preparation.shiftScale([1e200], [1e-200]), [1e300], [-1]],
      // k₁·k₂ underflows, and overflows.
      [Preparation.shiftScale([0], [1e-200]), Preparation.shiftScale([0], [1e-200]), [1e308], [1e-92]],
      [Preparation.shiftScale([0], [1e200]), Preparation.shiftScale([0], [1e200]), [1e-308], [1e92]],
      // s₂ is lost beside s₁.
      [Preparation.shiftScale([1e17], [1]), Preparation.shiftScale([-0.5], [1]), [1e17], [0.5]],
      [Preparation.shiftScale([1e308], [1e-3]), Preparation.shiftScale([-1e305], [1]), [1e308], [1e305]],
      [Preparation.divide(1, 4), Preparation.shiftScale([-4e307], [1]), [1.7e308], [8.25e307]],
    ];
    for (const [first, second, x, wanted] of cases) {
      const got = double(first.followedBy(second), new Tensor(Float64Array.from(x), [1, 1]));
      expect(got[0]![0]! / wanted[0]!).toBeCloseTo(1, 14);
    }
    const three = Preparation.divide(1, 1e-200)
      .followedBy(Preparation.divide(1, 1e-200))
      .followedBy(Preparation.divide(1, 1e300));
    expect(double(three, new Tensor(Float64Array.of(1e-90), [1, 1]))[0]![0]! / 1e10).toBeCloseTo(1, 14);
    expect(Preparation.subtractMean(X).followedBy(Preparation.divide(3, 255)).steps).toHaveLength(1);
    expect(Preparation.divide(3, 255).followedBy(Preparation.subtractMean(X)).steps).toHaveLength(1);
    expect(Preparation.minMax(X, -1, 1).steps).toHaveLength(1);
  });

  it('a net computes what apply computes, also with constants that were not merged', () => {
    const rows = columns([1e17, 1e17, 1e17], [1, 2, 3]);
    const preparation = Preparation.minMax(rows, 0.25, 0.5);
    expect(preparation.steps).toHaveLength(2);
    const net = new TwoLayerNet({
      inputSize: 2,
      hiddenSize: 3,
      numClasses: 2,
      seed: 0,
      dtype: 'float64',
      preparation,
    });
    const plain = new TwoLayerNet({ inputSize: 2, hiddenSize: 3, numClasses: 2, seed: 0, dtype: 'float64' });
    expect(net.loss(rows).toArray()).toEqual(
      plain.loss(preparation.apply(rows, { dtype: 'float64' })).toArray(),
    );
  });

  describe('refuses numbers that are not finite, where it is fitted', () => {
    const fits: [string, (rows: Tensor) => unknown, string][] = [
      ['subtractMean', Preparation.subtractMean, 'Preparation.subtractMean: expected X'],
      ['standardize', Preparation.standardize, 'Preparation.standardize: expected X'],
      ['minMax', Preparation.minMax, 'Preparation.minMax: expected X'],
      ['subtractMean of sets', (rows) => subtractMean({ XTrain: rows }), 'subtractMean: expected XTrain'],
      ['standardize of sets', (rows) => standardize({ XTrain: rows }), 'standardize: expected XTrain'],
    ];
    it.each(fits)('%s', (_name, prepare, opening) => {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        for (const at of [0, 3, 5]) {
          const values = [1, 2, 3, 4, 5, 6];
          values[at] = bad;
          const rows = new Tensor(Float64Array.from(values), [3, 2]);
          expect(() => prepare(rows)).toThrow(ArgumentError);
          const place = `[${Math.floor(at / 2)}][${at % 2}]`;
          expect(() => prepare(rows)).toThrow(
            `${opening}${place} to be a finite number but received ${bad}; fill such gaps`,
          );
          expect(() => prepare(new Tensor(Float32Array.from(values), [3, 2]))).toThrow(place);
        }
      }
    });
  });

  it('says which column no constants fit, and what no dtype holds', () => {
    const narrow = columns([1, 2], [0, 5e-324]);
    for (const prepare of [
      Preparation.minMax,
      Preparation.standardize,
      (rows: Tensor) => standardize({ XTrain: rows }),
    ]) {
      expect(() => prepare(narrow)).toThrow(ArgumentError);
      expect(() => prepare(narrow)).toThrow(
        'expected column 1 to have a range that float64 can scale but it reaches from 0 to 5e-324',
      );
    }
    const wide = columns([1, 2, 3], [-1.7e308, 1.7e308, 1.7e308]);
    for (const prepare of [Preparation.subtractMean, (rows: Tensor) => subtractMean({ XTrain: rows })]) {
      expect(() => prepare(wide)).toThrow(ArgumentError);
      expect(() => prepare(wide)).toThrow('column 1 less their mean');
    }
    expect(() => Preparation.minMax(X, -1.7e308, 1.7e308)).toThrow('a range that float64 can hold');
    expect(() => Preparation.minMax(columns([0, 1e300]), 0, 1e-300)).toThrow('expected column 0');
    const far = columns([1, 2], [-1e39, 1e39]);
    expect(() => Preparation.subtractMean(far).apply(far)).toThrow(
      "Preparation.apply: expected row 0 of X to become numbers that float32 can hold but column 1 becomes -1e+39; ask for dtype: 'float64'",
    );
    expect(() => subtractMean({ XTrain: far })).toThrow(
      'subtractMean: expected row 0 of XTrain to become numbers',
    );
    expect(() => standardize({ XTrain: columns([1, 2]), XVal: columns([1, 1e300]) })).toThrow(
      'row 1 of XVal',
    );
    // What was not finite before passes.
    expect(
      Preparation.divide(1, 2)
        .apply([[Number.NaN], [Number.POSITIVE_INFINITY]])
        .toArray(),
    ).toEqual([[Number.NaN], [Number.POSITIVE_INFINITY]]);
    expect(() => Preparation.divide(1, 1e-310)).toThrow(
      'a divisor whose reciprocal float64 can hold but received 1e-310',
    );
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
