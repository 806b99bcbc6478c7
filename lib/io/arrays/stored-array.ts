import { bytesOf, littleEndian, swapUnlessNative } from '../../core/byte-order.js';
import { arrayTypes, type Dtype, dtypeOf, type TypedArray } from '../../core/dtype.js';
import { elementRange, holds } from '../../core/dtype-checks.js';
import { FormatError } from '../../core/errors.js';
import { allocate } from '../../core/memory.js';
import { Turns } from '../../core/process/turns.js';
import { elementCount, formatShape, rowMajorStrides } from '../../core/tensors/shape.js';
import { Tensor } from '../../core/tensors/tensor.js';
import type { Source } from '../files/source.js';
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

/** Bytes that are converted at once: enough to be quick, little enough to leave the event loop free. */
const convertedLength = 1 << 20;
/** Bytes of columns that are read before they are put into rows: the more columns, the fewer times each row is come to. */
const scatteredLength = 1 << 24;

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
 * where they stay; others go through pieces, of 1 MiB or a few columns, of which the next is read while one is used.
 * @param fill gives the bytes of the elements one after the other, and leaves the event loop free; that the file has as many must be
 *   known before
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
  const { shape, columnMajor } = array;
  const scattered = layout === 'rowMajor' && columnMajor && shape.filter((size) => size > 1).length > 1;
  const result = new Result(array, name);
  if (elementCount(shape) === 0) {
    // There is nothing to read.
  } else if (scattered) {
    await readColumns(array, fill, result);
  } else if (array.type === array.target && isNative(array)) {
    await fill(bytesOf(result.data));
  } else {
    await readConverted(array, fill, result);
  }
  const kept = layout === 'stored' && columnMajor;
  return kept ? new Tensor(result.data, shape.toReversed()).T : new Tensor(result.data, shape);
}

function isNative({ type, byteOrder }: StoredArray): boolean {
  return storedTypes[type].width === 1 || littleEndian === (byteOrder === 'little');
}

async function readConverted(array: StoredArray, fill: Fill, result: Result): Promise<void> {
  const { type, target } = array;
  const stays = type === target || (type === 'bool' && target === 'uint8');
  const memory = stays ? bytesOf(result.data) : undefined;
  await readAhead(array, fill, convertedLength / storedTypes[type].width, memory, (bytes, done) => {
    const values = result.decode(bytes, done);
    // Now `data` may be another array than before.
    if (!stays) result.data.set(values, done);
  });
}

async function readColumns(array: StoredArray, fill: Fill, result: Result): Promise<void> {
  const { type, shape } = array;
  const most = scatteredLength / storedTypes[type].width;
  const columns = Math.floor(most / shape[0]!);
  const scatter = new Scatter(shape);
  await readAhead(array, fill, columns === 0 ? most : columns * shape[0]!, undefined, (bytes, done) =>
    scatter.put(result.decode(bytes, done), result.data),
  );
}

/**
 * Hands the bytes of the elements to `use` piece by piece, in this machine's order: each is read while the one before is used.
 * @param perPiece elements
 * @param memory where they stay; undefined: two pieces in turn
 * @param use is told how many elements came before
 */
