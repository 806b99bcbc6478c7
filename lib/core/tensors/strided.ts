import { dtypeOf, type TypedArray } from '../dtype.js';
import { elementCount, rowMajorStrides } from './shape.js';

/** A window on memory: the `ndarray` convention, strides and offset in elements. */
export interface StridedView {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Whether the elements lie one after the other, the last index running fastest. Axes of size 1 may have any stride. */
export function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis]!;
    if (size === 0) return true;
    if (size !== 1 && strides[axis] !== expected) return false;
    expected *= size;
  }
  return true;
}

/** A window on a typed array. */
export interface TypedView extends StridedView {
  readonly data: TypedArray;
}

/** Rows and columns that are copied together: squares of 32 take a quarter longer, whole lines twice as long. */
const block = { height: 64, width: 16 } as const;

/** Elements of a line from which on to ask for a copy of it takes less than to copy one by one. */
const longLine = 128;

/** Writes the elements of `source` into `target` from its start on, in row-major order; another dtype converts them. */
export function copyRowMajor(source: TypedView, target: TypedArray): void {
  const { shape } = source;
  copyElements(source, { data: target, shape, strides: rowMajorStrides(shape), offset: 0 });
}

/**
 * Writes the elements of `source` to where `target`, of the same shape, has them; another dtype converts them. Windows that overlap in
 * memory are not for this.
 */
export function copyElements(source: TypedView, target: TypedView): void {
  const { shape, strides, offset } = source;
  if (isRowMajor(shape, strides) && isRowMajor(shape, target.strides)) {
    const elements = source.data.subarray(offset, offset + elementCount(shape));
    target.data.subarray(target.offset).set(elements);
    return;
  }
  const axes = axesOf(source, target);
  const rows = axes.at(-2) ?? { size: 1, source: 0, target: 0 };
  const columns = axes.at(-1)!;
  const bits = dtypeOf(source.data) === dtypeOf(target.data);
  const from = bits ? asIntegers(source.data) : source.data;
  const to = bits ? asIntegers(target.data) : target.data;
  const copyAxis = (index: number, read: number, write: number): void => {
    if (index >= axes.length - 2) {
      copyMatrix(from, read, to, write, rows, columns);
      return;
    }
    const axis = axes[index]!;
    for (let i = 0; i < axis.size; i++) copyAxis(index + 1, read + i * axis.source, write + i * axis.target);
  };
  copyAxis(0, offset, target.offset);
}

/** An axis of two windows, with the strides of both in elements. */
interface Axis {
  readonly size: number;
  readonly source: number;
  readonly target: number;
}

/**
 * As few axes as there can be: those of one element lead nowhere, and one whose rows lie one after the other in both windows goes on where the
 * next ends. Along the last one, the target's elements are nearest to each other.
 */
function axesOf({ shape, strides }: TypedView, target: TypedView): readonly Axis[] {
  const axes = shape
    .flatMap((size, i) => (size === 1 ? [] : [{ size, source: strides[i]!, target: target.strides[i]! }]))
    .sort((a, b) => Math.abs(b.target) - Math.abs(a.target));
  const joined: Axis[] = [];
  for (const axis of axes) {
    const outer = joined.at(-1);
    const goesOn = outer?.source === axis.size * axis.source && outer.target === axis.size * axis.target;
    if (goesOn) joined.splice(-1, 1, { ...axis, size: outer.size * axis.size });
    else joined.push(axis);
  }
  return joined;
}

/** Block by block, so that what is read across its order is read from a cache line that is still there. */
function copyMatrix(
  from: TypedArray,
  read: number,
  to: TypedArray,
  write: number,
  rows: Axis,
  columns: Axis,
): void {
  if (columns.source === 1 && columns.target === 1 && columns.size >= longLine) {
    for (let row = 0; row < rows.size; row++) {
      const start = read + row * rows.source;
      to.set(from.subarray(start, start + columns.size), write + row * rows.target);
    }
    return;
  }
  // Lines that lie as they should are copied as they are.
  const step = columns.source === 1 ? columns.size : block.width;
  for (let top = 0; top < rows.size; top += block.height) {
    const height = Math.min(block.height, rows.size - top);
    for (let left = 0; left < columns.size; left += step) {
      const width = Math.min(step, columns.size - left);
      const first = read + top * rows.source + left * columns.source;
      const at = write + top * rows.target + left * columns.target;
      copyBlock(from, first, rows.source, columns.source, to, at, rows.target, columns.target, height, width);
    }
  }
}

/** A function of its own, so that V8 has compiled it after a few blocks. */
function copyBlock(
  from: TypedArray,
  first: number,
  fromRow: number,
  fromColumn: number,
  to: TypedArray,
  start: number,
  toRow: number,
  toColumn: number,
  height: number,
  width: number,
): void {
  for (let row = 0; row < height; row++) {
    let read = first + row * fromRow;
    let write = start + row * toRow;
    for (let i = 0; i < width; i++, read += fromColumn, write += toColumn) to[write] = from[read]!;
  }
}

/** The same memory as integers where there are such as wide: loops over them are compiled once, and keep the bits of what is no number. */
function asIntegers(data: TypedArray): TypedArray {
  return data.BYTES_PER_ELEMENT === 4 ? new Int32Array(data.buffer, data.byteOffset, data.length) : data;
}

/** Where the element with that row-major number lies in `data`. */
export function offsetAt({ shape, strides, offset }: Omit<StridedView, 'data'>, index: number): number {
  let at = offset;
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis]!;
    at += (rest % size) * strides[axis]!;
    rest = Math.floor(rest / size);
  }
  return at;
}

/** Where each element lies in `data`, in row-major order. */
export function* offsetsOf(
  view: Omit<StridedView, 'data'>,
  axis = 0,
  start = view.offset,
): Generator<number> {
  if (axis === view.shape.length) {
    yield start;
    return;
  }
  const size = view.shape[axis]!;
  const stride = view.strides[axis]!;
  if (axis === view.shape.length - 1) {
    for (let i = 0; i < size; i++) yield start + i * stride;
  } else {
    for (let i = 0; i < size; i++) yield* offsetsOf(view, axis + 1, start + i * stride);
  }
}
