import { describe, expectation } from '../../core/describe.js';
import { type Dtype, sizeOf, type TypedArray } from '../../core/dtype.js';
import { ArgumentError, FormatError } from '../../core/errors.js';
import { allocate } from '../../core/memory.js';
import { suggest } from '../../core/suggest.js';
import { Tensor } from '../../core/tensors/tensor.js';
import type { CsvRow } from '../csv/csv-row.js';
import type { CsvRows } from '../csv/csv-rows.js';
import { GrowingArray } from '../files/growing-array.js';
import { WordBudget } from './categories.js';
import type { CheckedTable, ColumnInfo, LabelInfo, Table } from './table.js';
import type { CellReader } from './table-cells.js';
import { type ColumnNames, columnIndex } from './table-columns.js';
import { type Encoding, encodeInPlace, encodeOneHot, oneHotNames } from './table-encoding.js';
import { FeatureColumn } from './table-feature.js';
import { LabelColumn, type Labels } from './table-label.js';
import type { TableLimits } from './table-limits.js';

/** A table, and what is said of its columns. */
export interface BuiltTable extends Omit<Table, 'info'> {
  readonly info: {
    readonly rows: number;
    readonly columns: readonly ColumnInfo[];
    readonly label?: LabelInfo;
  };
}

/** Makes a table of rows of text, one after the other. */
export class TableBuilder {
  /** How many rows there will be, as far as one can tell: what to take memory for when it runs out. */
  likelyRows = 0;
  readonly #name: string;
  readonly #options: CheckedTable;
  readonly #limits: TableLimits;
  readonly #names: readonly string[];
  readonly #columns: readonly FeatureColumn[];
  readonly #label: LabelColumn | undefined;
  readonly #X: GrowingArray<Dtype>;
  #rows = 0;

