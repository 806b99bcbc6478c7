import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ArgumentError, LabelError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { tensor } from '../../lib/core/tensors/tensor.js';
import { beta, mixup } from '../../lib/data/pictures/mixup.js';
import { fixture } from '../fixtures/index.js';

const golden = JSON.parse(readFileSync(fixture('scipy/augmentation.json'), 'utf8')) as {
  readonly beta: Readonly<Record<string, number[]>>;
};

const X = tensor(
  Uint8Array.from({ length: 40 }, (_, i) => i * i),
  [10, 2, 2],
);
const y = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0];

describe('mixup', () => {
  test('keeps int32 to the last digit', () => {
    const mixed = mixup(tensor(Int32Array.of(16777217, 16777217), [2, 1]), [0, 1], 2, { seed: 0 });
    expect([mixed.X.dtype, ...mixed.X]).toEqual(['float64', 16777217, 16777217]);
  });

  test('mixes each row and its target with those of another by one share', () => {
    const mixed = mixup(X, y, 4, { alpha: 0.4, seed: 3 });
    expect(mixed.X.shape).toEqual([10, 2, 2]);
    expect(mixed.y.shape).toEqual([10, 4]);
    expect([mixed.X.dtype, mixed.y.dtype]).toEqual(['float32', 'float32']);
    const rng = new RandomState(3);
    const partners = rng.permutation(10);
    const rows = X.reshape(10, 4).toArray() as number[][];
    const [mixedRows, targets] = [mixed.X.reshape(10, 4).toArray(), mixed.y.toArray()] as number[][][];
    for (let i = 0; i < 10; i++) {
      const share = beta(0.4, rng);
      const j = partners[i]!;
      for (const [k, value] of rows[i]!.entries()) {
        expect(mixedRows![i]![k]).toBeCloseTo(share * value + (1 - share) * rows[j]![k]!, 4);
      }
      const target = [0, 0, 0, 0];
      target[y[i]!]! += share;
      target[y[j]!]! += 1 - share;
      for (const [c, value] of target.entries()) expect(targets![i]![c]).toBeCloseTo(value, 6);
    }
  });

  test('draws its shares from Beta(alpha, alpha) as NumPy does', () => {
    for (const [alpha, expected] of Object.entries(golden.beta)) {
      const rng = new RandomState(5);
      for (const value of expected) expect(beta(Number(alpha), rng) / value).toBeCloseTo(1, 10);
    }
  });

  test('keeps float64 and the seed', () => {
    const floats = tensor([...X], [10, 4]);
    const mixed = mixup(floats, y, 3, { seed: 1 });
    expect([mixed.X.dtype, mixed.y.dtype]).toEqual(['float64', 'float64']);
    expect([...mixup(floats, y, 3, { seed: 1 }).X]).toEqual([...mixed.X]);
    expect([...mixup(floats, y, 3, { rng: new RandomState(1) }).X]).toEqual([...mixed.X]);
    expect([...mixup(floats, y, 3, { seed: 2 }).X]).not.toEqual([...mixed.X]);
  });

  test('refuses what does not fit', () => {
    expect(() => mixup(X, y, 2)).toThrow(LabelError);
    expect(() => mixup(X, y.slice(1), 3)).toThrow(ShapeError);
    expect(() => mixup(X, y, 0)).toThrow(ArgumentError);
    expect(() => mixup(X, y, 3, { alpha: 0 })).toThrow('a positive number');
    expect(() => mixup(X, y, 3, { alhpa: 1 } as never)).toThrow('did you mean alpha?');
  });
});
