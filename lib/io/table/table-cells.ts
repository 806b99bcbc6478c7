import { describe } from '../../core/describe.js';
import type { Dtype } from '../../core/dtype.js';
import { elementRange, holds } from '../../core/dtype-checks.js';
import { FormatError } from '../../core/errors.js';
import { ByteWords } from '../csv/byte-words.js';
import type { CsvRow } from '../csv/csv-row.js';
import {
  type DecimalSign,
  isInfinite,
  looksLikeNumber,
  parseCommaNumber,
  parseNumber,
} from '../csv/parse-number.js';

/** From here on numbers become infinite when they are rounded to float32: half a step above the largest. */
const float32End = 2 ** 128 - 2 ** 103;

/** Whether a number stays finite, and the same but for rounding, as an element of this dtype. */
export function fits(dtype: Dtype, value: number): boolean {
  return dtype === 'float32' ? Math.abs(value) < float32End : holds(dtype, value);
}

/** Where a cell stands. */
export interface CellPlace {
  readonly row: CsvRow;
  readonly index: number;
  /** Of the column. */
  readonly name: string;
}

/** How the cells of a table are read: what all its columns share. */
export class CellReader {
  /** The cell's number; NaN for one that is none. */
  readonly parse: (text: string) => number;
  /** Of the source, opens messages. */
  readonly name: string;
  readonly #decimal: DecimalSign;
  readonly #tokens: ReadonlySet<string>;
  /** Cells that are known to be missing. */
  readonly #gaps = new ByteWords();
  /** Those tokens that are numbers, as -999. */
  readonly #numbers: ReadonlySet<number>;

  constructor(name: string, decimal: DecimalSign, missingTokens: readonly string[]) {
    this.name = name;
    this.#decimal = decimal;
    this.parse = decimal === ',' ? parseCommaNumber : parseNumber;
    this.#tokens = new Set(missingTokens.map((token) => token.trim()));
    this.#numbers = new Set(
      missingTokens
        .flatMap((token) => [parseNumber(token), this.parse(token)])
        .filter((n) => !Number.isNaN(n)),
    );
  }

  /** Whether a number means that its cell is missing. */
  isMissingNumber(value: number): boolean {
    return this.#numbers.size > 0 && this.#numbers.has(value);
  }

  /** {@link isMissing} of a cell that has no number of its own. */
  isGap(row: CsvRow, index: number): boolean {
    const cell = row.first + index;
    const [start, end] = [row.starts[cell]!, row.ends[cell]!];
    if (this.#gaps.find(row.bytes, start, end) >= 0) return true;
    if (!this.isMissing(row.text(index))) return false;
    this.#gaps.add(row.bytes, start, end, 0);
    return true;
  }

  isMissing(text: string): boolean {
    return this.#tokens.has(text.trim()) || (this.#numbers.size > 0 && this.#numbers.has(this.parse(text)));
  }

  /** Of a number that the dtype cannot hold. */
  outOfRange(dtype: Dtype, place: CellPlace): FormatError {
    if (dtype === 'float32') {
      return this.error("a number in float32's range", place, "dtype: 'float64' holds larger ones");
    }
    return this.error(elementRange(dtype).slice('to be '.length), place, '');
  }

  /**
   * Of a cell that is no number.
   * @param remedy what helps if it is meant to be something else
   */
  notNumber(place: CellPlace, remedy: string): FormatError {
    const text = textOf(place);
    if (isInfinite(text)) {
      return this.error(
        "a finite number in float64's range",
        place,
        'name it in missingTokens if it means that the cell is missing',
      );
    }
    const other = this.#decimal === '.' ? ',' : '.';
    if (looksLikeNumber(text, other) || looksLikeNumber(text, this.#decimal)) {
      const isOther = !Number.isNaN(other === ',' ? parseCommaNumber(text) : parseNumber(text));
      const sign = isOther
        ? `decimal: '${other}' if that is the decimal sign (groups of thousands are not read)`
        : 'groups of thousands are not read, write the number without them';
      return this.error(`a number whose decimal sign is '${this.#decimal}'`, place, `${sign}; ${remedy}`);
    }
    return this.error('a number', place, remedy);
  }

  error(expected: string, place: CellPlace, remedy: string): FormatError {
    const end = remedy === '' ? '' : `; ${remedy}`;
    return new FormatError(
      `${this.name}: expected ${expected} but received ${describe(textOf(place))} ${placeOf(place)}${end}`,
    );
  }
}

/** Whether a cell that is no number is one with another decimal sign, or an infinite one: no word in any case. */
export function isNumeral(text: string): boolean {
  return isInfinite(text) || looksLikeNumber(text, '.') || looksLikeNumber(text, ',');
}

function textOf({ row, index }: CellPlace): string {
  return row.text(index);
}

/** `at line 4, column 'b'` */
export function placeOf({ row, index, name }: CellPlace): string {
  return `at line ${row.lineOf(index)}, column ${describe(name)}`;
}
