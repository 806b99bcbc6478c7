import type { Picture } from '../io/picture.js';

/** The source pixels that an output pixel is a mean of, along one axis, and their weights, which add up to 1. */
interface Taps {
  readonly first: number;
  readonly weights: readonly number[];
}

/**
 * The picture in another size. Along an axis that shrinks, a pixel becomes the mean of the area that it covers; along one that
 * grows, it is interpolated linearly between the centres of its neighbours.
 */
export function resize(picture: Picture, height: number, width: number): Picture {
  if (picture.height === height && picture.width === width) return picture;
  const { channels, pixels } = picture;
  // (picture.height, width, channels)
  const narrow = new Float32Array(picture.height * width * channels);
  const columns = tapsOf(picture.width, width);
  for (let y = 0, at = 0; y < picture.height; y++) {
    for (const { first, weights } of columns) {
      const start = (y * picture.width + first) * channels;
      for (let c = 0; c < channels; c++, at++) {
        for (let i = 0; i < weights.length; i++)
          narrow[at]! += weights[i]! * pixels[start + i * channels + c]!;
      }
    }
  }
  const line = width * channels;
  const sums = new Float32Array(line);
  const resized = new Uint8Array(height * line);
  tapsOf(picture.height, height).forEach(({ first, weights }, y) => {
    sums.fill(0);
    weights.forEach((weight, i) => {
      const start = (first + i) * line;
      for (let x = 0; x < line; x++) sums[x]! += weight * narrow[start + x]!;
    });
    for (let x = 0; x < line; x++) resized[y * line + x] = Math.round(sums[x]!);
  });
  return { height, width, channels, pixels: resized };
}

function tapsOf(from: number, to: number): readonly Taps[] {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) =>
    scale > 1 ? areaTaps(i * scale, scale, from) : linearTaps((i + 0.5) * scale, from),
  );
}

function areaTaps(start: number, length: number, from: number): Taps {
  const first = Math.floor(start);
  const last = Math.min(from, Math.ceil(start + length)) - 1;
  const weights = Array.from({ length: last - first + 1 }, (_, i) => {
    return (Math.min(start + length, first + i + 1) - Math.max(start, first + i)) / length;
  });
  return { first, weights };
}

function linearTaps(centre: number, from: number): Taps {
  const position = Math.min(Math.max(centre - 0.5, 0), from - 1);
  const first = Math.min(Math.floor(position), Math.max(from - 2, 0));
  const fraction = position - first;
  return { first, weights: fraction === 0 ? [1] : [1 - fraction, fraction] };
}
