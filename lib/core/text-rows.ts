/**
 * Cuts rows of a table that is text into cells, many at a time: those that are plain, up to the first one that is not (see
 * `native/engine/text_rows.h`, which does it).
 * @param text UTF-8
 * @param start where it begins to cut, up to `end`
 * @param meanings what each of the 256 bytes means outside of quotes: 0 nothing, 1 the delimiter, 2 the line feed, 4 the carriage return, else that
 *   its row is not plain
 * @param point the byte before the fraction of a number; 256 for none
 * @param columns the most cells of a row
 * @param starts takes where each cell begins in the text, without its quotes
 * @param ends where it ends
 * @param numbers its number; NaN where it is none, or only its text shows which
 * @param rows {@link rowNumbers} numbers of each row: how many cells there are up to its end, how many lines before it, where the text goes on
 * @returns how many rows were cut
 */
export type RowCutter = (
  text: Uint8Array,
  start: number,
  end: number,
  meanings: Uint8Array,
  point: number,
  columns: number,
  starts: Int32Array,
  ends: Int32Array,
  numbers: Float64Array,
  rows: Int32Array,
) => number;

export const rowNumbers = 3;

let choose: (() => RowCutter | undefined) | undefined;

/** Sets who says who cuts rows; undefined: nobody does. */
export function setRowCutter(choice: (() => RowCutter | undefined) | undefined): void {
  choose = choice;
}

/** Who cuts rows many at a time; undefined where nobody does. */
export function rowCutter(): RowCutter | undefined {
  return choose?.();
}
