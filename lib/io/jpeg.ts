import { readJpegStructure } from './jpeg-structure.js';
import { checkPixels, decodingError, type Picture } from './picture.js';

/** What jpeg-js takes for a pixel, at most, with four components that are not subsampled; and for tables. In bytes. */
const [perPixel, forTables] = [40, 1 << 24];

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/**
 * Decodes a JPEG picture (ITU-T T.81): baseline or progressive, grey or in colours; CMYK becomes RGB. An orientation in its Exif data
 * is not applied.
 * @param name of the file, opens messages
 * @throws FormatError for damaged data, and for more pixels than a file of this length may have
 */
export async function decodeJpeg(bytes: Uint8Array, name: string): Promise<Picture> {
  const { height, width, components } = readJpegStructure(bytes, name);
  checkPixels(height, width, bytes.length, name);
  // A CommonJS package: Node finds no names in it.
  const { decode } = (await import('jpeg-js')).default;
  try {
    const { data } = decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      // One more, since dividing rounds.
      maxResolutionInMP: (height * width + 1) / 1e6,
      maxMemoryUsageInMB: (forTables + perPixel * height * width) / 2 ** 20,
    });
    if (components > 1) return { height, width, channels: 3, pixels: data };
    const pixels = new Uint8Array(height * width);
    for (let i = 0; i < pixels.length; i++) pixels[i] = data[3 * i]!;
    return { height, width, channels: 1, pixels };
  } catch (cause) {
    throw decodingError(cause, 'JPEG', name);
  }
}
