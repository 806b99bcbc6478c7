import { describe, expectation } from '../core/describe.js';
import { type Dtype, dtypeOf, type FloatDtype, type TypedArray } from '../core/dtype.js';
import { ArgumentError, ShapeError, StateError } from '../core/errors.js';
import { allocate, shared } from '../core/memory.js';
import type { Rule } from '../core/options.js';
import { firstNonFinite } from '../core/tensors/finite.js';
import { asLabels, asTensor, oneHotClass, type Tensor } from '../core/tensors/tensor.js';
import type { Loss, Measured } from '../nn/losses/index.js';
import type { TargetForm, TargetKind } from './lowering.js';
import type { Network } from './network.js';
import { heededLabels, rowWeights } from './row-weights.js';

/** Rows of features, row-major, where the caller has them if their dtype will do. */
export interface Rows {
  /** (count · cols) elements. */
  readonly data: TypedArray;
  readonly count: number;
  readonly cols: number;
}

/**
 * X as rows of any dtype, without a copy where it is a tensor already. Numbers in nested arrays are as exact as a preparation takes them.
 * One axis of `inputSize` numbers is a single row. A net that takes pictures takes (N, C, H, W), or (N, C·H·W) in that order.
 * @throws ArgumentError, ShapeError for what is no (N, inputSize) tensor with at least one row
 */
export function asRows(X: unknown, network: Network, what: string): Rows {
  const { inputSize: cols, inputShape, dtype, preparation } = network;
  const dtypes = [
    preparation === undefined ? dtype : 'float64',
    'float32',
    'float64',
    'int32',
    'uint8',
  ] as const;
  const pictures = inputShape.length > 1 && preparation === undefined;
  const given = pictures ? asTensor(X, what, { dtype: dtypes }) : X;
  const tensor =
    pictures && (given as Tensor).rank === 1 + inputShape.length
      ? asTensor(given, what, { shape: ['N', ...inputShape] })
      : asTensor(given, what, { shape: ['N', cols], oneRow: true, dtype: dtypes });
  const count = tensor.shape[0] ?? 0;
  if (count === 0) throw new ShapeError(expectation(what, 'to have at least one row', 'none'));
  return { data: tensor.elements(), count, cols };
}

/**
 * The dtype in which rows go into a net's programs: a preparation takes them as they are given, so that it is not the rounded ones that
 * it takes the mean off; else it is the net's own.
 */
export function inputDtype({ dtype, preparation }: Network, rows: TypedArray): Dtype {
  return preparation === undefined ? dtype : (dtypeOf(rows) ?? dtype);
}

/** Rows first … last−1 as a net's programs take them: where they lie if they are so already, else copied into `scratch`. */
export function inputRows(
  rows: Rows,
  first: number,
  last: number,
  network: Network,
  scratch: Scratch,
): TypedArray {
  const { data, cols } = rows;
  assertAttached(rows);
  const part = data.subarray(first * cols, last * cols);
  const dtype = inputDtype(network, data);
  if (dtypeOf(part) === dtype) return part;
  const converted = scratch.array(dtype, part.length);
  converted.set(part);
  return converted;
}

/** The rows of those numbers, copied into `scratch`. */
export function pickedRows(from: Rows, rows: Int32Array, network: Network, scratch: Scratch): TypedArray {
  const { data, cols } = from;
  assertAttached(from);
  const picked = scratch.array(inputDtype(network, data), rows.length * cols);
  for (const [i, row] of rows.entries()) picked.set(data.subarray(row * cols, (row + 1) * cols), i * cols);
  return picked;
}

/** Memory that one batch after another shares. */
export class Scratch {
  #memory: TypedArray = new Uint8Array(0);

