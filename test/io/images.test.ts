import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { encode } from 'jpeg-js';
import { describe, expect, test } from 'vitest';
import { ArgumentError, FormatError, GemmnetError, ShapeError } from '../../lib/core/errors.js';
import { Tensor, tensor } from '../../lib/core/tensor.js';
import { loadImage, savePng } from '../../lib/io/images.js';
import { fixture } from '../fixtures/index.js';
import { hasPython, python } from '../python.js';
import { temporaryFolder } from '../temporary-folder.js';

const expected = JSON.parse(readFileSync(fixture('images/expected.json'), 'utf8')) as Record<
  string,
  { readonly shape: number[]; readonly pixels: number[] }
>;
const samples = Object.keys(expected).filter((name) => /\.(png|jpg)$/.test(name));
const bytesOf = (name: string) => new Uint8Array(readFileSync(fixture(`images/${name}`)));

type Chunk = readonly [type: string, body: Uint8Array];

function png(...chunks: readonly Chunk[]): Buffer {
  const parts = chunks.map(([type, body]) => {
    const typed = Buffer.concat([Buffer.from(type, 'latin1'), body]);
    const chunk = Buffer.alloc(typed.length + 8);
    chunk.writeUInt32BE(body.length);
    typed.copy(chunk, 4);
    chunk.writeUInt32BE(crc32(typed), typed.length + 4);
    return chunk;
  });
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...parts]);
}

function header(width: number, height: number, depth = 8, colour = 0, interlaced = 0): Chunk {
  const body = Buffer.alloc(13);
  body.writeUInt32BE(width, 0);
  body.writeUInt32BE(height, 4);
  body.set([depth, colour, 0, 0, interlaced], 8);
  return ['IHDR', body];
}

const data = (bytes: Uint8Array | readonly number[]): Chunk => ['IDAT', deflateSync(Uint8Array.from(bytes))];
const end: Chunk = ['IEND', new Uint8Array(0)];

/** What a JPEG file holds between its first two bytes and its last two, as segments. */
function jpegSegments(bytes: Uint8Array): Buffer[] {
  const segments: Buffer[] = [];
  for (let at = 2; bytes[at + 1] !== 0xd9; ) {
    const start = at;
    at += 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
    if (bytes[start + 1] === 0xda) {
      while (bytes[at] !== 0xff || bytes[at + 1] === 0) at++;
    }
    segments.push(Buffer.from(bytes.subarray(start, at)));
  }
  return segments;
}

function jpeg(...segments: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from('ffd8', 'hex'), ...segments, Buffer.from('ffd9', 'hex')]);
}

