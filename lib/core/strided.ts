import type { TypedArray } from './dtype.js';

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

/** Writes the elements of `source` into `target` from its start on, in row-major order. */
export function copyRowMajor(source: StridedView, target: TypedArray): void {
  const { data, shape, strides, offset } = source;
  const last = shape.length - 1;
  let position = 0;
  const copyAxis = (axis: number, start: number): void => {
    if (axis > last) {
      target[position++] = data[start]!;
      return;
    }
    const size = shape[axis]!;
    const stride = strides[axis]!;
    if (axis === last) {
      for (let i = 0; i < size; i++) target[position++] = data[start + i * stride]!;
    } else {
      for (let i = 0; i < size; i++) copyAxis(axis + 1, start + i * stride);
    }
  };
  copyAxis(0, offset);
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
