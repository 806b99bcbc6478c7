import { describe, expectation } from '../describe.js';
import { type Dtype, dtypeOf, type TypedArray } from '../dtype.js';
import { elementRange, holds, typedArrayNames } from '../dtype-checks.js';
import { ArgumentError, ShapeError, StateError } from '../errors.js';
import { allocate } from '../memory.js';
import { type Nested, nest } from './nested-array.js';
import { checkShape, elementCount, formatShape, rowMajorStrides } from './shape.js';
import { copyRowMajor, isRowMajor, offsetsOf } from './strided.js';
import { elementsText } from './tensor-text.js';

/**
 * An array of numbers with any number of axes: a window on a typed array, as in the `ndarray` convention. Element (i, j)
 * is `data[offset + i·strides[0] + j·strides[1]]`. Several tensors may share one `data`; what is written through one is read
 * through the others. The elements change, the window does not.
 */
export class Tensor implements Iterable<number> {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  /** In elements, one for each axis. */
  readonly strides: readonly number[];
  /** The index in `data` of element (0, 0, …). */
  readonly offset: number;
  readonly dtype: Dtype;
  /** One past the largest index in `data` that an element has. */
  readonly #end: number;

  /**
   * @param shape default: one axis with all of `data`
   * @param strides default: row-major
   * @param offset default 0; without strides and offset, `data` must hold just the elements of `shape`
   * @throws ArgumentError for data that is no Float32Array, Float64Array, Int32Array or Uint8Array, or is detached
   * @throws ShapeError for a window that reaches out of `data`
   */
  constructor(data: TypedArray, shape?: readonly number[], strides?: readonly number[], offset?: number) {
    const dtype = dtypeOf(data);
    if (dtype === undefined) {
      throw new ArgumentError(expectation('Tensor: data', `to be ${typedArrayNames}`, describe(data)));
    }
    assertAttached(data, 'Tensor: data');
    this.data = data;
    this.dtype = dtype;
    this.shape = checkShape(shape ?? [data.length], 'Tensor');
    this.strides = Object.freeze(strides === undefined ? rowMajorStrides(this.shape) : [...strides]);
    this.offset = offset ?? 0;
    const exact = strides === undefined && offset === undefined;
    this.#end = checkWindow(this, exact);
    Object.freeze(this);
  }

  /** How many axes there are. */
  get rank(): number {
    return this.shape.length;
  }

  /** How many elements there are. */
  get size(): number {
    return elementCount(this.shape);
  }

  /** Whether the elements lie one after the other in row-major order. */
  get isContiguous(): boolean {
    return isRowMajor(this.shape, this.strides);
  }

  /** The transpose, a view: shape and strides in reverse order. */
  get T(): Tensor {
    return new Tensor(this.data, this.shape.toReversed(), this.strides.toReversed(), this.offset);
  }

  /**
   * One element, by one index for each axis.
   * @throws ArgumentError for an index that is fractional or out of range, or too many or too few of them
   * @throws StateError when the memory was transferred away
   */
  get(...indices: number[]): number {
    const value = this.data[this.#index(indices, 'Tensor.get')];
    if (value === undefined) throw detached('Tensor.get');
    return value;
  }

  /**
   * Writes one element: one index for each axis, then the value.
   * @throws ArgumentError for indices as in {@link get}, or a value that is no number or that the dtype cannot hold
   * @throws StateError when the memory was transferred away
   */
  set(...indicesAndValue: number[]): void {
    const value: unknown = indicesAndValue.at(-1);
    const index = this.#index(indicesAndValue.slice(0, -1), 'Tensor.set');
    if (typeof value !== 'number' || !holds(this.dtype, value)) {
      throw new ArgumentError(
        expectation('Tensor.set: the value', elementRange(this.dtype), describe(value)),
      );
    }
    this.assertAlive('Tensor.set');
    this.data[index] = value;
  }

  /**
   * The same elements, in row-major order, under another shape: a view where they lie in that order, else a copy. One size
   * may be -1 and is then computed.
   * @throws ShapeError for a shape of another number of elements
   */
  reshape(...shape: number[] | [readonly number[]]): Tensor {
    const sizes = [...(Array.isArray(shape[0]) ? shape[0] : (shape as number[]))] as number[];
    const free = sizes.indexOf(-1);
    if (free >= 0) {
      const others = elementCount(sizes.toSpliced(free, 1));
      sizes[free] = others === 0 ? 0 : this.size / others;
    }
    if (elementCount(sizes) !== this.size || !sizes.every((size) => Number.isInteger(size) && size >= 0)) {
      throw new ShapeError(
        `Tensor.reshape: expected a shape of ${this.size} elements, as ${formatShape(this.shape)} has, but received ` +
          formatShape(free >= 0 ? sizes.with(free, -1) : sizes),
      );
    }
    const { data, offset } = this.contiguous();
    return new Tensor(data, sizes, rowMajorStrides(sizes), offset);
  }

  /**
   * The rows start … end−1 (along the first axis), a view. As in `Array.prototype.slice`, negative numbers count from the
   * end, and what lies outside is cut off.
   * @throws ShapeError for a tensor without axes
   * @throws ArgumentError for a start or end that is no integer
   */
  slice(start = 0, end = this.shape[0] ?? 0): Tensor {
    const [rows, ...rest] = this.shape;
    if (rows === undefined) {
      throw new ShapeError('Tensor.slice: expected a tensor with at least one axis but received shape ()');
    }
    const clamp = (name: string, index: unknown) => {
      if (!Number.isInteger(index)) {
        throw new ArgumentError(expectation(`Tensor.slice: ${name}`, 'to be an integer', describe(index)));
      }
      const i = index as number;
      return i < 0 ? Math.max(0, rows + i) : Math.min(rows, i);
    };
    const first = clamp('start', start);
    const count = Math.max(0, clamp('end', end) - first);
    const offset = count === 0 ? this.offset : this.offset + first * this.strides[0]!;
    return new Tensor(this.data, [count, ...rest], this.strides, offset);
  }

  /** This tensor if its elements lie in row-major order, else a copy in which they do. */
  contiguous(): Tensor {
    if (!this.isContiguous) return this.clone();
    this.assertAlive('Tensor.contiguous');
    return this;
  }

  /**
   * A copy in memory of its own, row-major.
   * @throws StateError when the memory was transferred away
   */
  clone(): Tensor {
    this.assertAlive('Tensor.clone');
    const data = allocate(this.dtype, this.size);
    copyRowMajor(this, data);
    return new Tensor(data, this.shape);
  }

  /** The elements in row-major order, as one typed array: the tensor's own memory where they lie so, else a copy. */
  elements(): TypedArray {
    const { data, offset, size } = this.contiguous();
    return data.length === size ? data : data.subarray(offset, offset + size);
  }

  /** The elements as arrays of arrays; a number for a tensor without axes. */
  toArray(): Nested {
    return nest(this.elements(), this.shape);
  }

  /** The elements in row-major order. */
  *[Symbol.iterator](): Generator<number, void, undefined> {
    this.assertAlive('Tensor');
    if (this.isContiguous) yield* this.elements();
    else for (const index of offsetsOf(this)) yield this.data[index]!;
  }

  /**
   * What `console.log` shows in Node, without colours: `Tensor float32 (2, 2) [ [ 1, 2 ], [ 3, 4 ] ]`. Of more than 100 elements, the
   * first and last three along each axis.
   */
  toString(): string {
    return this.#text(false);
  }

  /** The same for `console.log` and `util.inspect`. */
  [Symbol.for('nodejs.util.inspect.custom')](_depth: number, options: { readonly colors?: boolean }): string {
    return this.#text(options?.colors === true);
  }

  #text(colors: boolean): string {
    const gone = this.data.length < this.#end;
    const elements = gone ? '(its memory was transferred away)' : elementsText(this, colors);
    return `Tensor ${this.dtype} ${formatShape(this.shape)} ${elements}`;
  }

