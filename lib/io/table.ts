import { describe, expectation } from '../core/describe.js';
import type { Dtype } from '../core/dtype.js';
import { elementRange, holds } from '../core/dtype-checks.js';
import { ArgumentError } from '../core/errors.js';
import {
  arrayOf,
  type Checked,
  checkValue,
  either,
  integerIn,
  number,
  oneOf,
  optional,
  record,
  string,
} from '../core/options.js';
import type { Tensor } from '../core/tensor.js';

/** A column by its name, or by its index; a negative index counts from the end. */
export type ColumnKey = string | number;

/** How the cells of a table become numbers. */
export interface TableOptions {
  /** The columns that become X, in this order; default: all but the labels'. */
  readonly columns?: readonly ColumnKey[];
  /** The column of the class labels; default: none, and no y. */
  readonly labelColumn?: ColumnKey;
  /** The classes in the order of their indices, as a training set had them; default: those that occur. */
  readonly classes?: readonly string[];
  /**
   * What a missing cell of X becomes: an error (the default), the mean of the column's others, or a number. A missing label is
   * always an error.
   */
  readonly missing?: 'error' | 'mean' | number;
  /** What counts as missing; default: empty cells and NA, N/A, NaN, nan, null, NULL, None and ?. */
  readonly missingTokens?: readonly string[];
  /**
   * What becomes of a column of words (one whose first cell that is not missing is no number): an error (the default), a column of
   * zeros and ones for each word, or the word's index. Missing cells are then a category of their own, named ''.
   */
  readonly categorical?: 'error' | 'oneHot' | 'ordinal';
  /**
   * The words of such columns by the columns' names, as the table of a training set has them: no other columns and no other words may
   * then come. Default: those that occur, sorted.
   */
  readonly categories?: Readonly<Record<string, readonly string[]>>;
  /** Of X; default float32. */
  readonly dtype?: Dtype;
}

/** A table as numbers. */
export interface Table {
  /** (N, D), a row of the file a row, on shared memory. */
  readonly X: Tensor;
  /** N class indices, when there is a column of labels. */
  readonly y?: Int32Array;
  /** The class of each index; absent when the labels are integers from 0 on, which y then holds as they are. */
  readonly classes?: readonly string[];
  /** The names of the D columns; those of a one-hot column are `colour=red`, `colour=blue` … */
  readonly columns: readonly string[];
  /** The words of the columns that have them, by the columns' names. The record has no prototype. */
  readonly categories: Readonly<Record<string, readonly string[]>>;
}

const columnKey = either(string, integerIn(-0x7fffffff, 0x7fffffff));

/** What {@link TableOptions} are checked with. */
export const tableOptions = {
  columns: optional(arrayOf(columnKey)),
  labelColumn: optional(columnKey),
  classes: optional(arrayOf(string)),
  missing: optional(either(oneOf('error', 'mean'), number), 'error'),
  missingTokens: optional(arrayOf(string), ['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None', '?']),
  categorical: optional(oneOf('error', 'oneHot', 'ordinal'), 'error'),
  categories: optional(record),
  dtype: optional(oneOf<Dtype>('float32', 'float64', 'int32', 'uint8'), 'float32'),
};

/**
 * Checks what one option says of another.
 * @throws ArgumentError
 */
export function checkTable(
  who: string,
  { missing, dtype, categorical, categories }: Checked<typeof tableOptions>,
): void {
  if (categories !== undefined && categorical === 'error') {
    throw new ArgumentError(
      expectation(
        `${who}: option categorical`,
        "to be 'oneHot' or 'ordinal' with categories",
        describe(categorical),
      ),
    );
  }
  if (missing === 'mean' && dtype !== 'float32' && dtype !== 'float64') {
    throw new ArgumentError(
      `${who}: expected dtype to be float32 or float64 with missing: 'mean' but received ${dtype}`,
    );
  }
  if (typeof missing === 'number' && !holds(dtype, missing)) {
    throw new ArgumentError(expectation(`${who}: option missing`, elementRange(dtype), describe(missing)));
  }
  for (const [name, words] of Object.entries(categories ?? {})) {
    checkValue(`${who}: categories.${name}`, words, arrayOf(string));
  }
}
