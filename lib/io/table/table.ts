import { describe, expectation } from '../../core/describe.js';
import type { Dtype } from '../../core/dtype.js';
import { elementRange } from '../../core/dtype-checks.js';
import { ArgumentError } from '../../core/errors.js';
import {
  arrayOf,
  type Checked,
  checkValue,
  either,
  integerIn,
  number,
  oneOf,
  optional,
  positiveInteger,
  type Rule,
  record,
  string,
} from '../../core/options.js';
import type { Tensor } from '../../core/tensors/tensor.js';
import type { DecimalSign } from '../csv/parse-number.js';
import { fits } from './table-cells.js';

/** A column by its name, or by its index; a negative index counts from the end. */
export type ColumnKey = string | number;

/** What becomes of a column of words: an error, a column of zeros and ones for each word, or the word's index. */
export type Categorical = 'error' | 'oneHot' | 'ordinal';

/** What the labels are: the indices of classes, or numbers to be predicted. */
export type LabelKind = 'classes' | 'numbers';

/** How the cells of a table become numbers. */
export interface TableOptions {
  /** The columns that become X, in this order; default: all but the labels'. */
  readonly columns?: readonly ColumnKey[];
  /** The column of the labels; default: none, and no y. */
  readonly labelColumn?: ColumnKey;
  /**
   * What the labels are: `'classes'`, and y holds class indices; or `'numbers'` for a regression, and y holds them as they are. Default:
   * classes if the labels are text or integers (`25.0` is one), numbers if they are numbers of which one has a fraction. Fractions and
   * text in one column are an error. `info.label` says what came out.
   */
  readonly labelKind?: LabelKind;
  /**
   * The classes in the order of their indices, as the table of a training set has them; none may stand twice, and no others may
   * come. Default: those that occur.
   *
   * Each file is numbered by itself otherwise, and two files need not agree: labels −1, 0, 1 become 0, 1, 2, but the labels 0, 1 of a
   * test file without any −1 stay 0, 1, which are other classes. So hand the test file the `classes` of the training:
   * `loadCsv('test.csv', { labelColumn, classes: train.classes })`. (Where that is undefined, all labels were integers in 0 … 65535, which
   * are kept as they are; a test file whose labels are that too agrees.)
   */
  readonly classes?: readonly string[] | undefined;
  /**
   * What a missing cell of X becomes: an error (the default), the mean of the column's others, or a number. A missing label is
   * always an error.
   */
  readonly missing?: 'error' | 'mean' | number;
  /**
   * What counts as missing; a number in any way of writing it (`'-999'` is `-999.0` too). Default: what pandas takes for it: empty
   * cells, NA, N/A, n/a, #NA, #N/A, #N/A N/A, <NA>, NaN, nan, -NaN, -nan, 1.#IND, -1.#IND, 1.#QNAN, -1.#QNAN, NULL, null and None; and ?.
   */
  readonly missingTokens?: readonly string[];
  /**
   * What becomes of columns of words: an error (the default), a column of zeros and ones for each word, or the word's index; for all
   * such columns, or for each by its name: `{ colour: 'oneHot', size: 'ordinal' }`. Columns named there are categories even if their
   * words are numbers, and columns of words not named there are an error. Missing cells are then a category of their own, named ''.
   */
  readonly categorical?: Categorical | Readonly<Record<string, Categorical>>;
  /**
   * What columns hold, by their names, where the file alone would not say: `{ zip: 'words', income: 'numbers' }`. Default: the first
   * cell that is not missing says it, and the column is an error if a later one says otherwise, unless it stands here as `'words'`.
   */
  readonly kinds?: Readonly<Record<string, 'numbers' | 'words'>>;
  /**
   * The words of such columns by the columns' names, as the table of a training set has them: none may stand twice, and no other columns
   * and no other words may then come. Default: those that occur, sorted.
   */
  readonly categories?: Readonly<Record<string, readonly string[]>>;
  /**
   * Of X; default float32. A number beyond its range is an error. Labels that are numbers are float64 with that, and float32 with any
   * other.
   */
  readonly dtype?: Dtype;
  /**
   * What X may take in memory, in bytes; default 64 MiB or 16 times the length of the file (100 times for gzip), and with one-hot columns 512 MiB.
   * A larger one also lets longer lines, more columns and more categories through.
   */
  readonly maxBytes?: number;
}

