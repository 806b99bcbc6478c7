import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Dtype } from '../../lib/core/dtype.js';
import { ArgumentError, FormatError } from '../../lib/core/errors.js';
import { loadIdx } from '../../lib/io/arrays/idx.js';
import { fixture } from '../fixtures/index.js';

const expected = JSON.parse(readFileSync(fixture('formats/expected.json'), 'utf8')) as Record<
  string,
  { readonly shape: number[]; readonly sum: number; readonly first: number[] }
>;

/** An idx file by hand: two zeros, type, sizes and the bytes of the elements. */
function idx(type: number, sizes: readonly number[], body: readonly number[]): Buffer {
  const head = Buffer.from([0, 0, type, sizes.length]);
  const lengths = sizes.map((size) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(size);
    return bytes;
  });
  return Buffer.concat([head, ...lengths, Buffer.from(body)]);
}

describe('loadIdx', () => {
  test.each([
    ['images-idx3-ubyte', 'uint8'],
    ['images-idx3-ubyte.gz', 'uint8'],
    ['labels-idx1-ubyte.gz', 'uint8'],
    ['matrix-idx2-float32', 'float32'],
    ['matrix-idx2-float64', 'float64'],
  ])('reads %s', async (name, dtype) => {
    const t = await loadIdx(fixture(`formats/${name}`));
    const { shape, sum, first } = expected[name]!;
    expect(t).toMatchObject({ shape, dtype });
    expect([...t].slice(0, first.length)).toEqual(first);
    expect([...t].reduce((total, value) => total + value, 0)).toBeCloseTo(sum, 10);
    expect(t.data.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  test('takes bytes and file URLs', async () => {
    const path = fixture('formats/images-idx3-ubyte.gz');
    const fromUrl = await loadIdx(pathToFileURL(path));
    const fromBytes = await loadIdx(new Uint8Array(readFileSync(path)));
    expect(fromUrl.elements()).toEqual(fromBytes.elements());
  });

  test.each<[string, number, number[], number[], Dtype]>([
    ['unsigned bytes', 8, [0, 255], [0, 255], 'uint8'],
    ['signed bytes', 9, [0x80, 0x7f], [-128, 127], 'int32'],
    ['16-bit integers', 11, [0x80, 0, 0x01, 0x02], [-32768, 258], 'int32'],
    ['32-bit integers', 12, [0x80, 0, 0, 0, 0, 0, 1, 2], [-(2 ** 31), 258], 'int32'],
    ['floats', 13, [0x3f, 0xc0, 0, 0, 0xff, 0x80, 0, 0], [1.5, Number.NEGATIVE_INFINITY], 'float32'],
    ['doubles', 14, [0xc0, 4, 0, 0, 0, 0, 0, 0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0], [-2.5, 1], 'float64'],
  ])('reads %s', async (_name, type, body, values, dtype) => {
    for (const bytes of [idx(type, [2], body), gzipSync(idx(type, [2], body))]) {
      const t = await loadIdx(bytes);
      expect(t.dtype).toBe(dtype);
      expect(t.toArray()).toEqual(values);
    }
  });

  test('reads an empty array and one of many axes', async () => {
    expect((await loadIdx(idx(8, [0, 28, 28], []))).shape).toEqual([0, 28, 28]);
    expect((await loadIdx(idx(8, new Array(32).fill(1), [7]))).rank).toBe(32);
  });

  test.each<[string, Buffer, string]>([
    ['an empty file', Buffer.alloc(0), 'expected an idx header but the file ends at byte 0'],
    [
      'half a header',
      idx(8, [2, 2], []).subarray(0, 9),
      'expected an idx header but the file ends at byte 9',
    ],
    ['another file', Buffer.from('P5 28 28 255 '), 'received 80 53 at byte 0'],
    ['a zip archive', Buffer.from('PK\x03\x04....'), 'an idx file but it is a zip archive'],
    [
      'an unknown type',
      idx(10, [1], [0]),
      'expected an element type of idx (8, 9, 11 … 14) but received 10 at byte 2',
    ],
    ['no axes', idx(8, [], [0]), 'expected 1 … 32 axes but received 0 at byte 3'],
    ['too many axes', idx(8, new Array(33).fill(1), [0]), 'received 33 at byte 3'],
    ['a file cut off', idx(8, [2, 3], [1, 2, 3]), 'expected 18 bytes for shape (2, 3) but the file has 15'],
    ['half an element', idx(14, [1], [0, 0, 0]), 'expected 16 bytes for shape (1) but the file has 11'],
    ['a file too long', idx(8, [2], [1, 2, 3]), 'expected the file to end at byte 10'],
    ['a size that no file has', idx(14, [0xffffffff, 0xffffffff], [0]), 'but the file has 13'],
    ['a size beyond all numbers', idx(14, new Array(32).fill(0xffffffff), [0]), 'but the file has 133'],
  ])('refuses %s, plain and compressed', async (_name, bytes, message) => {
    await expect(loadIdx(bytes)).rejects.toThrow(FormatError);
    await expect(loadIdx(bytes)).rejects.toThrow(message);
    await expect(loadIdx(gzipSync(bytes))).rejects.toThrow(FormatError);
  });

  test('refuses damaged gzip data', async () => {
    const packed = gzipSync(
      idx(
        8,
        [1000],
        new Array(1000).fill(0).map((_, i) => (i * 7919) % 251),
      ),
    );
    await expect(loadIdx(packed.subarray(0, packed.length - 20))).rejects.toThrow(
      'damaged or incomplete near byte',
    );
    const broken = Buffer.from(packed);
    broken[60]! ^= 0xff;
    await expect(loadIdx(broken)).rejects.toThrow(FormatError);
  });

  test('takes no memory for what gzip data cannot hold, and stops reading a bomb', async () => {
    const claim = gzipSync(idx(8, [0xffffffff], []));
    await expect(loadIdx(claim)).rejects.toThrow(`but the file has at most ${claim.length * 1032}`);
    const bomb = gzipSync(Buffer.concat([idx(8, [10], []), Buffer.alloc(50_000_000)]));
    await expect(loadIdx(bomb)).rejects.toThrow('expected the file to end at byte 18');
  });

  test('names a file that it cannot read', async () => {
    await expect(loadIdx('/nowhere/x-idx1')).rejects.toThrow(ArgumentError);
    await expect(loadIdx('/nowhere/x-idx1')).rejects.toThrow(
      'loadIdx: cannot read /nowhere/x-idx1: there is no such file or folder',
    );
    await expect(loadIdx(fixture('formats'))).rejects.toThrow('expected a file but it is none');
    await expect(loadIdx(3 as never)).rejects.toThrow(
      'expected a path or the bytes of a file but received 3',
    );
  });
});
