import { expectation } from '../../core/describe.js';
import { dtypeOf, type FloatDtype } from '../../core/dtype.js';
import { ArgumentError } from '../../core/errors.js';
import { firstNonFinite } from '../../core/tensors/finite.js';
import type { Rows } from '../inputs.js';

/** A number that is NaN or infinite, and where it stands. */
export interface NonFinite {
  readonly row: number;
  readonly column: number;
  readonly value: number;
}

/** What to do about it. */
export const nonFiniteRemedy = 'leave such rows out, or fill in what is missing';

/** Where the first number of the rows that is not finite stands. */
export function nonFiniteIn({ data, cols }: Pick<Rows, 'data' | 'cols'>): NonFinite | undefined {
  const at = firstNonFinite(data);
  return at < 0 ? undefined : { row: Math.floor(at / cols), column: at % cols, value: data[at]! };
}

/**
 * For whoever found something that is not finite in what became of the rows: nobody looks at them before.
 * @param what names them: `TwoLayerNet.predict: X`
 * @throws ArgumentError for a NaN or an infinity, with its row and column
 */
export function assertFiniteRows(rows: Rows, what: string): void {
  const message = nonFiniteMessage(rows, what);
  if (message !== undefined) throw new ArgumentError(`${message}; ${nonFiniteRemedy}`);
}

/** What stands where it should not; undefined where all is finite. */
export function nonFiniteMessage(rows: Rows, what: string): string | undefined {
  const found = nonFiniteIn(rows);
  if (found === undefined) return undefined;
  const { row, column, value } = found;
  return expectation(what, 'to hold finite numbers', `${value} in row ${row}, column ${column}`);
}

/** The numbers of the rows that hold a NaN or an infinity. */
export function nonFiniteRows({ data, count, cols }: Rows): number[] {
  const rows = Array.from({ length: count }, (_, row) => row);
  return rows.filter((row) => firstNonFinite(data.subarray(row * cols, (row + 1) * cols)) >= 0);
}

/** @throws ArgumentError where a number of the rows is too large for the net's float32 */
export function assertFloat32Rows(rows: Rows, what: string, dtype: FloatDtype): void {
  if (dtype === 'float64' || dtypeOf(rows.data) !== 'float64') return;
  const { data } = rows;
  let at = 0;
  while (at < data.length && Number.isFinite(Math.fround(data[at]!))) at++;
  if (at === data.length) return;
  const [row, column] = [Math.floor(at / rows.cols), at % rows.cols];
  const message = expectation(
    what,
    'to hold numbers that a float32 net can hold',
    `${rows.data[at]} in row ${row}, column ${column}`,
  );
  throw new ArgumentError(`${message}; the option dtype: 'float64' makes one that can`);
}