/** A table as numbers. */
export interface Table {
  /** (N, D), a row of the file a row, on shared memory. */
  readonly X: Tensor;
  /** N class indices, or N numbers to be predicted, when there is a column of labels; `info.label.kind` says which. */
  readonly y?: Int32Array | Float32Array | Float64Array;
  /**
   * The class of each index; absent when the labels are numbers to be predicted, or integers in 0 … 65535, which y then holds as they are.
   */
  readonly classes?: readonly string[];
  /** The names of the D columns; those of a one-hot column are `colour=red`, `colour=blue` … */
  readonly columns: readonly string[];
  /** The words of the columns that have them, by the columns' names. The record has no prototype. */
  readonly categories: Readonly<Record<string, readonly string[]>>;
  /** What the file was taken for, by its contents or by the options. */
  readonly info: TableInfo;
}

/** A {@link Table} of class labels. */
export interface ClassesTable extends Table {
  readonly y: Int32Array;
}

/** A {@link Table} of labels that are numbers to be predicted. */
export interface NumbersTable extends Table {
  readonly y: Float32Array | Float64Array;
}

/** What a column of the file was taken for. */
export interface ColumnInfo {
  /** As the header names it, made unique; its index without one. */
  readonly name: string;
  /** `unused`: neither labels nor in X. */
  readonly kind: 'numbers' | 'words' | 'label' | 'unused';
  /** How many of its cells are missing. */
  readonly missing: number;
  /** What its words became. */
  readonly categorical?: 'oneHot' | 'ordinal';
}

/** What the labels were taken for. */
export interface LabelInfo {
  /** Of their column. */
  readonly name: string;
  readonly kind: LabelKind;
  /**
   * What the numbers in y are: the labels `as written`; the index of each among the `classes` that this file has, `sorted` (another file
   * may number the same labels otherwise: hand it these classes); or among those that were `given`.
   */
  readonly numbering: 'as written' | 'sorted' | 'given';
}

/** What a table was taken for. */
export interface TableInfo {
  readonly rows: number;
  /** Whether the first line names the columns. */
  readonly header: boolean;
  readonly delimiter: string;
  readonly decimal: DecimalSign;
  readonly encoding: string;
  /** All columns of the file, in its order. */
  readonly columns: readonly ColumnInfo[];
  readonly label?: LabelInfo;
}

/** pandas' own, and the ? of the UCI Machine Learning Repository. */
const usualTokens = [
  ...['', '?', 'NA', 'N/A', 'n/a', '#NA', '#N/A', '#N/A N/A', '<NA>', 'NaN', 'nan', '-NaN', '-nan'],
  ...['1.#IND', '-1.#IND', '1.#QNAN', '-1.#QNAN', 'NULL', 'null', 'None'],
];

const columnKey = either(string, integerIn(-0x7fffffff, 0x7fffffff));
const categorical: Rule<Categorical> = oneOf('error', 'oneHot', 'ordinal');
const kind: Rule<'numbers' | 'words'> = oneOf('numbers', 'words');