  #index(indices: readonly number[], who: string): number {
    const { shape, strides } = this;
    if (indices.length !== shape.length) {
      throw new ArgumentError(
        `${who}: expected ${shape.length} indices into shape ${formatShape(shape)} but received ${indices.length}`,
      );
    }
    let at = this.offset;
    for (let axis = 0; axis < shape.length; axis++) {
      const index = indices[axis]!;
      const size = shape[axis]!;
      if (!Number.isInteger(index) || index < 0 || index >= size) {
        const range = size === 0 ? 'to lie on an axis with elements' : `to be an integer in 0 … ${size - 1}`;
        throw new ArgumentError(expectation(`${who}: index ${axis}`, range, describe(index)));
      }
      at += index * strides[axis]!;
    }
    return at;
  }

  /**
   * @internal
   * @throws StateError when the memory was transferred away
   */
  assertAlive(who: string): void {
    if (this.data.length < this.#end) throw detached(who);
  }
}

/** One past the largest index that the window reaches, after checking that all lie in `data`. */
function checkWindow({ data, shape, strides, offset }: Tensor, exact: boolean): number {
  const size = elementCount(shape);
  if (exact) {
    if (size === data.length) return size;
    throw new ShapeError(
      expectation(
        'Tensor: data',
        `to have ${size} elements for shape ${formatShape(shape)}`,
        String(data.length),
      ),
    );
  }
  if (strides.length !== shape.length || ![offset, ...strides].every(Number.isSafeInteger)) {
    throw new ShapeError(
      `Tensor: expected ${shape.length} strides for shape ${formatShape(shape)} and an offset, all integers, but received ` +
        `${formatShape(strides)} and ${offset}`,
    );
  }
  let lowest = offset;
  let highest = offset;
  shape.forEach((length, axis) => {
    const reach = (length - 1) * strides[axis]!;
    if (reach < 0) lowest += reach;
    else highest += reach;
  });
  if (size === 0) return 0;
  if (lowest < 0 || highest >= data.length) {
    throw new ShapeError(
      `Tensor: expected the elements of shape ${formatShape(shape)} to lie inside data, 0 … ${data.length - 1}, but strides ` +
        `${formatShape(strides)} from ${offset} on reach from ${lowest} to ${highest}`,
    );
  }
  return highest + 1;
}

function detached(who: string): StateError {
  return new StateError(
    `${who}: the memory of this tensor is gone: its ArrayBuffer was transferred or made smaller`,
  );
}

/**
 * An array of length 0 may be a detached one, which only a new view on its buffer tells in Node 20.
 * @throws ArgumentError for a detached one
 */
export function assertAttached(data: TypedArray, what: string): void {
  if (data.length > 0) return;
  try {
    new Uint8Array(data.buffer);
  } catch (cause) {
    throw new ArgumentError(
      expectation(what, 'to be an array with its memory', 'one whose ArrayBuffer was transferred'),
      {
        cause,
      },
    );
  }
}
