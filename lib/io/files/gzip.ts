import { pipeline, Readable as Stream } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { FormatError, GemmnetError } from '../../core/errors.js';
import type { Source } from './source.js';

/** The most that DEFLATE can shrink: 258 bytes to two bits (RFC 1951), so to 1/1032. */
export const maxCompression = 1032;

/**
 * What a packed file may unpack to in all, in bytes: 64 MiB, and a longer one 1,000 times its length. No data of use come so near
 * to {@link maxCompression}.
 * @param length of the file, in bytes
 */
export function unpackedLimit(length: number): number {
  return Math.max(2 ** 26, 1000 * length);
}

/** Bytes that others are handed at once. */
const pieceLength = 1 << 18;

/** Bytes that are read or unpacked at once when they are only moved: each time costs some 100 µs. */
const largestPiece = 1 << 20;

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The contents of a gzip file piece by piece: whoever reads decides how much to keep, so a bomb fills no memory.
 * @param name of the file, for errors
 * @throws FormatError for damaged or incomplete data
 */
export function gunzip(bytes: Uint8Array, name: string): AsyncGenerator<Uint8Array> {
  return unpack([bytes], 'gzip', pieceLength, name);
}

/**
 * The contents of a gzip file, in memory.
 * @throws FormatError for damaged data, or more than {@link unpackedLimit} allows
 */
export async function gunzipWhole(source: Source): Promise<Uint8Array> {
  const limit = unpackedLimit(source.size);
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of unpackPart(source, 'gzip', 0, source.size)) {
    length += piece.length;
    if (length > limit) {
      throw new FormatError(
        `${source.name}: expected a file of ${source.size} bytes to unpack to at most ${limit} but there are more`,
      );
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Packed data as bytes that come as they are asked for, in the memory of whoever asks. */
export class Unpacked {
  readonly #name: string;
  readonly #pieces: AsyncGenerator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);
  /** How many bytes were given. */
  position = 0;

  /**
   * @param format `zlib` is that of RFC 1950
   * @param start … `end`: where in the source the data lie
   */
  constructor(source: Source, format: 'gzip' | 'zlib', start = 0, end = source.size) {
    this.#name = source.name;
    this.#pieces = unpackPart(source, format, start, end);
  }

  /** @throws FormatError for damaged data, or fewer of them */
  async fill(bytes: Uint8Array): Promise<void> {
    await this.#each(bytes.length, (piece, done) => bytes.set(piece, done));
  }

  /** @throws FormatError for damaged data, or fewer of them */
  async skip(count: number): Promise<void> {
    await this.#each(count, () => {});
  }

  /** Whether there are no more; what then follows in the source is not looked at. */
  async isAtEnd(): Promise<boolean> {
    return !(await this.#hasPiece());
  }

  /** Has to be called in the end, whatever happened. */
  async close(): Promise<void> {
    await this.#pieces.return(undefined);
  }

  async #each(count: number, use: (piece: Uint8Array, done: number) => void): Promise<void> {
    for (let done = 0; done < count; ) {
      if (!(await this.#hasPiece())) {
        throw new FormatError(
          `${this.#name}: expected ${this.position + count - done} bytes of unpacked data but they end at byte ${this.position}`,
        );
      }
      const piece = this.#piece.subarray(0, count - done);
      use(piece, done);
      this.#piece = this.#piece.subarray(piece.length);
      this.position += piece.length;
      done += piece.length;
    }
  }

  async #hasPiece(): Promise<boolean> {
    while (this.#piece.length === 0) {
      const { value, done } = await this.#pieces.next();
      if (done === true) return false;
      this.#piece = value;
    }
    return true;
  }
}

/** @param start … `end`: where in the source the data lie */
function unpackPart(
  source: Source,
  format: 'gzip' | 'zlib',
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  const chunkSize = Math.min(largestPiece, Math.max(1 << 14, 4 * (end - start)));
  return unpack(piecesOf(source, start, end), format, chunkSize, source.name);
}

async function* unpack(
  packed: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  format: 'gzip' | 'zlib',
  chunkSize: number,
  name: string,
): AsyncGenerator<Uint8Array> {
  const stream = (format === 'gzip' ? createGunzip : createInflate)({ chunkSize });
  // The stream is told of errors, and its reader is told by it.
  pipeline(Stream.from(packed), stream, () => {});
  try {
    for await (const piece of stream) yield piece as Uint8Array;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (cause instanceof GemmnetError || code?.startsWith('Z_') !== true) throw cause;
    throw new FormatError(
      `${name}: expected ${format} data but they are damaged or incomplete near byte ${stream.bytesWritten}: ${message}`,
      { cause },
    );
  }
}

/** The data piece by piece. */
async function* piecesOf(source: Source, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += largestPiece) {
    const piece = new Uint8Array(Math.min(largestPiece, end - at));
    await source.read(piece, at);
    yield piece;
  }
}
