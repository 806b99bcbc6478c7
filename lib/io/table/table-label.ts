import { describe } from '../../core/describe.js';
import type { FloatDtype } from '../../core/dtype.js';
import type { FormatError } from '../../core/errors.js';
import { ByteWords } from '../csv/byte-words.js';
import type { CsvRow } from '../csv/csv-row.js';
import { canonicalNumber } from '../csv/parse-number.js';
import { GrowingArray } from '../files/growing-array.js';
import { Categories, type WordBudget } from './categories.js';
import type { CheckedTable, LabelInfo, LabelKind } from './table.js';
import { type CellPlace, type CellReader, fits, isNumeral, placeOf } from './table-cells.js';

/** Labels that are integers up to here are kept as they are. */
const largestKept = 0xffff;

export interface Labels {
  readonly y: Int32Array | Float32Array | Float64Array;
  readonly classes?: readonly string[];
  readonly info: LabelInfo;
}

/** The column of labels while it is read. */
export class LabelColumn {
  /** In the file. */
  readonly index: number;
  readonly name: string;
  readonly #cells: CellReader;
  readonly #given: readonly string[] | undefined;
  readonly #asked: LabelKind | undefined;
  readonly #dtype: FloatDtype;
  readonly #classes: Categories;
  /** The numbers of labels that came before. */
  readonly #known = new ByteWords();
  /** The numbers of the classes, in the order of their coming. */
  readonly #codes = new GrowingArray('int32');
  /** The labels, as soon as they are numbers to be predicted. */
  #numbers: GrowingArray<FloatDtype> | undefined;
  /** A label that is no number, if one came. */
  #text: string | undefined;

  constructor(index: number, name: string, cells: CellReader, budget: WordBudget, options: CheckedTable) {
    this.index = index;
    this.name = name;
    this.#cells = cells;
    this.#given = options.classes;
    this.#asked = options.classes === undefined ? options.labelKind : 'classes';
    this.#dtype = options.dtype === 'float64' ? 'float64' : 'float32';
    this.#classes = new Categories(budget, cells.parse, options.classes);
    if (this.#asked === 'numbers') this.#numbers = new GrowingArray<FloatDtype>(this.#dtype);
  }

  /**
   * Takes the label of a row.
   * @param index of the row
   * @param likely how many rows there will be
   * @throws FormatError for a label that is missing, or of another kind than those before
   */
  add(index: number, likely: number, row: CsvRow): void {
    const cell = row.first + this.index;
    const [start, end] = [row.starts[cell]!, row.ends[cell]!];
    let code = this.#numbers === undefined ? this.#known.find(row.bytes, start, end) : -1;
    if (code < 0) {
      const value = row.numbers[cell]!;
      if (Number.isNaN(value) ? this.#cells.isGap(row, this.index) : this.#cells.isMissingNumber(value)) {
        throw this.#missing(row);
      }
      const found = this.#numbers === undefined ? this.#codeOf(row, index) : undefined;
      if (found === undefined) {
        this.#addNumber(index, likely, row);
        return;
      }
      code = found;
      this.#known.add(row.bytes, start, end, code);
    }
    this.#codes.reserve(index + 1, likely);
    this.#codes.data[index] = code;
  }

  /** @param rows how many there are */
  finish(rows: number): Labels {
    const { name } = this;
    if (this.#numbers !== undefined) {
      return { y: this.#numbers.finish(rows), info: { name, kind: 'numbers', numbering: 'as written' } };
    }
    const codes = this.#codes.finish(rows);
    if (this.#given !== undefined) {
      return { y: codes, classes: this.#given, info: { name, kind: 'classes', numbering: 'given' } };
    }
    const numbers = this.#text === undefined ? this.#classes.words.map(this.#cells.parse) : undefined;
    if (numbers?.every((n) => Number.isInteger(n) && n >= 0 && n <= largestKept) === true) {
      const info = { name, kind: 'classes', numbering: 'as written' } as const;
      return { y: replace(codes, Int32Array.from(numbers)), info };
    }
    const { words, moves } = this.#classes.sorted(this.#cells.parse, numbers !== undefined);
    return { y: replace(codes, moves), classes: words, info: { name, kind: 'classes', numbering: 'sorted' } };
  }

  /** @returns the number of the class, or undefined where the label makes numbers of all */
  #codeOf(row: CsvRow, index: number): number | undefined {
    const word = row.text(this.index).trim();
    return this.#classes.find(word) ?? this.#newClass(word, row, index);
  }

  #newClass(word: string, row: CsvRow, index: number): number | undefined {
    const value = this.#cells.parse(word);
    const place = this.#place(row);
    if (this.#given === undefined) {
      if (this.#asked === undefined && Number.isNaN(value) && isNumeral(word)) {
        throw this.#cells.notNumber(place, "labelKind: 'classes' takes it as text");
      }
      const isNumber = !Number.isNaN(value) && !isLongInteger(word, value);
      const isFraction = isNumber && !Number.isSafeInteger(value);
      if (this.#asked === undefined && isFraction && this.#text === undefined) {
        this.#becomeNumbers(index);
        return undefined;
      }
      if (this.#asked === undefined && isFraction) throw this.#mixed(place);
      if (!isNumber) this.#text ??= word;
    }
    return this.#classes.codeOf(
      word,
      `${this.#cells.name}: expected a class`,
      () => placeOf(place),
      Number.isNaN(value) ? undefined : canonicalNumber(word, value),
      "; labelKind: 'numbers' takes any numbers",
    );
  }

  /** The labels so far were integers. */
  #becomeNumbers(rows: number): void {
    const values = this.#classes.words.map(this.#cells.parse);
    const numbers = new GrowingArray<FloatDtype>(this.#dtype);
    numbers.reserve(rows);
    for (let row = 0; row < rows; row++) numbers.data[row] = values[this.#codes.data[row]!]!;
    this.#numbers = numbers;
  }

  #addNumber(index: number, likely: number, row: CsvRow): void {
    const place = this.#place(row);
    let value = row.numbers[row.first + this.index]!;
    if (Number.isNaN(value)) value = this.#cells.parse(row.text(this.index));
    if (Number.isNaN(value)) {
      if (this.#asked === undefined && !isNumeral(row.text(this.index))) throw this.#mixed(place);
      throw this.#cells.notNumber(place, "labelKind: 'classes' takes text");
    }
    if (!fits(this.#dtype, value)) throw this.#cells.outOfRange(this.#dtype, place);
    const numbers = this.#numbers!;
    numbers.reserve(index + 1, likely);
    numbers.data[index] = value;
  }

  #missing(row: CsvRow): FormatError {
    const remedy = row.text(this.index).trim() === '' ? '' : 'missingTokens says what counts as missing';
    return this.#cells.error('a label', this.#place(row), remedy);
  }

  #mixed(place: CellPlace): FormatError {
    const remedy = "labelKind: 'classes' makes a class of each, labelKind: 'numbers' takes numbers alone";
    const before = this.#text === undefined ? 'a number' : `text, as ${describe(this.#text)}`;
    return this.#cells.error(`labels of one kind, ${before} before,`, place, remedy);
  }

  #place(row: CsvRow): CellPlace {
    return { row, index: this.index, name: this.name };
  }
}

/** Whether these are more digits than float64 has: a name, then, no number. */
function isLongInteger(text: string, value: number): boolean {
  return /^[+-]?\d+$/.test(text) && !Number.isSafeInteger(value);
}

function replace(codes: Int32Array, by: Int32Array): Int32Array {
  for (let i = 0; i < codes.length; i++) codes[i] = by[codes[i]!]!;
  return codes;
}