async function readAhead(
  { type, byteOrder, shape }: StoredArray,
  fill: Fill,
  perPiece: number,
  memory: Uint8Array | undefined,
  use: (bytes: Uint8Array, done: number) => Promise<void> | void,
): Promise<void> {
  const { width } = storedTypes[type];
  const count = elementCount(shape);
  const pieces = new Uint8Array(memory === undefined ? Math.min(count, 2 * perPiece) * width : 0);
  const read = async (start: number): Promise<Uint8Array> => {
    const length = Math.min(count - start, perPiece) * width;
    const at = memory === undefined ? ((start / perPiece) % 2) * perPiece * width : start * width;
    const bytes = (memory ?? pieces).subarray(at, at + length);
    await fill(bytes);
    return bytes;
  };
  const turns = new Turns();
  let reading = read(0);
  try {
    for (let done = 0; done < count; done += perPiece) {
      const bytes = await reading;
      if (done + perPiece < count) {
        reading = read(done + perPiece);
        // It is awaited when its turn comes.
        reading.catch(() => undefined);
      }
      swapUnlessNative(bytes, byteOrder, width);
      const pending = use(bytes, done);
      if (pending !== undefined) await pending;
      if (turns.isOver) await turns.next();
    }
  } finally {
    // Whoever stops amid the file closes it; then nobody may be reading any more.
    await reading.catch(() => undefined);
  }
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

  /**
   * The elements as numbers, for which there is room in `data` from then on.
   * @param done how many came before
   * @throws FormatError for one that the result does not hold
   */
  decode(bytes: Uint8Array, done: number): Numbers {
    const { type, target } = this.#array;
    const values = decodeElements(type, bytes, ({ index, value }) => {
      throw elementError(this.#array, this.#name, done + index, inFloat64, String(value));
    });
    const dtype = dtypeOf(this.data)!;
    if (storedTypes[type].target === dtype || dtypeOf(values) === dtype) return values;
    const index = firstBeyond(dtype, values);
    if (index < 0) return values;
    if (target !== 'integers') {
      throw elementError(this.#array, this.#name, done + index, elementRange(dtype), String(values[index]));
    }
    const grown = allocate('float64', this.data.length);
    grown.set(this.data);
    this.data = grown;
    return values;
  }
}

/** The index of the first value that the dtype does not hold, or -1. */
function firstBeyond(dtype: Dtype, values: Numbers): number {
  if (dtype === 'float32' || dtype === 'float64') return -1;
  for (let i = 0; i < values.length; i++) if (!holds(dtype, values[i]!)) return i;
  return -1;
}

/** The lines of the result that are written, a column at a time, stay in the nearest cache. */
const rowsAtOnce = 64;
/** Elements of one column. */
const partAtOnce = 1 << 12;

/** Puts elements that come in column-major order where they belong in row-major order. */
class Scatter {
  readonly #rows: number;
  readonly #columns: number;
  readonly #sizes: readonly number[];
  readonly #strides: readonly number[];
  /** The indices behind the first, of the column that comes next. */
  readonly #at: number[];
  readonly #turns = new Turns();
  #row = 0;

  constructor(shape: readonly number[]) {
    const [rows, ...sizes] = shape as [number, ...number[]];
    this.#rows = rows;
    this.#columns = elementCount(sizes);
    this.#sizes = sizes;
    this.#strides = sizes.map((_, axis) => elementCount(sizes.slice(axis + 1)));
    this.#at = sizes.map(() => 0);
  }

  async put(values: Numbers, target: TypedArray): Promise<void> {
    let done = 0;
    while (done < values.length) {
      const whole = this.#row === 0 ? Math.floor((values.length - done) / this.#rows) : 0;
      if (whole > 0) {
        await this.#putColumns(values, done, this.#nextColumns(whole), target);
        done += whole * this.#rows;
      } else {
        done += await this.#putPart(values, done, target);
      }
    }
  }

  /** Some rows at once: what is written lies together, and what is read stays in the cache. */
  async #putColumns(
    values: Numbers,
    start: number,
    columns: Uint32Array | Float64Array,
    target: TypedArray,
  ): Promise<void> {
    for (let top = 0; top < this.#rows; top += rowsAtOnce) {
      const bottom = Math.min(this.#rows, top + rowsAtOnce);
      putRows(values, start, this.#rows, top, bottom, columns, target, this.#columns);
      if (this.#turns.isOver) await this.#turns.next();
    }
  }

  /** As many values of one column as there are; how many. */
  async #putPart(values: Numbers, start: number, target: TypedArray): Promise<number> {
    const column = this.#strides.reduce((sum, stride, axis) => sum + stride * this.#at[axis]!, 0);
    const columns = Uint32Array.of(column);
    const end = Math.min(this.#rows, this.#row + values.length - start);
    const count = end - this.#row;
    for (let done = 0; done < count; done += partAtOnce) {
      const next = Math.min(end, this.#row + partAtOnce);
      putRows(values, start + done - this.#row, this.#rows, this.#row, next, columns, target, this.#columns);
      this.#row = next;
      if (this.#turns.isOver) await this.#turns.next();
    }
    if (this.#row === this.#rows) {
      this.#row = 0;
      this.#advance();
    }
    return count;
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

/** Puts a part of some columns, which stand one after the other from `start` on, into the rows top … bottom−1. */
function putRows(
  values: Numbers,
  start: number,
  rows: number,
  top: number,
  bottom: number,
  columns: Uint32Array | Float64Array,
  target: TypedArray,
  rowLength: number,
): void {
  for (let column = 0; column < columns.length; column++) {
    const from = start + column * rows;
    let at = top * rowLength + columns[column]!;
    for (let row = top; row < bottom; row++, at += rowLength) target[at] = values[from + row]!;
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
