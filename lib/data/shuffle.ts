import { checkOptions } from '../core/options.js';
import { type RandomOptions, randomOptions, rngOf } from '../core/random-options.js';
import type { LabelsLike, TensorLike } from '../core/tensor.js';
import { type LabelledRows, labelledRows, takeRows } from './labelled-rows.js';

/**
 * A data set in random order: copies of its rows and labels by one permutation.
 * @param X (N, …)
 * @param y N class indices
 * @throws ShapeError when X has no rows or y is not as long
 * @throws LabelError for a label that is none
 */
export function shuffle(X: TensorLike, y: LabelsLike, options: RandomOptions = {}): LabelledRows {
  const rng = rngOf('shuffle', checkOptions('shuffle', options, randomOptions));
  const rows = labelledRows(X, y, 'shuffle');
  return takeRows(rows, rng.permutation(rows.y.length));
}
