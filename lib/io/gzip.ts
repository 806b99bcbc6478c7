import { createGunzip } from 'node:zlib';
import { FormatError } from '../core/errors.js';

/** The most that DEFLATE can shrink: 258 bytes to two bits (RFC 1951), so to 1/1032. */
export const maxCompression = 1032;

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The contents of a gzip file piece by piece: whoever reads decides how much to keep, so a bomb fills no memory.
 * @param name of the file, for errors
 * @throws FormatError for damaged or incomplete data
 */
export async function* gunzip(bytes: Uint8Array, name: string): AsyncGenerator<Uint8Array> {
  const stream = createGunzip({ chunkSize: 1 << 18 });
  stream.end(bytes);
  try {
    for await (const piece of stream) yield piece as Uint8Array;
  } catch (cause) {
    throw new FormatError(
      `${name}: expected gzip data but they are damaged or incomplete near byte ${stream.bytesWritten}: ` +
        `${(cause as Error).message}`,
      { cause },
    );
  }
}
