import { expectation } from '../core/describe.js';
import { FormatError, ShapeError } from '../core/errors.js';
import { allocate } from '../core/memory.js';
import { checkOptions, oneOf, optional } from '../core/options.js';
import { formatShape } from '../core/shape.js';
import { asTensor, Tensor, type TensorLike } from '../core/tensor.js';
import { writeAtomically } from './atomic-write.js';
import { decodeJpeg, isJpeg } from './jpeg.js';
import { type Picture, withChannels } from './picture.js';
import { decodePng, isPng } from './png.js';
import { type Readable, readWhole, withSource } from './source.js';

/** The longest file of a picture, in bytes. */
const maxLength = 1 << 26;

export interface ImageOptions {
  /** 1: grey; 3: red, green, blue; default: as the file has it. Transparency is left out. */
  readonly channels?: 1 | 3;
}

/**
 * Reads a PNG or JPEG picture. PNG: grey, RGB or a palette, with transparency or without, 1 … 16 bits a sample, interlaced from 8 bits
 * on. JPEG: baseline or progressive.
 * @param from a path, or the contents of a file
 * @returns uint8 of shape (H, W, C), on shared memory; 0 is black
 * @throws FormatError for damaged data, another format, or a small file that says that it has millions of pixels
 * @throws ArgumentError for a file that cannot be read
 */
export async function loadImage(from: Readable, options: ImageOptions = {}): Promise<Tensor> {
  const { channels } = checkOptions('loadImage', options, { channels: optional(oneOf(1, 3)) });
  const found = await readPicture('loadImage', from);
  const picture = withChannels(found, channels ?? found.channels);
  const data = allocate('uint8', picture.pixels.length);
  data.set(picture.pixels);
  return new Tensor(data, [picture.height, picture.width, picture.channels]);
}

/**
 * @param who reads, for errors
 * @throws what {@link loadImage} does
 */
export async function readPicture(who: string, from: Readable): Promise<Picture> {
  return await withSource(who, from, async (source) => {
    const bytes = await readWhole(source, maxLength);
    if (isPng(bytes)) return await decodePng(bytes, source.name);
    if (isJpeg(bytes)) return await decodeJpeg(bytes, source.name);
    throw new FormatError(`${source.name}: expected a PNG or JPEG picture but the file is neither`);
  });
}

/**
 * Writes a picture as a PNG file, which appears at once and whole.
 * @param image uint8 (or integers in 0 … 255) of shape (H, W) or (H, W, C): grey, grey with alpha, RGB or RGB with alpha
 * @throws ShapeError for another shape, or no pixels
 * @throws ArgumentError for other values, or a file that cannot be written
 */
export async function savePng(path: string | URL, image: TensorLike): Promise<void> {
  const pixels = asTensor(image, 'savePng: image', { dtype: 'uint8' });
  const [height = 0, width = 0, channels = 1] = pixels.shape;
  if (pixels.rank < 2 || pixels.rank > 3 || pixels.size === 0 || channels > 4) {
    throw new ShapeError(
      expectation(
        'savePng: image',
        'to have shape (H, W) or (H, W, C) with pixels, of at most 4 channels,',
        formatShape(pixels.shape),
      ),
    );
  }
  const { encode } = await import('fast-png');
  const bytes = encode({ width, height, channels, depth: 8, data: pixels.elements() as Uint8Array });
  await writeAtomically('savePng', path, bytes);
}
