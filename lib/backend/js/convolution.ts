import { windowsAlong } from '../../ops/geometry.js';
import { gemm, plain, transposed } from './matmul.js';
import type { Attributes, FloatArray, JsOps, Matrix } from './op.js';

/** How many windows are copied at a time, to be the rows of a product. */
const rowsAtOnce = 128;

export const convolution = {
  // y = windows(x)·wᵀ + b
  conv2d({ x, w, b, y }, _, attributes) {
    const windows = new Windows(attributes, x.cols);
    const rows = windows.matrix();
    for (let first = 0; first < y.rows; first += rowsAtOnce) {
      const part = rowsOf(y, first);
      for (let i = 0; i < part.rows; i++) part.data.set(b.data, i * y.cols);
      windows.read(x.data, first, part.rows, rows.data);
      gemm(windows.size, 1, plain(rows), transposed(w), 1, part);
    }
  },

  // dw = dyᵀ·windows(x) + beta·dw
  conv2d_weights({ dy, x, dw }, { beta }, attributes) {
    const windows = new Windows(attributes, x.cols);
    const rows = windows.matrix();
    const sums = { data: new Float64Array(dw.data.length), rows: dw.rows, cols: dw.cols };
    for (let first = 0; first < dy.rows; first += rowsAtOnce) {
      const part = rowsOf(dy, first);
      windows.read(x.data, first, part.rows, rows.data);
      gemm(part.rows, 1, transposed(part), plain(rows), 1, sums);
    }
    store(sums.data, beta, dw.data, 0);
  },

  // dx = beta·dx and, in each of its windows, dy·w
  conv2d_input({ dy, w, dx }, { beta }, attributes) {
    const windows = new Windows(attributes, dx.cols);
    const rows = windows.matrix();
    const sums = new Float64Array(windows.pixels * dx.cols);
    for (let picture = 0; picture < dx.rows / windows.pixels; picture++) {
      sums.fill(0);
      const [begin, end] = [picture * windows.count, (picture + 1) * windows.count];
      for (let first = begin; first < end; first += rowsAtOnce) {
        const part = rowsOf(dy, first, end);
        gemm(dy.cols, 1, plain(part), plain(w), 0, { ...rows, rows: part.rows });
        windows.add(rows.data, first - begin, part.rows, sums);
      }
      store(sums, beta, dx.data, picture * sums.length);
    }
  },
} satisfies Partial<JsOps>;

/** Some rows of a matrix, from one on. */
function rowsOf({ data, rows, cols }: Matrix, first: number, end = rows): Matrix {
  const last = Math.min(end, first + rowsAtOnce);
  return { data: data.subarray(first * cols, last * cols), rows: last - first, cols };
}

/** out = sums + beta·out, from one element on. */
function store(sums: Float64Array, beta: number, out: FloatArray, to: number): void {
  for (let i = 0; i < sums.length; i++) {
    out[to + i] = beta === 0 ? sums[i]! : sums[i]! + beta * out[to + i]!;
  }
}

/** The windows of a convolution as rows of numbers, copied from pictures or added to one. */
class Windows {
  /** Pixels of a picture. */
  readonly pixels: number;
  /** Windows of a picture. */
  readonly count: number;
  /** Numbers of a window. */
  readonly size: number;
  readonly #attributes: Attributes<'conv2d'>;
  readonly #channels: number;
  readonly #columns: number;

  constructor(attributes: Attributes<'conv2d'>, channels: number) {
    const { height, width, kernelHeight, kernelWidth, strideY, strideX, paddingY, paddingX } = attributes;
    this.pixels = height * width;
    this.size = kernelHeight * kernelWidth * channels;
    this.#attributes = attributes;
    this.#channels = channels;
    this.#columns = windowsAlong(width, kernelWidth, strideX, paddingX);
    this.count = this.#columns * windowsAlong(height, kernelHeight, strideY, paddingY);
  }

  matrix(): Matrix<Float64Array> {
    return { data: new Float64Array(rowsAtOnce * this.size), rows: rowsAtOnce, cols: this.size };
  }

  /** Copies the windows from `first` on, counted through all pictures, with zeros around the pictures. */
  read(from: FloatArray, first: number, rows: number, to: Float64Array): void {
    to.fill(0);
    for (let i = 0; i < rows; i++) {
      const picture = Math.floor((first + i) / this.count);
      const base = picture * this.pixels * this.#channels;
      this.#lines(first + i - picture * this.count, (inPicture, inWindow, length) => {
        const source = base + inPicture;
        const target = i * this.size + inWindow;
        for (let j = 0; j < length; j++) to[target + j] = from[source + j]!;
      });
    }
  }

  /** Adds rows to the windows of one picture from `first` on; what is outside the picture is lost. */
  add(from: Float64Array, first: number, rows: number, picture: Float64Array): void {
    for (let i = 0; i < rows; i++) {
      this.#lines(first + i, (inPicture, inWindow, length) => {
        const source = i * this.size + inWindow;
        for (let j = 0; j < length; j++) picture[inPicture + j]! += from[source + j]!;
      });
    }
  }

  /** The parts of a window that lie side by side in the picture: one a row of the kernel. */
  #lines(window: number, visit: (inPicture: number, inWindow: number, length: number) => void): void {
    const { height, width, kernelHeight, kernelWidth, strideY, strideX, paddingY, paddingX } =
      this.#attributes;
    const channels = this.#channels;
    const row = Math.floor(window / this.#columns);
    const top = row * strideY - paddingY;
    const left = (window - row * this.#columns) * strideX - paddingX;
    const begin = Math.max(0, -left);
    const end = Math.min(kernelWidth, width - left);
    if (begin >= end) return;
    for (let i = Math.max(0, -top); i < Math.min(kernelHeight, height - top); i++) {
      visit(
        ((top + i) * width + left + begin) * channels,
        (i * kernelWidth + begin) * channels,
        (end - begin) * channels,
      );
    }
  }
}
