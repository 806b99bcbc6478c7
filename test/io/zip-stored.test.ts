import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import type { Source } from '../../lib/io/files/source.js';
import { listZip } from '../../lib/io/files/zip.js';
import { type StoredFile, storedZip } from '../../lib/io/files/zip-stored.js';

async function ofYazl(files: readonly StoredFile[]): Promise<Buffer> {
  const zip = new ZipFile();
  for (const { name, bytes } of files) {
    zip.addReadStream(Readable.from([bytes]), name, {
      compress: false,
      size: bytes.length,
      mtime: new Date(2000, 0, 1),
      forceDosTimestamp: true,
      mode: 0o100600,
    });
  }
  zip.end();
  return buffer(zip.outputStream);
}

describe('storedZip', () => {
  const counting = new Uint8Array(20_000_001).map((_, i) => i * 7);
  const numbered = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ name: `${i}`, bytes: new Uint8Array(0) }));

  test.each([
    ['no files', []],
    ['an empty one', [{ name: 'none', bytes: new Uint8Array(0) }]],
    ['names of all letters', [{ name: 'größe/数/😀', bytes: Uint8Array.of(1, 2, 3) }]],
    [
      'long ones',
      [
        { name: 'a', bytes: counting },
        { name: 'b', bytes: counting.subarray(1, 9_000_000) },
      ],
    ],
    ['many', numbered(300)],
  ])('writes of %s the bytes that yazl writes', async (_, files) => {
    const written = await buffer(Readable.from(storedZip(files)));
    expect(Buffer.compare(written, await ofYazl(files))).toBe(0);
  });

  test('has room for as many files as one likes', async () => {
    const [count, recordLength] = [65_536, 56 + 20 + 22];
    const end = (await buffer(Readable.from(storedZip(numbered(count))))).subarray(-recordLength);
    expect(end.readUInt32LE(0)).toBe(0x06064b50);
    expect([end.readBigUInt64LE(24), end.readBigUInt64LE(32)]).toEqual([BigInt(count), BigInt(count)]);
    expect(end.readUInt32LE(56)).toBe(0x07064b50);
    expect([end.readUInt32LE(76), end.readUInt16LE(84), end.readUInt16LE(86)]).toEqual([
      0x06054b50, 0xffff, 0xffff,
    ]);
  });

  test('has room for more than 4 GiB', async () => {
    // Nobody touches this memory, nor keeps what is made of it.
    const zeros = new Uint8Array(2 ** 31 + 2 ** 29);
    const files = [1, 0.8, 0.1].map((part, i) => ({
      name: `${i}`,
      bytes: zeros.subarray(0, Math.floor(part * zeros.length)),
    }));
    const kept: { readonly start: number; readonly bytes: Uint8Array }[] = [];
    let size = 0;
    for await (const bytes of storedZip(files)) {
      if (bytes.length < 4096) kept.push({ start: size, bytes });
      size += bytes.length;
    }
    const source: Source = {
      name: 'x.npz',
      size,
      read(bytes, position) {
        bytes.fill(0);
        for (const piece of kept) {
          const from = Math.max(position, piece.start);
          const to = Math.min(position + bytes.length, piece.start + piece.bytes.length);
          if (from < to)
            bytes.set(piece.bytes.subarray(from - piece.start, to - piece.start), from - position);
        }
        return Promise.resolve();
      },
    };
    const members = await listZip(source);
    expect(members.map(({ name, size: length }) => [name, length])).toEqual(
      files.map(({ name, bytes }) => [name, bytes.length]),
    );
    expect(members[2]!.start).toBeGreaterThan(2 ** 32 - 1);
    expect(members.every(({ deflated }) => !deflated)).toBe(true);
  });
});
