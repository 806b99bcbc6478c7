import { describe, expectation } from '../../core/describe.js';
import type { FloatDtype } from '../../core/dtype.js';
import { ArgumentError, ShapeError } from '../../core/errors.js';
import { allocateResult } from '../../core/memory.js';
import { checkOptions, positiveInteger } from '../../core/options.js';
import { asTensor, Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import { ProgramBuilder } from '../../ops/builder.js';
import { windowsAlong } from '../../ops/geometry.js';
import { batchRows } from '../../ops/program.js';
import { commonDtype } from './common-dtype.js';
import { keptProgram } from './kept-programs.js';
import type { Forward } from './layer-pass.js';
import { asPictures, exposePictures, type PictureShape, type Pictures, pixelsOf } from './pictures.js';

export interface MaxPoolOptions {
  readonly poolHeight: number;
  readonly poolWidth: number;
  /** Pixels from one window to the next, along both axes. */
  readonly stride: number;
}

/** What {@link maxPoolForward} leaves to {@link maxPoolBackward}. */
export class MaxPoolCache {
  /** Made by maxPoolForward. */
  readonly pass: { readonly x: Pictures; readonly shape: MaxPoolShape };
  constructor(pass: MaxPoolCache['pass']) {
    this.pass = pass;
  }
}

/** All sizes but the number of pictures. */
interface MaxPoolShape extends PictureShape, MaxPoolOptions {
  readonly dtype: FloatDtype;
  readonly outHeight: number;
  readonly outWidth: number;
}

/**
 * out[n, c, i, j] = the largest of x[n, c, i·stride + h, j·stride + w] with h < poolHeight, w < poolWidth (cs231n's
 * `max_pool_forward_naive`, CS189's max pooling); NaN where one is NaN.
 * @param x (N, C, H, W)
 * @returns out (N, C, H', W') with H' = ⌊(H − poolHeight) / stride⌋ + 1 and W' alike, and what {@link maxPoolBackward} needs
 * @throws ShapeError, ArgumentError for what does not fit
 */
export function maxPoolForward(x: TensorLike, options: MaxPoolOptions): Forward<MaxPoolCache> {
  const who = 'maxPoolForward';
  const { poolHeight, poolWidth, stride } = checkOptions(who, options, {
    poolHeight: positiveInteger,
    poolWidth: positiveInteger,
    stride: positiveInteger,
  });
  const dtype = commonDtype(x);
  const pictures = asPictures(x, `${who}: x`, dtype);
  const { count, channels, height, width } = pictures;
  if (poolHeight > height || poolWidth > width) {
    throw new ShapeError(
      expectation(
        who,
        `the windows to be at most as large as the pictures (${height}, ${width})`,
        `(${poolHeight}, ${poolWidth})`,
      ),
    );
  }
  const outHeight = windowsAlong(height, poolHeight, stride, 0);
  const outWidth = windowsAlong(width, poolWidth, stride, 0);
  const sizes = { channels, height, width, poolHeight, poolWidth, stride };
  const shape: MaxPoolShape = { dtype, ...sizes, outHeight, outWidth };
  const out = allocateResult(dtype, count * channels * outHeight * outWidth);
  forwardProgram(shape)(count, [pictures.data, out]);
  return {
    out: new Tensor(out, [count, channels, outHeight, outWidth]),
    cache: new MaxPoolCache({ x: pictures, shape }),
  };
}

/**
 * The gradient of {@link maxPoolForward}: each number of dout goes to the largest of its window, to the first (row by row) of equals.
 * @param dout (N, C, H', W')
 * @returns dx (N, C, H, W)
 */
export function maxPoolBackward(dout: TensorLike, cache: MaxPoolCache): Tensor {
  const who = 'maxPoolBackward';
  if (!(cache instanceof MaxPoolCache)) {
    throw new ArgumentError(
      `${who}: expected the cache that maxPoolForward returned but received ${describe(cache)}`,
    );
  }
  const { x, shape } = cache.pass;
  const { dtype, channels, height, width, outHeight, outWidth } = shape;
  const expected = [x.count, channels, outHeight, outWidth];
  const dy = asTensor(dout, `${who}: dout`, { shape: expected, dtype, convert: true }).elements();
  const dx = allocateResult(dtype, x.data.length);
  backwardProgram(shape)(x.count, [x.data, dy, dx]);
  return new Tensor(dx, [x.count, channels, height, width]);
}

const forwardProgram = (shape: MaxPoolShape) =>
  keptProgram(`maxPoolForward ${JSON.stringify(shape)}`, ['x', 'out'], () => {
    const builder = new ProgramBuilder(shape.dtype);
    const { channels, outHeight, outWidth } = shape;
    const y = builder.activation('y', batchRows(outHeight * outWidth), channels);
    builder.emit('max_pool', { x: pixelsOf(builder, 'x', shape), y }, {}, attributesOf(shape));
    exposePictures(builder, 'out', y, { channels, height: outHeight, width: outWidth });
    return builder;
  });

const backwardProgram = (shape: MaxPoolShape) =>
  keptProgram(`maxPoolBackward ${JSON.stringify(shape)}`, ['x', 'dout', 'dx'], () => {
    const builder = new ProgramBuilder(shape.dtype);
    const { channels, height, width, outHeight, outWidth } = shape;
    const x = pixelsOf(builder, 'x', shape);
    const dy = pixelsOf(builder, 'dout', { channels, height: outHeight, width: outWidth });
    const dx = builder.activation('dxPixels', batchRows(height * width), channels);
    builder.emit('max_pool_backward', { dy, x, dx }, { beta: 0 }, attributesOf(shape));
    exposePictures(builder, 'dx', dx, shape);
    return builder;
  });

function attributesOf({ height, width, poolHeight, poolWidth, stride }: MaxPoolShape) {
  const windows = { poolHeight, poolWidth, strideY: stride, strideX: stride };
  return { height, width, ...windows, paddingY: 0, paddingX: 0 };
}
