import { isArrayOf } from '../core/dtype.js';
import { ArgumentError } from '../core/errors.js';
import { boolean, checkOptions, optional } from '../core/options.js';
import { type RandomOptions, randomOptions, rngOf } from '../core/random/random-options.js';
import type { RandomState } from '../core/random/random-state.js';
import type { LabelsLike, Tensor, TensorLike } from '../core/tensors/tensor.js';
import { labelsAmong, type PickedTargets, sliceRows, takeRows, targetedRows } from './labelled-rows.js';
import { warnOfSortedLabels } from './sorted-labels.js';
import { type PieceSize, type SizeOptions, splitSizes } from './split-sizes.js';
import { type Piece, stratified } from './stratified.js';

/** `{ train: 49000, val: 1000 }` gives `XTrain`, `yTrain`, `XVal` and `yVal`. */
export type Split<Sizes, Y = Int32Array> = {
  readonly [Name in keyof Sizes & string as `X${Capitalize<Name>}`]: Tensor;
} & {
  readonly [Name in keyof Sizes & string as `y${Capitalize<Name>}`]: PickedTargets<Y>;
};

export interface SplitOptions extends RandomOptions {
  /** Gives every piece each class in proportion, as near as whole rows allow; default false. */
  readonly stratify?: boolean;
  /** Draws the rows from one permutation of them; default true with a seed or an rng, or with sizes named as scikit-learn does. */
  readonly shuffle?: boolean;
}

/** The pieces of sizes that are named as scikit-learn does: a test set unless only a validation set was asked for. */
export type TrainTestSplit<Options, Y = Int32Array> = Split<
  { readonly train: number } & (Options extends { readonly valSize: number }
    ? { readonly val: number }
    : unknown) &
    (Options extends { readonly testSize: number }
      ? { readonly test: number }
      : Options extends { readonly valSize: number }
        ? unknown
        : { readonly test: number }),
  Y
>;

const splitOptions = { ...randomOptions, stratify: optional(boolean, false), shuffle: optional(boolean) };

/**
 * Cuts a data set into a training, a test and perhaps a validation set: scikit-learn's `train_test_split`. With a seed and without
 * `stratify` and `valSize` these are the very rows that scikit-learn draws with that `random_state`.
 *
 * ```ts
 * const { XTrain, yTrain, XTest, yTest } = split(X, y, { testSize: 0.2, stratify: true, seed: 0 });
 * ```
 * @param sizes fractions of all rows (rounded up, for training down) or numbers of rows; the training set is all the others if its size is
 *   not given, and the test set a quarter if none is
 * @throws ArgumentError for sizes that are neither, or more rows than there are
 * @throws ShapeError when X has no rows or y is not as long
 */
export function split<
  const Sizes extends SizeOptions & SplitOptions,
  Y extends LabelsLike | TensorLike = Int32Array,
>(X: TensorLike, y: Y, sizes: Sizes, options?: SplitOptions): TrainTestSplit<Sizes, Y>;
/**
 * Cuts a data set into named pieces: the first rows are the first piece. `split(X, y, { val: 5000, train: 55000 })` makes the first
 * 5,000 rows the validation set. Rows that no piece asks for are left out.
 *
 * Without `seed`, `rng` and `stratify` the pieces are views, with the rows in order (the process is warned where that is the order of their
 * classes, and pieces have none in common); else copies. `stratify` takes the rows of each class
 * in order (with `seed` or `rng`: in that of the permutation) and sets each piece's shares by the largest remainder.
 * @param X (N, …)
 * @param y N class indices; or numbers, which keep their dtype: floats, or (N, C)
 * @param sizes how many rows, an integer from 1 on, or which fraction of all, between 0 and 1
 * @throws ArgumentError for a size that is neither, no pieces, two of one name, or more rows than there are
 * @throws ShapeError when X has no rows or y is not as long
 */
export function split<
  const Sizes extends Readonly<Record<string, number>>,
  Y extends LabelsLike | TensorLike = Int32Array,
>(
  X: TensorLike,
  y: Y,
  sizes: Sizes & { readonly [Name in keyof SplitOptions]?: never },
  options?: SplitOptions,
): Split<Sizes, Y>;
export function split(
  X: TensorLike,
  y: LabelsLike | TensorLike,
  sizes: unknown,
  options: SplitOptions = {},
): Readonly<Record<string, unknown>> {
  // Also in an empty call: a mistake in them comes before one in the data.
  checkOptions('split', options, splitOptions);
  const rows = targetedRows(X, y, 'split');
  const count = rows.X.shape[0]!;
  const { pieces, likeScikitLearn, options: among } = splitSizes(sizes, count, splitOptions);
  const twice = Object.keys(among).find((name) => Object.hasOwn(options, name));
  if (twice !== undefined)
    throw new ArgumentError(`split: expected the option ${twice} once but it is given twice`);
  const {
    stratify,
    shuffle: asked,
    ...random
  } = checkOptions('split', { ...among, ...options }, splitOptions);
  const drawn = random.seed !== undefined || random.rng !== undefined;
  if (asked === false && drawn) {
    throw new ArgumentError('split: expected no seed and no rng with shuffle: false but received one');
  }
  const labels = stratify ? labelsAmong(rows.y, 'split: with stratify, y') : undefined;
  const rng = (asked ?? (drawn || likeScikitLearn)) ? rngOf('split', random) : undefined;
  // Of its permutation scikit-learn takes the test set first.
  const placed = placedPieces(likeScikitLearn && rng !== undefined ? pieces.toReversed() : pieces);
  const cut =
    rng === undefined && labels === undefined ? rows : takeRows(rows, pickedRows(count, placed, labels, rng));
  if (cut === rows && isArrayOf('int32', cut.y)) warnOfSortedLabels(cut.y, placed);
  const result: Record<string, unknown> = {};
  for (const { name } of pieces) {
    const { start, end } = placed.find((piece) => piece.name === name)!;
    const part = sliceRows(cut, start, end);
    result[`X${name}`] = part.X;
    result[`y${name}`] = part.y;
  }
  return result;
}

function placedPieces(pieces: readonly PieceSize[]): Piece[] {
  let end = 0;
  return pieces.map(({ name, rows }) => {
    const start = end;
    end += rows;
    return { name, start, end };
  });
}

/** Which rows the pieces take, one piece after the other. */
function pickedRows(
  count: number,
  pieces: readonly Piece[],
  labels: Int32Array | undefined,
  rng: RandomState | undefined,
): Int32Array {
  const order = rng?.permutation(count) ?? Int32Array.from({ length: count }, (_, row) => row);
  return labels === undefined ? order.subarray(0, pieces.at(-1)?.end) : stratified(labels, order, pieces);
}
