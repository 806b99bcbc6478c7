import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type TensorLike, tensor } from '../../lib/core/tensors/tensor.js';

/** One of NumPy's files of golden numbers. */
export function readOracle<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/oracle/${name}.json`, import.meta.url), 'utf8')) as T;
}

/** cs231n's rel_error, element by element: |a − b| / max(|a| + |b|, floor), the largest; NaN if there is one. */
export function relativeError(actual: TensorLike, expected: TensorLike, floor = 1e-8): number {
  const a = tensor(actual);
  const b = tensor(expected);
  expect(a.shape).toEqual(b.shape);
  const other = [...b];
  return Math.max(
    0,
    ...[...a].map(
      (value, i) => Math.abs(value - other[i]!) / Math.max(Math.abs(value) + Math.abs(other[i]!), floor),
    ),
  );
}

export function expectClose(
  actual: TensorLike,
  expected: TensorLike,
  tolerance: number,
  floor?: number,
): void {
  expect(relativeError(actual, expected, floor)).toBeLessThanOrEqual(tolerance);
}

/** Expects numbers to agree relatively. */
export function expectNumber(actual: number, expected: number, tolerance: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * Math.abs(expected));
}

/** Of one step, and of whole trainings. */
export const tolerances = {
  float64: { step: 1e-12, training: 1e-9 },
  float32: { step: 1e-4, training: 1e-4 },
} as const;

export const dtypes = ['float64', 'float32'] as const;
