import { describe, expect, it } from 'vitest';
import { ArgumentError, LabelError, ShapeError } from '../../lib/core/errors.js';
import { tensor, zeros } from '../../lib/core/tensors/tensor.js';
import { oneHot } from '../../lib/data/one-hot.js';
import { accuracy, confusionMatrix } from '../../lib/train/metrics.js';

describe('accuracy', () => {
  it('is the fraction of equal labels', () => {
    expect(accuracy([0, 1, 2, 3], [0, 1, 2, 0])).toBe(0.75);
    expect(accuracy(Int32Array.of(1), Uint8Array.of(1))).toBe(1);
  });

  it('takes one-hot labels, scores and any type of indices', () => {
    const scores = tensor([
      [0.2, 0.7, 0.1],
      [5, -1, 2],
      [0, 1, 1],
    ]);
    expect(accuracy(scores, [1, 0, 2])).toBe(2 / 3);
    expect(accuracy(scores.toArray() as number[][], oneHot([1, 0, 1], 3))).toBe(1);
    expect(accuracy(scores.T.contiguous().T, oneHot([1, 0, 1], 3, { dtype: 'uint8' }))).toBe(1);
    for (const type of [Float32Array, Float64Array, Int32Array, Uint8Array]) {
      expect(accuracy(type.of(1, 0, 2), tensor(type.of(1, 0, 1), [3, 1]))).toBe(2 / 3);
    }
    expect(accuracy(tensor([[1], [0]]), { data: [1, 1], shape: [2] })).toBe(0.5);
    expect(() => accuracy(tensor([[0.5, Number.NaN]]), [0])).toThrow(
      'expected predictions[0][1] to be a number but received NaN',
    );
    expect(() => accuracy(scores, [1, 0])).toThrow(ShapeError);
    expect(() => accuracy([0.5, 1], [1, 0])).toThrow(LabelError);
    expect(() => accuracy(['1'] as never, [1])).toThrow(ArgumentError);
    expect(() => accuracy(new BigInt64Array(1) as never, [1])).toThrow('BigInt64Array(1)');
    expect(() => accuracy(undefined as never, [1])).toThrow(ArgumentError);
    expect(() => accuracy(zeros([1, 2, 3]), [1])).toThrow(ShapeError);
  });

  it('looks at every label of an Int32Array, and tells the first mistake', () => {
    for (let length = 1; length < 12; length++) {
      const right = new Int32Array(length).fill(3);
      expect(accuracy(right, right)).toBe(1);
      for (let at = 0; at < length; at++) {
        const other = right.with(at, 4);
        expect(accuracy(other, right)).toBe((length - 1) / length);
        const wrong = right.with(at, -1);
        expect(() => accuracy(wrong, right)).toThrow(
          `expected predictions[${at}] to be a class label, an integer in 0 … 2147483647, but received -1`,
        );
        expect(() => accuracy(wrong, wrong)).toThrow(`expected labels[${at}]`);
        expect(() => accuracy([0.5], wrong)).toThrow(`expected labels[${at}]`);
      }
    }
  });

  it('refuses nothing, and other lengths', () => {
    expect(() => accuracy([], [])).toThrow(ShapeError);
    expect(() => accuracy([1], [1, 2])).toThrow(ShapeError);
  });
});

describe('confusionMatrix', () => {
  it('counts true classes by row and predicted ones by column', () => {
    const matrix = confusionMatrix([0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 2, 0], 3);
    expect(matrix.dtype).toBe('int32');
    expect(matrix.toArray()).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [1, 0, 2],
    ]);
  });

  it('finds the number of classes', () => {
    expect(confusionMatrix([0, 1], [1, 1]).shape).toEqual([2, 2]);
    expect(confusionMatrix([0, 0], [0, 3]).shape).toEqual([4, 4]);
    expect(confusionMatrix([2], [0]).toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
      [1, 0, 0],
    ]);
    expect(confusionMatrix([0], [0]).toArray()).toEqual([[1]]);
    expect(confusionMatrix(Float64Array.of(1, 0), Uint8Array.of(1, 1)).toArray()).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(
      confusionMatrix(
        oneHot([0, 1], 2),
        tensor([
          [0.1, 0.9],
          [0.2, 0.8],
        ]),
      ).toArray(),
    ).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(confusionMatrix(oneHot([0, 1], 4), [0, 1]).shape).toEqual([4, 4]);
    expect(confusionMatrix([0], [1], 4).shape).toEqual([4, 4]);
    expect(() => confusionMatrix([0], [10_000])).toThrow(
      'expected class indices below 10000 but received 10000',
    );
    expect(() => confusionMatrix([], [])).toThrow(ShapeError);
    expect(() => confusionMatrix([0], [0, 1])).toThrow(ShapeError);
  });

  it('counts what comes late, at every place', () => {
    const y = Int32Array.from({ length: 2003 }, (_, i) => i % 3);
    for (const at of [0, 1000, 2000, 2001, 2002]) {
      const matrix = confusionMatrix(y, y.with(at, 5));
      expect(matrix.shape).toEqual([6, 6]);
      expect(matrix.get(at % 3, 5)).toBe(1);
      expect(Array.from(matrix.elements()).reduce((a, b) => a + b)).toBe(2003);
      expect(confusionMatrix(y.with(at, 5), y).get(5, at % 3)).toBe(1);
      expect(() => confusionMatrix(y, y.with(at, 3), 3)).toThrow(`expected predictions[${at}]`);
      expect(() => confusionMatrix(y.with(at, -1), y, 3)).toThrow(`expected labels[${at}]`);
      expect(() => confusionMatrix(y.with(at, 10_000), y)).toThrow('expected class indices below 10000');
    }
  });

  it('refuses a label outside the classes', () => {
    expect(() => confusionMatrix([0, 1], [0, 2], 2)).toThrow(
      'confusionMatrix: expected predictions[1] to be a class label, an integer in 0 … 1, but received 2',
    );
    expect(() => confusionMatrix(oneHot([0, 2], 3), [0, 1], 2)).toThrow(
      'expected labels to have at most 2 columns but received 3',
    );
    expect(() => confusionMatrix([0], [0], 0)).toThrow(ArgumentError);
    expect(() => confusionMatrix([0], [0], 1.5)).toThrow(ArgumentError);
    expect(() => confusionMatrix([0, 3], [0, 0], 3)).toThrow(LabelError);
    expect(() => confusionMatrix([0, 1], [0, -1], 3)).toThrow(LabelError);
  });
});
