import { types } from 'node:util';
import { describe, expectation, orList } from '../describe.js';
import { type Dtype, dtypeOf, type TypedArray } from '../dtype.js';
import { checkDtype, elementRange, holds, typedArrayNames } from '../dtype-checks.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { allocate } from '../memory.js';
import { assertAttached, Tensor } from './ndarray.js';
import { fillFromNested, type NestedArray, nestedShape } from './nested-array.js';
import { checkShape, elementCount, formatShape, rowMajorStrides } from './shape.js';

/** Anything with `{ data, shape }`, and with `strides` and `offset` in elements where it is no plain row-major array. */
export interface TensorRecord {
  readonly data: TypedArray | readonly number[];
  readonly shape: readonly number[];
  readonly strides?: readonly number[];
  readonly offset?: number;
}

/** What may be given wherever a tensor is asked for. A typed array alone is a tensor with one axis. */
export type TensorLike = Tensor | TensorRecord | TypedArray | NestedArray;

/** What a tensor has to be. */
export interface TensorRequirements {
  /** How many axes. */
  readonly rank?: number;
  /** The size of each axis; a letter stands for any size: `['N', 784]`. */
  readonly shape?: readonly (number | string)[];
  /** One dtype or several. Nested arrays are made tensors of the first. */
  readonly dtype?: Dtype | readonly Dtype[];
  /** Convert tensors of other dtypes to the first, with a copy; default false: refuse them. */
  readonly convert?: boolean;
  /** With a `shape` of two axes: take one axis of the second's size as a single row; default false. */
  readonly oneRow?: boolean;
  /** Copy a tensor whose elements do not lie in row-major order; default false. */
  readonly contiguous?: boolean;
}

/**
 * The value as a tensor, without a copy wherever it is one already or a typed array.
 * @param what names it in errors: `X`, or with the caller before a colon, `TwoLayerNet.loss: X`
 * @throws ArgumentError for what is no tensor, detached memory, elements that are no numbers or that the dtype cannot hold
 * @throws ShapeError for rows of unequal length (saying which one) or another rank or shape than required
 */
export function asTensor(value: unknown, what: string, requirements: TensorRequirements = {}): Tensor {
  const { rank, shape, dtype, convert = false, oneRow = false, contiguous = false } = requirements;
  const dtypes = dtype === undefined ? undefined : typeof dtype === 'string' ? [dtype] : dtype;
  for (const each of dtypes ?? []) checkDtype(each, what);
  let made = fromAny(value, what, dtypes?.[0] ?? 'float64');
  if (oneRow && made.rank === 1 && made.shape[0] === shape?.[1]) made = made.reshape(1, made.size);
  const expected = shape ?? (rank === undefined ? undefined : axisNames.slice(0, rank));
  if (expected !== undefined && !fitsShape(made.shape, expected)) {
    throw new ShapeError(
      expectation(what, `to have shape ${formatShape(expected)}`, `shape ${formatShape(made.shape)}`),
    );
  }
  if (dtypes !== undefined && !dtypes.includes(made.dtype)) {
    if (!convert) throw new ArgumentError(expectation(what, `to be of dtype ${orList(dtypes)}`, made.dtype));
    made = converted(made, dtypes[0]!, what);
  }
  return contiguous ? made.contiguous() : made;
}

/** Letters for the axes of a required rank. */
const axisNames = Array.from('NMKLPQRSTUVWXYZABCDEFGHIJO');

function fromAny(value: unknown, what: string, nestedDtype: Dtype): Tensor {
  if (value instanceof Tensor) return value;
  if (dtypeOf(value) !== undefined) {
    assertAttached(value as TypedArray, what);
    return new Tensor(value as TypedArray);
  }
  if (Array.isArray(value)) return fromNested(value as NestedArray, what, nestedDtype);
  if (typeof value === 'object' && value !== null && 'data' in value && 'shape' in value) {
    return fromRecord(value as TensorRecord, what, nestedDtype);
  }
  throw new ArgumentError(
    expectation(
      what,
      `to be a tensor, { data, shape }, nested arrays of numbers or ${typedArrayNames}`,
      describe(value) + remedy(value),
    ),
  );
}

/** How a typed array that no tensor can hold becomes one that it can. */
function remedy(value: unknown): string {
  if (types.isAnyArrayBuffer(value) || types.isDataView(value)) {
    return '; make a typed array of it, new Float32Array(buffer)';
  }
  return ArrayBuffer.isView(value) ? '; convert it with Float64Array.from(values, Number)' : '';
}

function fromNested(values: NestedArray, what: string, dtype: Dtype): Tensor {
  const shape = nestedShape(values, what);
  const data = allocate(dtype, elementCount(shape));
  fillFromNested(values, shape, data, dtype, what);
  return new Tensor(data, shape);
}

function fromRecord(record: TensorRecord, what: string, nestedDtype: Dtype): Tensor {
  const { shape, offset } = record;
  // `stride` is what the npm package ndarray calls it.
  const strides = record.strides ?? (record as { readonly stride?: readonly number[] }).stride;
  let data: unknown = record.data;
  if (Array.isArray(data)) {
    const flat = allocate(nestedDtype, data.length);
    fillFromNested(data as NestedArray, [data.length], flat, nestedDtype, `${what}.data`);
    data = flat;
  }
  if (dtypeOf(data) === undefined) {
    throw new ArgumentError(
      expectation(
        `${what}.data`,
        `to be an array of numbers or ${typedArrayNames}`,
        describe(data) + remedy(data),
      ),
    );
  }
  assertAttached(data as TypedArray, `${what}.data`);
  return new Tensor(data as TypedArray, checkShape(shape, what), strides, offset);
}

/** A copy with another dtype. */
function converted(from: Tensor, dtype: Dtype, what: string): Tensor {
  const source = from.elements();
  const data = allocate(dtype, source.length);
  if (dtype === 'int32' || dtype === 'uint8') {
    for (let i = 0; i < source.length; i++) {
      const value = source[i]!;
      if (!holds(dtype, value)) {
        const at = rowMajorStrides(from.shape).map(
          (stride, axis) => Math.floor(i / stride) % from.shape[axis]!,
        );
        const element = `${what}${at.map((index) => `[${index}]`).join('')}`;
        throw new ArgumentError(expectation(element, elementRange(dtype), describe(value)));
      }
    }
  }
  data.set(source);
  return new Tensor(data, from.shape);
}

function fitsShape(shape: readonly number[], expected: readonly (number | string)[]): boolean {
  return (
    shape.length === expected.length &&
    expected.every((size, axis) => typeof size === 'string' || size === shape[axis])
  );
}
