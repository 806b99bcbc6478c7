import { describe, expectation } from '../core/describe.js';
import { type Dtype, sizeOf, type TypedArray } from '../core/dtype.js';
import { elementRange, holds } from '../core/dtype-checks.js';
import { ArgumentError, FormatError } from '../core/errors.js';
import { allocate } from '../core/memory.js';
import type { Checked } from '../core/options.js';
import { Tensor } from '../core/tensor.js';
import { Categories, WordBudget } from './categories.js';
import { GrowingArray } from './growing-array.js';
import { parseNumber } from './parse-number.js';
import type { Table, tableOptions } from './table.js';
import { columnIndex, uniqueNames } from './table-columns.js';
import { type Encoding, encodeInPlace, encodeOneHot, oneHotNames } from './table-encoding.js';
import { labelsOf } from './table-labels.js';

/** The most columns of a table. */
export const maxColumns = 1 << 17;

/** A column of X as it is read: undecided until the first cell that is not missing. */
interface Column {
  readonly index: number;
  readonly name: string;
  kind: 'undecided' | 'numbers' | 'words';
  categories?: Categories;
  /** Of the numbers. */
  sum: number;
  missing: number;
}

/** Makes a table of rows of text, one after the other. */
export class TableBuilder {
  /** How many rows there will be, as far as one can tell: what to take memory for when it runs out. */
  likelyRows = 0;
  readonly #name: string;
  readonly #options: Checked<typeof tableOptions>;
  readonly #maxBytes: number;
  readonly #width: number;
  readonly #columns: readonly Column[];
  readonly #label: number | undefined;
  readonly #classes: Categories;
  readonly #words = new WordBudget();
  readonly #missingTokens: ReadonlySet<string>;
  /** Whether a number may mean that a cell is missing, as -999. */
  readonly #missingNumbers: boolean;
  readonly #X: GrowingArray<Dtype>;
  readonly #y = new GrowingArray('int32');
  #rows = 0;

