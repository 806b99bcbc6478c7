import { describe, expect, expectTypeOf, test } from 'vitest';
import { ArgumentError, LabelError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random-state.js';
import { type Tensor, tensor } from '../../lib/core/tensor.js';
import { split } from '../../lib/data/split.js';

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
