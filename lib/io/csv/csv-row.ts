import { lineBreaks } from './line-breaks.js';

/**
 * The cells of a row, as bytes: one object for all rows of a file, good until the next is read. Cells become text only where somebody asks for
 * it.
 */
export class CsvRow {
  /** What the cells lie in: UTF-8, with a line feed behind it. */
  bytes: Buffer = Buffer.alloc(1);
  /** How many cells there are. */
  count = 0;
  /** The place of the first in `starts`, `ends` and `numbers`. */
  first = 0;
  /** Where the row begins, from 1 on. */
  line = 1;
  /** Where each cell begins and ends in `bytes`, without its quotes. */
  starts = new Int32Array(64);
  ends = new Int32Array(64);
  /** Each cell's number; NaN where it is none, or only its text shows which. */
  numbers = new Float64Array(64);
  /** Whether quotes stand doubled in a cell. */
  hasDoubledQuotes = false;

  /** Makes room for so many cells. */
  reserve(cells: number): void {
    const { starts, ends, numbers } = this;
    if (cells <= starts.length) return;
    const room = Math.max(cells, 2 * starts.length);
    this.starts = new Int32Array(room);
    this.ends = new Int32Array(room);
    this.numbers = new Float64Array(room);
    this.starts.set(starts);
    this.ends.set(ends);
    this.numbers.set(numbers);
  }

  text(index: number): string {
    const cell = this.first + index;
    const text = this.bytes.toString('utf8', this.starts[cell], this.ends[cell]);
    // Only cells in quotes can have some.
    return this.hasDoubledQuotes && text.includes('"') ? text.replaceAll('""', '"') : text;
  }

  /** All cells. */
  texts(): string[] {
    return Array.from({ length: this.count }, (_, index) => this.text(index));
  }

  /** The line where a cell begins: cells in quotes may have lines of their own. */
  lineOf(index: number): number {
    let line = this.line;
    for (let cell = this.first; cell < this.first + index; cell++) {
      line += lineBreaks(this.bytes, this.starts[cell]!, this.ends[cell]!);
    }
    return line;
  }
}
