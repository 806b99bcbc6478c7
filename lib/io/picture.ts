import { FormatError, GemmnetError } from '../core/errors.js';

/** A decoded picture. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  /** 1: grey; 3: red, green, blue. */
  readonly channels: 1 | 3;
  /** 0 … 255, of shape (height, width, channels). */
  readonly pixels: Uint8Array;
}

/**
 * A small file may claim to be a large picture, whose decoding would fill the memory: a picture may have so many pixels, or
 * `expansion` for each byte of its file.
 */
const anyPixels = 1 << 21;
const expansion = 32;

/**
 * @param name of the file, opens messages
 * @throws FormatError for a picture without pixels, or more of them than a file of this length may have
 */
export function checkPixels(height: number, width: number, fileLength: number, name: string): void {
  const limit = Math.max(anyPixels, expansion * fileLength);
  if (height > 0 && width > 0 && height * width <= limit) return;
  throw new FormatError(
    `${name}: expected a picture of 1 … ${limit} pixels in a file of ${fileLength} bytes but it says ${height} × ${width}`,
  );
}

/** What a library threw while it decoded a file. */
export function decodingError(cause: unknown, kind: 'PNG' | 'JPEG', name: string): GemmnetError {
  if (cause instanceof GemmnetError) return cause;
  return new FormatError(`${name}: the ${kind} data are damaged: ${(cause as Error).message}`, { cause });
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
  for (let i = 0; i < count; i++) {
    if (channels === 3) pixels.fill(from[i]!, 3 * i, 3 * i + 3);
    // 16 binary places of the factors, as Pillow rounds them.
    else
      pixels[i] = (19595 * from[3 * i]! + 38470 * from[3 * i + 1]! + 7471 * from[3 * i + 2]! + 0x8000) >> 16;
  }
  return { height, width, channels, pixels };
}
