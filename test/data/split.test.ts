import { describe, expect, expectTypeOf, test, vi } from 'vitest';
import { ArgumentError, LabelError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { type Tensor, tensor, zeros } from '../../lib/core/tensors/tensor.js';
import { oneHot } from '../../lib/data/one-hot.js';
import { shuffle } from '../../lib/data/shuffle.js';
import { type SplitOptions, split } from '../../lib/data/split.js';

const X = tensor(
  Float32Array.from({ length: 20 }, (_, i) => i),
  [10, 2],
);
const y = Int32Array.from({ length: 10 }, (_, i) => i);

describe('split', () => {
  test('cuts views in order', () => {
    const pieces = split(X, y, { val: 2, train: 5 });
    expectTypeOf(pieces.XTrain).toEqualTypeOf<Tensor>();
    expectTypeOf(pieces.yVal).toEqualTypeOf<Int32Array>();
    expect(Object.keys(pieces).sort()).toEqual(['XTrain', 'XVal', 'yTrain', 'yVal']);
    expect(pieces.XVal.toArray()).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect([...pieces.yTrain]).toEqual([2, 3, 4, 5, 6]);
    expect(pieces.XTrain.data).toBe(X.data);
    expect(pieces.yTrain.buffer).toBe(y.buffer);
  });

  test('leaves out no row of fractions that make a whole', () => {
    for (const parts of [
      { a: 0.7, b: 0.15, c: 0.15 },
      { a: 0.33, b: 0.33, c: 0.34 },
    ]) {
      const { ya, yb, yc } = Object.fromEntries(
        Object.entries(split(X, y, parts)).map(([name, piece]) => [name.toLowerCase(), piece]),
      ) as Record<string, Int32Array>;
      expect([...ya!, ...yb!, ...yc!]).toEqual([...y]);
    }
    const { yTrain, yTest } = split(X, y, { train: 0.8, test: 0.2 });
    expect([yTrain.length, yTest.length]).toEqual([8, 2]);
    const mixed = split(X, y, { test: 3, train: 0.5 });
    expect([mixed.yTest.length, mixed.yTrain.length]).toEqual([3, 5]);
  });

  test('shuffles rows and labels together', () => {
    const { XTrain, yTrain, XTest, yTest } = split(X, y, { train: 6, test: 3 }, { rng: new RandomState(3) });
    expect([...yTrain, ...yTest]).toEqual([...new RandomState(3).permutation(10).subarray(0, 9)]);
    const rows = [...(XTrain.toArray() as number[][]), ...(XTest.toArray() as number[][])];
    expect(rows).toEqual([...yTrain, ...yTest].map((label) => [2 * label, 2 * label + 1]));
    expect([...X]).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(XTrain.dtype).toBe('float32');
    expect(XTrain.data.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  test('keeps further axes and takes strided rows', () => {
    const images = tensor(
      new Uint8Array(24).map((_, i) => i),
      [2, 3, 4],
    );
    const { XTrain } = split(images.T, [0, 1, 0, 1], { train: 4 }, { rng: new RandomState(0) });
    const order = new RandomState(0).permutation(4);
    expect(XTrain.toArray()).toEqual([...order].map((i) => (images.T.toArray() as number[][][])[i]));
    expect(split(images, [1, 0], { a: 1 }).XA.shape).toEqual([1, 3, 4]);
  });

  describe('stratified', () => {
    const labels = Int32Array.from({ length: 100 }, (_, row) => (row % 10 < 7 ? 0 : row % 10 < 9 ? 1 : 2));
    const rows = tensor(
      Float32Array.from({ length: 100 }, (_, row) => row),
      [100, 1],
    );
    const counts = (y: Int32Array) => [0, 1, 2].map((label) => y.filter((each) => each === label).length);

    test('gives every piece each class in proportion, by fractions and by counts', () => {
      const pieces = split(rows, labels, { train: 0.6, val: 0.2, test: 0.2 }, { stratify: true });
      expect(counts(pieces.yTrain)).toEqual([42, 12, 6]);
      expect(counts(pieces.yVal)).toEqual([14, 4, 2]);
      expect(counts(pieces.yTest)).toEqual([14, 4, 2]);
      const few = split(rows, labels, { train: 11, test: 7 }, { stratify: true });
      // Quotas 7.7, 2.2, 1.1, then of the 62, 18 and 9 that are left: 4.88, 1.42, 0.71.
      expect(counts(few.yTrain)).toEqual([8, 2, 1]);
      expect(counts(few.yTest)).toEqual([5, 1, 1]);
    });

    test('takes rows in order without rng, none twice, and all of them', () => {
      const { XTrain, yTrain, XTest, yTest } = split(
        rows,
        labels,
        { train: 0.5, test: 0.5 },
        { stratify: true },
      );
      expect([...XTrain]).toEqual([...XTrain].toSorted((a, b) => a - b));
      expect([...XTrain].filter((row) => labels[row] === 2)).toEqual([9, 19, 29, 39, 49]);
      expect([...XTrain, ...XTest].toSorted((a, b) => a - b)).toEqual([...rows]);
      expect([...yTrain, ...yTest]).toEqual([...XTrain, ...XTest].map((row) => labels[row]));
    });

    test('draws within the classes with rng', () => {
      const draw = (seed: number) =>
        split(rows, labels, { train: 30, test: 20 }, { stratify: true, rng: new RandomState(seed) });
      const { XTrain, yTrain, yTest, XTest } = draw(4);
      expect(counts(yTrain)).toEqual([21, 6, 3]);
      expect(counts(yTest)).toEqual([14, 4, 2]);
      expect([...XTrain].map((row) => labels[row])).toEqual([...yTrain]);
      expect(new Set([...XTrain, ...XTest]).size).toBe(50);
      expect([...draw(4).XTrain]).toEqual([...XTrain]);
      expect([...draw(5).XTrain]).not.toEqual([...XTrain]);
      // Neither sorted nor class by class.
      expect([...XTrain]).not.toEqual([...XTrain].toSorted((a, b) => a - b));
      expect([...yTrain]).not.toEqual([...yTrain].toSorted());
    });

    test('manages classes of one row', () => {
      const { yTrain, yTest } = split(X, y, { train: 0.8, test: 0.2 }, { stratify: true });
      expect([...yTrain]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect([...yTest]).toEqual([8, 9]);
    });
  });

  test.each<[unknown, string]>([
    [{ train: 0 }, 'expected the size of train to be a number of rows, or a fraction between 0 and 1'],
    [{ train: -1 }, 'received -1'],
    [{ train: 1.5 }, 'received 1.5'],
    [{ train: 0.01 }, 'of at least one row, but received 0.01'],
    [{ train: Number.NaN }, 'received NaN'],
    [{ train: '5' }, "received '5'"],
    [{ train: 8, val: 3 }, 'expected pieces of at most 10 rows together but val ends at row 11'],
    [{ train: 0.8, val: 0.3 }, 'val ends at row 11'],
    [{}, 'expected the sizes to name the pieces'],
    [null, 'received null'],
  ])('refuses the sizes %j', (sizes, message) => {
    expect(() => split(X, y, sizes as never)).toThrow(ArgumentError);
    expect(() => split(X, y, sizes as never)).toThrow(message);
  });

  describe('with sizes named as scikit-learn does', () => {
    const five = tensor(
      Float64Array.from({ length: 10 }, (_, i) => i),
      [5, 2],
    );

    test('draws the rows that train_test_split draws with the same seed', () => {
      // The example of scikit-learn's documentation.
      const { XTrain, yTrain, XTest, yTest } = split(five, [0, 1, 2, 3, 4], { testSize: 0.33, seed: 42 });
      expect([...yTrain]).toEqual([2, 0, 3]);
      expect([...yTest]).toEqual([1, 4]);
      expect(XTrain.toArray()).toEqual([
        [4, 5],
        [0, 1],
        [6, 7],
      ]);
      expect(XTest.toArray()).toEqual([
        [2, 3],
        [8, 9],
      ]);
      expect(split(five, [0, 1, 2, 3, 4], { testSize: 0.33 }, { seed: 42 }).yTest).toEqual(yTest);
      expect(split(five, [0, 1, 2, 3, 4], { testSize: 2, rng: new RandomState(42) }).yTest).toEqual(yTest);
    });

    test.each<[Parameters<typeof split>[2], number, number | undefined, number | undefined]>([
      [{ testSize: 0.25 }, 7, undefined, 3],
      [{ testSize: 3 }, 7, undefined, 3],
      [{ trainSize: 0.75 }, 7, undefined, 3],
      [{ trainSize: 0.5, testSize: 0.25 }, 5, undefined, 3],
      [{ testSize: 0.2, valSize: 0.1 }, 7, 1, 2],
      [{ trainSize: 4, valSize: 3, testSize: 2 }, 4, 3, 2],
      [{ valSize: 0.3 }, 7, 3, undefined],
      [{ trainSize: 0.7, valSize: 0.3 }, 7, 3, undefined],
      [{ testSize: 0.7 }, 3, undefined, 7],
      [{ seed: 0 } as never, 7, undefined, 3],
    ])('%j gives %d, %d and %d rows, none twice', (sizes, train, val, test) => {
      const pieces = split(X, y, sizes, { stratify: false }) as unknown as Record<
        string,
        Int32Array | undefined
      >;
      expect([pieces.yTrain?.length, pieces.yVal?.length, pieces.yTest?.length]).toEqual([train, val, test]);
      const all = [...pieces.yTrain!, ...(pieces.yVal ?? []), ...(pieces.yTest ?? [])];
      expect(new Set(all).size).toBe(all.length);
      expect(Object.keys(pieces)).toHaveLength(
        2 * [train, val, test].filter((size) => size !== undefined).length,
      );
    });

    test('keeps the order without shuffle, and stratifies', () => {
      const ordered = split(X, y, { testSize: 0.2, valSize: 0.2, shuffle: false });
      expect([...ordered.yTrain]).toEqual([0, 1, 2, 3, 4, 5]);
      expect([...ordered.yVal]).toEqual([6, 7]);
      expect([...ordered.yTest]).toEqual([8, 9]);
      expect(ordered.XTrain.data).toBe(X.data);
      const labels = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1];
      for (const seed of [0, 1, 2]) {
        const { yTrain, yTest } = split(X, labels, { testSize: 0.4, stratify: true, seed });
        expect([...yTest].toSorted()).toEqual([0, 0, 1, 1]);
        expect([...yTrain].toSorted()).toEqual([0, 0, 0, 1, 1, 1]);
      }
    });

    test('has types of the pieces that come', () => {
      const both = split(X, y, { testSize: 0.2, valSize: 0.2, seed: 1 });
      expectTypeOf(both.XVal).toEqualTypeOf<Tensor>();
      expectTypeOf(both.yTest).toEqualTypeOf<Int32Array>();
      const val = split(X, y, { valSize: 0.2, seed: 1 });
      expectTypeOf(val).not.toHaveProperty('XTest');
      expectTypeOf(split(X, y, { testSize: 0.2 })).not.toHaveProperty('XVal');
    });

    test.each<[object, object, string]>([
      [{ testSize: 0 }, {}, 'expected option testSize to be a number of rows, or a fraction between 0 and 1'],
      [{ testSize: 1.5 }, {}, 'received 1.5'],
      [{ testSize: -1 }, {}, 'received -1'],
      [{ testSize: '0.2' }, {}, "received '0.2'"],
      [
        { testSize: 10 },
        {},
        'expected pieces of at most 10 rows together, each with rows, but received 0 for train, 10 for test',
      ],
      [{ trainSize: 0.8, testSize: 0.3 }, {}, 'received 8 for train, 3 for test'],
      [{ trainSize: 10 }, {}, 'received 10 for train, 0 for test'],
      [{ test_size: 0.2 }, {}, 'unknown option test_size; did you mean testSize?'],
      [{ testsize: 0.2 }, {}, 'did you mean testSize?'],
      [{ testSize: 0.2, random_state: 0 }, {}, 'unknown option random_state; did you mean seed?'],
      [{ train: 0.8, randomState: 1 }, {}, 'did you mean seed?'],
      [{ testSize: 0.2, val: 0.1 }, {}, 'unknown option val'],
      [{ testSize: 0.2, stratfy: true }, {}, 'did you mean stratify?'],
      [{ testSize: 0.2, stratify: 1 }, {}, 'expected option stratify to be true or false but received 1'],
      [{ testSize: 0.2, seed: 0 }, { seed: 0 }, 'expected the option seed once but it is given twice'],
      [{ testSize: 0.2, seed: 0, shuffle: false }, {}, 'expected no seed and no rng with shuffle: false'],
      [
        { train: 0.8, seed: 1 },
        {},
        'expected the sizes to name pieces alone but received the option seed; it belongs in the fourth argument',
      ],
      [
        { testSize: 0.2 },
        { seed: 0, rng: new RandomState(0) },
        'expected the option seed or rng but received both',
      ],
    ])('refuses %j with %j', (sizes, options, message) => {
      expect(() => split(X, y, sizes as never, options)).toThrow(ArgumentError);
      expect(() => split(X, y, sizes as never, options)).toThrow(message);
    });
  });

  test('takes a seed as RandomState does, and shuffle', () => {
    const seeded = split(X, y, { train: 6, test: 3 }, { seed: 3 });
    expect(seeded.yTrain).toEqual(split(X, y, { train: 6, test: 3 }, { rng: new RandomState(3) }).yTrain);
    expect(split(X, y, { train: 10 }, { shuffle: true }).yTrain.toSorted()).toEqual(y);
    expect(() => split(X, y, { train: 1 }, { seed: -1 })).toThrow(ArgumentError);
  });

  test.each([
    { train: 5, Train: 3 },
    { val: 0.2, train: 0.5, Val: 0.2 },
  ])('refuses two pieces of one name: %j', (sizes) => {
    expect(() => split(X, y, sizes)).toThrow(ArgumentError);
    expect(() => split(X, y, sizes)).toThrow(
      /expected pieces of different names but (train and Train|val and Val) are both X/,
    );
  });

  test('keeps names apart that differ after the first letter', () => {
    const pieces = split(X, y, { train: 5, TRAIN: 3 });
    expect([pieces.yTrain.length, pieces.yTRAIN.length]).toEqual([5, 3]);
  });

  describe('of numbers', () => {
    const numbers = Array.from({ length: 10 }, (_, i) => i + 0.5);

    test('keeps their dtype, in order and drawn', () => {
      for (const options of [{}, { seed: 0 }, { shuffle: true }]) {
        for (const targets of [Float32Array.from(numbers), Float64Array.from(numbers)]) {
          const { yTrain, XTrain, yTest } = split(X, targets, { train: 7, test: 3 }, options);
          expect(yTrain.constructor).toBe(targets.constructor);
          expect([...yTrain]).toEqual([...XTrain.T.slice(0, 1)].map((first) => first / 2 + 0.5));
          expect(yTest).toHaveLength(3);
        }
      }
      const whole = split(X, Float32Array.from(y), { train: 10 });
      expectTypeOf(whole.yTrain).toEqualTypeOf<Float32Array>();
      expect(whole.yTrain).toEqual(Float32Array.from(y));
      expect(split(X, numbers, { testSize: 0.3, seed: 0 }).yTrain).toBeInstanceOf(Float64Array);
      expect(
        split(
          X,
          Float64Array.from(numbers, (value) => -1e9 * value),
          { train: 3 },
        ).yTrain[0],
      ).toBe(-0.5e9);
    });

    test('keeps rows of them, one-hot ones too', () => {
      for (const dtype of ['float32', 'float64', 'uint8', 'int32'] as const) {
        const targets = oneHot(y, 10, { dtype });
        const { yTrain, yTest } = split(X, targets, { train: 6, test: 4 }, { seed: 1 });
        expectTypeOf(yTest).toEqualTypeOf<Tensor | Int32Array>();
        expect((yTrain as Tensor).dtype).toBe(dtype);
        const order = new RandomState(1).permutation(10);
        expect((yTrain as Tensor).toArray()).toEqual(oneHot(order.subarray(0, 6), 10).toArray());
        expect((yTest as Tensor).shape).toEqual([4, 10]);
      }
      const column = split(X, tensor(Float64Array.from(numbers), [10, 1]), { train: 4 }).yTrain;
      expect((column as Tensor).shape).toEqual([4, 1]);
      const nested = split(
        X,
        numbers.map((value) => [value, -value]),
        { train: 2 },
      ).yTrain;
      expect(nested.toArray()).toEqual([
        [0.5, -0.5],
        [1.5, -1.5],
      ]);
      expect(shuffle(X, Float32Array.from(numbers), { seed: 0 }).y).toBeInstanceOf(Float32Array);
    });

    test('refuses other lengths, and to stratify', () => {
      expect(() => split(X, numbers.slice(1), { train: 1 })).toThrow(ShapeError);
      expect(() => split(X, Float32Array.from(numbers.slice(1)), { train: 1 })).toThrow(
        'to have 10 labels but received 9',
      );
      expect(() => split(X, numbers, { train: 1 }, { stratify: true })).toThrow(LabelError);
      expect(() => split(X, numbers, { train: 1 }, { stratify: true })).toThrow(
        'with stratify, y[0] to be a class label',
      );
      expect(() => split(X, [...numbers.slice(1), Number.NaN], { train: 1 })).toThrow(LabelError);
    });

    test('stratifies whole floats', () => {
      const { yTrain } = split(
        X,
        Float32Array.of(0, 0, 0, 0, 0, 0, 1, 1, 1, 1),
        { train: 5 },
        { stratify: true },
      );
      expect(yTrain).toEqual(Float32Array.of(0, 0, 0, 1, 1));
    });
  });

  test('refuses data that do not fit together', () => {
    expect(() => split(X, [0], { a: 1 })).toThrow(ShapeError);
    expect(() =>
      split(
        X,
        y.map((label) => -label),
        { a: 1 },
      ),
    ).toThrow(LabelError);
    expect(() => split(tensor([]), [], { a: 1 })).toThrow('expected X to have rows');
    expect(() => split(X, y, { a: 1 }, { rgn: 1 } as never)).toThrow('did you mean rng?');
    expect(() => split(X, y, { a: 1 }, { rng: 1 } as never)).toThrow('an instance of RandomState');
  });
});

describe('split of rows in the order of their classes', () => {
  const rows = (labels: readonly number[]) => zeros([labels.length, 2]);
  function warnings(labels: readonly number[], options: SplitOptions = {}): string[] {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    split(rows(labels), labels, { train: 0.75, val: 0.25 }, options);
    const said = emit.mock.calls.map(([message]) => String(message));
    emit.mockRestore();
    return said;
  }

  test('warns where pieces have no class in common', () => {
    expect(warnings([0, 0, 0, 0, 0, 0, 1, 1])).toEqual([
      'split: the rows lie in the order of their classes, of which val and train have none in common; ' +
        'mix them: { stratify: true, seed: 0 } as the fourth argument',
    ]);
  });

  test.each([
    ['other orders', [0, 0, 0, 1, 0, 0, 2, 2], {}],
    ['a class that both have', [0, 0, 0, 0, 0, 1, 1, 1], {}],
    ['one class', [3, 3, 3, 3, 3, 3, 3, 3], {}],
    ['integers that are numbers', [1, 2, 3, 4, 5, 6, 7, 7], {}],
    ['mixed rows', [0, 0, 0, 0, 0, 0, 1, 1], { seed: 0 }],
    ['shares of each class', [0, 0, 0, 0, 1, 1, 1, 1], { stratify: true }],
  ])('says nothing of %s', (_, labels, options) => {
    expect(warnings(labels, options)).toEqual([]);
  });
});