  /**
   * @param name of the source, opens messages
   * @param first the first row, which names the columns if it is a header
   * @param maxBytes of X
   * @throws ArgumentError for columns that the table has not
   * @throws FormatError for too many columns
   */
  constructor(
    who: string,
    name: string,
    first: readonly string[],
    isHeader: boolean,
    options: Checked<typeof tableOptions>,
    maxBytes: number,
  ) {
    if (first.length > maxColumns) {
      throw new FormatError(`${name}: expected at most ${maxColumns} columns but received more`);
    }
    const unique = uniqueNames(first.map((cell, index) => (isHeader ? cell.trim() : String(index))));
    const { labelColumn, columns } = options;
    this.#name = name;
    this.#options = options;
    this.#maxBytes = maxBytes;
    this.#width = first.length;
    this.#label =
      labelColumn === undefined ? undefined : columnIndex(unique, labelColumn, `${who}: labelColumn`);
    const indices =
      columns?.map((key, i) => columnIndex(unique, key, `${who}: columns[${i}]`)) ??
      unique.map((_, index) => index).filter((index) => index !== this.#label);
    if (this.#label !== undefined && indices.includes(this.#label)) {
      throw new ArgumentError(
        expectation(`${who}: columns`, 'to leave out the labels', describe(unique[this.#label])),
      );
    }
    this.#columns = indices.map((index) => this.#newColumn(index, unique[index]!));
    this.#classes = new Categories(this.#words, options.classes);
    this.#missingTokens = new Set(options.missingTokens);
    this.#missingNumbers = options.missingTokens.some((token) => !Number.isNaN(parseNumber(token)));
    this.#X = new GrowingArray<Dtype>(options.dtype);
  }

  get rows(): number {
    return this.#rows;
  }

  /**
   * @param line where the row ends, from 1 on
   * @throws FormatError for another number of cells, or a cell that is not as the options ask
   */
  addRow(cells: readonly string[], line: number): void {
    if (cells.length !== this.#width) {
      throw new FormatError(
        `${this.#name}: expected ${this.#width} columns, as in the lines before, but received ${cells.length} at line ${line}`,
      );
    }
    const width = this.#columns.length;
    const start = this.#rows * width;
    this.#checkSize(this.#rows + 1, width);
    this.#X.reserve(start + width, this.likelyRows * width);
    const { data } = this.#X;
    for (let c = 0; c < width; c++) {
      const column = this.#columns[c]!;
      data[start + c] = this.#read(column, cells[column.index]!, c, line);
    }
    if (this.#label !== undefined) {
      this.#y.reserve(this.#rows + 1, this.likelyRows);
      this.#y.data[this.#rows] = this.#readLabel(cells[this.#label]!, line);
    }
    this.#rows++;
  }

  /** @throws FormatError for a table without rows, or a column that cannot be filled */
  async finish(): Promise<Table> {
    if (this.#rows === 0) throw new FormatError(`${this.#name}: expected rows of cells but found none`);
    const categories = Object.create(null) as Record<string, readonly string[]>;
    const encodings = this.#columns.map((column): Encoding => {
      const { name } = column;
      const sorted = column.categories?.sorted();
      if (sorted === undefined) return { name, mean: this.#meanOf(column) };
      categories[name] = sorted.words;
      return { name, ...sorted, mean: undefined };
    });
    const [X, columns] = await this.#encode(encodings);
    const table = { X: new Tensor(X, [this.#rows, columns.length]), columns, categories };
    if (this.#label === undefined) return table;
    return { ...table, ...labelsOf(this.#classes, this.#y.finish(this.#rows), this.#options.classes) };
  }

  async #encode(encodings: readonly Encoding[]): Promise<[X: TypedArray, columns: readonly string[]]> {
    const { categorical, dtype } = this.#options;
    if (categorical === 'oneHot' && encodings.some(({ words }) => words !== undefined)) {
      const names = oneHotNames(encodings);
      this.#checkSize(this.#rows, names.length);
      const X = allocate(dtype, this.#rows * names.length);
      await encodeOneHot(this.#X.data, X, this.#rows, encodings);
      return [X, names];
    }
    const X = this.#X.finish(this.#rows * encodings.length);
    await encodeInPlace(X, encodings);
    return [X, encodings.map(({ name }) => name)];
  }

  #newColumn(index: number, name: string): Column {
    const { categories } = this.#options;
    const column = { index, name, sum: 0, missing: 0 };
    if (categories === undefined || !Object.hasOwn(categories, name)) return { ...column, kind: 'undecided' };
    const given = categories[name] as readonly string[];
    return { ...column, kind: 'words', categories: new Categories(this.#words, given) };
  }

  #read(column: Column, text: string, c: number, line: number): number {
    if (column.kind !== 'words') {
      const value = parseNumber(text);
      if (!Number.isNaN(value) && !(this.#missingNumbers && this.#missingTokens.has(text.trim()))) {
        if (!holds(this.#options.dtype, value)) {
          throw this.#wrongCell(column, elementRange(this.#options.dtype).slice('to be '.length), text, line);
        }
        column.kind = 'numbers';
        column.sum += value;
        return value;
      }
    }
    const word = text.trim();
    if (this.#missingTokens.has(word)) return this.#fillMissing(column, text, line);
    if (column.kind === 'numbers') throw this.#wrongCell(column, 'a number', text, line);
    if (column.kind === 'undecided') this.#becomeWords(column, text, c, line);
    return this.#codeOf(column, word, line);
  }

  #fillMissing(column: Column, text: string, line: number): number {
    const { missing } = this.#options;
    if (missing === 'error') throw this.#wrongCell(column, 'a value', text, line);
    if (column.kind === 'words') return this.#codeOf(column, '', line);
    column.missing++;
    // Until the mean is known.
    return missing === 'mean' ? Number.NaN : missing;
  }

  /** All cells of the column so far were missing. */
  #becomeWords(column: Column, text: string, c: number, line: number): void {
    const { categorical, categories } = this.#options;
    // Where categories are given, those of all columns that have any are.
    if (categorical === 'error' || categories !== undefined) {
      throw this.#wrongCell(column, 'a number', text, line);
    }
    column.kind = 'words';
    column.categories = new Categories(this.#words);
    if (this.#rows === 0) return;
    const code = this.#codeOf(column, '', line);
    const width = this.#columns.length;
    for (let row = 0; row < this.#rows; row++) this.#X.data[row * width + c] = code;
  }

  #codeOf(column: Column, word: string, line: number): number {
    const code = column.categories!.codeOf(word, `${this.#name}: expected a category`, () =>
      place(column, line),
    );
    if (holds(this.#options.dtype, code)) return code;
    throw new FormatError(
      `${this.#name}: expected at most ${code} categories for dtype ${this.#options.dtype} but received another, ` +
        `${describe(word)}, ${place(column, line)}`,
    );
  }

  #readLabel(text: string, line: number): number {
    const word = text.trim();
    if (this.#missingTokens.has(word)) {
      throw new FormatError(`${this.#name}: expected a label but received ${describe(text)} at line ${line}`);
    }
    return this.#classes.codeOf(word, `${this.#name}: expected a class`, () => `at line ${line}`);
  }

  #wrongCell(column: Column, expected: string, text: string, line: number): FormatError {
    return new FormatError(
      `${this.#name}: expected ${expected} but received ${describe(text)} ${place(column, line)}`,
    );
  }

  #checkSize(rows: number, width: number): void {
    const bytes = rows * width * sizeOf(this.#options.dtype);
    if (bytes <= this.#maxBytes) return;
    throw new FormatError(
      `${this.#name}: expected at most ${this.#maxBytes} bytes of elements from a file of this size but ${rows} rows and ` +
        `${width} columns take ${bytes}`,
    );
  }

  /** What takes the place of NaN; undefined where there is none. */
  #meanOf({ kind, name, sum, missing }: Column): number | undefined {
    if (this.#options.missing !== 'mean' || kind === 'words' || missing === 0) return undefined;
    if (kind === 'numbers') return sum / (this.#rows - missing);
    throw new FormatError(
      `${this.#name}: expected a number in column ${describe(name)} but all cells are missing`,
    );
  }
}

function place({ name }: Column, line: number): string {
  return `at line ${line}, column ${describe(name)}`;
}
