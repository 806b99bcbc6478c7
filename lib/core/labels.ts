import { asTensor, type TensorRecord } from './as-tensor.js';
import { describe, expectation } from './describe.js';
import { dtypeOf, isArrayOf, type TypedArray } from './dtype.js';
import { ArgumentError, LabelError, ShapeError } from './errors.js';
import { allocate } from './memory.js';
import type { Tensor } from './ndarray.js';
import { formatShape } from './shape.js';

/** Class labels: integers in an array, or a tensor of them with shape (N) or (N, 1), of any dtype. */
export type LabelsLike = TypedArray | readonly number[] | Tensor | TensorRecord;

/**
 * Labels as an Int32Array, without a copy where they are one already.
 * @param labels N class indices in 0 … numClasses−1
 * @param count N; undefined takes any number of them
 * @param what names them in errors: `y`, or with the caller before a colon, `Solver: yTrain`
 * @throws LabelError for a label that is fractional or outside 0 … numClasses−1, telling where and which
 * @throws ShapeError for another number of labels than `count`
 * @throws ArgumentError for what holds no numbers
 */
export function asLabels(
  labels: unknown,
  count: number | undefined,
  numClasses: number,
  what: string,
): Int32Array {
  const values = elementsOf(labels, what);
  if (count !== undefined && values.length !== count) {
    throw new ShapeError(expectation(what, `to have ${count} labels`, String(values.length)));
  }
  const last = Math.min(numClasses - 1, 0x7fffffff);
  for (let i = 0; i < values.length; i++) {
    const label: unknown = values[i];
    if (typeof label === 'number' && Number.isInteger(label) && label >= 0 && label <= last) continue;
    const message = expectation(
      `${what}[${i}]`,
      `to be a class label, an integer in 0 … ${last},`,
      describe(label),
    );
    throw typeof label === 'number' ? new LabelError(message) : new ArgumentError(message);
  }
  if (isArrayOf('int32', values)) return values;
  const copy = allocate('int32', values.length);
  copy.set(values);
  return copy;
}

function elementsOf(labels: unknown, what: string): TypedArray | readonly number[] {
  if (
    Array.isArray(labels) &&
    !labels.some((label) => Array.isArray(label) || dtypeOf(label) !== undefined)
  ) {
    return labels as readonly number[];
  }
  const made = asTensor(labels, what);
  const [count, columns] = made.shape;
  if (count === undefined || made.size !== count || (columns ?? 1) !== 1) {
    throw new ShapeError(
      expectation(what, 'to have shape (N) or (N, 1)', `shape ${formatShape(made.shape)}`),
    );
  }
  return made.data === labels ? made.data : made.elements();
}
