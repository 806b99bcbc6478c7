import type { TerminalStyle } from './canvas.js';
import { type Color, paint } from './paint.js';

/** How something is drawn in a grid of dots. */
export interface Pen {
  readonly color: Color;
  /** What stands for its dots where there is no braille. */
  readonly letter: string;
  /** Whether it lies under the others: a cell of theirs shows nothing of it. Without colours it is every other dot. */
  readonly background?: boolean;
}

interface Cell {
  pen: Pen;
  /** Bits of a braille character. */
  dots: number;
}

/** The bits of a braille character, by row and column. */
const brailleBits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** Characters of a terminal as a grid of dots: 2 × 4 in each with braille, else one. The first row is the topmost. */
export class DotGrid {
  /** In dots. */
  readonly width: number;
  readonly height: number;
  readonly #cells: (Cell | undefined)[][];
  readonly #style: TerminalStyle;
  readonly #perColumn: number;
  readonly #perRow: number;

  constructor(columns: number, rows: number, style: TerminalStyle) {
    [this.#perColumn, this.#perRow] = [DotGrid.dotsPerColumn(style), style.unicode ? 4 : 1];
    this.width = columns * this.#perColumn;
    this.height = rows * this.#perRow;
    this.#style = style;
    this.#cells = Array.from({ length: rows }, () => new Array<Cell | undefined>(columns).fill(undefined));
  }

  static dotsPerColumn({ unicode }: TerminalStyle): number {
    return unicode ? 2 : 1;
  }

  /** The row of characters in which a row of dots lies. */
  rowOf(y: number): number {
    return Math.floor(y / this.#perRow);
  }

  /** A dot; one outside of the grid is left out. */
  dot(x: number, y: number, pen: Pen): void {
    if (!(x >= 0 && x < this.width && y >= 0 && y < this.height)) return;
    if (pen.background && this.#style.colors === 0 && this.#style.unicode && (x + y) % 2 === 1) return;
    const row = this.#cells[this.rowOf(y)]!;
    const column = Math.floor(x / this.#perColumn);
    const bit = brailleBits[y % this.#perRow]![(x % this.#perColumn) as 0 | 1];
    const cell = row[column];
    if (cell === undefined || (cell.pen.background && !pen.background)) row[column] = { pen, dots: bit };
    else if (!pen.background || cell.pen.background) {
      cell.pen = pen;
      cell.dots |= bit;
    }
  }

  /** The dots of a column from one row to another. */
  column(x: number, from: number, to: number, pen: Pen): void {
    const [top, bottom] = [Math.max(0, Math.min(from, to)), Math.min(this.height - 1, Math.max(from, to))];
    for (let y = top; y <= bottom; y++) this.dot(x, y, pen);
  }

  /** One line of text a row, all of the grid's width; escape sequences colour it. */
  lines(): string[] {
    return this.#cells.map((row) => {
      let line = '';
      for (let at = 0; at < row.length; ) {
        const color = row[at]?.pen.color;
        let run = '';
        for (; at < row.length && row[at]?.pen.color === color; at++) run += this.#character(row[at]);
        line += paint(run, color ?? 'foreground', this.#style);
      }
      return line;
    });
  }

  #character(cell: Cell | undefined): string {
    if (cell === undefined) return ' ';
    return this.#style.unicode ? String.fromCharCode(0x2800 + cell.dots) : cell.pen.letter;
  }
}