  /**
   * @throws ArgumentError for columns that the table has not, or has not without the labels
   * @throws FormatError for too many columns
   */
  constructor(
    who: string,
    cells: CellReader,
    names: ColumnNames,
    options: CheckedTable,
    limits: TableLimits,
  ) {
    const { unique } = names;
    if (unique.length > limits.columns) {
      throw new FormatError(
        `${cells.name}: expected at most ${limits.columns} columns but received more; a larger maxBytes allows them`,
      );
    }
    const { labelColumn, columns } = options;
    this.#name = cells.name;
    this.#options = options;
    this.#limits = limits;
    this.#names = unique;
    const budget = new WordBudget(limits.words);
    const label =
      labelColumn === undefined ? undefined : columnIndex(names, labelColumn, `${who}: labelColumn`);
    checkNames(who, unique, label === undefined ? undefined : unique[label], options);
    const indices =
      columns?.map((key, i) => columnIndex(names, key, `${who}: columns[${i}]`)) ??
      [...unique.keys()].filter((index) => index !== label);
    if (label !== undefined && indices.includes(label)) {
      throw new ArgumentError(
        expectation(`${who}: columns`, 'to leave out the labels', describe(unique[label])),
      );
    }
    if (indices.length === 0) {
      throw new ArgumentError(
        `${cells.name}: expected a column beside that of the labels but there is none; ` +
          'if there are several, say what stands between them with the option delimiter',
      );
    }
    this.#columns = indices.map((index, c) => {
      return new FeatureColumn(index, unique[index]!, cells, budget, options, (code) =>
        this.#fillRows(c, code),
      );
    });
    if (label !== undefined) this.#label = new LabelColumn(label, unique[label]!, cells, budget, options);
    this.#X = new GrowingArray<Dtype>(options.dtype);
  }

  get rows(): number {
    return this.#rows;
  }

  /**
   * @throws FormatError for another number of cells, or a cell that is not as the options ask
   */
  addRow(row: CsvRow): void {
    if (row.count !== this.#names.length) {
      throw new FormatError(
        `${this.#name}: expected ${this.#names.length} columns, as in the lines before, but received ${row.count} at line ${row.line}`,
      );
    }
    const width = this.#columns.length;
    const start = this.#rows * width;
    this.#checkSize(this.#rows + 1, width, this.#limits.bytes);
    this.#X.reserve(start + width, this.likelyRows * width);
    const { data } = this.#X;
    for (let c = 0; c < width; c++) {
      data[start + c] = this.#columns[c]!.read(row);
    }
    this.#label?.add(this.#rows, this.likelyRows, row);
    this.#rows++;
  }

  /**
   * Adds rows, column by column as far as nothing is to be said of a cell.
   * @throws FormatError as {@link addRow} does
   */
  addRows(rows: CsvRows): void {
    for (let index = this.#addPlain(rows); index < rows.count; index++) this.addRow(rows.at(index));
  }

  /** @returns how many of the first rows were added */
  #addPlain(rows: CsvRows): number {
    const cells = this.#names.length;
    const width = this.#columns.length;
    const start = this.#rows * width;
    let count = rows.ofWidth(cells);
    if (this.#sizeOf(this.#rows + count, width) > this.#limits.bytes) return 0;
    this.#X.reserve(start + count * width, this.likelyRows * width);
    const { data } = this.#X;
    for (let c = 0; c < width && count > 0; c++)
      count = this.#columns[c]!.readMany(rows, count, cells, data, start + c, width);
    if (count === 0) return 0;
    for (const column of this.#columns) column.keep(rows, count, cells);
    if (this.#label !== undefined) {
      for (let r = 0; r < count; r++) this.#label.add(this.#rows + r, this.likelyRows, rows.at(r));
    }
    this.#rows += count;
    return count;
  }

  /** @throws FormatError for a table without rows, or a column that cannot be filled */
  async finish(parse: (cell: string) => number): Promise<BuiltTable> {
    if (this.#rows === 0) throw new FormatError(`${this.#name}: expected rows of cells but found none`);
    const categories = Object.create(null) as Record<string, readonly string[]>;
    const encodings = this.#columns.map((column, c): Encoding => {
      const { name } = column;
      const oneHot = column.strategy === 'oneHot';
      const sorted = column.categories?.sorted(parse, false);
      if (sorted === undefined) return { name, oneHot: false, mean: this.#meanOf(column, c) };
      categories[name] = sorted.words;
      return { name, oneHot, ...sorted, mean: undefined };
    });
    const [X, columns] = await this.#encode(encodings);
    const labels = this.#label?.finish(this.#rows);
    return {
      X: new Tensor(X, [this.#rows, columns.length]),
      ...(labels === undefined ? {} : withoutInfo(labels)),
      columns,
      categories,
      info: {
        rows: this.#rows,
        columns: this.#infos(),
        ...(labels === undefined ? {} : { label: labels.info }),
      },
    };
  }

  /** Gives a column's cells in the rows so far this number. */
  #fillRows(c: number, value: number): void {
    const width = this.#columns.length;
    for (let row = 0; row < this.#rows; row++) this.#X.data[row * width + c] = value;
  }

  #infos(): readonly ColumnInfo[] {
    const infos = this.#names.map((name): ColumnInfo => ({ name, kind: 'unused', missing: 0 }));
    for (const { index, name, kind, missing, strategy } of this.#columns) {
      infos[index] = {
        name,
        kind,
        missing,
        ...(kind === 'words' && strategy !== 'error' ? { categorical: strategy } : {}),
      };
    }
    if (this.#label !== undefined) {
      infos[this.#label.index] = { name: this.#label.name, kind: 'label', missing: 0 };
    }
    return infos;
  }

  async #encode(encodings: readonly Encoding[]): Promise<[X: TypedArray, columns: readonly string[]]> {
    const { dtype } = this.#options;
    if (encodings.some(({ oneHot }) => oneHot)) {
      const names = oneHotNames(encodings);
      this.#checkSize(this.#rows, names.length, this.#limits.encodedBytes);
      const X = allocate(dtype, this.#rows * names.length);
      await encodeOneHot(this.#X.data, X, this.#rows, encodings);
      return [X, names];
    }
    const X = this.#X.finish(this.#rows * encodings.length);
    await encodeInPlace(X, encodings);
    return [X, encodings.map(({ name }) => name)];
  }

  #sizeOf(rows: number, width: number): number {
    return rows * width * sizeOf(this.#options.dtype);
  }

  #checkSize(rows: number, width: number, most: number): void {
    const bytes = this.#sizeOf(rows, width);
    if (bytes <= most) return;
    throw new FormatError(
      `${this.#name}: expected at most ${most} bytes of elements from a file of this size but ${rows} rows and ` +
        `${width} columns take ${bytes}; maxBytes allows more`,
    );
  }

  /** What takes the place of NaN; undefined where there is none. */
  #meanOf(column: FeatureColumn, c: number): number | undefined {
    if (this.#options.missing !== 'mean' || column.missing === 0) return undefined;
    const { data } = this.#X;
    const width = this.#columns.length;
    const [rows, end] = [this.#rows, this.#rows * width];
    function* values(): Generator<number> {
      for (let at = c; at < end; at += width) yield data[at]!;
    }
    return column.meanOf(values(), rows);
  }
}

function withoutInfo({ y, classes }: Labels): Pick<Table, 'y' | 'classes'> {
  return classes === undefined ? { y } : { y, classes };
}

/**
 * Checks that options for columns by name have their columns.
 * @throws ArgumentError
 */
function checkNames(
  who: string,
  names: readonly string[],
  label: string | undefined,
  { kinds, categorical }: CheckedTable,
): void {
  const known = new Set(names);
  const check = (option: string, record: object) => {
    for (const name of Object.keys(record)) {
      if (name === label) {
        throw new ArgumentError(
          `${who}: expected ${option} to name columns of X but received ${describe(name)}, that of the labels; see labelKind`,
        );
      }
      if (known.has(name)) continue;
      const meant = suggest(name, names.slice(0, 1000));
      throw new ArgumentError(
        expectation(`${who}: option ${option}`, `to name columns of the ${names.length}`, describe(name)) +
          (meant === undefined ? '' : `; did you mean ${describe(meant)}?`),
      );
    }
  };
  if (kinds !== undefined) check('kinds', kinds);
  if (typeof categorical === 'object') check('categorical', categorical);
}
