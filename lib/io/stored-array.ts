import { setImmediate } from 'node:timers/promises';
import { bytesOf, swapUnlessNative } from '../core/byte-order.js';
import { arrayTypes, dtypeOf, type TypedArray } from '../core/dtype.js';
import { elementRange, holds } from '../core/dtype-checks.js';
import { FormatError } from '../core/errors.js';
import { allocate } from '../core/memory.js';
import { elementCount, formatShape, rowMajorStrides } from '../core/shape.js';
import { Tensor } from '../core/tensor.js';
import type { Source } from './source.js';
import {
  type ByteOrder,
  decodeElements,
  type Numbers,
  type StoredType,
  storedTypes,
  type Target,
} from './stored-type.js';

/** An array as it lies in a file. */
export interface StoredArray {
  readonly type: StoredType;
  readonly byteOrder: ByteOrder;
  readonly shape: readonly number[];
  /** Whether the first index runs fastest, as in Fortran and MATLAB. */
  readonly columnMajor: boolean;
  /** What it becomes. */
  readonly target: Target;
  /** The byte of the file where the elements begin, for errors, if they lie there as they are. */
  readonly start?: number;
}

/** Fills the array with the bytes that come next. */
export type Fill = (bytes: Uint8Array) => Promise<void>;

/** What is converted at once, and what is read at once: enough to be quick, little enough to leave the event loop free. */
const convertedLength = 1 << 20;
const readLength = 1 << 22;

/** The bytes of a source from a position on. */
export function fillFrom(source: Source, start: number): Fill {
  let position = start;
  return async (bytes) => {
    await source.read(bytes, position);
    position += bytes.length;
  };
}

/**
 * Reads the elements of an array into shared memory. Those that lie in the file as they are to lie in memory are read
 * where they stay; others go through a piece of 1 MiB.
 * @param fill gives the bytes of the elements one after the other; that the file has as many must be known before
 * @param name opens the message of an error: `loadMat: X.mat: y`
 * @param layout of the result: `stored` leaves column-major elements as they are, under strides
 * @throws FormatError for an integer beyond ±2⁵³, which float64 does not hold exactly, or a value outside the range of the target; and
 *   what `fill` throws
 */
export async function readStoredArray(
  array: StoredArray,
  fill: Fill,
  name: string,
  layout: 'rowMajor' | 'stored' = 'rowMajor',
): Promise<Tensor> {
  const { type, byteOrder, shape, target, columnMajor } = array;
  const { width } = storedTypes[type];
  const count = elementCount(shape);
  const scattered = layout === 'rowMajor' && columnMajor && shape.filter((size) => size > 1).length > 1;
  const result = new Result(array, name);
  const inPlace = type === target && !scattered ? bytesOf(result.data) : undefined;
  const perPiece = (inPlace === undefined ? convertedLength : readLength) / width;
  const piece = inPlace ?? new Uint8Array(Math.min(count, perPiece) * width);
  const scatter = scattered ? new Scatter(shape) : undefined;
  for (let done = 0; done < count; done += perPiece) {
    const from = inPlace === undefined ? 0 : done * width;
    const bytes = piece.subarray(from, from + Math.min(perPiece, count - done) * width);
    await fill(bytes);
    swapUnlessNative(bytes, byteOrder, width);
    if (inPlace === undefined) {
      const values = decodeElements(type, bytes, ({ index, value }) => {
        throw elementError(array, name, done + index, inFloat64, String(value));
      });
      result.accept(values, done);
      if (scatter === undefined) result.data.set(values, done);
      else scatter.put(values, result.data);
    }
    await setImmediate();
  }
  const kept = layout === 'stored' && columnMajor;
  return kept ? new Tensor(result.data, shape.toReversed()).T : new Tensor(result.data, shape);
}

const inFloat64 = 'to be an integer in ±2^53, which float64 holds exactly,';

function elementError(
  { shape, columnMajor, type, start }: StoredArray,
  name: string,
  index: number,
  expected: string,
  received: string,
): FormatError {
  const strides = columnMajor ? rowMajorStrides(shape.toReversed()).reverse() : rowMajorStrides(shape);
  const indices = strides.map((stride, axis) => Math.floor(index / stride) % shape[axis]!);
  const byte = start === undefined ? '' : ` at byte ${start + index * storedTypes[type].width}`;
  return new FormatError(
    `${name}: expected element ${formatShape(indices)} ${expected} but received ${received}${byte}`,
  );
}

