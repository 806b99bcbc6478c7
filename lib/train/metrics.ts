import { ShapeError } from '../core/errors.js';
import { checkValue, positiveInteger } from '../core/options.js';
import { asLabels, type LabelsLike, type Tensor, zeros } from '../core/tensor.js';

/**
 * The fraction of predictions that are right, 0 … 1.
 * @param predicted N class indices, as `predict` returns them
 * @param labels N class indices
 * @throws ShapeError for no labels or not as many predictions as labels
 * @throws LabelError for values that are no class index
 */
export function accuracy(predicted: LabelsLike, labels: LabelsLike): number {
  const [p, y] = labelPair('accuracy', predicted, labels, Number.MAX_SAFE_INTEGER);
  let right = 0;
  for (let i = 0; i < y.length; i++) if (p[i] === y[i]) right++;
  return right / y.length;
}

/**
 * How often class i was taken for class j: an int32 tensor (C, C), rows are the true classes, columns the predicted ones.
 * @param labels N class indices in 0 … C−1
 * @param predicted N class indices in 0 … C−1
 * @throws LabelError for an index outside 0 … C−1
 */
export function confusionMatrix(labels: LabelsLike, predicted: LabelsLike, numClasses: number): Tensor {
  checkValue('confusionMatrix: numClasses', numClasses, positiveInteger);
  const [p, y] = labelPair('confusionMatrix', predicted, labels, numClasses);
  const matrix = zeros([numClasses, numClasses], { dtype: 'int32' });
  for (let i = 0; i < y.length; i++) {
    const cell = y[i]! * numClasses + p[i]!;
    matrix.data[cell] = matrix.data[cell]! + 1;
  }
  return matrix;
}

function labelPair(
  who: string,
  predicted: LabelsLike,
  labels: LabelsLike,
  numClasses: number,
): [predicted: Int32Array, labels: Int32Array] {
  const y = asLabels(labels, undefined, numClasses, `${who}: labels`);
  if (y.length === 0) throw new ShapeError(`${who}: expected at least one label but received none`);
  return [asLabels(predicted, y.length, numClasses, `${who}: predictions`), y];
}
