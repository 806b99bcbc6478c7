import { describe, expectation } from '../core/describe.js';
import { ArgumentError } from '../core/errors.js';
import { boolean, checkOptions, instanceOf, optional } from '../core/options.js';
import { RandomState } from '../core/random-state.js';
import type { LabelsLike, Tensor, TensorLike } from '../core/tensor.js';
import { labelledRows, takeRows } from './labelled-rows.js';

/** `{ train: 49000, val: 1000 }` gives `XTrain`, `yTrain`, `XVal` and `yVal`. */
export type Split<Sizes> = {
  readonly [Name in keyof Sizes & string as `X${Capitalize<Name>}`]: Tensor;
} & {
  readonly [Name in keyof Sizes & string as `y${Capitalize<Name>}`]: Int32Array;
};

export interface SplitOptions {
  /** Draws the rows of all pieces from one permutation of them; without it, they stay in order. */
  readonly rng?: RandomState;
  /** Gives every piece each class in proportion, as near as whole rows allow; default false. */
  readonly stratify?: boolean;
}

/**
 * Cuts a data set into named pieces: the first rows are the first piece. `split(X, y, { val: 5000, train: 55000 })` makes the first
 * 5,000 rows the validation set. Rows that no piece asks for are left out.
 *
 * Without `rng` and `stratify` the pieces are views; with one of them, copies. `stratify` takes the rows of each class in order
 * (with `rng`: in that of the permutation) and sets each piece's shares by the largest remainder.
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
  const { rng, stratify } = checkOptions('split', options, {
    rng: optional(instanceOf(RandomState)),
    stratify: optional(boolean, false),
  });
  let rows = labelledRows(X, y, 'split');
  const count = rows.y.length;
  const pieces = boundaries(sizes, count);
  if (rng !== undefined || stratify) {
    const order = rng?.permutation(count) ?? Int32Array.from({ length: count }, (_, row) => row);
    const picked = stratify ? stratified(rows.y, order, pieces) : order.subarray(0, pieces.at(-1)?.end);
    rows = takeRows(rows, picked);
  }
  const result: Record<string, Tensor | Int32Array> = {};
  for (const { name, start, end } of pieces) {
    const capitalized = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    result[`X${capitalized}`] = rows.X.slice(start, end);
    result[`y${capitalized}`] = rows.y.subarray(start, end);
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

/**
 * The rows of all pieces, one piece after the other, each in the given order and with its share of every class. Shares are of the rows that
 * the pieces before have left, so that pieces of all rows leave none out.
 */
function stratified(y: Int32Array, order: Int32Array, pieces: readonly Piece[]): Int32Array {
  const left = new Map<number, number>();
  for (const label of y) left.set(label, (left.get(label) ?? 0) + 1);
  const picked = new Int32Array(pieces.at(-1)?.end ?? 0);
  const taken = new Uint8Array(order.length);
  for (const { start, end } of pieces) {
    const wanted = shares(left, end - start, order.length - start);
    let next = start;
    for (const row of order) {
      const label = y[row]!;
      const more = wanted.get(label)!;
      if (taken[row] === 1 || more === 0) continue;
      taken[row] = 1;
      wanted.set(label, more - 1);
      left.set(label, left.get(label)! - 1);
      picked[next++] = row;
    }
  }
  return picked;
}

/** How many of `rows` rows each class gets: the whole part of its quota, then one more for the largest remainders, lower classes first. */
function shares(left: ReadonlyMap<number, number>, rows: number, total: number): Map<number, number> {
  const quotas = [...left].map(([label, count]) => {
    const product = rows * count;
    return { label, whole: Math.floor(product / total), remainder: product % total };
  });
  const missing = rows - quotas.reduce((sum, { whole }) => sum + whole, 0);
  const byRemainder = quotas.toSorted((a, b) => b.remainder - a.remainder || a.label - b.label);
  return new Map(byRemainder.map(({ label, whole }, i) => [label, whole + (i < missing ? 1 : 0)]));
}
