import { crc32 } from 'node:zlib';
import { FormatError } from '../../core/errors.js';

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Each takes some time, also those of no length. */
const maxChunks = 1 << 20;

export function isPng(bytes: Uint8Array): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

/** A piece of a PNG file, without its length and checksum. */
export interface Chunk {
  readonly type: string;
  readonly body: Uint8Array;
}

/**
 * The chunks that a picture's pixels need.
 * @param name of the file, opens messages
 * @throws FormatError for chunks that are cut off, damaged or too many, with the byte
 */
export function readChunks(bytes: Uint8Array, name: string): readonly Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = signature.length, count = 1; ; count++) {
    const length = at + 12 > bytes.length ? Number.POSITIVE_INFINITY : view.getUint32(at);
    if (length > bytes.length - at - 12) {
      throw new FormatError(
        `${name}: expected a whole PNG chunk at byte ${at} but the file ends at byte ${bytes.length}`,
      );
    }
    if (count > maxChunks)
      throw new FormatError(`${name}: expected at most ${maxChunks} PNG chunks but received more`);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 8 + length;
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) {
      throw new FormatError(
        `${name}: expected a PNG chunk with the right checksum but that at byte ${at} is damaged`,
      );
    }
    if (type === 'IEND') return chunks;
    if (needed.has(type)) chunks.push({ type, body: bytes.subarray(at + 8, end) });
    at = end + 4;
  }
}

const needed: ReadonlySet<string> = new Set(['IHDR', 'PLTE', 'IDAT']);

/** A PNG file. */
export function writeChunks(chunks: readonly Chunk[]): Uint8Array {
  const parts: Uint8Array[] = [signature];
  for (const { type, body } of chunks) {
    const typed = Buffer.concat([Buffer.from(type, 'latin1'), body]);
    const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(body.length);
    checksum.writeUInt32BE(crc32(typed));
    parts.push(length, typed, checksum);
  }
  return Buffer.concat(parts);
}
