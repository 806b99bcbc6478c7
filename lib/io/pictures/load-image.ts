import { allocate } from '../../core/memory.js';
import { checkOptions, oneOf, optional, positiveInteger } from '../../core/options.js';
import { Tensor } from '../../core/tensors/tensor.js';
import type { Readable } from '../files/source.js';
import { defaultMaxPixels, withChannels } from './picture.js';
import { readPicture } from './read-picture.js';

export interface ImageOptions {
  /** 1: grey; 3: red, green, blue; default: as the file has it. Transparency is left out. */
  readonly channels?: 1 | 3;
  /**
   * A picture of more pixels is refused before memory is taken for them: a small file may claim, or even be, a picture that fills it.
   * Default: 178,956,970, as Pillow has it.
   */
  readonly maxPixels?: number;
}

/** The rule of {@link ImageOptions.maxPixels}, for whoever reads pictures. */
export const maxPixelsOption = optional(positiveInteger, defaultMaxPixels);

/**
 * Reads a PNG or JPEG picture, with the pixels that Pillow shows. PNG: grey, RGB or a palette, with transparency (left out) or without,
 * 1 … 16 bits a sample, interlaced or not. JPEG: baseline or progressive, grey or colours, decoded by libjpeg-turbo; neither PNG's gamma
 * nor an orientation in the Exif data of a JPEG is applied (Pillow: `ImageOps.exif_transpose`).
 * @param from a path, or the contents of a file
 * @returns uint8 of shape (H, W, C), on shared memory; 0 is black
 * @throws FormatError for damaged or cut off data, another format, a kind of JPEG that few programs write (CMYK, 12 bits, arithmetic or
 *   lossless coding), or more than `maxPixels` pixels
 * @throws ArgumentError for a file that cannot be read, or a picture that memory cannot hold
 * @throws StateError for a JPEG where WebAssembly is switched off (`node --jitless`)
 */
export async function loadImage(from: Readable, options: ImageOptions = {}): Promise<Tensor> {
  const { channels, maxPixels } = checkOptions('loadImage', options, {
    channels: optional(oneOf(1, 3)),
    maxPixels: maxPixelsOption,
  });
  return await readPicture('loadImage', from, maxPixels, (found) => {
    const picture = withChannels(found, channels ?? found.channels);
    const data = allocate('uint8', picture.pixels.length);
    data.set(picture.pixels);
    return new Tensor(data, [picture.height, picture.width, picture.channels]);
  });
}