/** What {@link TableOptions} are checked with. */
export const tableOptions = {
  columns: optional(arrayOf(columnKey)),
  labelColumn: optional(columnKey),
  labelKind: optional(oneOf('classes', 'numbers')),
  classes: optional(arrayOf(string)),
  missing: optional(either(oneOf('error', 'mean'), number), 'error'),
  missingTokens: optional(arrayOf(string), usualTokens),
  categorical: optional(either(categorical, record as Rule<Readonly<Record<string, Categorical>>>), 'error'),
  kinds: optional(record as Rule<Readonly<Record<string, 'numbers' | 'words'>>>),
  categories: optional(record as Rule<Readonly<Record<string, readonly string[]>>>),
  dtype: optional(oneOf<Dtype>('float32', 'float64', 'int32', 'uint8'), 'float32'),
  maxBytes: optional(positiveInteger),
};

export type CheckedTable = Checked<typeof tableOptions>;

/**
 * What becomes of the words of a column.
 * @param name of the column
 */
export function strategyOf({ categorical: given }: CheckedTable, name: string): Categorical {
  if (typeof given === 'string') return given;
  return Object.hasOwn(given, name) ? given[name]! : 'error';
}

/**
 * Checks what one option says of another.
 * @throws ArgumentError
 */
export function checkTable(who: string, options: CheckedTable): void {
  const { missing, dtype, classes, labelKind, kinds = {}, categories = {} } = options;
  if (typeof options.categorical === 'object') {
    for (const [name, value] of Object.entries(options.categorical)) {
      checkValue(`${who}: categorical.${name}`, value, categorical);
    }
  }
  for (const [name, value] of Object.entries(kinds)) {
    checkValue(`${who}: kinds.${name}`, value, kind);
    checkUse(who, options, name, value);
  }
  for (const [name, words] of Object.entries(categories)) {
    checkValue(`${who}: categories.${name}`, words, arrayOf(string));
    checkOnce(`${who}: categories.${name}`, words);
    if (strategyOf(options, name) === 'error') throw noStrategy(who, options, 'categories');
  }
  if (options.categories !== undefined && options.categorical === 'error') {
    throw noStrategy(who, options, 'categories');
  }
  checkOnce(`${who}: classes`, classes ?? []);
  if (classes !== undefined && labelKind === 'numbers') {
    throw new ArgumentError(`${who}: expected no classes with labelKind: 'numbers' but received both`);
  }
  if (missing === 'mean' && dtype !== 'float32' && dtype !== 'float64') {
    throw new ArgumentError(
      `${who}: expected dtype to be float32 or float64 with missing: 'mean' but received ${dtype}`,
    );
  }
  if (typeof missing === 'number' && !fits(dtype, missing)) {
    const range =
      dtype === 'float32' ? "to be in float32's range (or dtype to be 'float64')" : elementRange(dtype);
    throw new ArgumentError(expectation(`${who}: option missing`, range, describe(missing)));
  }
}

function checkUse(who: string, options: CheckedTable, name: string, kind: 'numbers' | 'words'): void {
  const strategy = strategyOf(options, name);
  if (kind === 'words' && strategy === 'error') throw noStrategy(who, options, `kinds.${name}: 'words'`);
  const isNamed =
    (typeof options.categorical === 'object' && strategy !== 'error') ||
    (options.categories !== undefined && Object.hasOwn(options.categories, name));
  if (kind === 'numbers' && isNamed) {
    throw new ArgumentError(
      `${who}: expected kinds.${name} to be 'words' as categorical or categories names the column but received 'numbers'`,
    );
  }
}

function noStrategy(who: string, { categorical }: CheckedTable, beside: string): ArgumentError {
  return new ArgumentError(
    expectation(
      `${who}: option categorical`,
      `to be 'oneHot' or 'ordinal' with ${beside}`,
      describe(categorical),
    ),
  );
}

/** Two indices of one name would be one. */
function checkOnce(what: string, names: readonly string[]): void {
  const indices = new Map<string, number>();
  names.forEach((name, index) => {
    const before = indices.get(name);
    if (before !== undefined) {
      throw new ArgumentError(
        expectation(what, 'to name each once', `${describe(name)} at ${before} and at ${index}`),
      );
    }
    indices.set(name, index);
  });
}
