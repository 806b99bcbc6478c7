import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ArgumentError, FormatError } from '../../core/errors.js';
import { fileError } from '../../core/process/files.js';
import { refuseForeign } from '../files/foreign-file.js';
import { type Readable, readWhole, withSource } from '../files/source.js';
import { decodeJpeg, isJpeg } from './jpeg.js';
import type { Picture } from './picture.js';
import { decodePng, decodePngSync } from './png.js';
import { isPng } from './png-chunks.js';

/** What a file may be longer than its pixels, at their widest, would be: profiles, thumbnails, films behind them. In bytes. */
const besidePixels = 1 << 26;
const widestPixel = 8;

/**
 * @param who reads, for errors
 * @param maxPixels that a picture may have
 * @param take gets the picture, whose pixels are lent to it until it returns
 * @returns what `take` does
 * @throws FormatError, ArgumentError, StateError, as `loadImage` says; and what `take` throws
 */
export async function readPicture<Result>(
  who: string,
  from: Readable,
  maxPixels: number,
  take: (picture: Picture) => Result,
): Promise<Result> {
  return await withSource(who, from, async (source) => {
    const { name, size } = source;
    checkLength(size, maxPixels, name);
    const bytes = await readWhole(source, size);
    try {
      if (isPng(bytes)) return take(await decodePng(bytes, maxPixels, name));
      if (isJpeg(bytes)) return decodeJpeg(bytes, maxPixels, name, take);
    } catch (cause) {
      throw memoryError(name, cause);
    }
    await refuseForeign(source, { expected: 'a PNG or JPEG picture', own: ['png', 'jpeg'] });
    throw new FormatError(
      `${name}: expected a PNG or JPEG picture but the file ${size === 0 ? 'is empty' : 'is neither'}`,
    );
  });
}

/**
 * As `readPicture`, for threads that have nothing else to do meanwhile: promises would take longer than small files. It fails where
 * `readPicture` does, and with errors of the same kinds, but they say less of what is no picture at all.
 */
export function readPictureSync<Result>(
  who: string,
  path: string,
  maxPixels: number,
  take: (picture: Picture) => Result,
): Result {
  const name = `${who}: ${path}`;
  try {
    const bytes = readFile(path, maxPixels, name);
    if (isPng(bytes)) return take(decodePngSync(bytes, maxPixels, name));
    if (isJpeg(bytes)) return decodeJpeg(bytes, maxPixels, name, take);
    throw new FormatError(`${name}: expected a PNG or JPEG picture but the file is neither`);
  } catch (cause) {
    throw memoryError(name, fileError(who, 'read', path, cause));
  }
}

/** Whoever reads fewer bytes than this has the whole of a file, without asking how long it is. */
const head = new Uint8Array(1 << 16);

/** @returns memory that the next file is read into */
function readFile(path: string, maxPixels: number, name: string): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const count = readSync(file, head, 0, head.length, 0);
    if (count < head.length) return head.subarray(0, count);
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new ArgumentError(`${name}: expected a file but it is none`);
    checkLength(stat.size, maxPixels, name);
    const bytes = new Uint8Array(stat.size);
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(file, bytes, done, bytes.length - done, done);
      if (count === 0) {
        throw new FormatError(`${name}: expected ${bytes.length} bytes but the file ends at byte ${done}`);
      }
      done += count;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

function checkLength(size: number, maxPixels: number, name: string): void {
  const longest = besidePixels + widestPixel * maxPixels;
  if (size <= longest) return;
  throw new FormatError(
    `${name}: expected a file of at most ${longest} bytes for ${maxPixels} pixels but it has ${size}; ` +
      'option maxPixels allows more',
  );
}

/** What memory could not hold, as an error that says so; everything else passes through. */
function memoryError(name: string, cause: unknown): unknown {
  if (!(cause instanceof RangeError)) return cause;
  return new ArgumentError(`${name}: the picture does not fit into memory: ${cause.message}`, { cause });
}
