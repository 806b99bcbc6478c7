import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ArgumentError, FormatError, GemmnetError, ShapeError, StateError } from '../../lib/core/errors.js';
import { Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import { loadImage } from '../../lib/io/pictures/load-image.js';
import { savePng } from '../../lib/io/pictures/save-png.js';
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
      // Restarts are a part of the coded data.
      while (bytes[at] !== 0xff || bytes[at + 1] === 0 || (bytes[at + 1]! & 0xf8) === 0xd0) at++;
    }
    segments.push(Buffer.from(bytes.subarray(start, at)));
  }
  return segments;
}

function jpeg(...segments: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from('ffd8', 'hex'), ...segments, Buffer.from('ffd9', 'hex')]);
}

function changed(segment: Buffer, at: number, ...values: number[]): Buffer {
  const copy = Buffer.from(segment);
  copy.set(values, at);
  return copy;
}

/** A picture of one grey, 128: each block takes two bits. */
function greyJpeg(height: number, width: number): Buffer {
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const oneCode = [1, ...new Array(15).fill(0), 0];
  const bits = 2 * Math.ceil(height / 8) * Math.ceil(width / 8);
  const coded = Buffer.alloc(Math.ceil(bits / 8));
  // What is left of the last byte is filled with ones.
  if (bits % 8 > 0) coded[coded.length - 1] = 255 >> (bits % 8);
  return jpeg(
    Buffer.of(0xff, 0xdb, 0, 67, 0, ...new Array(64).fill(1)),
    Buffer.of(0xff, 0xc0, 0, 11, 8, ...size, 1, 1, 0x11, 0),
    Buffer.of(0xff, 0xc4, 0, 20, 0x00, ...oneCode),
    Buffer.of(0xff, 0xc4, 0, 20, 0x10, ...oneCode),
    Buffer.of(0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0),
    coded,
  );
}

