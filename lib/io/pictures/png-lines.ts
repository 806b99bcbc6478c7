import { FormatError } from '../../core/errors.js';

/** What the samples of a picture are. */
export interface SampleFormat {
  /** In bits. */
  readonly depth: number;
  /** As they are stored: alpha is one, and so is an index. */
  readonly channels: number;
}

/**
 * Undoes the filter of a line in place (https://www.w3.org/TR/png-3/#9Filters). A byte depends on those at its own place in the pixels
 * to the left and above alone, so the bytes that nobody will look at, alpha and the lower ones of 16 bits, are left as they are.
 * @param lines holds the line and that above it
 * @param at where the line begins, behind its filter's byte
 * @param above where the line above it begins; -1 for the first one
 * @param shown channels that `writeSamples` will look at
 */
export function unfilter(
  filter: number,
  lines: Uint8Array,
  at: number,
  above: number,
  length: number,
  { depth, channels }: SampleFormat,
  shown: 1 | 3,
  name: string,
): void {
  if (filter > 4) throw new FormatError(`${name}: the PNG data are damaged: there is no filter ${filter}`);
  // What is smaller than a byte goes by bytes.
  const size = Math.max(1, depth >> 3);
  const step = Math.max(1, (depth * channels) >> 3);
  const end = at + length;
  const first = above < 0;
  if (filter === 2 && !first) addAbove(lines, at, above, end);
  else if (filter === 4 && !first && shown === 3) addPaethOfColours(lines, at, above, end, step, size);
  else {
    for (let c = 0; c < shown; c++) {
      const start = at + c * size;
      // Above the first line there are zeros.
      if (filter === 1 || (filter === 4 && first)) addLeft(lines, start, end, step);
      else if (filter === 3 && first) addHalfOfLeft(lines, start, end, step);
      else if (filter === 3) addAverage(lines, start, above + c * size, end, step);
      else if (filter === 4) addPaeth(lines, start, above + c * size, end, step);
    }
  }
}

function addAbove(lines: Uint8Array, at: number, above: number, end: number): void {
  for (let i = at, j = above; i < end; i++, j++) lines[i]! += lines[j]!;
}

function addLeft(lines: Uint8Array, at: number, end: number, step: number): void {
  for (let i = at, left = 0; i < end; i += step) {
    left = (lines[i]! + left) & 255;
    lines[i] = left;
  }
}

function addHalfOfLeft(lines: Uint8Array, at: number, end: number, step: number): void {
  for (let i = at, left = 0; i < end; i += step) {
    left = (lines[i]! + (left >> 1)) & 255;
    lines[i] = left;
  }
}

function addAverage(lines: Uint8Array, at: number, above: number, end: number, step: number): void {
  for (let i = at, j = above, left = 0; i < end; i += step, j += step) {
    left = (lines[i]! + ((left + lines[j]!) >> 1)) & 255;
    lines[i] = left;
  }
}

function addPaeth(lines: Uint8Array, at: number, above: number, end: number, step: number): void {
  for (let i = at, j = above, left = 0, corner = 0; i < end; i += step, j += step) {
    const up = lines[j]!;
    left = (lines[i]! + paeth(left, up, corner)) & 255;
    lines[i] = left;
    corner = up;
  }
}

/** Three channels at once: each waits for its byte to the left, and the processor takes the others meanwhile. */
function addPaethOfColours(
  lines: Uint8Array,
  at: number,
  above: number,
  end: number,
  step: number,
  size: number,
): void {
  let red = 0;
  let green = 0;
  let blue = 0;
  let redCorner = 0;
  let greenCorner = 0;
  let blueCorner = 0;
  for (let i = at, j = above; i < end; i += step, j += step) {
    const redUp = lines[j]!;
    const greenUp = lines[j + size]!;
    const blueUp = lines[j + 2 * size]!;
    red = (lines[i]! + paeth(red, redUp, redCorner)) & 255;
    green = (lines[i + size]! + paeth(green, greenUp, greenCorner)) & 255;
    blue = (lines[i + 2 * size]! + paeth(blue, blueUp, blueCorner)) & 255;
    lines[i] = red;
    lines[i + size] = green;
    lines[i + 2 * size] = blue;
    redCorner = redUp;
    greenCorner = greenUp;
    blueCorner = blueUp;
  }
}

/** That of the three neighbours which is nearest to left + above − corner. */
function paeth(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/**
 * Grey or colours of a line, as bytes without alpha.
 * @param pixels may be the memory that the line lies in, if from there on where it begins or before
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
  if (size === 1 && stored === channels && step === channels) {
    pixels.set(line, start);
    return;
  }
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
