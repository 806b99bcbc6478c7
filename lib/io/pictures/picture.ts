import { FormatError } from '../../core/errors.js';

/** A decoded picture. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  /** 1: grey; 3: red, green, blue. */
  readonly channels: 1 | 3;
  /** 0 … 255, of shape (height, width, channels). */
  readonly pixels: Uint8Array;
}

/** More pixels than this, says Pillow, are an attack. */
export const defaultMaxPixels = 178_956_970;

/**
 * @param name of the file, opens messages
 * @throws FormatError for a picture without pixels, or more of them than may be
 */
export function checkPixels(height: number, width: number, maxPixels: number, name: string): void {
  if (height === 0 || width === 0) {
    throw new FormatError(`${name}: expected a picture with pixels but it says ${height} × ${width}`);
  }
  if (height * width <= maxPixels) return;
  throw new FormatError(
    `${name}: expected a picture of at most ${maxPixels} pixels but it says ${height} × ${width}; ` +
      'option maxPixels allows more',
  );
}

/**
 * The picture in grey or in colours. Grey is ITU-R BT.601's luma, 0.299 R + 0.587 G + 0.114 B, rounded.
 * @param channels how many there shall be
 */
export function withChannels(picture: Picture, channels: 1 | 3): Picture {
  if (picture.channels === channels) return picture;
  const { height, width, pixels: from } = picture;
  const count = height * width;
  const pixels = new Uint8Array(count * channels);
  if (channels === 3) {
    for (let i = 0, at = 0; i < count; i++, at += 3) {
      const grey = from[i]!;
      pixels[at] = grey;
      pixels[at + 1] = grey;
      pixels[at + 2] = grey;
    }
  } else {
    // 16 binary places of the factors, as Pillow rounds them.
    for (let i = 0, at = 0; i < count; i++, at += 3) {
      pixels[i] = (19595 * from[at]! + 38470 * from[at + 1]! + 7471 * from[at + 2]! + 0x8000) >> 16;
    }
  }
  return { height, width, channels, pixels };
}
