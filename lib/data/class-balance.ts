import { expectation } from '../core/describe.js';
import { ShapeError } from '../core/errors.js';
import { checkOptions, checkValue, oneOf, positiveInteger } from '../core/options.js';
import { type RandomOptions, randomOptions, rngOf } from '../core/random/random-options.js';
import { countEach, firstLabels, largestLabel } from '../core/tensors/label-counts.js';
import { givenLabels, type LabelsLike, type TensorLike } from '../core/tensors/tensor.js';
import { type LabelledRows, labelledRows, takeRows } from './labelled-rows.js';

/**
 * How many labels each class has (NumPy's `bincount`).
 * @param y N class indices, at least one
 * @param numClasses C; default: one more than the largest label
 * @returns C numbers
 * @throws LabelError for a label outside 0 … C−1
 */
export function classCounts(y: LabelsLike, numClasses?: number): Int32Array {
  return countLabels(y, numClasses, 'classCounts');
}

/**
 * What each class counts for when all are to count alike: N / (classes that occur · labels of this one), scikit-learn's
 * `class_weight='balanced'`. The mean over all labels is 1.
 * @param y N class indices, at least one
 * @param numClasses C; default: one more than the largest label
 * @returns C numbers, 0 for a class that does not occur
 * @throws LabelError for a label outside 0 … C−1
 */
export function classWeights(y: LabelsLike, numClasses?: number): Float64Array {
  const counts = countLabels(y, numClasses, 'classWeights');
  const total = counts.reduce((sum, count) => sum + count, 0);
  const classes = counts.reduce((sum, count) => sum + Math.sign(count), 0);
  return Float64Array.from(counts, (count) => (count === 0 ? 0 : total / (classes * count)));
}

export interface BalanceOptions extends RandomOptions {
  /**
   * `'oversample'`: all rows, and after them rows of the smaller classes drawn again, with replacement, up to the size of the largest.
   * `'undersample'`: of each class as many rows as the smallest has, drawn without replacement; they stay in order.
   */
  readonly method: 'oversample' | 'undersample';
}

/**
 * A copy of a data set in which all classes that occur have equally many rows.
 * @param X (N, …)
 * @param y N class indices
 * @throws ShapeError when X has no rows or y is not as long
 * @throws LabelError for a label that is none
 */
export function balance(X: TensorLike, y: LabelsLike, options: BalanceOptions): LabelledRows {
  const { method, ...random } = checkOptions('balance', options, {
    ...randomOptions,
    method: oneOf('oversample', 'undersample'),
  });
  const rng = rngOf('balance', random);
  const rows = labelledRows(X, y, 'balance');
  // By label, so that the draws do not depend on which class comes first.
  const groups = rowsOfEachLabel(rows.y);
  const sizes = groups.map(({ length }) => length);
  if (method === 'undersample') {
    const smallest = sizes.reduce((a, b) => Math.min(a, b));
    const kept = groups.map((members) =>
      rng.choice(members.length, smallest, { replace: false }).map((i) => members[i]!),
    );
    return takeRows(rows, joined(kept).sort());
  }
  const largest = sizes.reduce((a, b) => Math.max(a, b));
  const again = groups.map((members) =>
    rng.choice(members.length, largest - members.length).map((i) => members[i]!),
  );
  return takeRows(rows, joined([rows.y.map((_, row) => row), ...again]));
}

/** The rows of each label that occurs, by label. */
function rowsOfEachLabel(y: Int32Array): number[][] {
  const classes = new Map<number, number[]>();
  for (let row = 0; row < y.length; row++) {
    const members = classes.get(y[row]!);
    if (members === undefined) classes.set(y[row]!, [row]);
    else members.push(row);
  }
  return [...classes].toSorted(([a], [b]) => a - b).map(([, members]) => members);
}

function joined(parts: readonly Int32Array[]): Int32Array {
  const whole = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function countLabels(y: LabelsLike, numClasses: number | undefined, who: string): Int32Array {
  if (numClasses !== undefined) checkValue(`${who}: numClasses`, numClasses, positiveInteger);
  const { values, check } = givenLabels(y, undefined, numClasses ?? Number.POSITIVE_INFINITY, `${who}: y`);
  if (values.length === 0) throw new ShapeError(expectation(`${who}: y`, 'to have labels', 'none'));
  const classes = numClasses ?? largestLabel(values.subarray(0, firstLabels)) + 1;
  // A larger table takes longer to clear than its labels to be looked at.
  if (classes > values.length) check();
  const counts = countEach(values, classes);
  if (counts !== undefined) return counts;
  check();
  return countEach(values, largestLabel(values) + 1)!;
}
