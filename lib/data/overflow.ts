import type { FloatDtype } from '../core/dtype.js';
import { ArgumentError } from '../core/errors.js';

const largest = { float32: 2 ** 128 * (1 - 2 ** -25), float64: Number.MAX_VALUE } as const;

/**
 * Makes sure that a row of finite numbers stayed finite when it was prepared.
 * @param row its number
 * @param given before
 * @param prepared after, in double precision
 * @param dtype what the result is stored in
 * @throws ArgumentError that names row and column of the result, and the dtype that helps
 */
export function refuseOverflow(
  who: string,
  name: string,
  row: number,
  given: ArrayLike<number>,
  prepared: ArrayLike<number>,
  dtype: FloatDtype,
): void {
  const limit = largest[dtype];
  for (let j = 0; j < prepared.length; j++) {
    if (Math.abs(prepared[j]!) < limit || !Array.prototype.every.call(given, Number.isFinite)) continue;
    const remedy =
      dtype === 'float32' && Number.isFinite(prepared[j]) ? "ask for dtype: 'float64'" : 'divide it first';
    throw new ArgumentError(
      `${who}: expected row ${row} of ${name} to become numbers that ${dtype} can hold but column ${j} becomes ` +
        `${prepared[j]}; ${remedy}`,
    );
  }
}
