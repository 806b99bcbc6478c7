import type { Picture } from '../../io/pictures/picture.js';

/** The source pixels that each output pixel is a mean of, along one axis, and their weights, which add up to 1 for each. */
interface Taps {
  /** The first source pixel of each. */
  readonly first: Int32Array;
  /** Where the weights of each begin; the last entry: where they end. */
  readonly begin: Int32Array;
  readonly weights: Float64Array;
}

/**
 * The picture in another size. Along an axis that shrinks, a pixel becomes the mean of the area that it covers; along one that
 * grows, it is interpolated linearly between the centres of its neighbours. Rows first, then columns, each sum in float32.
 */
export function resize(picture: Picture, height: number, width: number): Picture {
  if (picture.height === height && picture.width === width) return picture;
  const { channels, pixels } = picture;
  const narrow = channels === 3 ? narrowColours : narrowGrey;
  const columns = tapsOf(picture.width, width);
  const { first, begin, weights } = tapsOf(picture.height, height);
  const line = width * channels;
  const stride = picture.width * channels;
  // Source rows, narrowed two at a time. Those that a row of the result shares with the next one are among the last four.
  const narrowed = Array.from({ length: 4 }, () => new Float32Array(line));
  let there = 0;
  const sums = new Float32Array(line);
  const resized = new Uint8Array(height * line);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let k = begin[y]!, row = first[y]!; k < begin[y + 1]!; k++, row++) {
      if (row >= there) {
        const even = row & ~1;
        const odd = Math.min(even + 1, picture.height - 1);
        narrow(pixels, even * stride, odd * stride, columns, narrowed[even & 3]!, narrowed[(even + 1) & 3]!);
        there = even + 2;
      }
      const values = narrowed[row & 3]!;
      const weight = weights[k]!;
      for (let x = 0; x < line; x++) sums[x]! += weight * values[x]!;
    }
    for (let x = 0, to = y * line; x < line; x++, to++) resized[to] = Math.round(sums[x]!);
  }
  return { height, width, channels, pixels: resized };
}

/**
 * Narrows two rows of a grey picture at once: a sum waits for itself, and the processor takes the others meanwhile.
 * @param start of the one row
 * @param start2 of the other
 */
function narrowGrey(
  pixels: Uint8Array,
  start: number,
  start2: number,
  { first, begin, weights }: Taps,
  line: Float32Array,
  line2: Float32Array,
): void {
  for (let x = 0; x < line.length; x++) {
    let sum = 0;
    let sum2 = 0;
    const end = begin[x + 1]!;
    for (let k = begin[x]!, at = first[x]!; k < end; k++, at++) {
      const weight = weights[k]!;
      sum = Math.fround(sum + weight * pixels[start + at]!);
      sum2 = Math.fround(sum2 + weight * pixels[start2 + at]!);
    }
    line[x] = sum;
    line2[x] = sum2;
  }
}

/** As {@link narrowGrey}, for a picture in colours. */
function narrowColours(
  pixels: Uint8Array,
  start: number,
  start2: number,
  { first, begin, weights }: Taps,
  line: Float32Array,
  line2: Float32Array,
): void {
  for (let x = 0, to = 0; to < line.length; x++, to += 3) {
    let red = 0;
    let green = 0;
    let blue = 0;
    let red2 = 0;
    let green2 = 0;
    let blue2 = 0;
    const end = begin[x + 1]!;
    for (let k = begin[x]!, at = start + 3 * first[x]!, at2 = start2 + 3 * first[x]!; k < end; k++) {
      const weight = weights[k]!;
      red = Math.fround(red + weight * pixels[at]!);
      green = Math.fround(green + weight * pixels[at + 1]!);
      blue = Math.fround(blue + weight * pixels[at + 2]!);
      red2 = Math.fround(red2 + weight * pixels[at2]!);
      green2 = Math.fround(green2 + weight * pixels[at2 + 1]!);
      blue2 = Math.fround(blue2 + weight * pixels[at2 + 2]!);
      at += 3;
      at2 += 3;
    }
    line[to] = red;
    line[to + 1] = green;
    line[to + 2] = blue;
    line2[to] = red2;
    line2[to + 1] = green2;
    line2[to + 2] = blue2;
  }
}

function tapsOf(from: number, to: number): Taps {
  const scale = from / to;
  const first = new Int32Array(to);
  const begin = new Int32Array(to + 1);
  const weights: number[] = [];
  for (let i = 0; i < to; i++) {
    first[i] =
      scale > 1
        ? addAreaTaps(weights, i * scale, scale, from)
        : addLinearTaps(weights, (i + 0.5) * scale, from);
    begin[i + 1] = weights.length;
  }
  return { first, begin, weights: Float64Array.from(weights) };
}

/** @returns the first source pixel */
function addAreaTaps(weights: number[], start: number, length: number, from: number): number {
  const first = Math.floor(start);
  const end = Math.min(from, Math.ceil(start + length));
  for (let i = first; i < end; i++) {
    weights.push((Math.min(start + length, i + 1) - Math.max(start, i)) / length);
  }
  return first;
}

/** @returns the first source pixel */
function addLinearTaps(weights: number[], centre: number, from: number): number {
  const position = Math.min(Math.max(centre - 0.5, 0), from - 1);
  const first = Math.min(Math.floor(position), Math.max(from - 2, 0));
  const fraction = position - first;
  if (fraction === 0) weights.push(1);
  else weights.push(1 - fraction, fraction);
  return first;
}
