import { FormatError } from '../../core/errors.js';
import { readJpegStructure } from './jpeg-structure.js';
import { decodeWithTurbo } from './jpeg-turbo.js';
import { checkPixels, type Picture } from './picture.js';

/**
 * Warnings of libjpeg about what leaves every pixel as it was meant: something between the data and the next marker (cameras do that),
 * and a marker whose contents are not as they should be.
 */
const harmless =
  /^Corrupt JPEG data: \d+ extraneous bytes before marker 0x(?!d[0-7])|^Warning: unknown JFIF|^Unknown Adobe color transform|^Invalid SOS parameters for sequential JPEG/;

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/**
 * Decodes a JPEG picture (ITU-T T.81): baseline or progressive, grey, YCbCr or RGB, to the pixels that libjpeg-turbo, and so Pillow,
 * gives. An orientation in its Exif data is not applied.
 * @param maxPixels that it may have
 * @param name of the file, opens messages
 * @param take gets the picture, whose pixels are lent to it until it returns
 * @returns what `take` does
 * @throws FormatError for damaged or cut off data, for more pixels than may be, and for what few programs write (CMYK, 12 bits,
 *   arithmetic or lossless coding)
 */
export function decodeJpeg<Result>(
  bytes: Uint8Array,
  maxPixels: number,
  name: string,
  take: (picture: Picture) => Result,
): Result {
  const { height, width, components, blocks, end } = readJpegStructure(bytes, name);
  checkPixels(height, width, maxPixels, name);
  // A block takes a bit at least, so that a small file cannot claim a picture that fills the memory.
  if (blocks > 8 * end) {
    throw new FormatError(
      `${name}: expected a picture of ${height} × ${width} pixels but ${end} bytes of JPEG data cannot hold so many`,
    );
  }
  return decodeWithTurbo(
    bytes.subarray(0, end),
    height,
    width,
    components,
    name,
    ({ pixels, warnings, warning }) => {
      // Of several warnings the first alone is known.
      if (warnings > 1 || (warnings === 1 && !harmless.test(warning))) {
        throw new FormatError(`${name}: the JPEG data are damaged: ${warning}`);
      }
      return take({ height, width, channels: components, pixels });
    },
  );
}
