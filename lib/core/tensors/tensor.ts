import { expectation } from '../describe.js';
import type { Dtype } from '../dtype.js';
import { checkDtype } from '../dtype-checks.js';
import { ShapeError } from '../errors.js';
import { allocate } from '../memory.js';
import { asTensor, type TensorLike } from './as-tensor.js';
import { Tensor } from './ndarray.js';
import { checkShape, elementCount, formatShape } from './shape.js';

export { asTensor, type TensorLike, type TensorRecord, type TensorRequirements } from './as-tensor.js';
export { asLabels, type GivenLabels, givenLabels, type LabelsLike, oneHotClass } from './labels.js';
export { Tensor } from './ndarray.js';
export type { Nested, NestedArray } from './nested-array.js';

export interface TensorOptions {
  readonly dtype?: Dtype;
}

/**
 * A tensor of numbers. A typed array is taken as it is, without a copy, unless `dtype` asks for another.
 * @param values numbers in arrays of arrays (float64 unless `dtype` says otherwise, as JavaScript's numbers are), a typed array, or
 *   whatever else is like a tensor
 * @param shape default: that of the values; else `values` are its elements in row-major order
 * @throws ShapeError for rows of unequal length, or not as many values as the shape has
 * @throws ArgumentError for what is no number, or a number that the dtype cannot hold
 */
export function tensor(values: TensorLike, shape?: readonly number[], options: TensorOptions = {}): Tensor {
  const { dtype } = options;
  const made = asTensor(values, 'tensor: values', dtype === undefined ? {} : { dtype, convert: true });
  if (shape === undefined) return made;
  const sizes = checkShape(shape, 'tensor');
  if (elementCount(sizes) !== made.size) {
    throw new ShapeError(
      expectation(
        'tensor: values',
        `to have ${elementCount(sizes)} elements for shape ${formatShape(sizes)}`,
        `${made.size}`,
      ),
    );
  }
  return made.reshape(sizes);
}

/** A tensor of zeros; float64 by default. */
export function zeros(shape: readonly number[] | number, options: TensorOptions = {}): Tensor {
  const sizes = checkShape(typeof shape === 'number' ? [shape] : shape, 'zeros');
  return new Tensor(allocate(checkDtype(options.dtype ?? 'float64', 'zeros'), elementCount(sizes)), sizes);
}
