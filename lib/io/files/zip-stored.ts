import { crc32 } from 'node:zlib';

/** A file for an archive. */
export interface StoredFile {
  /** A relative path. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What the directory tells of a file. */
interface Entry {
  readonly name: Uint8Array;
  readonly size: number;
  readonly crc: number;
  /** Where its header begins. */
  readonly start: number;
}

/** Bytes that are checked at once. */
const pieceLength = 1 << 23;

/** From here on a number has its place in the records of ZIP64. */
const large = 0xffffffff;

const storedMethod = 0;
/** Names in UTF-8, and the checksum behind the contents. */
const flags = 0x0808;
/** Midnight, January 1st, 2000: any moment that is always the same. */
const [time, date] = [0, 0x2821];
/** Of the specification: who writes (Unix, 6.3), and what a reader has to know. */
const [madeBy, readable, readableZip64] = [0x033f, 20, 45];
/** An ordinary file that its owner may read and write. */
const mode = (0o100600 << 16) >>> 0;

/**
 * A ZIP archive (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT), uncompressed, with ZIP64 where it is needed: byte by
 * byte what yazl makes of streams. yazl computes the checksum in JavaScript, on the event loop, and hands each piece through five streams: of
 * 100 MB that took five times as long as the disk.
 */
export async function* storedZip(files: readonly StoredFile[]): AsyncGenerator<Uint8Array> {
  const entries: Entry[] = [];
  let position = 0;
  const put = (bytes: Uint8Array): Uint8Array => {
    position += bytes.length;
    return bytes;
  };
  for (const { name: text, bytes } of files) {
    const [name, start] = [new TextEncoder().encode(text), position];
    let crc = 0;
    yield put(localHeader(name));
    for (let at = 0; at < bytes.length; at += pieceLength) {
      const piece = bytes.subarray(at, at + pieceLength);
      crc = crc32(piece, crc);
      yield put(piece);
    }
    const entry = { name, size: bytes.length, crc, start };
    entries.push(entry);
    yield put(descriptor(entry));
  }
  const start = position;
  for (const entry of entries) yield put(directoryEntry(entry));
  yield endOfDirectory(entries.length, start, position);
}

function isZip64({ size, start }: Entry): boolean {
  return size >= large || start >= large;
}

function localHeader(name: Uint8Array): Uint8Array {
  const [crc, packedSize, size, extraLength] = [0, 0, 0, 0];
  return Buffer.concat([
    fields(
      [4, 0x04034b50],
      [2, readable],
      [2, flags],
      [2, storedMethod],
      [2, time],
      [2, date],
      [4, crc],
      [4, packedSize],
      [4, size],
      [2, name.length],
      [2, extraLength],
    ),
    name,
  ]);
}

/** What was not known before the contents. */
function descriptor(entry: Entry): Uint8Array {
  const { size, crc } = entry;
  const width = isZip64(entry) ? 8 : 4;
  return fields([4, 0x08074b50], [4, crc], [width, size], [width, size]);
}

function directoryEntry(entry: Entry): Uint8Array {
  const { name, size, crc, start } = entry;
  const zip64 = isZip64(entry);
  const disk = 0;
  const extra = zip64 ? fields([2, 1], [2, 24], [8, size], [8, size], [8, start]) : new Uint8Array(0);
  const [commentLength, internalAttributes] = [0, 0];
  return Buffer.concat([
    fields(
      [4, 0x02014b50],
      [2, madeBy],
      [2, zip64 ? readableZip64 : readable],
      [2, flags],
      [2, storedMethod],
      [2, time],
      [2, date],
      [4, crc],
      [4, zip64 ? large : size],
      [4, zip64 ? large : size],
      [2, name.length],
      [2, extra.length],
      [2, commentLength],
      [2, disk],
      [2, internalAttributes],
      [4, mode],
      [4, zip64 ? large : start],
    ),
    name,
    extra,
  ]);
}

/** @param start … `end`: where the directory lies */
function endOfDirectory(count: number, start: number, end: number): Uint8Array {
  const length = end - start;
  const [disk, commentLength] = [0, 0];
  const zip64 = count >= 0xffff || length >= large || start >= large;
  const last = fields(
    [4, 0x06054b50],
    [2, disk],
    [2, disk],
    [2, Math.min(count, 0xffff)],
    [2, Math.min(count, 0xffff)],
    [4, Math.min(length, large)],
    [4, Math.min(start, large)],
    [2, commentLength],
  );
  if (!zip64) return last;
  const recordLength = 56;
  const record = fields(
    [4, 0x06064b50],
    [8, recordLength - 12],
    [2, madeBy],
    [2, readableZip64],
    [4, disk],
    [4, disk],
    [8, count],
    [8, count],
    [8, length],
    [8, start],
  );
  const disks = 1;
  const locator = fields([4, 0x07064b50], [4, disk], [8, end], [4, disks]);
  return Buffer.concat([record, locator, last]);
}

/** Numbers of so many bytes each, the low one first. */
function fields(...numbers: readonly (readonly [width: 2 | 4 | 8, value: number])[]): Buffer {
  const bytes = Buffer.alloc(numbers.reduce((sum, [width]) => sum + width, 0));
  let at = 0;
  for (const [width, value] of numbers) {
    if (width === 8) bytes.writeBigUInt64LE(BigInt(value), at);
    else bytes.writeUIntLE(value, at, width);
    at += width;
  }
  return bytes;
}