describe('loadImage', () => {
  test.each(samples)('reads %s as Pillow does', async (name) => {
    const image = await loadImage(fixture(`images/${name}`));
    const { shape, pixels } = expected[name]!;
    expect(image).toMatchObject({ shape, dtype: 'uint8' });
    expect(image.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    const differences = [...image].map((value, i) => Math.abs(value - pixels[i]!));
    // JPEG leaves the rounding, and how chroma is enlarged, to the decoder.
    const tolerance = name.endsWith('.png') ? 0 : name === 'subsampled.jpg' ? 24 : 3;
    expect(Math.max(...differences)).toBeLessThanOrEqual(tolerance);
  });

  test('makes colours grey and grey colours', async () => {
    const grey = await loadImage(bytesOf('rgb.png'), { channels: 1 });
    expect([...grey]).toEqual(expected['rgb.png in grey']!.pixels);
    expect(grey.shape).toEqual([11, 13, 1]);
    const colours = await loadImage(bytesOf('grey.png'), { channels: 3 });
    expect(colours.shape).toEqual([11, 13, 3]);
    expect([...colours]).toEqual(expected['grey.png']!.pixels.flatMap((value) => [value, value, value]));
  });

  test.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(0), 'expected a PNG or JPEG picture but the file is neither'],
    ['a GIF', Buffer.from('GIF89a'), 'neither'],
    ['no chunks', png(), 'expected a whole PNG chunk at byte 8'],
    ['no end', png(header(1, 1), data([0, 7])), 'expected a whole PNG chunk at byte'],
    ['no header', png(data([0, 7]), end), 'expected one PNG header, as the first chunk'],
    ['two headers', png(header(1, 1), header(9, 9), data([0, 7]), end), 'expected one PNG header'],
    ['a short header', png(['IHDR', new Uint8Array(5)], end), 'expected one PNG header'],
    ['a depth of 5', png(header(1, 1, 5), data([0, 7]), end), 'colour type 0, 5 bits'],
    ['RGB of 4 bits', png(header(1, 1, 4, 2), data([0, 7]), end), 'colour type 2, 4 bits'],
    ['an unknown colour type', png(header(1, 1, 8, 5), data([0, 7]), end), 'colour type 5'],
    ['interlaced bits', png(header(8, 1, 1, 0, 1), data([0, 7]), end), 'interlaced PNG pictures with 1 bits'],
    ['no pixels', png(header(0, 1), data([]), end), 'it says 1 × 0'],
    ['billions of pixels', png(header(2 ** 31, 2 ** 31), data([0]), end), 'it says 2147483648 × 2147483648'],
    [
      'millions of pixels',
      png(header(4000, 4000), data([0]), end),
      'expected a picture of 1 … 2097152 pixels',
    ],
    ['no data', png(header(1, 1), end), 'the PNG data are damaged'],
    [
      'data that are no zlib stream',
      png(header(1, 1), ['IDAT', Buffer.from('hello')], end),
      'the PNG data are damaged',
    ],
    [
      'too few data',
      png(header(2, 2), data([0, 7, 7]), end),
      'expected 6 bytes of PNG pixel data but received 3',
    ],
    [
      'a bomb',
      png(header(2, 2), data(new Uint8Array(50_000_000)), end),
      'expected 6 bytes of PNG pixel data but received more',
    ],
    [
      'an unknown filter',
      png(header(1, 1), data([9, 7]), end),
      'the PNG data are damaged: Unsupported filter: 9',
    ],
    ['no palette', png(header(1, 1, 8, 3), data([0, 7]), end), 'the PNG data are damaged'],
    [
      'a colour beyond the palette',
      png(header(1, 1, 8, 3), ['PLTE', Uint8Array.of(1, 2, 3)], data([0, 7]), end),
      'the PNG data are damaged',
    ],
    [
      'a palette of two bytes',
      png(header(1, 1, 8, 3), ['PLTE', Uint8Array.of(1, 2)], data([0, 0]), end),
      'the PNG data are damaged',
    ],
    [
      'an empty palette',
      png(header(1, 1, 8, 3), ['PLTE', new Uint8Array(0)], data([0, 0]), end),
      'the PNG data are damaged',
    ],
  ])('refuses %s', async (_name, bytes, message) => {
    await expect(loadImage(bytes)).rejects.toThrow(FormatError);
    await expect(loadImage(bytes)).rejects.toThrow(message);
  });

  test('passes over chunks that it does not need, also hostile ones', async () => {
    const bomb = Buffer.concat([Buffer.from('icc\0\0'), deflateSync(Buffer.alloc(50_000_000))]);
    const text = Buffer.from('__proto__\0polluted');
    const image = await loadImage(
      png(header(1, 1), ['iCCP', bomb], ['tEXt', text], ['tEXt', Buffer.from('no end')], data([0, 7]), end),
    );
    expect(image.toArray()).toEqual([[[7]]]);
  });

  test('refuses more chunks than a picture has', async () => {
    const chunk = png(['tEXt', new Uint8Array(0)]).subarray(8);
    const bytes = Buffer.concat([png(header(1, 1)), Buffer.alloc(chunk.length * (1 << 20), chunk)]);
    await expect(loadImage(bytes)).rejects.toThrow('expected at most 1048576 PNG chunks but received more');
  });

  test('takes bytes on shared memory', async () => {
    for (const name of ['rgb.png', 'rgb.jpg']) {
      const bytes = bytesOf(name);
      const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
      shared.set(bytes);
      expect((await loadImage(shared)).elements()).toEqual((await loadImage(bytes)).elements());
    }
  });

  test('refuses a checksum that is wrong', async () => {
    const bytes = png(header(1, 1), data([0, 7]), end);
    bytes[40]! ^= 1;
    await expect(loadImage(bytes)).rejects.toThrow(
      'expected a PNG chunk with the right checksum but that at byte 33',
    );
  });

  test('reads JPEG pictures of any size', async () => {
    for (let width = 1; width <= 150; width++) {
      const height = (width * 7) % 61 || 1;
      const { data: bytes } = encode(
        { width, height, data: new Uint8Array(4 * width * height).fill(99) },
        90,
      );
      const image = await loadImage(new Uint8Array(bytes));
      expect(image.shape).toEqual([height, width, 3]);
      expect(image.elements().every((value: number) => Math.abs(value - 99) <= 1)).toBe(true);
    }
  });

  const segments = jpegSegments(bytesOf('rgb.jpg'));
  const find = (code: number) => segments.find((segment) => segment[1] === code)!;
  const changed = (segment: Buffer, at: number, ...values: number[]) => {
    const copy = Buffer.from(segment);
    copy.set(values, at);
    return copy;
  };
  const withSegment = (code: number, at: number, ...values: number[]) =>
    jpeg(...segments.map((segment) => (segment[1] === code ? changed(segment, at, ...values) : segment)));

  test.each<[string, Uint8Array, string]>([
    ['nothing between start and end', jpeg(), 'neither|marker|picture'],
    ['no scan', jpeg(...segments.filter((segment) => segment[1] !== 0xda)), 'expected a picture'],
    ['no tables', jpeg(find(0xc0), find(0xda)), 'the JPEG data are damaged'],
    ['two frames', jpeg(find(0xc0), find(0xc0), find(0xda)), 'expected one frame and not two'],
    ['a scan before its frame', jpeg(find(0xda), find(0xc0)), 'expected a frame before its scans'],
    ['arithmetic coding', withSegment(0xc0, 1, 0xc9), 'expected a segment of a Huffman-coded picture'],
    ['samples of 12 bits', withSegment(0xc0, 4, 12), 'expected samples of 8 bits'],
    ['65535 × 65535 pixels', withSegment(0xc0, 5, 255, 255, 255, 255), 'it says 65535 × 65535'],
    ['no lines', withSegment(0xc0, 5, 0, 0), 'it says 0 × 13'],
    ['sampling factors of 15', withSegment(0xc0, 11, 0xff), 'expected sampling factors in 1 … 4'],
    ['sampling factors of 0', withSegment(0xc0, 11, 0), 'expected sampling factors in 1 … 4'],
    ['255 components', withSegment(0xc0, 9, 255), 'expected a frame of 1, 3 or 4 components'],
    ['a component twice', withSegment(0xc0, 13, find(0xc0)[10]!), 'components with different names'],
    ['a scan of 255 components', withSegment(0xda, 4, 255), 'expected a scan'],
    [
      'a table longer than its segment',
      withSegment(0xc4, 5, 255),
      'expected a segment of a Huffman-coded picture',
    ],
    ['65 scans', jpeg(find(0xc0), ...Array.from({ length: 65 }, () => find(0xda))), 'at most 64 scans'],
    [
      '10,000 comments',
      jpeg(...Array.from({ length: 10_000 }, () => Buffer.from('fffe0002', 'hex'))),
      'at most 4096 segments',
    ],
    ['a segment beyond the end', withSegment(0xe0, 2, 255, 255), 'expected a whole segment'],
    ['a segment of length 0', withSegment(0xe0, 2, 0, 0), 'expected a whole segment'],
  ])('refuses a JPEG with %s', async (_name, bytes, message) => {
    await expect(loadImage(bytes)).rejects.toThrow(FormatError);
    await expect(loadImage(bytes)).rejects.toThrow(new RegExp(message));
  });

  test.each(samples)('answers %s cut or changed at any byte with pixels or a GemmnetError', async (name) => {
    const bytes = bytesOf(name);
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Uint8Array.from(bytes);
      flipped[at]! ^= 1 << (at % 8);
      const cut = await loadImage(bytes.subarray(0, at)).catch((error: unknown) => error);
      // JPEG data may lack their last bytes.
      if (name.endsWith('.png') || cut instanceof Error) expect(cut).toBeInstanceOf(FormatError);
      await loadImage(flipped).catch((error: unknown) => expect(error).toBeInstanceOf(GemmnetError));
    }
  });

  test('names the file and refuses what is none', async () => {
    const folder = await temporaryFolder();
    await expect(loadImage(join(folder, 'x.png'))).rejects.toThrow('there is no such file or folder');
    await expect(loadImage(fixture('index.ts'))).rejects.toThrow(
      `loadImage: ${fixture('index.ts')}: expected a PNG`,
    );
    await expect(loadImage(7 as never)).rejects.toThrow(ArgumentError);
    await expect(loadImage(bytesOf('rgb.png'), { channels: 2 as never })).rejects.toThrow(
      'option channels to be 1 or 3',
    );
  });
});

