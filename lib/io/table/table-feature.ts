import { describe } from '../../core/describe.js';
import type { Dtype, TypedArray } from '../../core/dtype.js';
import { holds } from '../../core/dtype-checks.js';
import { FormatError } from '../../core/errors.js';
import { ByteWords } from '../csv/byte-words.js';
import type { CsvRow } from '../csv/csv-row.js';
import type { CsvRows } from '../csv/csv-rows.js';
import { canonicalNumber } from '../csv/parse-number.js';
import { Categories, type WordBudget } from './categories.js';
import { type CheckedTable, strategyOf } from './table.js';
import { type CellPlace, type CellReader, fits, isNumeral, placeOf } from './table-cells.js';

/** A column of X while it is read. */
export class FeatureColumn {
  /** In the file. */
  readonly index: number;
  readonly name: string;
  /** How its words become numbers. */
  readonly strategy: 'error' | 'oneHot' | 'ordinal';
  readonly #cells: CellReader;
  readonly #budget: WordBudget;
  readonly #missingValue: 'error' | 'mean' | number;
  readonly #dtype: Dtype;
  readonly #fillEarlier: (code: number) => void;
  /** Whether only other columns may be of words. */
  readonly #mustBeNumbers: boolean;
  /** Undecided until the first cell that is not missing. */
  #kind: 'undecided' | 'numbers' | 'words' = 'undecided';
  /** Whether the words of a column of words are numbers or not: undefined until the first one, and where both may come. */
  #words: 'numbers' | 'text' | undefined;
  readonly #mayMix: boolean;
  #categories: Categories | undefined;
  /** The numbers of cells of a column of words. */
  #known: ByteWords | undefined;
  /** Of the numbers, if their mean may be asked for. */
  #sum = 0;
  #missing = 0;