  array(dtype: Dtype, length: number): TypedArray {
    if (this.#memory.length < length || dtypeOf(this.#memory) !== dtype)
      this.#memory = allocate(dtype, length);
    return this.#memory.subarray(0, length);
  }
}

/** What a batch aims at: class labels, or numbers of the scores' shape in the model's dtype. */
export interface Target {
  readonly kind: TargetKind;
  readonly data: TypedArray;
  /** (N, 2), where rows are weighted: see {@link rowWeights}. */
  readonly weights?: TypedArray | undefined;
}

/** What programs have to know of a target, and a key of it for their names. */
export function formOf({ kind, weights }: Target): TargetForm & { readonly key: string } {
  const weighted = weights !== undefined;
  return { kind, weighted, key: weighted ? `weighted ${kind}` : kind };
}

/** A target's memory by the names of a program's buffers. */
export function aimOf({ kind, data, weights }: Target): Readonly<Record<string, TypedArray>> {
  return { [kind]: data, ...(weights === undefined ? {} : { weights }) };
}

/** The same by the names that programs have which gather their batches from it, on shared memory. */
export function dataAimOf({ kind, data, weights }: Target): Readonly<Record<string, TypedArray>> {
  return {
    [kind === 'labels' ? 'dataLabels' : 'dataTargets']: shared(data),
    ...(weights === undefined ? {} : { dataWeights: shared(weights) }),
  };
}

/** Weights of rows as a caller gave them, and their name in errors. */
export interface GivenWeights {
  readonly values: unknown;
  readonly what: string;
}

/**
 * y as what the loss takes: labels, or one-hot rows; for losses on numbers and `softmaxCrossEntropy` also any (N, C) numbers, for losses
 * on numbers (N) of them where there is one column.
 * @throws LabelError for a label that is fractional or outside 0 … C−1
 * @throws ArgumentError for a number that is not finite
 * @throws ShapeError for another number of rows than X has
 */
export function asTarget(
  y: unknown,
  count: number,
  cols: number,
  what: string,
  loss: Loss,
  dtype: FloatDtype,
  sampleWeight?: GivenWeights,
): Target {
  const target = givenTarget(y, count, cols, what, loss, dtype, sampleWeight);
  target.check();
  return target;
}

/** What a batch aims at, of which nobody has yet looked whether the numbers are finite. */
export interface GivenTarget extends Target {
  /** Throws for the first number that is not. */
  readonly check: () => void;
}

/** {@link asTarget} but for `check`. */
export function givenTarget(
  y: unknown,
  count: number,
  cols: number,
  what: string,
  loss: Loss,
  dtype: FloatDtype,
  sampleWeight?: GivenWeights,
): GivenTarget {
  const { target, eachTarget } = loss;
  const width = loss.targetCols(cols);
  if (target !== 'labels' && (columnsOf(y) > 1 || (target === 'targets' && width === 1))) {
    const shape = width === 1 && columnsOf(y) === 0 ? [count] : [count, width];
    const data = asTensor(y, what, { shape, dtype, convert: true }).elements();
    if (eachTarget !== undefined) assertTargets(data, width, what, eachTarget);
    const weights = rowWeights({ loss, count, dtype }, undefined, undefined, sampleWeight);
    return { kind: 'targets', data, weights, check: () => assertFiniteTargets(data, width, what, dtype) };
  }
  const { labels, heeded } = heededLabels(y, loss, what);
  const data = asLabels(labels, count, width, what);
  const weights = rowWeights({ loss, count, dtype }, data, heeded, sampleWeight);
  return { kind: 'labels', data, weights, check: () => {} };
}

function assertFiniteTargets(data: TypedArray, cols: number, what: string, dtype: FloatDtype): void {
  const at = firstNonFinite(data);
  if (at < 0) return;
  throw new ArgumentError(
    expectation(elementOf(what, at, cols), `to be a finite ${dtype} number`, describe(data[at])),
  );
}

function assertTargets(data: TypedArray, cols: number, what: string, rule: Rule<number>): void {
  for (let at = 0; at < data.length; at++) {
    if (!rule.accepts(data[at])) {
      throw new ArgumentError(
        expectation(elementOf(what, at, cols), `to be ${rule.expected}`, describe(data[at])),
      );
    }
  }
}

function elementOf(what: string, at: number, cols: number): string {
  return `${what}[${Math.floor(at / cols)}]${cols === 1 ? '' : `[${at % cols}]`}`;
}

/**
 * Whether targets are numbers to be predicted, rather than classes: so they are for a loss on numbers, unless some are given as labels
 * or all are one-hot rows, as CS145's.
 */
export function aimAtNumbers(loss: Loss, targets: readonly Target[], cols: number): boolean {
  if (loss.measured !== 'numbers' || targets.some(({ kind }) => kind === 'labels')) return false;
  const width = loss.targetCols(cols);
  return width === 1 || width !== cols || !targets.every(({ data }) => isOneHot(data, cols));
}

/**
 * What is measured of rows that aim at these targets: classes, numbers, or yes-or-no answers.
 * @param asked what the model's task asks for; default: by the loss and the targets
 */
export function measuredOf(
  loss: Loss,
  targets: readonly Target[],
  cols: number,
  asked: Measured | undefined,
): Measured {
  const labelled = targets.some(({ kind }) => kind === 'labels');
  if (asked !== undefined) return asked;
  if (loss.measured === 'answers') return labelled ? 'classes' : 'answers';
  return aimAtNumbers(loss, targets, cols) ? 'numbers' : 'classes';
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
