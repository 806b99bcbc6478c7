import { describe, expectation } from '../core/describe.js';
import { dtypeOf, type TypedArray } from '../core/dtype.js';
import { ShapeError } from '../core/errors.js';
import { allocate } from '../core/memory.js';
import { asLabels, asTensor, type LabelsLike, Tensor, type TensorLike } from '../core/tensor.js';

/** A data set's rows and their labels. */
export interface LabelledRows {
  /** (N, …) */
  readonly X: Tensor;
  /** N class indices. */
  readonly y: Int32Array;
}

/**
 * @param X (N, …)
 * @param y N class indices
 * @throws ShapeError when X has no rows or y is not as long
 * @throws LabelError for a label that is none
 */
export function labelledRows(X: TensorLike, y: LabelsLike, who: string): LabelledRows {
  const rows = asTensor(X, `${who}: X`);
  const count = rows.shape[0] ?? 0;
  if (count === 0) throw new ShapeError(expectation(`${who}: X`, 'to have rows', describe(rows)));
  return { X: rows, y: asLabels(y, count, Number.POSITIVE_INFINITY, `${who}: y`) };
}

/** A copy of some rows and their labels, in that order; a row may come more than once. */
export function takeRows({ X, y }: LabelledRows, order: Int32Array): LabelledRows {
  const width = X.size / (X.shape[0] ?? 1);
  const rows = pickRows(X.elements(), width, order);
  return { X: new Tensor(rows, [order.length, ...X.shape.slice(1)]), y: pickRows(y, 1, order) };
}

/** The same of an array of rows of that width: a copy, on shared memory. */
export function pickRows<Elements extends TypedArray>(
  from: Elements,
  width: number,
  order: Int32Array,
): Elements {
  const picked: TypedArray = allocate(dtypeOf(from) ?? 'float64', order.length * width);
  order.forEach((row, i) => {
    picked.set(from.subarray(row * width, (row + 1) * width), i * width);
  });
  return picked as Elements;
}
