import { describe, expectation } from '../describe.js';
import { type Dtype, dtypeOf, type TypedArray } from '../dtype.js';
import { elementRange, holds } from '../dtype-checks.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { maxRank } from './shape.js';

/** Numbers in arrays of arrays, all rows of one length. The innermost rows may be typed arrays. */
export type NestedArray = readonly (number | TypedArray | NestedArray)[];

/** What `Tensor.toArray` returns: a number for a tensor without axes, else arrays of arrays. */
export type Nested = number | Nested[];

const isRow = (value: unknown): value is readonly unknown[] | TypedArray =>
  Array.isArray(value) || dtypeOf(value) !== undefined;

const element = (what: string, path: readonly number[]) => what + path.map((index) => `[${index}]`).join('');

/**
 * The shape of a nested array, from its first element, its first element's first element, and so on; whether the others are
 * alike is found out by {@link fillFromNested}.
 * @throws ShapeError for more than 32 levels
 */
export function nestedShape(values: NestedArray, what: string): number[] {
  const shape: number[] = [];
  let level: unknown = values;
  while (isRow(level)) {
    if (shape.length === maxRank) {
      throw new ShapeError(expectation(what, `to be nested at most ${maxRank} levels deep`, 'more'));
    }
    shape.push(level.length);
    level = level[0];
  }
  return shape;
}

/**
 * Copies a nested array of the given shape into `target`, row by row.
 * @throws ShapeError for a row that is longer, shorter or deeper than the first
 * @throws ArgumentError for an element that is no number or that the dtype cannot hold
 */
export function fillFromNested(
  values: NestedArray,
  shape: readonly number[],
  target: TypedArray,
  dtype: Dtype,
  what: string,
): void {
  const last = shape.length - 1;
  const path: number[] = [];
  let position = 0;
  const fill = (row: unknown, axis: number): void => {
    const size = shape[axis]!;
    if (!isRow(row)) {
      const expected = `to be an array of ${size} elements, as the first one is,`;
      if (typeof row === 'number')
        throw new ShapeError(expectation(element(what, path), expected, describe(row)));
      throw new ArgumentError(expectation(element(what, path), expected, describe(row)));
    }
    if (row.length !== size) {
      throw new ShapeError(
        expectation(
          element(what, path),
          `to have ${size} elements, as the first row has,`,
          String(row.length),
        ),
      );
    }
    if (axis < last) {
      path.length = axis + 1;
      for (let i = 0; i < size; i++) {
        path[axis] = i;
        fill(row[i], axis + 1);
      }
      path.length = axis;
      return;
    }
    const filled = fillFromRow(row, target, position, dtype);
    position += size;
    if (filled === size) return;
    const value = row[filled];
    const who = element(what, [...path, filled]);
    if (isRow(value)) throw new ShapeError(expectation(who, 'to be a number', describe(value)));
    throw new ArgumentError(expectation(who, elementRange(dtype), describe(value)));
  };
  fill(values, 0);
}

/**
 * Copies a row of numbers up to the first element that is none, or that the dtype cannot hold.
 * @returns how many were copied
 */
function fillFromRow(
  row: readonly unknown[] | TypedArray,
  target: TypedArray,
  position: number,
  dtype: Dtype,
): number {
  const integers = dtype === 'int32' || dtype === 'uint8';
  for (let i = 0; i < row.length; i++) {
    const value = row[i];
    if (typeof value !== 'number' || (integers && !holds(dtype, value))) return i;
    target[position + i] = value;
  }
  return row.length;
}

/** The inverse of {@link fillFromNested}: arrays of arrays out of row-major elements. */
export function nest(elements: ArrayLike<number>, shape: readonly number[]): Nested {
  let position = 0;
  const build = (axis: number): Nested =>
    axis === shape.length
      ? elements[position++]!
      : Array.from({ length: shape[axis]! }, () => build(axis + 1));
  return build(0);
}
