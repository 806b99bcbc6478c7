import { type RowCutter, rowNumbers } from '../../core/text-rows.js';
import type { CsvRow } from './csv-row.js';

/** How many cells are cut at a time: what lies in the second-level cache until it is read. */
const mostCells = 1 << 13;

/** How a text is cut, besides by line breaks and quotes. */
export interface Cut {
  /** What each byte means; see {@link RowCutter}. */
  readonly meanings: Uint8Array;
  /** The decimal sign. */
  readonly point: number;
  /** The most cells of a row. */
  readonly columns: number;
}

/** Rows that are cut at once: plain ones, in whose cells no quote is doubled and no line ends. Good until others are. */
export class CsvRows {
  /** What the cells lie in, one row behind the other, and a row of these at a time. */
  readonly row: CsvRow;
  /** How many there are. */
  count = 0;
  readonly #cutter: RowCutter;
  readonly #how: Cut;
  readonly #rows = new Int32Array(rowNumbers * mostCells);
  /** Where the first of them was looked for. */
  #line = 1;

  constructor(row: CsvRow, cutter: RowCutter, how: Cut) {
    this.row = row;
    this.#cutter = cutter;
    this.#how = how;
  }

  /**
   * Cuts the rows from `start` on that are plain.
   * @param line that of the first byte
   */
  cut(start: number, end: number, line: number): void {
    const { row } = this;
    const { meanings, point, columns } = this.#how;
    row.reserve(mostCells);
    const { bytes, starts, ends, numbers } = row;
    const cut = this.#cutter;
    this.count = cut(bytes, start, end, meanings, point, columns, starts, ends, numbers, this.#rows);
    this.#line = line;
    row.hasDoubledQuotes = false;
  }

  /** How many of the first rows have that many cells. */
  ofWidth(width: number): number {
    let count = 0;
    while (count < this.count && this.#rows[rowNumbers * count] === width * (count + 1)) count++;
    return count;
  }

  /** Has {@link row} be one of them. */
  at(index: number): CsvRow {
    const { row } = this;
    row.first = index === 0 ? 0 : this.#rows[rowNumbers * (index - 1)]!;
    row.count = this.#rows[rowNumbers * index]! - row.first;
    row.line = this.#lineOf(index);
    return row;
  }

  /** Behind the last one, which there has to be: where the text goes on, and at which line. */
  get next(): { readonly start: number; readonly line: number } {
    const last = this.count - 1;
    return { start: this.#rows[rowNumbers * last + 2]!, line: this.#lineOf(last) + 1 };
  }

  #lineOf(index: number): number {
    return this.#line + this.#rows[rowNumbers * index + 1]!;
  }
}
