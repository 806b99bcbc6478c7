import { describe, expect, test } from 'vitest';
import { ArgumentError, LabelError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { type Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import { shuffle } from '../../lib/data/shuffle.js';

const X = tensor(
  new Uint8Array(24).map((_, i) => i),
  [6, 2, 2],
);
const y = [0, 1, 2, 3, 4, 5];

describe('shuffle', () => {
  test('copies rows and labels in one permutation', () => {
    const shuffled = shuffle(X, y, { seed: 5 });
    const order = [...new RandomState(5).permutation(6)];
    expect([...shuffled.y]).toEqual(order);
    expect(shuffled.X.toArray()).toEqual(order.map((row) => (X.toArray() as number[][][])[row]));
    expect(shuffled.X.dtype).toBe('uint8');
    expect(shuffled.X.shape).toEqual([6, 2, 2]);
    expect(shuffled.X.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect([...X]).toEqual([...Array(24).keys()]);
  });

  test.each([1, 3, 16, 17, 100])(
    'copies rows of %d elements, of each dtype, and targets like them',
    (width) => {
      for (const dtype of ['float32', 'float64', 'int32', 'uint8'] as const) {
        const wide = tensor(new RandomState(1).randint(200, 31 * width), [31, width], { dtype });
        const targets = new RandomState(2).randn(31, width);
        const shuffled = shuffle(wide, targets, { seed: 4 });
        const order = [...new RandomState(4).permutation(31)];
        const [rows, targetRows] = [wide.toArray(), targets.toArray()] as number[][][];
        expect(shuffled.X.dtype).toBe(dtype);
        expect(shuffled.X.toArray()).toEqual(order.map((row) => rows![row]));
        expect((shuffled.y as Tensor).toArray()).toEqual(order.map((row) => targetRows![row]));
      }
    },
  );

  test('goes on with the stream of rng', () => {
    const rng = new RandomState(1);
    const reference = new RandomState(1);
    for (let round = 0; round < 2; round++) {
      expect([...shuffle(X, y, { rng }).y]).toEqual([...reference.permutation(6)]);
    }
  });

  test('refuses what does not fit', () => {
    expect(() => shuffle(X, y.slice(1))).toThrow(ShapeError);
    expect(() => shuffle(X, [...y.slice(1), -1])).toThrow(LabelError);
    expect(() => shuffle([], [])).toThrow('expected X to have rows');
    expect(() => shuffle(X, y, { seed: 1, rng: new RandomState(1) })).toThrow(ArgumentError);
    expect(() => shuffle(X, y, { sede: 1 } as never)).toThrow('did you mean seed?');
  });
});
