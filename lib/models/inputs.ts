import { describe, expectation } from '../core/describe.js';
import { dtypeOf, type FloatDtype, type TypedArray } from '../core/dtype.js';
import { ArgumentError, ShapeError, StateError } from '../core/errors.js';
import { allocate } from '../core/memory.js';
import { asLabels, asTensor, oneHotClass } from '../core/tensor.js';
import { type LossName, losses } from '../nn/losses.js';
import { firstNonFinite } from './finite.js';
import type { TargetKind } from './lowering.js';

/** Rows of features, row-major, where the caller has them if their dtype will do. */
export interface Rows {
  /** (count · cols) elements. */
  readonly data: TypedArray;
  readonly count: number;
  readonly cols: number;
}

/**
 * X as rows of float32, float64 or uint8 (what a data set may have), without a copy where it is so already. int32 becomes the smaller
 * of the float types that holds every value. One axis of `cols` numbers is a single row.
 * @throws ArgumentError, ShapeError for what is no (N, cols) tensor with at least one row
 */
export function asRows(X: unknown, cols: number, what: string, dtype: FloatDtype): Rows {
  const tensor = asTensor(X, what, {
    shape: ['N', cols],
    oneRow: true,
    dtype: [dtype, dtype === 'float32' ? 'float64' : 'float32', 'uint8', 'int32'],
  });
  const count = tensor.shape[0] ?? 0;
  if (count === 0) throw new ShapeError(expectation(what, 'to have at least one row', 'none'));
  const data = tensor.elements();
  return { data: dtypeOf(data) === 'int32' ? asFloats(data) : data, count, cols };
}

/** Integers up to this size are float32 numbers. */
const largestInFloat32 = 2 ** 24;

function asFloats(integers: TypedArray): TypedArray {
  let small = true;
  for (let i = 0; small && i < integers.length; i++) small = Math.abs(integers[i]!) <= largestInFloat32;
  const floats = allocate(small ? 'float32' : 'float64', integers.length);
  floats.set(integers);
  return floats;
}

/** Rows first … last−1 in the wanted dtype: where they lie if they have it, else copied into `scratch`. */
export function floatRows(rows: Rows, first: number, last: number, scratch: Scratch): TypedArray {
  const { data, cols } = rows;
  assertAttached(rows);
  const part = data.subarray(first * cols, last * cols);
  return part.constructor === scratch.type ? part : scratch.filled(part);
}

/** The rows of those numbers, copied into `scratch`. */
export function pickedRows(from: Rows, rows: Int32Array, scratch: Scratch): TypedArray {
  const { data, cols } = from;
  assertAttached(from);
  const picked = scratch.array(rows.length * cols);
  for (const [i, row] of rows.entries()) picked.set(data.subarray(row * cols, (row + 1) * cols), i * cols);
  return picked;
}

/** Memory in the model's dtype that conversions of one batch after another share. */
export class Scratch {
  readonly #dtype: FloatDtype;
  #memory: TypedArray;

  constructor(dtype: FloatDtype) {
    this.#dtype = dtype;
    this.#memory = allocate(dtype, 0);
  }

  get type(): unknown {
    return this.#memory.constructor;
  }

  array(length: number): TypedArray {
    if (this.#memory.length < length) this.#memory = allocate(this.#dtype, length);
    return this.#memory.subarray(0, length);
  }

  filled(values: TypedArray): TypedArray {
    const array = this.array(values.length);
    array.set(values);
    return array;
  }
}

/** What a batch aims at: class labels, or numbers of the scores' shape in the model's dtype. */
export interface Target {
  readonly kind: TargetKind;
  readonly data: TypedArray;
}

/**
 * y as what the loss takes: labels, or one-hot rows; for `mse` and `softmaxCrossEntropy` also any (N, C) numbers, for `mse` (N) of them
 * where there is one column.
 * @throws LabelError for a label that is fractional or outside 0 … C−1
 * @throws ArgumentError for a number that is not finite
 * @throws ShapeError for another number of rows than X has
 */
export function asTarget(
  y: unknown,
  count: number,
  cols: number,
  what: string,
  loss: LossName,
  dtype: FloatDtype,
): Target {
  const { target } = losses[loss];
  if (target !== 'labels' && (columnsOf(y) > 1 || (target === 'targets' && cols === 1))) {
    const shape = cols === 1 && columnsOf(y) === 0 ? [count] : [count, cols];
    const data = asTensor(y, what, { shape, dtype, convert: true }).elements();
    assertFiniteTargets(data, cols, what, dtype);
    return { kind: 'targets', data };
  }
  return { kind: 'labels', data: asLabels(y, count, cols, what) };
}

function assertFiniteTargets(data: TypedArray, cols: number, what: string, dtype: FloatDtype): void {
  const at = firstNonFinite(data);
  if (at < 0) return;
  const element = `${what}[${Math.floor(at / cols)}]${cols === 1 ? '' : `[${at % cols}]`}`;
  throw new ArgumentError(expectation(element, `to be a finite ${dtype} number`, describe(data[at])));
}

/**
 * Whether targets are numbers to be predicted, rather than classes: so they are for a loss on numbers, unless some are given as labels
 * or all are one-hot rows, as CS145's.
 */
export function aimAtNumbers(loss: LossName, targets: readonly Target[], cols: number): boolean {
  if (losses[loss].target !== 'targets' || targets.some(({ kind }) => kind === 'labels')) return false;
  return cols === 1 || !targets.every(({ data }) => isOneHot(data, cols));
}

function isOneHot(data: TypedArray, cols: number): boolean {
  for (let start = 0; start < data.length; start += cols) {
    if (oneHotClass(data, start, cols) < 0) return false;
  }
  return true;
}

/** The class of each row: the labels themselves, or the first largest of the numbers. */
export function classesOf({ kind, data }: Target, cols: number): Int32Array {
  if (kind === 'labels') return data as Int32Array;
  return Int32Array.from({ length: data.length / cols }, (_, row) => {
    const start = row * cols;
    let best = 0;
    for (let j = 1; j < cols; j++) if (data[start + j]! > data[start + best]!) best = j;
    return best;
  });
}

/** Between two chunks of an evaluation, the caller may have given the memory away. */
function assertAttached({ data, count, cols }: Rows): void {
  if (data.length < count * cols)
    throw new StateError('X: its ArrayBuffer was transferred while it was in use');
}

/** The size of the second axis of what may be a tensor; 0 for what has one axis. */
function columnsOf(y: unknown): number {
  if (Array.isArray(y)) {
    const first: unknown = y[0];
    return Array.isArray(first) || ArrayBuffer.isView(first)
      ? (first as { readonly length: number }).length
      : 0;
  }
  const { shape } = (y ?? {}) as { readonly shape?: unknown };
  return Array.isArray(shape) && shape.length > 1 ? Number(shape[1]) : 0;
}
