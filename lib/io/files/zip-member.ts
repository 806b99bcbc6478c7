import { pipeline, Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import { describe } from '../../core/describe.js';
import { FormatError } from '../../core/errors.js';
import { Turns } from '../../core/process/turns.js';
import { type Fill, fillFrom } from '../arrays/stored-array.js';
import type { Source } from './source.js';
import type { ZipMember } from './zip.js';

/** How many bytes of an archive are read, and how many are inflated, at once. */
const pieceLength = 1 << 20;

/**
 * Hands the contents of a member to `use`, as a source that is read from its start to its end, each byte once, and checks them.
 * Nothing is inflated but what is asked for.
 * @param archive that {@link listZip} listed
 * @throws FormatError for contents that are damaged, too short, too long or not those that the CRC-32 was made of; and whatever
 *   `use` throws
 */
export async function readMember<Result>(
  archive: Source,
  member: ZipMember,
  use: (contents: Source) => Promise<Result>,
): Promise<Result> {
  const name = `${archive.name}: ${describe(member.name).slice(1, -1)}`;
  const { size } = member;
  const inflater = member.deflated ? new Inflater(archive, member, name) : undefined;
  let position = 0;
  let checksum = 0;
  try {
    const result = await use({
      name,
      size,
      async read(bytes, at) {
        if (at !== position) throw new RangeError(`${name}: read at byte ${at} instead of ${position}`);
        if (at + bytes.length > size) {
          throw new FormatError(`${name}: expected ${at + bytes.length} bytes but there are ${size}`);
        }
        const fill: Fill =
          inflater === undefined ? fillFrom(archive, member.start + at) : (piece) => inflater.read(piece);
        checksum = await readChecked(bytes, fill, checksum);
        position += bytes.length;
      },
    });
    await inflater?.expectEnd();
    if (checksum !== member.crc32) {
      throw new FormatError(
        `${name}: expected contents with CRC-32 ${hex(member.crc32)} but received ${hex(checksum)}: the archive is damaged`,
      );
    }
    return result;
  } finally {
    inflater?.close();
  }
}

/** Bytes that are read, on several threads, while those before them are checked. */
const checkedLength = 1 << 24;

/** Fills `bytes`, and carries the checksum on; each piece is read while the one before is checked. */
async function readChecked(bytes: Uint8Array, fill: Fill, checksum: number): Promise<number> {
  let sum = checksum;
  let read: Uint8Array | undefined;
  const turns = new Turns();
  for (let at = 0; at < bytes.length; at += checkedLength) {
    const piece = bytes.subarray(at, at + checkedLength);
    const reading = fill(piece);
    if (read !== undefined) sum = crc32(read, sum);
    await reading;
    read = piece;
    if (turns.isOver) await turns.next();
  }
  return read === undefined ? sum : crc32(read, sum);
}

function hex(checksum: number): string {
  return `0x${checksum.toString(16).padStart(8, '0')}`;
}

/** Inflates a member from its start on, as far as it is read. */
class Inflater {
  readonly #name: string;
  readonly #packedSize: number;
  readonly #stream: InflateRaw;
  readonly #pieces: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  #position = 0;
  #sinceYield = 0;

  constructor(archive: Source, { start, end, size }: ZipMember, name: string) {
    this.#name = name;
    // At least zlib's least, and one more than there should be.
    this.#stream = createInflateRaw({ chunkSize: Math.min(Math.max(size + 1, 64), pieceLength) });
    this.#packedSize = end - start;
    // An error is thrown where the pieces are read, and is none when nobody reads them.
    this.#stream.on('error', () => {});
    pipeline(Readable.from(packed(archive, start, end)), this.#stream, () => {});
    this.#pieces = this.#stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  }

  /** @throws FormatError when there are fewer bytes, or damaged ones */
  async read(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      if (this.#rest.length === 0 && !(await this.#next())) {
        throw new FormatError(
          `${this.#name}: expected ${this.#position + bytes.length - done} bytes but it inflates to ${this.#position}`,
        );
      }
      const length = Math.min(this.#rest.length, bytes.length - done);
      bytes.set(this.#rest.subarray(0, length), done);
      this.#rest = this.#rest.subarray(length);
      this.#position += length;
      done += length;
    }
  }

  /** @throws FormatError when more follows, inflated or not */
  async expectEnd(): Promise<void> {
    if (this.#rest.length > 0 || (await this.#next())) {
      throw new FormatError(
        `${this.#name}: expected it to inflate to ${this.#position} bytes but more follows`,
      );
    }
    const used = this.#stream.bytesWritten;
    if (used !== this.#packedSize) {
      throw new FormatError(
        `${this.#name}: expected ${this.#packedSize} deflated bytes but received ${used} of them, followed by others`,
      );
    }
  }

  close(): void {
    this.#stream.destroy();
  }

  async #next(): Promise<boolean> {
    // Data that zlib has ready come without a turn of the event loop.
    if (this.#sinceYield++ % 16 === 15) await setImmediate();
    try {
      const { value, done } = await this.#pieces.next();
      if (done) return false;
      this.#rest = value;
      return true;
    } catch (cause) {
      if (!(cause as NodeJS.ErrnoException).code?.startsWith('Z_')) throw cause;
      throw new FormatError(
        `${this.#name}: expected deflated data but they are damaged or incomplete near byte ${this.#stream.bytesWritten}: ` +
          `${(cause as Error).message}`,
        { cause },
      );
    }
  }
}

async function* packed(archive: Source, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += pieceLength) {
    const bytes = new Uint8Array(Math.min(pieceLength, end - at));
    await archive.read(bytes, at);
    yield bytes;
  }
}
