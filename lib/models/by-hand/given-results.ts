import { describe, expectation, orList } from '../../core/describe.js';
import type { FloatDtype, TypedArray } from '../../core/dtype.js';
import { ArgumentError } from '../../core/errors.js';
import { allocateResult } from '../../core/memory.js';
import { asTensor } from '../../core/tensors/as-tensor.js';
import { Tensor } from '../../core/tensors/ndarray.js';
import { elementCount } from '../../core/tensors/shape.js';
import { copyElements } from '../../core/tensors/strided.js';

/**
 * Tensors that a function writes its results into, so that a loop leaves no results to the garbage collector: each under its result's
 * name, `{ out: { dx, dw, db } }` or `{ dx, dw, db }`. A tensor alone is the first of them, `{ out: hidden }`. Those left out are made
 * anew. A tensor whose elements do not lie in row-major order costs a copy.
 */
export type ResultOptions<Name extends string> = Results<Exclude<Name, 'out'>> & {
  readonly out?: Tensor | Results<Name>;
};

type Results<Name extends string> = Readonly<Partial<Record<Name, Tensor>>>;

/** Where one result is written. */
export interface Result {
  /** Its elements, as the kernels write them. */
  readonly data: TypedArray;
  /** What the caller gets. */
  readonly tensor: Tensor;
  /** Brings the elements where the caller wants them, if that is elsewhere. */
  readonly deliver?: () => void;
}

/** What a result may not lie upon: another result, or an operand, of which the kernels would read what they have written. */
export interface Occupied {
  readonly name: string;
  readonly data: TypedArray;
  /** Whether the result may take its very place: element by element, each is read before it is written. */
  readonly inPlace?: boolean;
}

/** The tensors that a caller gave for the results, by name: checked one by one in `resultIn`. */
export type Given = Readonly<Partial<Record<string, unknown>>> | undefined;

/**
 * @param names those of the results, the first also that of a tensor alone
 * @throws ArgumentError for what is no options object, or a name that is none of them
 */
export function givenResults(who: string, options: unknown, names: readonly string[]): Given {
  if (options === undefined) return undefined;
  if (typeof options !== 'object' || options === null || Array.isArray(options) || isTensor(options)) {
    throw new ArgumentError(
      expectation(
        `${who}: the last argument`,
        `to be an object { out } with tensors for ${orList(names)}`,
        describe(options),
      ),
    );
  }
  const { out, ...others } = options as { readonly out?: unknown };
  const inOut = isTensor(out) ? { [names[0]!]: out } : (out ?? {});
  if (out === null || typeof inOut !== 'object') {
    throw new ArgumentError(
      expectation(`${who}: option out`, `to hold tensors for ${orList(names)}`, describe(out)),
    );
  }
  const named = { ...others, ...inOut };
  const unknown = Object.keys(named).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new ArgumentError(`${who}: unknown result ${unknown}; the results are called ${orList(names)}`);
  }
  return named;
}

/**
 * Where a result is to be written: memory of its own, or the tensor that the caller gave.
 * @param transposed whether the kernels write its transpose (a matrix that is stored so)
 * @param occupied what it must not overlap
 * @throws ArgumentError, ShapeError for a given tensor that does not fit or lies upon an operand
 */
export function resultIn(
  who: string,
  given: Given,
  name: string,
  dtype: FloatDtype,
  shape: readonly number[],
  occupied: readonly Occupied[],
  transposed = false,
): Result {
  const tensor = given?.[name];
  if (tensor === undefined) return fresh(dtype, shape, transposed);
  const what = `${who}: out.${name}`;
  if (!isTensor(tensor)) throw new ArgumentError(expectation(what, 'to be a tensor', describe(tensor)));
  const target = asTensor(tensor, what, { shape, dtype });
  const stored = transposed ? target.T : target;
  const window = stored.isContiguous ? stored.elements() : undefined;
  const place = window ?? reach(target);
  for (const other of occupied) {
    if (
      !overlap(place, other.data) ||
      (other.inPlace === true && window !== undefined && same(window, other.data))
    )
      continue;
    throw new ArgumentError(
      `${who}: expected out.${name} to have memory of its own but it overlaps ${other.name}`,
    );
  }
  if (window !== undefined) return { data: window, tensor: target };
  const made = fresh(dtype, shape, transposed);
  return { data: made.data, tensor: target, deliver: () => copyElements(made.tensor, target) };
}

function fresh(dtype: FloatDtype, shape: readonly number[], transposed: boolean): Result {
  const data = allocateResult(dtype, elementCount(shape));
  return { data, tensor: transposed ? new Tensor(data, shape.toReversed()).T : new Tensor(data, shape) };
}

function isTensor(value: unknown): value is Tensor {
  return (
    value instanceof Tensor ||
    (typeof value === 'object' && value !== null && 'data' in value && 'shape' in value)
  );
}

/** The part of its memory from the first to the last element of a tensor in any order. */
function reach({ data, shape, strides, offset }: Tensor): TypedArray {
  let [first, last] = [offset, offset];
  for (const [axis, stride] of strides.entries()) {
    const far = stride * (shape[axis]! - 1);
    if (far < 0) first += far;
    else last += far;
  }
  return data.subarray(first, last + 1);
}

/** Whether two arrays share bytes. */
function overlap(a: TypedArray, b: TypedArray): boolean {
  return (
    a.buffer === b.buffer &&
    a.byteOffset < b.byteOffset + b.byteLength &&
    b.byteOffset < a.byteOffset + a.byteLength
  );
}

function same(a: TypedArray, b: TypedArray): boolean {
  return a.byteOffset === b.byteOffset && a.byteLength === b.byteLength;
}
