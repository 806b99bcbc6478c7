import { FormatError } from '../core/errors.js';

/** What the samples of a picture are. */
export interface SampleFormat {
  /** In bits. */
  readonly depth: number;
  /** As they are stored: alpha is one, and so is an index. */
  readonly channels: number;
}

/** Undoes a line's filter in place (https://www.w3.org/TR/png-3/#9Filters). */
export function unfilter(
  filter: number,
  line: Uint8Array,
  above: Uint8Array,
  { depth, channels }: SampleFormat,
  name: string,
): void {
  // The pixel to the left; where pixels are smaller than a byte, the byte.
  const step = Math.max(1, (depth * channels) >> 3);
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let i = step; i < line.length; i++) line[i]! += line[i - step]!;
      return;
    case 2:
      for (let i = 0; i < line.length; i++) line[i]! += above[i]!;
      return;
    case 3:
      for (let i = 0; i < line.length; i++) {
        line[i]! += ((i < step ? 0 : line[i - step]!) + above[i]!) >> 1;
      }
      return;
    case 4:
      for (let i = 0; i < step; i++) line[i]! += above[i]!;
      for (let i = step; i < line.length; i++) {
        line[i]! += paeth(line[i - step]!, above[i]!, above[i - step]!);
      }
      return;
    default:
      throw new FormatError(`${name}: the PNG data are damaged: there is no filter ${filter}`);
  }
}

/** That of the three neighbours which is nearest to left + above − corner. */
function paeth(left: number, above: number, corner: number): number {
  const [toLeft, toAbove] = [Math.abs(above - corner), Math.abs(left - corner)];
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/**
 * Grey or colours of a line, as bytes without alpha.
 * @param start of the line in `pixels`
 * @param step from pixel to pixel there
 */
export function writeSamples(
  line: Uint8Array,
  { depth, channels: stored }: SampleFormat,
  columns: number,
  pixels: Uint8Array,
  start: number,
  channels: 1 | 3,
  step: number,
): void {
  if (depth < 8) {
    const scale = 255 / ((1 << depth) - 1);
    for (let x = 0, to = start; x < columns; x++, to += step) pixels[to] = packed(line, depth, x) * scale;
    return;
  }
  // The higher byte of two comes first.
  const size = depth >> 3;
  for (let x = 0, to = start, from = 0; x < columns; x++, to += step, from += stored * size) {
    for (let c = 0; c < channels; c++) pixels[to + c] = line[from + c * size]!;
  }
}

/** The colours that the indices of a line stand for. */
export function writeColours(
  line: Uint8Array,
  { depth }: SampleFormat,
  columns: number,
  palette: Uint8Array,
  pixels: Uint8Array,
  start: number,
  step: number,
  name: string,
): void {
  for (let x = 0, to = start; x < columns; x++, to += step) {
    const from = 3 * packed(line, depth, x);
    if (from >= palette.length) {
      throw new FormatError(
        `${name}: the PNG data are damaged: expected a colour in 0 … ${palette.length / 3 - 1} of the palette but received ${from / 3}`,
      );
    }
    for (let c = 0; c < 3; c++) pixels[to + c] = palette[from + c]!;
  }
}

/** A sample of at most 8 bits; the first lies in the highest. */
function packed(line: Uint8Array, depth: number, x: number): number {
  const bit = x * depth;
  return (line[bit >> 3]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}
