import type { TerminalStyle } from './canvas.js';

/** A picture: grey, or the planes of its colours. */
export interface Picture {
  /** `channels` planes of `height` rows of `width` pixels. */
  readonly pixels: ArrayLike<number>;
  readonly height: number;
  readonly width: number;
  /** 1 for grey, 3 for red, green and blue. */
  readonly channels: 1 | 3;
  /** Of the brightest pixel there can be; the darkest is 0. */
  readonly max: number;
}

/** Red, green and blue, 0 … 1. */
type Rgb = readonly [number, number, number];

/** From dark to bright; on a light background from bright to dark. */
const ramp = ' .:-=+*#%@';

/**
 * A picture in `rows` lines of exactly `columns` columns: with 256 colours and Unicode two pixels a character, else characters that are
 * more or less full.
 */
export function drawPicture(picture: Picture, columns: number, rows: number, style: TerminalStyle): string[] {
  const lines = Array.from({ length: rows }, (_, row) => row);
  if (!style.unicode || style.colors < 256) {
    const cells = resampled(picture, columns, rows);
    return lines.map((row) => cells[row]!.map(inRamp).join(''));
  }
  const cells = resampled(picture, columns, 2 * rows);
  return lines.map((row) => {
    let line = '';
    let last = '';
    for (let column = 0; column < columns; column++) {
      const [top, bottom] = [cells[2 * row]![column]!, cells[2 * row + 1]![column]!];
      const colors = `\x1b[38;${colorCode(top, style)};48;${colorCode(bottom, style)}m`;
      line += `${colors === last ? '' : colors}▀`;
      last = colors;
    }
    return columns > 0 ? `${line}\x1b[39;49m` : line;
  });
}

/** Each cell is the mean of the pixels that it covers, wholly or in part. */
function resampled(picture: Picture, columns: number, rows: number): Rgb[][] {
  const { pixels, height, width, channels, max } = picture;
  const across = coverage(width, columns);
  const down = coverage(height, rows);
  const plane = (channel: number, row: number, column: number): number => {
    let sum = 0;
    for (const [y, share] of down[row]!) {
      for (const [x, part] of across[column]!) {
        sum += share * part * pixels[(channel * height + y) * width + x]!;
      }
    }
    return Math.min(1, Math.max(0, sum / max));
  };
  return Array.from(down, (_, row) =>
    Array.from(across, (_, column): Rgb => {
      const first = plane(0, row, column);
      return channels === 1 ? [first, first, first] : [first, plane(1, row, column), plane(2, row, column)];
    }),
  );
}

/** For each of `cells` equal parts of `size` pixels: which pixels it covers, and what share of it each of them is. */
function coverage(size: number, cells: number): (readonly [pixel: number, share: number])[][] {
  return Array.from({ length: cells }, (_, cell) => {
    const [from, to] = [(cell * size) / cells, ((cell + 1) * size) / cells];
    const shares: (readonly [number, number])[] = [];
    for (let pixel = Math.floor(from); pixel < Math.min(size, to); pixel++) {
      const share = (Math.min(to, pixel + 1) - Math.max(from, pixel)) / (to - from);
      if (share > 1e-9) shares.push([pixel, share]);
    }
    return shares;
  });
}

function inRamp([red, green, blue]: Rgb): string {
  const brightness = 0.299 * red + 0.587 * green + 0.114 * blue;
  return ramp[Math.min(ramp.length - 1, Math.floor(brightness * ramp.length + 1e-9))]!;
}

function colorCode(color: Rgb, { colors }: TerminalStyle): string {
  if (colors > 256) return `2;${color.map((part) => Math.round(255 * part)).join(';')}`;
  const [red, green, blue] = color;
  // The cube of 6 × 6 × 6 colours, and a finer ramp of greys from 8 to 238 beside it.
  if (Math.max(red, green, blue) - Math.min(red, green, blue) < 0.06) {
    const grey = Math.round((255 * green - 8) / 10);
    return `5;${grey < 0 ? 16 : grey > 23 ? 231 : 232 + grey}`;
  }
  const [r, g, b] = color.map(cubeLevel) as [number, number, number];
  return `5;${16 + 36 * r + 6 * g + b}`;
}

/** The levels of the cube are 0, 95, 135, 175, 215 and 255. */
function cubeLevel(part: number): number {
  const value = 255 * part;
  return value < 48 ? 0 : value < 115 ? 1 : Math.min(5, Math.round((value - 55) / 40));
}
