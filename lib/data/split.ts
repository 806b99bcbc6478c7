import { describe, expectation } from '../core/describe.js';
import { ArgumentError, ShapeError } from '../core/errors.js';
import { allocate } from '../core/memory.js';
import { checkOptions, instanceOf, optional } from '../core/options.js';
import { RandomState } from '../core/random-state.js';
import { asLabels, asTensor, type LabelsLike, Tensor, type TensorLike } from '../core/tensor.js';

/** `{ train: 49000, val: 1000 }` gives `XTrain`, `yTrain`, `XVal` and `yVal`. */
export type Split<Sizes> = {
  readonly [Name in keyof Sizes & string as `X${Capitalize<Name>}`]: Tensor;
} & {
  readonly [Name in keyof Sizes & string as `y${Capitalize<Name>}`]: Int32Array;
};

export interface SplitOptions {
  /** Draws the rows of all pieces from one permutation of them; without it, they stay in order. */
  readonly rng?: RandomState;
}

/**
 * Cuts a data set into named pieces: the first rows are the first piece. `split(X, y, { val: 5000, train: 55000 })` makes the first
 * 5,000 rows the validation set. Rows that no piece asks for are left out.
 *
 * Without `rng` the pieces are views; with it, copies.
 * @param X (N, …)
 * @param y N class indices
 * @param sizes how many rows, an integer from 1 on, or which fraction of all, between 0 and 1
 * @throws ArgumentError for a size that is neither, no pieces, or more rows than there are
 * @throws ShapeError when X has no rows or y is not as long
 */
export function split<const Sizes extends Readonly<Record<string, number>>>(
  X: TensorLike,
  y: LabelsLike,
  sizes: Sizes,
  options: SplitOptions = {},
): Split<Sizes> {
  const { rng } = checkOptions('split', options, { rng: optional(instanceOf(RandomState)) });
  let rows = asTensor(X, 'split: X');
  const count = rows.shape[0] ?? 0;
  if (count === 0) throw new ShapeError(expectation('split: X', 'to have rows', describe(rows)));
  let labels = asLabels(y, count, Number.POSITIVE_INFINITY, 'split: y');
  const pieces = boundaries(sizes, count);
  if (rng !== undefined) {
    const order = rng.permutation(count).subarray(0, pieces.at(-1)?.end);
    rows = takeRows(rows, order);
    const taken = allocate('int32', order.length);
    order.forEach((row, i) => {
      taken[i] = labels[row]!;
    });
    labels = taken;
  }
  const result: Record<string, Tensor | Int32Array> = {};
  for (const { name, start, end } of pieces) {
    const capitalized = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    result[`X${capitalized}`] = rows.slice(start, end);
    result[`y${capitalized}`] = labels.subarray(start, end);
  }
  return result as Split<Sizes>;
}

interface Piece {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

function boundaries(sizes: unknown, count: number): Piece[] {
  const entries = typeof sizes === 'object' && sizes !== null ? Object.entries(sizes) : [];
  if (entries.length === 0) {
    throw new ArgumentError(
      expectation('split: the sizes', 'to name the pieces, { train: 0.8, test: 0.2 },', describe(sizes)),
    );
  }
  let start = 0;
  // Fractions are added up before they are rounded, so that those of a whole leave no row out.
  let fractions = 0;
  let fractionRows = 0;
  return entries.map(([name, size]: [string, unknown]) => {
    let rows = size as number;
    if (typeof size === 'number' && size > 0 && size < 1) {
      fractions += size;
      rows = Math.round(fractions * count) - fractionRows;
      fractionRows += rows;
    }
    if (!Number.isInteger(rows) || rows < 1) {
      const expected = 'to be a number of rows, or a fraction between 0 and 1 of at least one row,';
      throw new ArgumentError(expectation(`split: the size of ${name}`, expected, describe(size)));
    }
    const end = start + rows;
    if (end > count) {
      throw new ArgumentError(
        `split: expected pieces of at most ${count} rows together but ${name} ends at row ${end}`,
      );
    }
    const piece = { name, start, end };
    start = end;
    return piece;
  });
}

/** A copy of some rows. */
function takeRows(X: Tensor, order: Int32Array): Tensor {
  const elements = X.elements();
  const width = X.size / (X.shape[0] ?? 1);
  const taken = allocate(X.dtype, order.length * width);
  order.forEach((row, i) => {
    taken.set(elements.subarray(row * width, (row + 1) * width), i * width);
  });
  return new Tensor(taken, [order.length, ...X.shape.slice(1)]);
}
