import { describe, expectation } from '../describe.js';
import { dtypeOf, isArrayOf, type TypedArray } from '../dtype.js';
import { ArgumentError, LabelError, ShapeError } from '../errors.js';
import { allocate } from '../memory.js';
import { asTensor, type TensorRecord } from './as-tensor.js';
import type { Tensor } from './ndarray.js';
import { formatShape } from './shape.js';

/**
 * Class labels: integers in an array, or a tensor of them with shape (N) or (N, 1), of any dtype; or one-hot rows (N, C), with a 1 in
 * the column of the class and 0 in all others.
 */
export type LabelsLike =
  | TypedArray
  | readonly number[]
  | readonly (readonly number[] | TypedArray)[]
  | Tensor
  | TensorRecord;

/**
 * Labels as an Int32Array, without a copy where they are one already.
 * @param labels N class indices in 0 … numClasses−1, or one-hot rows (N, numClasses)
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
  const { values, check } = givenLabels(labels, count, numClasses, what);
  check();
  return values;
}

/** Labels, of which nobody has yet looked whether they are in range where they came as an Int32Array. */
export interface GivenLabels {
  readonly values: Int32Array;
  /** Throws what {@link asLabels} does for a label out of range. */
  readonly check: () => void;
}

/**
 * The first half of {@link asLabels}, for who looks at each label anyway: all but `check` of labels that are an Int32Array.
 * @throws as asLabels
 */
export function givenLabels(
  labels: unknown,
  count: number | undefined,
  numClasses: number,
  what: string,
): GivenLabels {
  const values = elementsOf(labels, numClasses, what);
  if (count !== undefined && values.length !== count) {
    throw new ShapeError(expectation(what, `to have ${count} labels`, String(values.length)));
  }
  const last = Math.min(numClasses - 1, 0x7fffffff);
  if (isArrayOf('int32', values)) {
    return { values, check: () => refuse(values, firstBeyond(values, last), last, what) };
  }
  refuse(values, firstOther(values, last), last, what);
  const copy = allocate('int32', values.length);
  copy.set(values);
  return { values: copy, check: () => {} };
}

/** @throws for the label there, if there is one */
function refuse(labels: ArrayLike<unknown>, bad: number, last: number, what: string): void {
  if (bad < 0) return;
  const label = labels[bad];
  const message = expectation(
    `${what}[${bad}]`,
    `to be a class label, an integer in 0 … ${last},`,
    describe(label),
  );
  if (typeof label === 'number') throw new LabelError(message);
  throw new ArgumentError(typeof label === 'string' ? `${message}; ${wordsRemedy}` : message);
}

/** The index of the first label outside 0 … last, or −1. */
function firstBeyond(labels: Int32Array, last: number): number {
  let i = 0;
  // Four at a time: what is outside has a sign, or its distance from the last has.
  for (const whole = labels.length & ~3; i < whole; i += 4) {
    const l0 = labels[i]!;
    const l1 = labels[i + 1]!;
    const l2 = labels[i + 2]!;
    const l3 = labels[i + 3]!;
    if ((l0 | l1 | l2 | l3 | (last - l0) | (last - l1) | (last - l2) | (last - l3)) < 0) break;
  }
  for (; i < labels.length; i++) if (labels[i]! < 0 || labels[i]! > last) return i;
  return -1;
}

/** The same of values that may be anything. */
function firstOther(values: ArrayLike<unknown>, last: number): number {
  for (let i = 0; i < values.length; i++) {
    const label = values[i];
    if (!(typeof label === 'number' && Number.isInteger(label) && label >= 0 && label <= last)) return i;
  }
  return -1;
}

const wordsRemedy =
  'number the classes, as in y.map((word) => classes.indexOf(word)); loadCsv does so with its column of labels';

function elementsOf(labels: unknown, numClasses: number, what: string): TypedArray | readonly number[] {
  if (
    Array.isArray(labels) &&
    !labels.some((label) => Array.isArray(label) || dtypeOf(label) !== undefined)
  ) {
    return labels as readonly number[];
  }
  const made = asTensor(labels, what);
  const [count, columns = 1] = made.shape;
  if (made.rank === 2 && columns > 1 && (columns === numClasses || numClasses > 0x7fffffff)) {
    return classesOfOneHot(made, what);
  }
  if (count === undefined || made.size !== count || columns !== 1) {
    const oneHot = numClasses > 0x7fffffff || numClasses === 1 ? '' : `, or one-hot (N, ${numClasses}),`;
    throw new ShapeError(
      expectation(what, `to have shape (N) or (N, 1)${oneHot}`, `shape ${formatShape(made.shape)}`),
    );
  }
  return made.data === labels ? made.data : made.elements();
}

/** @throws LabelError for a row that is not a single 1 among zeros */
function classesOfOneHot(rows: Tensor, what: string): Int32Array {
  const [count = 0, columns = 0] = rows.shape;
  const values = rows.elements();
  const classes = allocate('int32', count);
  for (let row = 0; row < count; row++) {
    const label = oneHotClass(values, row * columns, columns);
    if (label < 0) {
      const shown = Array.from(values.subarray(row * columns, (row + 1) * columns));
      const expected = 'to be a one-hot row, with a single 1 among zeros,';
      throw new LabelError(expectation(`${what}[${row}]`, expected, describe(shown)));
    }
    classes[row] = label;
  }
  return classes;
}

/** The column of the 1 in the row of that many values from `start` on; -1 where the row is not one-hot. */
export function oneHotClass(values: TypedArray, start: number, columns: number): number {
  let label = -1;
  for (let j = 0; j < columns; j++) {
    const value = values[start + j];
    if (value === 0) continue;
    if (value !== 1 || label >= 0) return -1;
    label = j;
  }
  return label;
}
