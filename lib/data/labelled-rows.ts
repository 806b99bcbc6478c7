import { describe, expectation } from '../core/describe.js';
import { dtypeOf, isArrayOf, type TypedArray } from '../core/dtype.js';
import { ShapeError } from '../core/errors.js';
import {
  asLabels,
  asTensor,
  type LabelsLike,
  Tensor,
  type TensorLike,
  type TensorRecord,
} from '../core/tensors/tensor.js';
import { pickRows } from './pick-rows.js';

/** A data set's rows and their labels. */
export interface LabelledRows {
  /** (N, …) */
  readonly X: Tensor;
  /** N class indices. */
  readonly y: Int32Array;
}

/** What belongs to each row: a class index, a number, or a row of numbers. */
export type Targets = Int32Array | Float32Array | Float64Array | Tensor;

/**
 * What targets become when rows are picked: integers are class indices, floats stay what they are, in their dtype, and so do rows of
 * numbers (N, C).
 */
export type PickedTargets<Y> = Y extends Float32Array
  ? Float32Array
  : Y extends Float64Array
    ? Float64Array
    : Y extends TypedArray
      ? Int32Array
      : Y extends Tensor | TensorRecord
        ? Int32Array | Tensor
        : Y extends readonly number[]
          ? Int32Array | Float64Array
          : Tensor;

/** A data set's rows and their targets. */
export interface TargetedRows<Y = unknown> {
  /** (N, …) */
  readonly X: Tensor;
  readonly y: unknown extends Y ? Targets : PickedTargets<Y>;
}

/**
 * @param X (N, …)
 * @param y N class indices
 * @throws ShapeError when X has no rows or y is not as long
 * @throws LabelError for a label that is none
 */
export function labelledRows(X: TensorLike, y: LabelsLike, who: string): LabelledRows {
  const rows = rowsOf(X, who);
  return { X: rows, y: asLabels(y, rows.shape[0], Number.POSITIVE_INFINITY, `${who}: y`) };
}

/**
 * @param X (N, …)
 * @param y N class indices, or numbers: floats, or (N, C) of any dtype
 * @throws as {@link labelledRows}
 */
export function targetedRows(X: TensorLike, y: unknown, who: string): TargetedRows {
  const rows = rowsOf(X, who);
  return { X: rows, y: targetsOf(y, rows.shape[0]!, `${who}: y`) };
}

function rowsOf(X: TensorLike, who: string): Tensor {
  const rows = asTensor(X, `${who}: X`);
  if ((rows.shape[0] ?? 0) === 0)
    throw new ShapeError(expectation(`${who}: X`, 'to have rows', describe(rows)));
  return rows;
}

function targetsOf(y: unknown, count: number, what: string): Targets {
  // Of plain numbers, a fraction makes all of them numbers; whatever is neither is told as a wrong label.
  const plain = Array.isArray(y) && y.every((value) => !Array.isArray(value) && dtypeOf(value) === undefined);
  const numbers = plain && y.every(Number.isFinite) && !y.every(Number.isInteger);
  if (plain && !numbers) return asLabels(y, count, Number.POSITIVE_INFINITY, what);
  const given = asTensor(y, what);
  if (given.shape[0] !== count) {
    throw new ShapeError(expectation(what, `to have ${count} labels`, String(given.shape[0] ?? 'none')));
  }
  const classes = given.dtype === 'int32' || given.dtype === 'uint8';
  if (classes && given.size === count) return asLabels(y, count, Number.POSITIVE_INFINITY, what);
  const alone = Array.isArray(y) || dtypeOf(y) !== undefined;
  return alone && given.rank === 1 ? (given.elements() as Float32Array | Float64Array) : given;
}

/** A copy of some rows and their targets, in that order; a row may come more than once. */
export function takeRows<Y extends Targets>(
  { X, y }: { readonly X: Tensor; readonly y: Y },
  order: Int32Array,
): { readonly X: Tensor; readonly y: Y } {
  const picked: Targets = y instanceof Tensor ? pickFrom(y, order) : pickRows(y as Int32Array, 1, order);
  return { X: pickFrom(X, order), y: picked as Y };
}

/** The rows start … end−1 and their targets, as views. */
export function sliceRows<Y extends Targets>(
  { X, y }: { readonly X: Tensor; readonly y: Y },
  start: number,
  end: number,
): { readonly X: Tensor; readonly y: Y } {
  const part: Targets = y instanceof Tensor ? y.slice(start, end) : y.subarray(start, end);
  return { X: X.slice(start, end), y: part as Y };
}

/**
 * The labels among targets.
 * @param who opens the message of an error, which says what labels are needed for
 * @throws LabelError for targets that are no class indices
 */
export function labelsAmong(y: Targets, who: string): Int32Array {
  return isArrayOf('int32', y) ? y : asLabels(y, undefined, Number.POSITIVE_INFINITY, who);
}

function pickFrom(X: Tensor, order: Int32Array): Tensor {
  const rows = pickRows(X.elements(), X.size / (X.shape[0] ?? 1), order);
  return new Tensor(rows, [order.length, ...X.shape.slice(1)]);
}
