import { expect } from 'vitest';
import type { FloatDtype } from '../../lib/core/dtype.js';

/** How far |got − want| / (1 + |want|) may go: sums of a few hundred terms of size 1. */
export const tolerance: Record<FloatDtype, number> = { float32: 1e-5, float64: 1e-12 };

/** Fails at the first value that is too far off. Infinities must be equal, and a NaN must be met by a NaN. */
export function expectClose(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  within: number,
  what: string,
): void {
  expect(got.length, `${what}: length`).toBe(want.length);
  for (let i = 0; i < want.length; i++) {
    const near = Math.abs(got[i]! - want[i]!) <= within * (1 + Math.abs(want[i]!));
    if (!near && !Object.is(got[i], want[i])) expect.fail(`${what}: [${i}] is ${got[i]}, not ${want[i]}`);
  }
}

/** As `expectClose`, but what should be NaN or infinite may be either: formulas that are equal in ℝ differ there. */
export function expectCloseOrNonFinite(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  within: number,
  what: string,
): void {
  const both = Array.from(want, (value, i) => !Number.isFinite(value) && !Number.isFinite(got[i]!));
  const masked = (values: ArrayLike<number>) => Array.from(values, (value, i) => (both[i] ? 0 : value));
  expectClose(masked(got), masked(want), within, what);
}

/** Fails at the first value that is another; on long arrays many times faster than toEqual. */
export function expectSame(got: ArrayLike<number>, want: ArrayLike<number>, what: string): void {
  expectClose(got, want, 0, what);
}
