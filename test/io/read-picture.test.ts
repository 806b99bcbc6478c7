import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ArgumentError, FormatError, GemmnetError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { loadImage } from '../../lib/io/pictures/load-image.js';
import { decodePngSync } from '../../lib/io/pictures/png.js';
import { readPicture, readPictureSync } from '../../lib/io/pictures/read-picture.js';
import { fixture } from '../fixtures/index.js';
import { temporaryFolder } from '../temporary-folder.js';

const pixelsOf = ({ pixels }: { readonly pixels: Uint8Array }) => pixels.slice();

describe('readPictureSync', () => {
  test.each(readdirSync(fixture('images')).filter((name) => /\.(png|jpg)$/.test(name)))(
    'reads %s as readPicture does',
    async (name) => {
      const path = fixture(`images/${name}`);
      const expected: unknown = await readPicture('read', path, 1e6, pixelsOf).catch(
        (error: unknown) => error,
      );
      let received: unknown;
      try {
        received = readPictureSync('read', path, 1e6, pixelsOf);
      } catch (error) {
        received = error;
      }
      expect(received).toEqual(expected);
    },
  );

  test('reads one file after the other, longer and shorter than what it reads at once', async () => {
    const folder = await temporaryFolder();
    const rng = new RandomState(1);
    for (const [height, width] of [
      [300, 400],
      [3, 4],
      [256, 255],
      [256, 257],
    ] as const) {
      const pixels = Uint8Array.from({ length: height * width }, () => rng.randint(256));
      const path = join(folder, `${width}.png`);
      writeFileSync(path, greyPng(height, width, pixels));
      expect(readPictureSync('read', path, 1e6, pixelsOf)).toEqual(pixels);
      expect((await loadImage(path)).elements()).toEqual(pixels);
    }
  });

  test('refuses what is no picture, or too large', async () => {
    const folder = await temporaryFolder();
    const read = (path: string, maxPixels = 1e6) => readPictureSync('read', path, maxPixels, pixelsOf);
    expect(() => read(join(folder, 'none.png'))).toThrow(ArgumentError);
    expect(() => read(folder)).toThrow(ArgumentError);
    expect(() => read(fixture('index.ts'))).toThrow(FormatError);
    expect(() => read(fixture('images/rgb.png'), 142)).toThrow('expected a picture of at most 142 pixels');
    for (const length of [0, 1, 40, 60]) {
      const path = join(folder, 'cut.png');
      writeFileSync(path, greyPng(20, 20, new Uint8Array(400).fill(1)).subarray(0, length));
      expect(() => read(path)).toThrow(GemmnetError);
    }
  });
});

describe('decodePngSync', () => {
  const types = [
    { type: 0, channels: 1, depths: [1, 2, 4, 8, 16] },
    { type: 2, channels: 3, depths: [8, 16] },
    { type: 4, channels: 2, depths: [8, 16] },
    { type: 6, channels: 4, depths: [8, 16] },
  ].flatMap(({ depths, ...rest }) => depths.map((depth) => ({ ...rest, depth })));

  test.each(types)('undoes any filters of $channels channels of $depth bits', ({ type, channels, depth }) => {
    const rng = new RandomState(depth);
    for (let trial = 0; trial < 20; trial++) {
      const [height, width] = [1 + rng.randint(9), 1 + rng.randint(9)];
      const length = Math.ceil((width * channels * depth) / 8);
      const lines = Uint8Array.from({ length: height * (1 + length) }, () => rng.randint(256));
      for (let y = 0; y < height; y++) lines[y * (1 + length)] = rng.randint(5);
      const { pixels } = decodePngSync(pngOf(height, width, depth, type, lines), 1e6, 'x');
      expect(pixels).toEqual(plainPixels(lines, height, width, channels, depth));
    }
  });
});

/** The filters as the standard writes them down, a byte at a time, and the samples behind them. */
function plainPixels(packed: Uint8Array, height: number, width: number, channels: number, depth: number) {
  const length = Math.ceil((width * channels * depth) / 8);
  const step = Math.max(1, (channels * depth) / 8);
  const raw = new Uint8Array(height * length);
  const at = (y: number, i: number) => (y < 0 || i < 0 ? 0 : raw[y * length + i]!);
  for (let y = 0; y < height; y++) {
    const filter = packed[y * (1 + length)]!;
    for (let i = 0; i < length; i++) {
      const [a, b, c] = [at(y, i - step), at(y - 1, i), i < step ? 0 : at(y - 1, i - step)];
      const p = a + b - c;
      const nearest = [a, b, c].reduce((best, one) => (Math.abs(p - one) < Math.abs(p - best) ? one : best));
      raw[y * length + i] = packed[y * (1 + length) + 1 + i]! + [0, a, b, (a + b) >> 1, nearest][filter]!;
    }
  }
  const shown = channels > 2 ? 3 : 1;
  return Uint8Array.from({ length: height * width * shown }, (_, k) => {
    const [y, x, c] = [Math.floor(k / shown / width), Math.floor(k / shown) % width, k % shown];
    if (depth >= 8) return at(y, ((x * channels + c) * depth) / 8);
    const sample = (at(y, (x * depth) >> 3) >> (8 - depth - ((x * depth) & 7))) & ((1 << depth) - 1);
    return (sample * 255) / ((1 << depth) - 1);
  });
}

function greyPng(height: number, width: number, pixels: Uint8Array): Uint8Array {
  const lines = Buffer.concat(
    Array.from({ length: height }, (_, y) =>
      Buffer.concat([Buffer.of(0), pixels.subarray(y * width, (y + 1) * width)]),
    ),
  );
  return pngOf(height, width, 8, 0, lines);
}

function pngOf(height: number, width: number, depth: number, type: number, lines: Uint8Array): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([depth, type], 8);
  const chunks = (
    [
      ['IHDR', header],
      ['IDAT', deflateSync(lines)],
      ['IEND', Buffer.alloc(0)],
    ] as const
  ).map(([name, body]) => {
    const typed = Buffer.concat([Buffer.from(name), body]);
    const frame = Buffer.alloc(typed.length + 8);
    frame.writeUInt32BE(body.length);
    typed.copy(frame, 4);
    frame.writeUInt32BE(crc32(typed), typed.length + 4);
    return frame;
  });
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...chunks]);
}
