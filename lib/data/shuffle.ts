import { checkOptions } from '../core/options.js';
import { type RandomOptions, randomOptions, rngOf } from '../core/random/random-options.js';
import type { LabelsLike, TensorLike } from '../core/tensors/tensor.js';
import { type TargetedRows, takeRows, targetedRows } from './labelled-rows.js';

/**
 * A data set in random order: copies of its rows and targets by one permutation.
 * @param X (N, …)
 * @param y N class indices; or numbers, which keep their dtype: floats, or (N, C)
 * @throws ShapeError when X has no rows or y is not as long
 * @throws LabelError for a label that is none
 */
export function shuffle<const Y extends LabelsLike | TensorLike>(
  X: TensorLike,
  y: Y,
  options: RandomOptions = {},
): TargetedRows<Y> {
  const rng = rngOf('shuffle', checkOptions('shuffle', options, randomOptions));
  const rows = targetedRows(X, y, 'shuffle');
  return takeRows(rows, rng.permutation(rows.X.shape[0]!)) as TargetedRows<Y>;
}
