import { expectation } from '../../core/describe.js';
import type { FloatDtype, TypedArray } from '../../core/dtype.js';
import { ArgumentError, ShapeError } from '../../core/errors.js';
import { allocateResult } from '../../core/memory.js';
import { checkOptions, checkValue, nonNegative, optional, positiveInteger } from '../../core/options.js';
import { elementCount, formatShape } from '../../core/tensors/shape.js';
import { copyElements } from '../../core/tensors/strided.js';
import { asTensor, Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import {
  type BatchnormForward,
  type BatchnormParam,
  type ColumnsPass,
  columnGradients,
  columnValues,
  type NormGradients,
  normalizeColumns,
} from './batchnorm.js';
import { commonDtype } from './common-dtype.js';
import { type Forward, wrongCache } from './layer-pass.js';
import { type LayernormParam, normalizeRows, type RowsPass, rowGradients } from './layernorm.js';

type PictureShape = readonly [n: number, c: number, h: number, w: number];

/** What {@link spatialBatchnormForward} leaves to its backward function. */
export class SpatialBatchnormCache {
  /** Made by the forward function. */
  readonly pass: ColumnsPass & { readonly shape: PictureShape };
  constructor(pass: SpatialBatchnormCache['pass']) {
    this.pass = pass;
  }
}

/** What {@link spatialGroupnormForward} leaves to its backward function. */
export class SpatialGroupnormCache {
  /** Made by the forward function. */
  readonly pass: GroupsPass;
  constructor(pass: GroupsPass) {
    this.pass = pass;
  }
}

interface GroupsPass {
  readonly shape: PictureShape;
  /** Gamma's shape as it was given. */
  readonly channelShape: readonly number[];
  /** x̂ of each group of each picture: a row of channels and places. */
  readonly groups: RowsPass;
  /** x̂·gamma + beta of each channel. */
  readonly channels: ColumnsPass;
}

/**
 * Batch normalization of pictures, channel by channel over all pictures and places (cs231n's `spatial_batchnorm_forward`): as
 * {@link batchnormForward} of N·H·W rows of C columns.
 * @param x (N, C, H, W)
 * @param gamma (C)
 * @param beta (C)
 * @returns out (N, C, H, W), what {@link spatialBatchnormBackward} needs, and the parameter for the next call
 * @throws ShapeError, ArgumentError for what does not fit
 */
export function spatialBatchnormForward(
  x: TensorLike,
  gamma: TensorLike,
  beta: TensorLike,
  bnParam: BatchnormParam,
): BatchnormForward<SpatialBatchnormCache> {
  const who = 'spatialBatchnormForward';
  const dtype = commonDtype(x, gamma, beta);
  const { elements, shape } = pictures(x, `${who}: x`, dtype);
  const [n, channels, h, w] = shape;
  const scale = columnValues(gamma, `${who}: gamma`, channels, dtype);
  const shift = columnValues(beta, `${who}: beta`, channels, dtype);
  const rows = channelsLast(elements, shape);
  const { y, pass, next } = normalizeColumns(who, dtype, n * h * w, channels, rows, scale, shift, bnParam);
  return {
    out: new Tensor(channelsFirst(y, shape), shape),
    cache: new SpatialBatchnormCache({ ...pass, shape }),
    bnParam: next,
  };
}

/**
 * The gradients of {@link spatialBatchnormForward}, by the formulas of {@link batchnormBackward}.
 * @param dout (N, C, H, W)
 */
export function spatialBatchnormBackward(dout: TensorLike, cache: SpatialBatchnormCache): NormGradients {
  const who = 'spatialBatchnormBackward';
  if (!(cache instanceof SpatialBatchnormCache)) throw wrongCache(who, cache);
  const { shape, dtype } = cache.pass;
  const dy = asTensor(dout, `${who}: dout`, { shape, dtype, convert: true }).elements();
  const { dx, dgamma, dbeta } = columnGradients(channelsLast(dy, shape), cache.pass);
  return {
    dx: new Tensor(channelsFirst(dx, shape), shape),
    dgamma: new Tensor(dgamma),
    dbeta: new Tensor(dbeta),
  };
}

/**
 * Group normalization (Wu and He 2018; cs231n's `spatial_groupnorm_forward`): the channels of each picture in G groups, each normalized by
 * its own mean and biased variance over its channels and all places; out = x̂·gamma + beta channel by channel. G = 1 is layer
 * normalization, G = C instance normalization.
 * @param x (N, C, H, W)
 * @param gamma (1, C, 1, 1), as cs231n has it, or (C)
 * @param beta of the same shape
 * @param G a divisor of C
 * @returns out (N, C, H, W), and what {@link spatialGroupnormBackward} needs
 * @throws ShapeError, ArgumentError for what does not fit
 */
export function spatialGroupnormForward(
  x: TensorLike,
  gamma: TensorLike,
  beta: TensorLike,
  G: number,
  gnParam: LayernormParam = {},
): Forward<SpatialGroupnormCache> {
  const who = 'spatialGroupnormForward';
  const { eps } = checkOptions(`${who}: gnParam`, gnParam, { eps: optional(nonNegative, 1e-5) });
  const dtype = commonDtype(x, gamma, beta);
  const { elements, shape } = pictures(x, `${who}: x`, dtype);
  const [n, c, h, w] = shape;
  checkValue(`${who}: G`, G, positiveInteger);
  if (c % G !== 0) {
    throw new ArgumentError(expectation(`${who}: G`, `to divide the ${c} channels`, String(G)));
  }
  const scale = channelValues(gamma, `${who}: gamma`, c, dtype);
  const shift = channelValues(beta, `${who}: beta`, c, dtype);
  const cols = (c / G) * h * w;
  const [ones, zeros] = [filled(dtype, cols, 1), filled(dtype, cols, 0)];
  const { y: normalized, pass: groups } = normalizeRows(dtype, n * G, cols, elements, ones, zeros, eps);
  // Nothing is left to be normalized: by a mean of 0 and an inverse deviation of 1.
  const { y, pass: channels } = normalizeColumns(
    who,
    dtype,
    n * h * w,
    c,
    channelsLast(normalized, shape),
    scale.values,
    shift.values,
    { mode: 'test', eps: 0, runningMean: filled(dtype, c, 0), runningVar: filled(dtype, c, 1) },
  );
  return {
    out: new Tensor(channelsFirst(y, shape), shape),
    cache: new SpatialGroupnormCache({ shape, channelShape: scale.shape, groups, channels }),
  };
}

/**
 * The gradients of {@link spatialGroupnormForward}: dgamma = Σ dout·x̂ and dbeta = Σ dout channel by channel, dx as in
 * {@link layernormBackward} group by group.
 * @param dout (N, C, H, W)
 * @returns dx (N, C, H, W), dgamma and dbeta of gamma's shape
 */
export function spatialGroupnormBackward(dout: TensorLike, cache: SpatialGroupnormCache): NormGradients {
  const who = 'spatialGroupnormBackward';
  if (!(cache instanceof SpatialGroupnormCache)) throw wrongCache(who, cache);
  const { shape, channelShape, groups, channels } = cache.pass;
  const dy = asTensor(dout, `${who}: dout`, { shape, dtype: groups.dtype, convert: true }).elements();
  const { dx: slope, dgamma, dbeta } = columnGradients(channelsLast(dy, shape), channels);
  const dx = rowGradients(channelsFirst(slope, shape), groups);
  return {
    dx: new Tensor(dx, shape),
    dgamma: new Tensor(dgamma, channelShape),
    dbeta: new Tensor(dbeta, channelShape),
  };
}

function pictures(value: TensorLike, what: string, dtype: FloatDtype) {
  const tensor = asTensor(value, what, { shape: ['N', 'C', 'H', 'W'], dtype, convert: true });
  if (tensor.size === 0) {
    throw new ShapeError(
      expectation(what, 'to have at least one element', `shape ${formatShape(tensor.shape)}`),
    );
  }
  return { elements: tensor.elements(), shape: tensor.shape as readonly number[] as PictureShape };
}

/** One number a channel, as a row or so that it can be broadcast over pictures. */
function channelValues(value: TensorLike, what: string, channels: number, dtype: FloatDtype) {
  const tensor = asTensor(value, what, { dtype, convert: true });
  const broadcast = [1, channels, 1, 1];
  const shape = tensor.rank === 4 ? broadcast : [channels];
  return { values: asTensor(tensor, what, { shape, dtype }).elements(), shape };
}

function filled(dtype: FloatDtype, length: number, value: number): TypedArray {
  return allocateResult(dtype, length).fill(value);
}

/** (N, C, H, W) to rows of channels: (N·H·W, C). */
function channelsLast(x: TypedArray, [n, c, h, w]: PictureShape): TypedArray {
  return reordered(x, [n, h, w, c], [c * h * w, w, 1, h * w]);
}

/** Back to (N, C, H, W). */
function channelsFirst(x: TypedArray, [n, c, h, w]: PictureShape): TypedArray {
  return reordered(x, [n, c, h, w], [c * h * w, 1, w * c, c]);
}

function reordered(x: TypedArray, shape: readonly number[], strides: readonly number[]): TypedArray {
  const to = new Tensor(
    allocateResult(x instanceof Float64Array ? 'float64' : 'float32', elementCount(shape)),
    shape,
  );
  copyElements(new Tensor(x, shape, strides), to);
  return to.data;
}
