import { expectation } from '../../core/describe.js';
import type { FloatDtype, TypedArray } from '../../core/dtype.js';
import { ShapeError } from '../../core/errors.js';
import { formatShape } from '../../core/tensors/shape.js';
import { asTensor, type TensorLike } from '../../core/tensors/tensor.js';
import type { BuilderSlot, ProgramBuilder } from '../../ops/builder.js';
import { batchRows } from '../../ops/program.js';

/** A batch of pictures (N, C, H, W). */
export interface Pictures {
  readonly data: TypedArray;
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** @throws ShapeError for what has another rank, or no elements */
export function asPictures(value: TensorLike, what: string, dtype: FloatDtype): Pictures {
  const tensor = asTensor(value, what, { rank: 4, dtype, convert: true });
  if (tensor.size === 0) {
    throw new ShapeError(
      expectation(what, 'to have at least one element', `shape ${formatShape(tensor.shape)}`),
    );
  }
  const [count, channels, height, width] = tensor.shape as readonly [number, number, number, number];
  return { data: tensor.elements(), count, channels, height, width };
}

/** The shape of pictures without their number. */
export interface PictureShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Declares pictures of the caller, channels first, and gives them as pixels, channels last. */
export function pixelsOf(builder: ProgramBuilder, name: string, shape: PictureShape): BuilderSlot {
  const { channels, height, width } = shape;
  const x = builder.external(name, 'batch', channels * height * width);
  const pixels = builder.activation(`${name}Pixels`, batchRows(height * width), channels);
  builder.emit('channels_last', { x, y: pixels }, {}, { height, width });
  return pixels;
}

/** Gives pixels to the caller as pictures, channels first. */
export function exposePictures(
  builder: ProgramBuilder,
  name: string,
  pixels: BuilderSlot,
  shape: PictureShape,
): void {
  const { channels, height, width } = shape;
  const y = builder.external(name, 'batch', channels * height * width);
  builder.emit('channels_first', { x: pixels, y }, {}, { height, width });
}