/** The memory of the result, which integers that turn out too large for int32 turn into float64. */
class Result {
  data: TypedArray;
  readonly #array: StoredArray;
  readonly #name: string;

  constructor(array: StoredArray, name: string) {
    const { target, shape } = array;
    this.data = allocate(target === 'integers' ? 'int32' : target, elementCount(shape));
    this.#array = array;
    this.#name = name;
  }

  /** Makes sure that `data` can hold the values. */
  accept(values: Numbers, start: number): void {
    const { data } = this;
    const { type, target } = this.#array;
    const dtype = dtypeOf(data);
    if (dtype !== 'uint8' && dtype !== 'int32') return;
    if (storedTypes[type].target === dtype) return;
    const index = values.findIndex((value) => !holds(dtype, value));
    if (index < 0) return;
    if (target !== 'integers') {
      throw elementError(this.#array, this.#name, start + index, elementRange(dtype), String(values[index]));
    }
    this.data = allocate('float64', data.length);
    this.data.set(data);
  }
}

/** Puts elements that come in column-major order where they belong in row-major order. */
class Scatter {
  readonly #rows: number;
  readonly #columns: number;
  readonly #sizes: readonly number[];
  readonly #strides: readonly number[];
  /** The indices behind the first, of the column that comes next. */
  readonly #at: number[];
  #row = 0;

  constructor(shape: readonly number[]) {
    const [rows, ...sizes] = shape as [number, ...number[]];
    this.#rows = rows;
    this.#columns = elementCount(sizes);
    this.#sizes = sizes;
    this.#strides = sizes.map((_, axis) => elementCount(sizes.slice(axis + 1)));
    this.#at = sizes.map(() => 0);
  }

  put(values: Numbers, target: TypedArray): void {
    let done = 0;
    while (done < values.length) {
      const whole = this.#row === 0 ? Math.floor((values.length - done) / this.#rows) : 0;
      if (whole > 0) {
        putColumns(values, done, this.#rows, this.#nextColumns(whole), target, this.#columns);
        done += whole * this.#rows;
        continue;
      }
      // A part of one column.
      const column = this.#strides.reduce((sum, stride, axis) => sum + stride * this.#at[axis]!, 0);
      const end = Math.min(this.#rows, this.#row + values.length - done);
      for (; this.#row < end; this.#row++) target[this.#row * this.#columns + column] = values[done++]!;
      if (this.#row === this.#rows) {
        this.#row = 0;
        this.#advance();
      }
    }
  }

  /** Where in a row of the result the next columns go. */
  #nextColumns(count: number): Uint32Array | Float64Array {
    const columns = this.#columns < 2 ** 32 ? new Uint32Array(count) : new Float64Array(count);
    for (let i = 0; i < count; i++) {
      let column = 0;
      for (let axis = 0; axis < this.#at.length; axis++) column += this.#strides[axis]! * this.#at[axis]!;
      columns[i] = column;
      this.#advance();
    }
    return columns;
  }

  #advance(): void {
    for (let axis = 0; axis < this.#at.length; axis++) {
      this.#at[axis]!++;
      if (this.#at[axis]! < this.#sizes[axis]!) return;
      this.#at[axis] = 0;
    }
  }
}

/** Row by row and few columns at once: what is written lies together, and what is read stays in the cache. */
function putColumns(
  values: Numbers,
  start: number,
  rows: number,
  columns: Uint32Array | Float64Array,
  target: TypedArray,
  rowLength: number,
): void {
  const atOnce = 256;
  for (let first = 0; first < columns.length; first += atOnce) {
    const end = Math.min(columns.length, first + atOnce);
    for (let row = 0; row < rows; row++) {
      const base = row * rowLength;
      for (let column = first; column < end; column++) {
        target[base + columns[column]!] = values[start + column * rows + row]!;
      }
    }
  }
}

/** Bytes that the elements take in the file. */
export function storedLength({ type, shape }: Pick<StoredArray, 'type' | 'shape'>): number {
  return elementCount(shape) * storedTypes[type].width;
}

/** The most bytes that the result takes in memory. */
export function resultLength({ target, shape }: Pick<StoredArray, 'target' | 'shape'>): number {
  // While integers grow, there are both.
  const width = target === 'integers' ? 12 : arrayTypes[target].BYTES_PER_ELEMENT;
  return elementCount(shape) * width;
}
