import type { Dtype } from '../core/dtype.js';
import { checkOptions, checkValue, oneOf, optional, positiveInteger } from '../core/options.js';
import { asLabels, type LabelsLike, type Tensor, zeros } from '../core/tensors/tensor.js';

export interface OneHotOptions {
  /** Default float32. */
  readonly dtype?: Dtype;
}

/**
 * Labels as rows with a one in the label's column: the targets of a mean squared error.
 * @param y N class indices
 * @returns (N, numClasses)
 * @throws LabelError for a label outside 0 … numClasses−1
 */
export function oneHot(y: LabelsLike, numClasses: number, options: OneHotOptions = {}): Tensor {
  checkValue('oneHot: numClasses', numClasses, positiveInteger);
  const { dtype } = checkOptions('oneHot', options, {
    dtype: optional(oneOf<Dtype>('float32', 'float64', 'int32', 'uint8'), 'float32'),
  });
  const labels = asLabels(y, undefined, numClasses, 'oneHot: y');
  const rows = zeros([labels.length, numClasses], { dtype });
  const { data } = rows;
  for (let i = 0; i < labels.length; i++) data[i * numClasses + labels[i]!] = 1;
  return rows;
}
