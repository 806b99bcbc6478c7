import { describe, expect, test } from 'vitest';
import { LabelError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { tensor } from '../../lib/core/tensors/tensor.js';
import { balance, classCounts, classWeights } from '../../lib/data/class-balance.js';

const y = [2, 0, 0, 2, 0, 3, 0, 2, 0];
const X = tensor(
  Float32Array.from(y, (_, row) => row),
  [9, 1],
);

describe('classCounts', () => {
  test('counts labels from 0 to the largest, or as many classes as asked', () => {
    expect([...classCounts(y)]).toEqual([5, 0, 3, 1]);
    expect([...classCounts(y, 6)]).toEqual([5, 0, 3, 1, 0, 0]);
    expect([...classCounts(tensor(Float32Array.from(y)))]).toEqual([5, 0, 3, 1]);
  });

  test('counts what comes late, at every place', () => {
    const labels = Int32Array.from({ length: 2003 }, (_, i) => i % 3);
    for (const at of [0, 1000, 2000, 2001, 2002]) {
      const counts = classCounts(labels.with(at, 7));
      expect(counts).toHaveLength(8);
      expect(counts[7]).toBe(1);
      expect(counts.reduce((a, b) => a + b)).toBe(2003);
      expect(() => classCounts(labels.with(at, 7), 7)).toThrow(`expected y[${at}]`);
      expect(() => classCounts(labels.with(at, -1))).toThrow(`expected y[${at}]`);
    }
  });

  test('refuses no labels and labels out of range', () => {
    expect(() => classCounts([])).toThrow(ShapeError);
    expect(() => classCounts(y, 3)).toThrow(LabelError);
    expect(() => classCounts([-1])).toThrow(LabelError);
    expect(() => classCounts(y, 0)).toThrow('a positive integer');
  });
});

describe('classWeights', () => {
  // compute_class_weight('balanced', classes=[0, 2, 3], y=y) of scikit-learn.
  test('are scikit-learn’s, and 0 for classes that do not occur', () => {
    expect([...classWeights(y)]).toEqual([0.6, 0, 1, 3]);
    expect([...classWeights(y, 5)]).toEqual([0.6, 0, 1, 3, 0]);
  });
});

describe('balance', () => {
  test('oversample keeps all rows and draws those of smaller classes again', () => {
    const balanced = balance(X, y, { method: 'oversample', seed: 2 });
    expect([...classCounts(balanced.y)]).toEqual([5, 0, 5, 5]);
    const rows = [...balanced.X];
    expect(rows.slice(0, 9)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(rows.map((row) => y[row])).toEqual([...balanced.y]);
    const rng = new RandomState(2);
    rng.choice(5, 0);
    const twos = [...rng.choice(3, 2)].map((i) => [0, 3, 7][i]!);
    expect(rows.slice(9)).toEqual([...twos, 5, 5, 5, 5]);
  });

  test('undersample draws from each class as many rows as the smallest has, in order', () => {
    const rows = tensor(
      Float32Array.from({ length: 200 }, (_, row) => row),
      [200, 1],
    );
    const labels = Int32Array.from({ length: 200 }, (_, row) => (row % 10 === 0 ? 1 : 0));
    const balanced = balance(rows, labels, { method: 'undersample', seed: 0 });
    expect([...classCounts(balanced.y)]).toEqual([20, 20]);
    const kept = [...balanced.X];
    expect(kept).toEqual([...new Set(kept)].toSorted((a, b) => a - b));
    expect(kept.map((row) => labels[row])).toEqual([...balanced.y]);
    // Not just the first ones.
    expect(kept.filter((row) => row % 10 !== 0).some((row) => row > 100)).toBe(true);
    expect([...balance(rows, labels, { method: 'undersample', seed: 0 }).X]).toEqual(kept);
    expect([...balance(rows, labels, { method: 'undersample', seed: 1 }).X]).not.toEqual(kept);
  });

  test('refuses what it cannot do', () => {
    expect(() => balance(X, y, {} as never)).toThrow(
      "expected option method to be 'oversample' or 'undersample'",
    );
    expect(() => balance(X, y, { method: 'undersampel' as never })).toThrow("did you mean 'undersample'?");
    expect(() => balance(X, y.slice(1), { method: 'oversample' })).toThrow(ShapeError);
  });
});
