import { describe } from '../describe.js';
import { ArgumentError, ShapeError } from '../errors.js';

/** The most axes of a tensor: NumPy's limit before 2.0. */
export const maxRank = 32;

/** `(3, 2)` */
export function formatShape(shape: readonly (number | string)[]): string {
  return `(${shape.join(', ')})`;
}

/** The product of the sizes; 1 for the shape of a single number. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (let axis = 0; axis < shape.length; axis++) count *= shape[axis]!;
  return count;
}

/** How many elements lie between two neighbours of each axis when the last index runs fastest. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/**
 * A frozen copy of a shape that was checked.
 * @param who opens the message: `tensor`
 * @throws ArgumentError for what is no array of numbers
 * @throws ShapeError for sizes that are negative, fractional or too many, or more elements than can be counted
 */
export function checkShape(shape: unknown, who: string): readonly number[] {
  if (!isShape(shape)) throw shapeError(shape, who);
  return Object.isFrozen(shape) ? shape : Object.freeze(shape.slice());
}

/** Every tensor comes by here: a loop costs a fraction of what array methods do. */
function isShape(shape: unknown): shape is readonly number[] {
  if (!Array.isArray(shape) || shape.length > maxRank) return false;
  let count = 1;
  for (let axis = 0; axis < shape.length; axis++) {
    const size: unknown = shape[axis];
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return false;
    count *= size;
  }
  return Number.isSafeInteger(count);
}

function shapeError(shape: unknown, who: string): ArgumentError | ShapeError {
  if (!Array.isArray(shape) || !Array.from(shape).every((size) => typeof size === 'number')) {
    return new ArgumentError(
      `${who}: expected the shape to be an array of numbers but received ${describe(shape)}`,
    );
  }
  const sizes = shape as number[];
  if (sizes.length > maxRank) {
    return new ShapeError(`${who}: expected at most ${maxRank} axes but received ${sizes.length}`);
  }
  if (!sizes.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    return new ShapeError(
      `${who}: expected the sizes of the shape to be integers from 0 on but received ${formatShape(sizes)}`,
    );
  }
  return new ShapeError(`${who}: expected a shape that memory can hold but received ${formatShape(sizes)}`);
}
