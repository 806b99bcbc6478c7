import { describe, expectation } from '../../core/describe.js';
import type { FloatDtype, TypedArray } from '../../core/dtype.js';
import { ArgumentError, ShapeError } from '../../core/errors.js';
import { allocateResult } from '../../core/memory.js';
import { checkOptions, nonNegativeInteger, optional, positiveInteger } from '../../core/options.js';
import { formatShape } from '../../core/tensors/shape.js';
import { asTensor, Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import { ProgramBuilder } from '../../ops/builder.js';
import { windowsAlong } from '../../ops/geometry.js';
import { batchRows } from '../../ops/program.js';
import { commonDtype } from './common-dtype.js';
import { keptProgram } from './kept-programs.js';
import type { Forward } from './layer-pass.js';
import { asPictures, exposePictures, type PictureShape, type Pictures, pixelsOf } from './pictures.js';

export interface ConvOptions {
  /** Pixels from one window to the next, along both axes; default 1. */
  readonly stride?: number;
  /** Zeros on each side of the pictures; default 0. */
  readonly pad?: number;
}

/** What {@link convForward} leaves to {@link convBackward}. */
export class ConvCache {
  /** Made by convForward. */
  readonly pass: ConvPass;
  constructor(pass: ConvPass) {
    this.pass = pass;
  }
}

interface ConvPass {
  readonly x: Pictures;
  /** (F, HH, WW, C) */
  readonly weights: TypedArray;
  readonly shape: ConvShape;
}

/** All sizes but the number of pictures. */
interface ConvShape extends PictureShape {
  readonly dtype: FloatDtype;
  readonly filters: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly stride: number;
  readonly pad: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

export interface ConvGradients {
  /** (N, C, H, W) */
  readonly dx: Tensor;
  /** (F, C, HH, WW) */
  readonly dw: Tensor;
  /** (F) */
  readonly db: Tensor;
}

/**
 * out[n, f, i, j] = Σ x[n, c, i·stride + h − pad, j·stride + w − pad] · w[f, c, h, w] + b[f] over c, h and w, with zeros around the
 * pictures (cs231n's `conv_forward_naive`, CS189's convolution of an image with a stack of masks; masks are not turned around).
 * @param x (N, C, H, W)
 * @param w (F, C, HH, WW)
 * @param b (F)
 * @returns out (N, F, H', W') with H' = ⌊(H + 2·pad − HH) / stride⌋ + 1 and W' alike, and what {@link convBackward} needs
 * @throws ShapeError, ArgumentError for what does not fit
 */
export function convForward(
  x: TensorLike,
  w: TensorLike,
  b: TensorLike,
  options: ConvOptions = {},
): Forward<ConvCache> {
  const who = 'convForward';
  const { stride, pad } = checkOptions(who, options, {
    stride: optional(positiveInteger, 1),
    pad: optional(nonNegativeInteger, 0),
  });
  const dtype = commonDtype(x, w, b);
  const pictures = asPictures(x, `${who}: x`, dtype);
  const { count, channels, height, width } = pictures;
  const given = asTensor(w, `${who}: w`, { shape: ['F', channels, 'HH', 'WW'], dtype, convert: true });
  if (given.size === 0) {
    throw new ShapeError(
      expectation(`${who}: w`, 'to have at least one element', `shape ${formatShape(given.shape)}`),
    );
  }
  const [filters, , kernelHeight, kernelWidth] = given.shape as [number, number, number, number];
  const outHeight = windowsAlong(height, kernelHeight, stride, pad);
  const outWidth = windowsAlong(width, kernelWidth, stride, pad);
  if (outHeight < 1 || outWidth < 1) {
    throw new ShapeError(
      expectation(
        `${who}: w`,
        `to be at most as high and wide as the pictures with their zeros (${height + 2 * pad}, ${width + 2 * pad})`,
        formatShape(given.shape),
      ),
    );
  }
  const bias = asTensor(b, `${who}: b`, { shape: [filters], dtype, convert: true }).elements();
  // Channels last, as the kernels read them: where they lie so already, nothing is copied.
  const weights = permuted(given, [0, 2, 3, 1]).elements();
  const sizes = { channels, height, width, filters, kernelHeight, kernelWidth, stride, pad };
  const shape: ConvShape = { dtype, ...sizes, outHeight, outWidth };
  const out = allocateResult(dtype, count * filters * outHeight * outWidth);
  forwardProgram(shape)(count, [pictures.data, weights, bias, out]);
  return {
    out: new Tensor(out, [count, filters, outHeight, outWidth]),
    cache: new ConvCache({ x: pictures, weights, shape }),
  };
}

/**
 * The gradients of {@link convForward} (cs231n's `conv_backward_naive`; CS189's gradients by the masks and by the image).
 * @param dout (N, F, H', W')
 */
export function convBackward(dout: TensorLike, cache: ConvCache): ConvGradients {
  const who = 'convBackward';
  if (!(cache instanceof ConvCache)) {
    throw new ArgumentError(
      `${who}: expected the cache that convForward returned but received ${describe(cache)}`,
    );
  }
  const { x, weights, shape } = cache.pass;
  const { dtype, channels, height, width, filters, kernelHeight, kernelWidth, outHeight, outWidth } = shape;
  const expected = [x.count, filters, outHeight, outWidth];
  const dy = asTensor(dout, `${who}: dout`, { shape: expected, dtype, convert: true }).elements();
  const dx = allocateResult(dtype, x.data.length);
  const dw = allocateResult(dtype, weights.length);
  const db = allocateResult(dtype, filters);
  backwardProgram(shape)(x.count, [x.data, weights, dy, dx, dw, db]);
  const stored = new Tensor(dw, [filters, kernelHeight, kernelWidth, channels]);
  return {
    dx: new Tensor(dx, [x.count, channels, height, width]),
    dw: permuted(stored, [0, 3, 1, 2]),
    db: new Tensor(db, [filters]),
  };
}

const forwardProgram = (shape: ConvShape) =>
  keptProgram(`convForward ${JSON.stringify(shape)}`, ['x', 'w', 'b', 'out'], () => {
    const builder = new ProgramBuilder(shape.dtype);
    const { filters, outHeight, outWidth } = shape;
    const x = pixelsOf(builder, 'x', shape);
    const y = builder.activation('y', batchRows(outHeight * outWidth), filters);
    const [w, b] = [weightsOf(builder, 'w', shape), builder.external('b', 1, filters)];
    builder.emit('conv2d', { x, w, b, y }, {}, attributesOf(shape));
    exposePictures(builder, 'out', y, { channels: filters, height: outHeight, width: outWidth });
    return builder;
  });

const backwardProgram = (shape: ConvShape) =>
  keptProgram(`convBackward ${JSON.stringify(shape)}`, ['x', 'w', 'dout', 'dx', 'dw', 'db'], () => {
    const builder = new ProgramBuilder(shape.dtype);
    const { channels, height, width, filters, outHeight, outWidth } = shape;
    const x = pixelsOf(builder, 'x', shape);
    const dy = pixelsOf(builder, 'dout', { channels: filters, height: outHeight, width: outWidth });
    const [w, dw] = [weightsOf(builder, 'w', shape), weightsOf(builder, 'dw', shape)];
    const dx = builder.activation('dxPixels', batchRows(height * width), channels);
    const attributes = attributesOf(shape);
    builder.emit('conv2d_weights', { dy, x, dw }, { beta: 0 }, attributes);
    builder.emit('column_sum', { x: dy, y: builder.external('db', 1, filters) }, { beta: 0 });
    builder.emit('conv2d_input', { dy, w, dx }, { beta: 0 }, attributes);
    exposePictures(builder, 'dx', dx, shape);
    return builder;
  });

const weightsOf = (builder: ProgramBuilder, name: string, shape: ConvShape) =>
  builder.external(name, shape.filters, shape.kernelHeight * shape.kernelWidth * shape.channels);

function attributesOf({ height, width, kernelHeight, kernelWidth, stride, pad }: ConvShape) {
  const windows = { kernelHeight, kernelWidth, strideY: stride, strideX: stride };
  return { height, width, ...windows, paddingY: pad, paddingX: pad };
}

/** The same elements with their axes in another order. */
function permuted({ data, shape, strides, offset }: Tensor, axes: readonly number[]): Tensor {
  const pick = (values: readonly number[]) => axes.map((axis) => values[axis]!);
  return new Tensor(data, pick(shape), pick(strides), offset);
}
