import type { RowStream } from '../row-stream.js';

/** Random displacements of the pixels of a picture: white noise in −1 … 1, smoothed, times alpha (Simard, Steinkraus & Platt 2003). */
export class ElasticField {
  /** To the right, of each pixel: (height · width). */
  readonly right: Float64Array;
  /** Down. */
  readonly down: Float64Array;
  readonly #height: number;
  readonly #width: number;
  readonly #alpha: number;
  readonly #half: Float64Array;
  readonly #line: Float64Array;
  readonly #scratch: Float64Array;

  constructor(height: number, width: number, { alpha, sigma }: { alpha: number; sigma: number }) {
    this.#height = height;
    this.#width = width;
    this.#alpha = alpha;
    const longest = Math.max(height, width);
    this.#half = halfGaussian(sigma, longest);
    this.#line = new Float64Array(longest + 2 * (this.#half.length - 1));
    this.right = new Float64Array(height * width);
    this.down = new Float64Array(height * width);
    this.#scratch = new Float64Array(height * width);
  }

  draw(stream: RowStream): void {
    for (const field of [this.right, this.down]) {
      for (let i = 0; i < field.length; i++) field[i] = this.#alpha * stream.between(-1, 1);
      this.smooth(field);
    }
  }

  /** Convolves with the Gaussian; outside there are zeros. */
  smooth(field: Float64Array): void {
    const [height, width] = [this.#height, this.#width];
    // Each turns the field over, so that both go along rows.
    convolveRows(field, this.#scratch, this.#line, this.#half, height, width);
    convolveRows(this.#scratch, field, this.#line, this.#half, width, height);
  }
}

/**
 * Convolves each row with a symmetric kernel and writes it as a column.
 * @param from (rows, length)
 * @param to (length, rows)
 * @param line memory for a row with zeros on both sides
 * @param half the kernel from its middle on
 */
function convolveRows(
  from: Float64Array,
  to: Float64Array,
  line: Float64Array,
  half: Float64Array,
  rows: number,
  length: number,
): void {
  const radius = half.length - 1;
  line.fill(0);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < length; i++) line[radius + i] = from[row * length + i]!;
    for (let i = 0; i < length; i++) {
      const middle = radius + i;
      let sum = half[0]! * line[middle]!;
      for (let k = 1; k <= radius; k++) sum += half[k]! * (line[middle - k]! + line[middle + k]!);
      to[i * rows + row] = sum;
    }
  }
}

/** Samples of a Gaussian with sum 1 from the middle on, cut at 4 sigma (SciPy's `gaussian_filter`); those beyond `reach` are left out. */
function halfGaussian(sigma: number, reach: number): Float64Array {
  const radius = Math.floor(4 * sigma + 0.5);
  const half: number[] = [];
  let sum = 0;
  for (let i = 0; i <= radius; i++) {
    const value = Math.exp((-0.5 * i * i) / (sigma * sigma));
    sum += i === 0 ? value : 2 * value;
    if (i < reach) half.push(value);
  }
  return Float64Array.from(half, (value) => value / sum);
}