describe('loadImage', () => {
  test.each(samples)('reads %s as Pillow does', async (name) => {
    const image = await loadImage(fixture(`images/${name}`));
    const { shape, pixels } = expected[name]!;
    expect(image).toMatchObject({ shape, dtype: 'uint8' });
    expect(image.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect([...image]).toEqual(pixels);
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
    ['an empty file', new Uint8Array(0), 'expected a PNG or JPEG picture but the file is empty'],
    ['text', Buffer.from('no picture'), 'expected a PNG or JPEG picture but the file is neither'],
    ['a GIF', Buffer.from('GIF89a'), 'expected a PNG or JPEG picture but it is a GIF picture; '],
    ['a WebP', Buffer.from('RIFF\x24\0\0\0WEBPVP8X', 'latin1'), 'but it is a WebP picture; '],
    ['a BMP', Buffer.from('BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0', 'latin1'), 'but it is a BMP picture; '],
    ['no chunks', png(), 'expected a whole PNG chunk at byte 8'],
    ['no end', png(header(1, 1), data([0, 7])), 'expected a whole PNG chunk at byte'],
    ['no header', png(data([0, 7]), end), 'expected one PNG header, as the first chunk'],
    ['two headers', png(header(1, 1), header(9, 9), data([0, 7]), end), 'expected one PNG header'],
    ['a short header', png(['IHDR', new Uint8Array(5)], end), 'expected one PNG header'],
    ['a depth of 5', png(header(1, 1, 5), data([0, 7]), end), 'colour type 0, 5 bits'],
    ['RGB of 4 bits', png(header(1, 1, 4, 2), data([0, 7]), end), 'colour type 2, 4 bits'],
    ['an unknown colour type', png(header(1, 1, 8, 5), data([0, 7]), end), 'colour type 5'],
    ['no pixels', png(header(0, 1), data([]), end), 'expected a picture with pixels but it says 1 × 0'],
    ['billions of pixels', png(header(2 ** 31, 2 ** 31), data([0]), end), 'it says 2147483648 × 2147483648'],
    [
      'millions of pixels',
      png(header(4000, 4000), data([0]), end),
      'expected 16004000 bytes of PNG pixel data but 9 compressed bytes cannot hold so many',
    ],
    ['no data', png(header(1, 1), end), '0 compressed bytes cannot hold so many'],
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
      'the PNG data are damaged: there is no filter 9',
    ],
    [
      'no palette',
      png(header(1, 1, 8, 3), data([0, 7]), end),
      'a PNG palette of 1 … 256 colours but there is none',
    ],
    [
      'a colour beyond the palette',
      png(header(1, 1, 8, 3), ['PLTE', Uint8Array.of(1, 2, 3)], data([0, 7]), end),
      'expected a colour in 0 … 0 of the palette but received 7',
    ],
    [
      'a palette of two bytes',
      png(header(1, 1, 8, 3), ['PLTE', Uint8Array.of(1, 2)], data([0, 0]), end),
      'a PNG palette of 1 … 256 colours but received 2 bytes',
    ],
    [
      'an empty palette',
      png(header(1, 1, 8, 3), ['PLTE', new Uint8Array(0)], data([0, 0]), end),
      'a PNG palette of 1 … 256 colours but received 0 bytes',
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
      const image = await loadImage(greyJpeg(height, width));
      expect(image.shape).toEqual([height, width, 1]);
      expect(image.elements().every((value: number) => value === 128)).toBe(true);
    }
  });

  test('reads what takes few bytes a pixel', async () => {
    const mask = new Uint8Array(3000 * 4001);
    mask.fill(255, 5_000_000, 5_000_100);
    for (let y = 0; y < 3000; y++) mask[y * 4001] = 0;
    const read = await loadImage(png(header(4000, 3000), data(mask), end));
    expect(read.shape).toEqual([3000, 4000, 1]);
    expect(
      Buffer.from(read.elements()).equals(Buffer.alloc(12_000_000).fill(255, 4_998_750, 4_998_850)),
    ).toBe(true);
    // A4 at 600 dots an inch, a bit each: 39 KB at first, some 100 bytes when packed.
    const page = await loadImage(png(header(4960, 7016, 1), data(new Uint8Array(7016 * 621)), end));
    expect(page.shape).toEqual([7016, 4960, 1]);
    const smooth = await loadImage(greyJpeg(3000, 4000));
    expect(smooth.shape).toEqual([3000, 4000, 1]);
  });

  test.each<[string, Uint8Array]>([
    ['PNG', png(header(13, 11), data(new Uint8Array(14 * 11)), end)],
    ['JPEG', greyJpeg(11, 13)],
  ])('refuses a %s of more than maxPixels pixels', async (_name, bytes) => {
    await expect(loadImage(bytes, { maxPixels: 142 })).rejects.toThrow(FormatError);
    await expect(loadImage(bytes, { maxPixels: 142 })).rejects.toThrow(
      'loadImage: expected a picture of at most 142 pixels but it says 11 × 13; option maxPixels allows more',
    );
    expect((await loadImage(bytes, { maxPixels: 143 })).shape).toEqual([11, 13, 1]);
    await expect(loadImage(bytes, { maxPixels: 0 })).rejects.toThrow(
      'option maxPixels to be a positive integer',
    );
  });

  test('refuses more pixels than Pillow allows, unless maxPixels does', async () => {
    const bomb = png(header(20_000, 20_000), data(new Uint8Array(100)), end);
    await expect(loadImage(bomb)).rejects.toThrow(
      'at most 178956970 pixels but it says 20000 × 20000; option maxPixels',
    );
    await expect(loadImage(bomb, { maxPixels: 4e8 })).rejects.toThrow('compressed bytes cannot hold so many');
    const scaled = jpeg(
      ...jpegSegments(greyJpeg(8, 8)).map((one) =>
        one[1] === 0xc0 ? changed(one, 5, 255, 255, 255, 255) : one,
      ),
    );
    await expect(loadImage(scaled)).rejects.toThrow('it says 65535 × 65535; option maxPixels allows more');
    await expect(loadImage(scaled, { maxPixels: 2 ** 32 })).rejects.toThrow(
      'bytes of JPEG data cannot hold so many',
    );
  });

  const segments = jpegSegments(bytesOf('rgb.jpg'));
  const find = (code: number) => segments.find((segment) => segment[1] === code)!;
  const withSegment = (code: number, at: number, ...values: number[]) =>
    jpeg(...segments.map((segment) => (segment[1] === code ? changed(segment, at, ...values) : segment)));

  test.each<[string, Uint8Array, string]>([
    ['nothing between start and end', jpeg(), 'expected a picture'],
    ['no scan', jpeg(...segments.filter((segment) => segment[1] !== 0xda)), 'expected a picture'],
    [
      'no tables',
      jpeg(find(0xc0), find(0xda)),
      'the JPEG data are damaged: (Huffman|Quantization) table 0x00 was not defined',
    ],
    ['two frames', jpeg(find(0xc0), find(0xc0), find(0xda)), 'expected one frame and not two'],
    ['a scan before its frame', jpeg(find(0xda), find(0xc0)), 'expected a frame before its scans'],
    [
      'arithmetic coding',
      withSegment(0xc0, 1, 0xc9),
      'with arithmetic coding are not supported; save the picture as',
    ],
    [
      'lossless coding',
      withSegment(0xc0, 1, 0xc3),
      'with lossless coding are not supported; save the picture as',
    ],
    ['hierarchical coding', withSegment(0xc0, 1, 0xc5), 'with hierarchical coding are not supported'],
    [
      'samples of 12 bits',
      withSegment(0xc0, 4, 12),
      'with samples of 12 bits are not supported; save the picture as',
    ],
    [
      'CMYK',
      bytesOf('cmyk.jpg'),
      'with four components \\(CMYK or YCCK\\) are not supported; save the picture as',
    ],
    ['65535 × 65535 pixels', withSegment(0xc0, 5, 255, 255, 255, 255), 'it says 65535 × 65535'],
    ['no lines', withSegment(0xc0, 5, 0, 0), 'it says 0 × 13'],
    ['sampling factors of 15', withSegment(0xc0, 11, 0xff), 'expected sampling factors in 1 … 4'],
    ['sampling factors of 0', withSegment(0xc0, 11, 0), 'expected sampling factors in 1 … 4'],
    ['255 components', withSegment(0xc0, 9, 255), 'expected a frame at byte'],
    [
      'two components',
      jpeg(
        Buffer.concat([changed(find(0xc0), 3, 14), Buffer.alloc(0)])
          .subarray(0, 16)
          .fill(2, 9, 10),
        find(0xda),
      ),
      'expected a frame of 1 or 3 components',
    ],
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
    ['a scan of an unknown component', withSegment(0xda, 5, 99), 'expected a component of the frame'],
    [
      'a scan too few',
      jpeg(...jpegSegments(bytesOf('progressive.jpg')).slice(0, -1)),
      'to bring the whole picture but they lack details of component 1 of 3',
    ],
    [
      'the scan of one component alone',
      jpeg(
        find(0xdb),
        find(0xc0),
        find(0xc4),
        Buffer.concat([Buffer.of(0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0), find(0xda).subarray(14)]),
      ),
      'to bring the whole picture but they lack details of component 2 of 3',
    ],
    [
      'half of its data',
      jpeg(...segments.map((one) => (one[1] === 0xda ? one.subarray(0, one.length / 2) : one))),
      'the JPEG data are damaged: Corrupt JPEG data: premature end of data segment',
    ],
    [
      'half of its data, and something before its end',
      jpeg(
        ...jpegSegments(bytesOf('restarts.jpg')).map((one) => (one[1] === 0xda ? one.subarray(0, -30) : one)),
      ),
      'the JPEG data are damaged: Corrupt JPEG data: ',
    ],
  ])('refuses a JPEG with %s', async (_name, bytes, message) => {
    await expect(loadImage(bytes)).rejects.toThrow(FormatError);
    await expect(loadImage(bytes)).rejects.toThrow(new RegExp(message));
  });

  test('reads a JPEG whatever stands before or behind its end', async () => {
    const bytes = Buffer.from(bytesOf('sampling-420.jpg'));
    const end = bytes.subarray(-2);
    for (const changed of [
      Buffer.concat([bytes.subarray(0, -2), Buffer.from('0badcafe', 'hex'), end]),
      Buffer.concat([bytes, bytes]),
      Buffer.concat([bytes, Buffer.alloc(100)]),
      Buffer.concat([bytes.subarray(0, -2), Buffer.from('ffff', 'hex'), end]),
    ]) {
      expect([...(await loadImage(changed))]).toEqual(expected['sampling-420.jpg']!.pixels);
    }
  });

  test('refuses a JPEG that fits into no memory', async () => {
    const bytes = greyJpeg(65_535, 65_535);
    await expect(loadImage(bytes, { maxPixels: 2 ** 32 })).rejects.toThrow(ArgumentError);
    await expect(loadImage(bytes, { maxPixels: 2 ** 32 })).rejects.toThrow(
      'the picture does not fit into memory',
    );
  });

  test('reads sound JPEGs after damaged ones, and many at once', async () => {
    const damaged = jpeg(find(0xc0), find(0xda));
    const names = samples.filter((name) => name.endsWith('.jpg'));
    const read = async (name: string) => {
      await expect(loadImage(damaged)).rejects.toThrow(FormatError);
      return [...(await loadImage(bytesOf(name)))];
    };
    const all = await Promise.all(names.map(read));
    expect(all).toEqual(names.map((name) => expected[name]!.pixels));
  });

  test('says that JPEGs need WebAssembly where there is none', async () => {
    const { WebAssembly } = globalThis as { WebAssembly?: unknown };
    try {
      (globalThis as { WebAssembly?: unknown }).WebAssembly = undefined;
      await expect(loadImage(bytesOf('rgb.jpg'))).rejects.toThrow(StateError);
      await expect(loadImage(bytesOf('rgb.jpg'))).rejects.toThrow(
        'decoded by WebAssembly, which is switched off here',
      );
    } finally {
      (globalThis as { WebAssembly?: unknown }).WebAssembly = WebAssembly;
    }
  });

  test.each(samples)('refuses %s cut at any byte', async (name) => {
    const bytes = bytesOf(name);
    for (let at = 0; at < bytes.length; at++) {
      const cut = await loadImage(bytes.subarray(0, at)).catch((error: unknown) => error);
      if (!(cut instanceof FormatError)) expect.fail(`cut at byte ${at}: ${cut}`);
      if (at > 3 && name.endsWith('.jpg')) expect(cut.message).toContain('the file is cut off');
    }
  });

  const kinds = samples.filter((name) => !/^(sampling|quality|rgb-|ids|no|adobe-ycc|jfif)/.test(name));
  test.each(kinds)('answers %s changed at any byte with pixels or an error', async (name) => {
    const bytes = bytesOf(name);
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Uint8Array.from(bytes);
      flipped[at]! ^= 1 << (at % 8);
      const read = await loadImage(flipped).catch((error: unknown) => error);
      if (!(read instanceof Tensor || read instanceof GemmnetError))
        expect.fail(`bit of byte ${at}: ${read}`);
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

  test('writes integers of any dtype', async () => {
    const path = join(await temporaryFolder(), 'x.png');
    await savePng(path, tensor(Int32Array.of(0, 1, 254, 255), [2, 2]));
    expect([...(await loadImage(path))]).toEqual([0, 1, 254, 255]);
    await savePng(path, tensor(Int32Array.of(9, 8, 7, 6, 5, 4), [3, 2]).T);
    expect([...(await loadImage(path))]).toEqual([9, 7, 5, 8, 6, 4]);
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
    [
      'floats',
      new Tensor(new Float32Array(4), [2, 2]),
      ArgumentError,
      'of dtype uint8 but received float32; bring',
    ],
    ['256', [[256]], ArgumentError, 'image[0][0] to be an integer in 0 … 255 but received 256'],
    [
      'an integer below 0',
      tensor(Int32Array.of(0, 0, 0, 0, -1, 0), [2, 3]),
      ArgumentError,
      'expected image[1][1] to be an integer in 0 … 255 but received -1',
    ],
    [
      'an integer above 255',
      { data: Int32Array.of(0, 0, 0, 256), shape: [1, 2, 2] },
      ArgumentError,
      'expected image[0][1][1] to be an integer in 0 … 255 but received 256',
    ],
  ])('refuses %s', async (_name, value, error, message) => {
    const path = join(await temporaryFolder(), 'x.png');
    await expect(savePng(path, value as never)).rejects.toThrow(error);
    await expect(savePng(path, value as never)).rejects.toThrow(message);
  });

  test('refuses no path', async () => {
    await expect(savePng(7 as never, [[1]])).rejects.toThrow('savePng: expected a path but received 7');
  });
});