  /** @param fillEarlier gives all cells before, which were missing, a number when it turns out that the column has words */
  constructor(
    index: number,
    name: string,
    cells: CellReader,
    budget: WordBudget,
    options: CheckedTable,
    fillEarlier: (code: number) => void,
  ) {
    const { kinds, categories, categorical } = options;
    const kind = kinds !== undefined && Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    const given = categories !== undefined && Object.hasOwn(categories, name) ? categories[name] : undefined;
    this.index = index;
    this.name = name;
    this.strategy = strategyOf(options, name);
    this.#cells = cells;
    this.#budget = budget;
    this.#missingValue = options.missing;
    this.#dtype = options.dtype;
    this.#fillEarlier = fillEarlier;
    // Where categories are given, those of all columns that have any are.
    this.#mustBeNumbers =
      this.strategy === 'error' || kind === 'numbers' || (categories !== undefined && given === undefined);
    const isNamed = typeof categorical === 'object' && this.strategy !== 'error' && categories === undefined;
    this.#mayMix = kind === 'words' || given !== undefined;
    if (this.#mayMix || isNamed) this.#becomeWords(given);
  }

  get kind(): 'numbers' | 'words' {
    return this.#kind === 'words' ? 'words' : 'numbers';
  }

  get missing(): number {
    return this.#missing;
  }

  get categories(): Categories | undefined {
    return this.#categories;
  }

  /**
   * The number of a cell: that which it is, its word's, or what a missing cell becomes.
   * @throws FormatError for a cell that is not as the options ask
   */
  read(row: CsvRow): number {
    const { index } = this;
    const cell = row.first + index;
    if (this.#known !== undefined) {
      const code = this.#known.find(row.bytes, row.starts[cell]!, row.ends[cell]!);
      if (code >= 0) return code;
      return this.#cells.isGap(row, index) ? this.#fill(row) : this.#readWord(row);
    }
    let value = row.numbers[cell]!;
    if (Number.isNaN(value)) {
      if (this.#cells.isGap(row, index)) return this.#fill(row);
      value = this.#cells.parse(row.text(index));
      if (Number.isNaN(value)) return this.#readWord(row);
    }
    if (this.#cells.isMissingNumber(value)) return this.#fill(row);
    if (!fits(this.#dtype, value)) throw this.#cells.outOfRange(this.#dtype, this.#place(row));
    this.#kind = 'numbers';
    this.#sum += value;
    return value;
  }

  /**
   * Reads the cells of rows of `width` cells each, as {@link read} does, up to the first that more has to be known of. They count when
   * {@link keep} says so.
   * @param data takes their numbers, from `start` on in steps of `step`
   * @returns how many were read
   */
  readMany(
    { row }: CsvRows,
    count: number,
    width: number,
    data: TypedArray,
    start: number,
    step: number,
  ): number {
    const { bytes, starts, ends, numbers } = row;
    const known = this.#known;
    const cells = this.#cells;
    const dtype = this.#dtype;
    for (let r = 0, cell = this.index, at = start; r < count; r++, cell += width, at += step) {
      if (known !== undefined) {
        const code = known.find(bytes, starts[cell]!, ends[cell]!);
        if (code < 0) return r;
        data[at] = code;
      } else {
        const value = numbers[cell]!;
        if (Number.isNaN(value) || !fits(dtype, value) || cells.isMissingNumber(value)) return r;
        data[at] = value;
      }
    }
    return count;
  }

  /** The first `count` rows that {@link readMany} read, of which there are some. */
  keep({ row }: CsvRows, count: number, width: number): void {
    if (this.#known !== undefined) return;
    this.#kind = 'numbers';
    if (this.#missingValue !== 'mean') return;
    for (let r = 0, cell = this.index; r < count; r++, cell += width) this.#sum += row.numbers[cell]!;
  }

  /**
   * What takes the place of missing cells, of which there are some.
   * @param values of the column, NaN where they are missing
   * @throws FormatError if all are
   */
  meanOf(values: Iterable<number>, rows: number): number {
    const count = rows - this.#missing;
    if (count === 0) {
      throw new FormatError(
        `${this.#cells.name}: expected a number in column ${describe(this.name)} but all cells are missing; ` +
          'name the others in columns to leave it out',
      );
    }
    if (Number.isFinite(this.#sum)) return this.#sum / count;
    // The sum of large numbers is beyond float64, their mean is not.
    let mean = 0;
    for (const value of values) if (!Number.isNaN(value)) mean += value / count;
    return mean;
  }

  #fill(row: CsvRow): number {
    if (this.#missingValue === 'error') {
      const remedy = "missing: 'mean' or a number fills such cells";
      throw this.#cells.error('a value', this.#place(row), remedy);
    }
    this.#missing++;
    if (this.#kind === 'words') return this.#codeOf('', row);
    // Until the mean is known.
    return this.#missingValue === 'mean' ? Number.NaN : this.#missingValue;
  }

  #readWord(row: CsvRow): number {
    const text = row.text(this.index);
    const place = () => this.#place(row);
    const wasUndecided = this.#kind === 'undecided';
    if (
      this.#kind === 'numbers' ||
      (this.#kind === 'undecided' && (this.#mustBeNumbers || isNumeral(text)))
    ) {
      throw this.#cells.notNumber(place(), this.#remedy());
    }
    if (wasUndecided) this.#becomeWords(undefined);
    const value = this.#cells.parse(text);
    const isNumber = !Number.isNaN(value);
    let word = text.trim();
    if (!this.#mayMix) {
      const sort = isNumber || isNumeral(text) ? 'numbers' : 'text';
      this.#words ??= sort;
      if (sort !== this.#words) {
        const expected =
          sort === 'text' ? 'a number, as in the rows before,' : 'a word, as in the rows before,';
        throw this.#cells.error(expected, place(), mixRemedy(this.name));
      }
    }
    if (this.#words === 'numbers' && isNumber) word = canonicalNumber(word, value);
    if (wasUndecided && this.#missing > 0) this.#fillEarlier(this.#codeOf('', row));
    const code = this.#codeOf(word, row, isNumber ? canonicalNumber(word, value) : undefined);
    const cell = row.first + this.index;
    this.#known!.add(row.bytes, row.starts[cell]!, row.ends[cell]!, code);
    return code;
  }

  #becomeWords(given: readonly string[] | undefined): void {
    this.#kind = 'words';
    this.#categories = new Categories(this.#budget, this.#cells.parse, given);
    this.#known = new ByteWords();
  }

  #remedy(): string {
    if (this.strategy !== 'error') return mixRemedy(this.name);
    return "categorical: 'oneHot' or 'ordinal' takes columns of words, missingTokens says which words mean that a cell is missing";
  }

  #codeOf(word: string, row: CsvRow, alias?: string): number {
    const { name } = this.#cells;
    const place = this.#place(row);
    const code = this.#categories!.codeOf(word, `${name}: expected a category`, () => placeOf(place), alias);
    if (holds(this.#dtype, code)) return code;
    throw new FormatError(
      `${name}: expected at most ${code} categories for dtype ${this.#dtype} but received another, ` +
        `${describe(word)}, ${placeOf(place)}`,
    );
  }

  #place(row: CsvRow): CellPlace {
    return { row, index: this.index, name: this.name };
  }
}

function mixRemedy(name: string): string {
  const key = /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? name : describe(name);
  return `kinds: { ${key}: 'words' } makes a category of each, missingTokens says which mean that a cell is missing`;
}
