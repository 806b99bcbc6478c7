import { dtypeOf, type TypedArray } from './dtype.js';
import { elementCount } from './shape.js';

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

/** Writes the elements of `source` into `target` from its start on, in row-major order; another dtype converts them. */
export function copyRowMajor({ data, shape, strides, offset }: TypedView, target: TypedArray): void {
  if (isRowMajor(shape, strides)) {
    target.set(data.subarray(offset, offset + elementCount(shape)));
    return;
  }
  // Axes of one element lead nowhere.
  const axes = shape.flatMap((size, axis) => (size === 1 ? [] : [{ size, stride: strides[axis]! }]));
  const [rows, columns] = [axes.at(-2), axes.at(-1)!];
  const [from, to] =
    dtypeOf(data) === dtypeOf(target) ? [asIntegers(data), asIntegers(target)] : [data, target];
  let position = 0;
  const copyAxis = (axis: number, start: number): void => {
    if (axis < axes.length - 2) {
      const { size, stride } = axes[axis]!;
      for (let i = 0; i < size; i++) copyAxis(axis + 1, start + i * stride);
      return;
    }
    copyMatrix(from, start, rows ?? { size: 1, stride: 0 }, columns, to, position);
    position += (rows?.size ?? 1) * columns.size;
  };
  copyAxis(0, offset);
}

interface Axis {
  readonly size: number;
  /** In elements. */
  readonly stride: number;
}

/** Block by block, so that what is read across its order is read from a cache line that is still there. */
function copyMatrix(
  from: TypedArray,
  start: number,
  rows: Axis,
  columns: Axis,
  to: TypedArray,
  position: number,
): void {
  const { size: width, stride } = columns;
  // Lines that lie as they should are copied as they are.
  const step = stride === 1 ? width : block.width;
  for (let top = 0; top < rows.size; top += block.height) {
    const height = Math.min(block.height, rows.size - top);
    for (let left = 0; left < width; left += step) {
      const first = start + top * rows.stride + left * stride;
      const at = position + top * width + left;
      copyBlock(from, first, rows.stride, stride, to, at, width, height, Math.min(step, width - left));
    }
  }
}

/** A function of its own, so that V8 has compiled it after a few blocks. */
function copyBlock(
  from: TypedArray,
  first: number,
  rowStride: number,
  stride: number,
  to: TypedArray,
  position: number,
  rowLength: number,
  height: number,
  width: number,
): void {
  for (let row = 0; row < height; row++) {
    const base = position + row * rowLength;
    let at = first + row * rowStride;
    for (let i = base; i < base + width; i++, at += stride) to[i] = from[at]!;
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
