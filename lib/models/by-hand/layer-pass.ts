import { describe, expectation } from '../../core/describe.js';
import type { FloatDtype, TypedArray } from '../../core/dtype.js';
import { ArgumentError, ShapeError } from '../../core/errors.js';
import { formatShape } from '../../core/tensors/shape.js';
import { asTensor, type Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import type { CallKind, LayerCall } from './layer-call.js';

/** What a layer's forward function leaves to its backward function. */
export class LayerCache {
  /** Made by the forward functions. */
  readonly pass: Pass;
  constructor(pass: Pass) {
    this.pass = pass;
  }
}

/** One layer applied to one input. */
export interface Pass {
  readonly call: LayerCall;
  /** As the caller gave it; computed with as (rows, cols). */
  readonly shape: readonly number[];
  readonly rows: number;
  readonly x: TypedArray;
  readonly y: TypedArray;
  readonly parameters: readonly TypedArray[];
}

/** The result of a forward function. */
export interface Forward<Cache = LayerCache> {
  readonly out: Tensor;
  readonly cache: Cache;
}

export function passOf(who: string, kind: CallKind, cache: unknown): Pass {
  if (!(cache instanceof LayerCache) || cache.pass.call.kind !== kind) throw wrongCache(who, cache);
  return cache.pass;
}

/** dout, which has the shape of what the forward function returned. */
export function upstream(who: string, dout: TensorLike, { call, shape, rows }: Pass): TypedArray {
  const { kind, dtype, outputCols } = call;
  const expected = kind === 'Linear' ? [rows, outputCols] : shape;
  return asTensor(dout, `${who}: dout`, { shape: expected, dtype, convert: true }).elements();
}

export interface Input {
  readonly x: TypedArray;
  readonly shape: readonly number[];
  readonly rows: number;
  readonly cols: number;
}

/** x with its first axis as rows and all others as columns. */
export function input2d(value: TensorLike, what: string, dtype: FloatDtype): Input {
  const tensor = asTensor(value, what, { dtype, convert: true });
  const { shape, size } = tensor;
  if (size === 0) {
    throw new ShapeError(expectation(what, 'to have at least one element', `shape ${formatShape(shape)}`));
  }
  const rows = shape.length < 2 ? 1 : shape[0]!;
  return { x: tensor.elements(), shape, rows, cols: size / rows };
}

export function wrongCache(
  who: string,
  cache: unknown,
  forwardName = who.replace('Backward', 'Forward'),
): ArgumentError {
  return new ArgumentError(
    `${who}: expected the cache that ${forwardName} returned but received ${describe(cache)}`,
  );
}
