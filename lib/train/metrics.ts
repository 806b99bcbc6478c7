import { expectation } from '../core/describe.js';
import { LabelError, ShapeError } from '../core/errors.js';
import { allocateResult } from '../core/memory.js';
import { checkValue, positiveInteger } from '../core/options.js';
import { asLabels, asTensor, type LabelsLike, Tensor, type TensorLike } from '../core/tensor.js';

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
  const { p, y } = labelPair('accuracy', predicted, labels, Number.MAX_SAFE_INTEGER);
  let right = 0;
  for (let i = 0; i < y.length; i++) if (p[i] === y[i]) right++;
  return right / y.length;
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
  const { p, y, columns } = labelPair(who, predicted, labels, numClasses ?? Number.MAX_SAFE_INTEGER);
  const C = numClasses ?? Math.max(largest(p) + 1, largest(y) + 1, columns);
  if (C > mostClasses && numClasses === undefined) {
    throw new LabelError(
      `${who}: expected class indices below ${mostClasses} but received ${C - 1}; a matrix of so many classes needs the ` +
        'argument numClasses',
    );
  }
  const counts = allocateResult('int32', C * C).fill(0);
  for (let i = 0; i < y.length; i++) counts[y[i]! * C + p[i]!]!++;
  return new Tensor(counts, [C, C]);
}

function largest(labels: Int32Array): number {
  let most = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i]! > most) most = labels[i]!;
  return most;
}

function labelPair(
  who: string,
  predicted: ClassesLike,
  labels: ClassesLike,
  numClasses: number,
): { readonly p: Int32Array; readonly y: Int32Array; readonly columns: number } {
  const truth = classesOf(labels, undefined, numClasses, `${who}: labels`);
  const count = truth.classes.length;
  if (count === 0) throw new ShapeError(`${who}: expected at least one label but received none`);
  const guess = classesOf(predicted, count, numClasses, `${who}: predictions`);
  return { p: guess.classes, y: truth.classes, columns: Math.max(truth.columns, guess.columns) };
}

/** Indices as they are, and of rows the first largest. */
function classesOf(
  values: ClassesLike,
  count: number | undefined,
  numClasses: number,
  what: string,
): { readonly classes: Int32Array; readonly columns: number } {
  const rows = weightRows(values, what);
  if (rows === undefined) return { classes: asLabels(values, count, numClasses, what), columns: 1 };
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
  return { classes, columns: C };
}

/** A matrix of two columns or more; undefined for anything else. */
function weightRows(values: unknown, what: string): Tensor | undefined {
  const nested = Array.isArray(values) && (Array.isArray(values[0]) || ArrayBuffer.isView(values[0]));
  const shaped = typeof values === 'object' && values !== null && 'shape' in values;
  if (!nested && !shaped) return undefined;
  const made = values instanceof Tensor ? values : asTensor(values, what);
  return made.rank === 2 && made.shape[1]! > 1 ? made : undefined;
}
