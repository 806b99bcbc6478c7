import { dtypeOf, type FloatDtype, type TypedArray } from '../../core/dtype.js';
import { ArgumentError } from '../../core/errors.js';
import { runRows } from './row-programs.js';

/** From here on a number is infinite in a dtype. */
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
  const j = Array.prototype.findIndex.call(prepared, (value: number) => !fits(value, dtype));
  if (j < 0 || !Array.prototype.every.call(given, Number.isFinite)) return;
  const remedy =
    dtype === 'float32' && Number.isFinite(prepared[j]) ? "ask for dtype: 'float64'" : 'divide it first';
  throw new ArgumentError(
    `${who}: expected row ${row} of ${name} to become numbers that ${dtype} can hold but column ${j} becomes ` +
      `${prepared[j]}; ${remedy}`,
  );
}

/** Whether a number in double precision is finite in a dtype. */
export function fits(value: number, dtype: FloatDtype): boolean {
  const limit = largest[dtype];
  // float64 holds its largest number, but what came there may have overflowed on the way. NaN fits nowhere.
  return Math.abs(value) < limit;
}

/** The least and the largest number of data that are whole numbers; undefined for floats. */
export function rangeOf(data: TypedArray): readonly [least: number, largest: number] | undefined {
  switch (dtypeOf(data)) {
    case 'uint8':
      return [0, 255];
    case 'int32':
      return [-(2 ** 31), 2 ** 31 - 1];
    default:
      return undefined;
  }
}

/**
 * Calls `look` for each row of a result that has a number that is not finite, in their order.
 * @param rows (count, width)
 */
export function eachNonFiniteRow(
  rows: Float32Array | Float64Array,
  width: number,
  look: (row: number) => void,
): void {
  const dtype = dtypeOf(rows) as FloatDtype;
  // At the speed of memory: a sum that is finite has finite terms.
  const [mean = 0] = runRows(
    { data: rows, count: rows.length, width: 1 },
    {
      dtype,
      buffers: {},
      emit: (builder, losses) => builder.emit('mean', { losses }, { loss: builder.scalar('loss') }),
    },
  );
  if (Number.isFinite(mean)) return;
  for (let row = 0, at = 0; at < rows.length; row++) {
    const end = at + width;
    while (at < end && Number.isFinite(rows[at])) at++;
    if (at < end) look(row);
    at = end;
  }
}