describe('savePng', () => {
  const image = (channels: number) =>
    tensor(
      Uint8Array.from({ length: 6 * channels }, (_, i) => (i * 41) % 256),
      [2, 3, channels],
    );

  test.each([1, 3])('writes %i channels that loadImage reads', async (channels) => {
    const path = join(await temporaryFolder(), 'x.png');
    await savePng(path, image(channels));
    const read = await loadImage(path);
    expect(read.toArray()).toEqual(image(channels).toArray());
  });

  test('writes (H, W), strided and nested', async () => {
    const path = join(await temporaryFolder(), 'x.png');
    await savePng(path, tensor(Uint8Array.of(1, 2, 3, 4, 5, 6), [2, 3]).T);
    expect((await loadImage(path)).reshape(3, 2).toArray()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    await savePng(path, [[0, 255]]);
    expect([...(await loadImage(path))]).toEqual([0, 255]);
  });

  const pillow = hasPython('PIL');
  test.skipIf(!pillow)('writes what Pillow reads, with alpha too (needs Pillow)', async () => {
    const folder = await temporaryFolder();
    for (const channels of [1, 2, 3, 4]) {
      const path = join(folder, `${channels}.png`);
      await savePng(path, image(channels));
      const read = python(
        'import sys\nfrom PIL import Image\nprint(list(Image.open(sys.argv[1]).tobytes()))',
        [path],
      );
      expect(JSON.parse(read)).toEqual([...image(channels)]);
    }
  });

  test.each<[string, unknown, new (message: string) => GemmnetError, string]>([
    ['a vector', [1, 2], ShapeError, '(H, W, C) with pixels, of at most 4 channels, but received (2)'],
    ['no pixels', new Tensor(new Uint8Array(0), [0, 3]), ShapeError, '(0, 3)'],
    ['five channels', new Tensor(new Uint8Array(5), [1, 1, 5]), ShapeError, '(1, 1, 5)'],
    ['floats', new Tensor(new Float32Array(4), [2, 2]), ArgumentError, 'of dtype uint8 but received float32'],
    ['256', [[256]], ArgumentError, '0 … 255'],
  ])('refuses %s', async (_name, value, error, message) => {
    const path = join(await temporaryFolder(), 'x.png');
    await expect(savePng(path, value as never)).rejects.toThrow(error);
    await expect(savePng(path, value as never)).rejects.toThrow(message);
  });

  test('refuses no path', async () => {
    await expect(savePng(7 as never, [[1]])).rejects.toThrow('savePng: expected a path but received 7');
  });
});
