import { describe, expect, test } from 'vitest';
import { ArgumentError, LabelError, ShapeError } from '../../lib/core/errors.js';
import { asLabels, type TensorLike, tensor } from '../../lib/core/tensors/tensor.js';

describe('asLabels', () => {
  test('gives an Int32Array back as it is, also out of a tensor and on shared memory', () => {
    const labels = Int32Array.of(0, 2, 1);
    expect(asLabels(labels, 3, 3, 'y')).toBe(labels);
    const shared = new Int32Array(new SharedArrayBuffer(12));
    expect(asLabels(shared, 3, 1, 'y')).toBe(shared);
    expect(asLabels(tensor(labels), 3, 3, 'y').buffer).toBe(labels.buffer);
    expect(asLabels(tensor(labels, [3, 1]), 3, 3, 'y').buffer).toBe(labels.buffer);
  });

  test.each([
    ['Uint8Array', Uint8Array.of(0, 2, 1)],
    ['Float32Array', Float32Array.of(0, 2, 1)],
    ['Float64Array', Float64Array.of(-0, 2, 1)],
    ['number[]', [0, 2, 1]],
    ['{ data, shape }', { data: [0, 2, 1], shape: [3, 1] }],
    ['nested rows', [[0], [2], [1]]],
    [
      'a strided tensor',
      tensor([
        [0, 9],
        [2, 9],
        [1, 9],
      ]).T.slice(0, 1).T,
    ],
  ])('takes %s', (_name, labels) => {
    const taken = asLabels(labels, 3, 3, 'y');
    expect(taken).toEqual(Int32Array.from([0, 2, 1]));
    expect(taken.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  test.each([
    [[0, 3], 3],
    [[0, -1], -1],
    [[0, 0.5], 0.5],
    [[0, Number.NaN], Number.NaN],
    [[0, Number.POSITIVE_INFINITY], Number.POSITIVE_INFINITY],
    [[0, 2 ** 32], 2 ** 32],
    [Float32Array.of(0, 1.5), 1.5],
    [Int32Array.of(0, -2), -2],
  ])('refuses %j', (labels, received) => {
    const take = () => asLabels(labels, 2, 3, 'Solver: yTrain');
    expect(take).toThrow(LabelError);
    expect(take).toThrow(
      `Solver: expected yTrain[1] to be a class label, an integer in 0 … 2, but received ${received}`,
    );
  });

  test('without a limit on the classes, still takes what an Int32Array holds only', () => {
    expect(asLabels([2 ** 31 - 1], undefined, Number.POSITIVE_INFINITY, 'y')).toEqual(
      Int32Array.of(2 ** 31 - 1),
    );
    expect(() => asLabels([2 ** 31], undefined, Number.POSITIVE_INFINITY, 'y')).toThrow(LabelError);
  });

  test('counts them', () => {
    expect(() => asLabels([0, 1], 3, 3, 'y')).toThrow(ShapeError);
    expect(() => asLabels([0, 1], 3, 3, 'y')).toThrow('expected y to have 3 labels but received 2');
    expect(asLabels([], undefined, 3, 'y')).toHaveLength(0);
    expect(() => asLabels(tensor(new Float64Array(6), [2, 3]), 2, 2, 'y')).toThrow(
      'expected y to have shape (N) or (N, 1), or one-hot (N, 2), but received shape (2, 3)',
    );
    expect(() => asLabels(tensor(Int32Array.of(1), []), 1, 2, 'y')).toThrow(ShapeError);
  });

  test.each<[string, TensorLike]>([
    [
      'nested',
      [
        [0, 0, 1],
        [1, 0, 0],
      ],
    ],
    ['rows of bytes', [Uint8Array.of(0, 0, 1), Uint8Array.of(1, 0, 0)]],
    ['a tensor', tensor(Float32Array.of(0, 0, 1, 1, 0, 0), [2, 3])],
    ['a transposed tensor', tensor(Float64Array.of(0, 1, 0, 0, 1, 0), [3, 2]).T],
    ['{ data, shape }', { data: Int32Array.of(0, 0, 1, 1, 0, 0), shape: [2, 3] }],
  ])('takes one-hot rows: %s', (_name, oneHot) => {
    expect(asLabels(oneHot, 2, 3, 'y')).toEqual(Int32Array.of(2, 0));
    expect(asLabels(oneHot, undefined, Number.POSITIVE_INFINITY, 'y')).toEqual(Int32Array.of(2, 0));
  });

  test.each([
    [[0.5, 0.5], '[0.5, 0.5]'],
    [[0, 0], '[0, 0]'],
    [[1, 1], '[1, 1]'],
    [[0, 2], '[0, 2]'],
    [[Number.NaN, 1], '[NaN, 1]'],
  ])('refuses %j as a one-hot row', (row, received) => {
    const take = () => asLabels([[1, 0], row], 2, 2, 'svmLoss: y');
    expect(take).toThrow(LabelError);
    expect(take).toThrow(
      `svmLoss: expected y[1] to be a one-hot row, with a single 1 among zeros, but received ${received}`,
    );
  });

  test('tells how words become labels', () => {
    expect(() => asLabels(['cat', 'dog'], 2, 2, 'Solver: yTrain')).toThrow(
      "expected yTrain[0] to be a class label, an integer in 0 … 1, but received 'cat'; number the classes",
    );
  });

  test.each([[['1']], ['1'], [null], [{}], [[null]], [[1n]], [new BigInt64Array(1)]])(
    '%o are no numbers',
    (labels) => {
      expect(() => asLabels(labels, 1, 3, 'y')).toThrow(ArgumentError);
    },
  );
});
