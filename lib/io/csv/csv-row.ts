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
  /** Where the row begins, from 1 on. */
  line = 1;
  /** Where each cell begins and ends in `bytes`, without its quotes. */
  starts = new Int32Array(64);
  ends = new Int32Array(64);
  /** Each cell's number; NaN where it is none, or only its text shows which. */
  numbers = new Float64Array(64);
  /** Whether quotes stand doubled in a cell. */
  hasDoubledQuotes = false;

  /** Makes room for more cells. */
  grow(): void {
    const { starts, ends, numbers } = this;
    this.starts = new Int32Array(2 * starts.length);
    this.ends = new Int32Array(2 * starts.length);
    this.numbers = new Float64Array(2 * starts.length);
    this.starts.set(starts);
    this.ends.set(ends);
    this.numbers.set(numbers);
  }

  text(index: number): string {
    const text = this.bytes.toString('utf8', this.starts[index], this.ends[index]);
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
    for (let cell = 0; cell < index; cell++) {
      line += lineBreaks(this.bytes, this.starts[cell]!, this.ends[cell]!);
    }
    return line;
  }
}
