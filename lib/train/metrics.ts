import { expectation } from '../core/describe.js';
import { LabelError, ShapeError } from '../core/errors.js';
import { checkValue, positiveInteger } from '../core/options.js';
import { countEqual, countPairs, firstLabels, largestLabel } from '../core/tensors/label-counts.js';
import {
  asTensor,
  type GivenLabels,
  givenLabels,
  type LabelsLike,
  Tensor,
  type TensorLike,
} from '../core/tensors/tensor.js';

/** Class indices, or (N, C) weights of the classes, of which the first largest counts: one-hot labels, scores, probabilities. */
export type ClassesLike = LabelsLike | TensorLike;

/**
 * The fraction of predictions that are right, 0 … 1.
 * @param predicted N class indices, as `predict` returns them, or (N, C) scores
 * @param labels N class indices, or (N, C) one-hot rows
 * @throws ShapeError for no labels or not as many predictions as labels
 * @throws LabelError for values that are no class index
 */
export function accuracy(predicted: ClassesLike, labels: ClassesLike): number {
  const { p, y, check } = labelPair('accuracy', predicted, labels, Number.MAX_SAFE_INTEGER);
  const right = countEqual(y, p);
  if (right === undefined) check();
  return right! / y.length;
}

/** The most classes of a matrix: 400 MB. */
const mostClasses = 10_000;

/**
 * How often class i was taken for class j: an int32 tensor (C, C), rows are the true classes, columns the predicted ones.
 * @param labels N class indices in 0 … C−1, or (N, C) one-hot rows
 * @param predicted N class indices in 0 … C−1, or (N, C) scores
 * @param numClasses C; default: one more than the largest index of both, or as many as one-hot rows have columns
 * @throws ShapeError for no labels or not as many predictions as labels
 * @throws LabelError for an index outside 0 … C−1, or one that makes C larger than 10,000
 */
export function confusionMatrix(labels: ClassesLike, predicted: ClassesLike, numClasses?: number): Tensor {
  const who = 'confusionMatrix';
  if (numClasses !== undefined) checkValue(`${who}: numClasses`, numClasses, positiveInteger);
  const { p, y, columns, check } = labelPair(who, predicted, labels, numClasses ?? Number.MAX_SAFE_INTEGER);
  const classesOf = (...of: readonly Int32Array[]) => Math.max(...of.map(largestLabel), columns - 1) + 1;
  let C = numClasses ?? classesOf(y.subarray(0, firstLabels), p.subarray(0, firstLabels));
  // A larger table takes longer to clear than its labels to be looked at.
  if (C * C > y.length) check();
  let counts = C > mostClasses && numClasses === undefined ? undefined : countPairs(y, p, C);
  if (counts === undefined) {
    check();
    C = classesOf(y, p);
    if (C > mostClasses) {
      throw new LabelError(
        `${who}: expected class indices below ${mostClasses} but received ${C - 1}; a matrix of so many classes needs the ` +
          'argument numClasses',
      );
    }
    counts = countPairs(y, p, C)!;
  }
  return new Tensor(counts, [C, C]);
}

/** Two arrays of as many labels, which may be out of range until `check` has looked. */
function labelPair(
  who: string,
  predicted: ClassesLike,
  labels: ClassesLike,
  numClasses: number,
): { readonly p: Int32Array; readonly y: Int32Array; readonly columns: number; check(): void } {
  const truth = classesOf(labels, undefined, numClasses, `${who}: labels`);
  const count = truth.values.length;
  if (count === 0) throw new ShapeError(`${who}: expected at least one label but received none`);
  try {
    const guess = classesOf(predicted, count, numClasses, `${who}: predictions`);
    const check = () => {
      truth.check();
      guess.check();
    };
    return { p: guess.values, y: truth.values, columns: Math.max(truth.columns, guess.columns), check };
  } catch (error) {
    // Of two mistakes the one in the labels is told.
    truth.check();
    throw error;
  }
}

/** Indices as they are, and of rows the first largest. */
function classesOf(
  values: ClassesLike,
  count: number | undefined,
  numClasses: number,
  what: string,
): GivenLabels & { readonly columns: number } {
  const rows = weightRows(values, what);
  if (rows === undefined) return { ...givenLabels(values, count, numClasses, what), columns: 1 };
  const [N = 0, C = 0] = rows.shape;
  if (count !== undefined && N !== count) {
    throw new ShapeError(expectation(what, `to have ${count} labels`, String(N)));
  }
  if (C > numClasses) {
    throw new ShapeError(expectation(what, `to have at most ${numClasses} columns`, String(C)));
  }
  const elements = rows.elements();
  const classes = Int32Array.from({ length: N }, (_, row) => {
    let best = row * C;
    for (let at = best; at < (row + 1) * C; at++) {
      if (Number.isNaN(elements[at])) {
        throw new LabelError(expectation(`${what}[${row}][${at - row * C}]`, 'to be a number', 'NaN'));
      }
      if (elements[at]! > elements[best]!) best = at;
    }
    return best - row * C;
  });
  return { values: classes, check: () => {}, columns: C };
}

/** A matrix of two columns or more; undefined for anything else. */
function weightRows(values: unknown, what: string): Tensor | undefined {
  const nested = Array.isArray(values) && (Array.isArray(values[0]) || ArrayBuffer.isView(values[0]));
  const shaped = typeof values === 'object' && values !== null && 'shape' in values;
  if (!nested && !shaped) return undefined;
  const made = values instanceof Tensor ? values : asTensor(values, what);
  return made.rank === 2 && made.shape[1]! > 1 ? made : undefined;
}
