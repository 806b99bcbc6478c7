import type { Tensor } from '../core/tensors/tensor.js';

/** Training and test set, as the courses name them. */
export interface DataSet {
  /** (N, D) uint8 pixels, an image a row, on shared memory. */
  readonly XTrain: Tensor;
  /** N class indices. */
  readonly yTrain: Int32Array;
  /** (M, D) */
  readonly XTest: Tensor;
  /** M class indices. */
  readonly yTest: Int32Array;
}
