import { describe, expect, it } from 'vitest';
import { RandomState } from '../../../lib/core/random/random-state.js';
import type { Canvas } from '../../../lib/plot/terminal/canvas.js';
import { drawGallery, galleryLength } from '../../../lib/plot/terminal/gallery.js';
import { drawPicture, type Picture } from '../../../lib/plot/terminal/picture.js';
import { displayWidth } from '../../../lib/plot/terminal/text.js';

const grey: Picture = { pixels: [0, 64, 128, 255], height: 2, width: 2, channels: 1, max: 255 };
const ascii: Canvas = { columns: 24, unicode: false, colors: 0 };

describe('drawPicture', () => {
  it('puts two pixels in a character, in 256 colours or all', () => {
    expect(drawPicture(grey, 2, 1, { unicode: true, colors: 16_777_216 })).toEqual([
      '\x1b[38;2;0;0;0;48;2;128;128;128m▀\x1b[38;2;64;64;64;48;2;255;255;255m▀\x1b[39;49m',
    ]);
    expect(drawPicture(grey, 2, 1, { unicode: true, colors: 256 })).toEqual([
      '\x1b[38;5;16;48;5;244m▀\x1b[38;5;238;48;5;231m▀\x1b[39;49m',
    ]);
  });

  it('names a colour once that several characters have', () => {
    const red: Picture = { pixels: [9, 9, 0, 0, 0, 0], height: 1, width: 2, channels: 3, max: 9 };
    expect(drawPicture(red, 2, 1, { unicode: true, colors: 256 })).toEqual([
      '\x1b[38;5;196;48;5;196m▀▀\x1b[39;49m',
    ]);
  });

  it('falls back to characters that are more or less full, at any size', () => {
    expect(drawPicture(grey, 4, 2, ascii)).toEqual(['  ::', '++@@']);
    // The mean of the four, 111.75 of 255.
    expect(drawPicture(grey, 1, 1, ascii)).toEqual(['=']);
    expect(drawPicture({ ...grey, pixels: [-5, 900, 0, 0] }, 2, 2, { ...ascii, colors: 256 })).toEqual([
      ' @',
      '  ',
    ]);
  });
});

describe('drawGallery', () => {
  it('sets pictures beside each other, with captions that are cut to their width', () => {
    const pictures = [
      { picture: grey, caption: ['3 99 %'] },
      { picture: grey, caption: ['unmistakable', 'is 3'], color: 'red' },
      { picture: grey, caption: ['no room'] },
    ] as const;
    expect(drawGallery(pictures, ascii)).toEqual([
      '  ::        ::',
      '++@@      ++@@',
      '3 99 %    unmistak',
      '          is 3',
    ]);
    expect(drawGallery(pictures, { ...ascii, unicode: true, colors: 16 }).slice(2)).toEqual([
      '3 99 %    \x1b[31munmista…\x1b[39m',
      '          \x1b[31mis 3\x1b[39m',
    ]);
    expect(drawGallery([], ascii)).toEqual([]);
  });

  it('is never wider than the terminal', () => {
    const rng = new RandomState(2);
    for (let i = 0; i < 120; i++) {
      const channels = i % 2 === 0 ? 1 : 3;
      const [height, width] = [1 + (i % 40), 1 + ((7 * i) % 40)];
      const pixels = rng.randint(256, channels * height * width);
      const picture = { pixels, height, width, channels, max: 255 } as const;
      const canvas = {
        columns: 8 + (i % 113),
        unicode: i % 3 > 0,
        colors: ([0, 16, 256, 16_777_216] as const)[i % 4]!,
      };
      const cells = new Array(20).fill({ picture, caption: ['automobile 100 %', 'is 漢字'] });
      const lines = drawGallery(cells, canvas);
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(canvas.columns);
      expect(lines.length).toBeGreaterThan(2);
      expect(galleryLength(picture, canvas)).toBeGreaterThanOrEqual(1);
    }
  });
});
