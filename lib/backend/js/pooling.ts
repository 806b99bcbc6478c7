import { windowsAlong } from '../../ops/geometry.js';
import type { Attributes, FloatArray, JsOps } from './op.js';

export const pooling = {
  max_pool({ x, y }, _, attributes) {
    const [from, to] = [x.data, y.data];
    const { cols } = x;
    eachWindow(attributes, x.rows, ({ pixel, rows, columns, width }, window) => {
      for (let channel = 0; channel < cols; channel++) {
        let best = from[pixel * cols + channel]!;
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < columns; j++) {
            const value = from[(pixel + i * width + j) * cols + channel]!;
            if (isLarger(value, best)) best = value;
          }
        }
        to[window * cols + channel] = best;
      }
    });
  },

  // The gradient of a window goes to the first of its largest.
  max_pool_backward({ dy, x, dx }, { beta }, attributes) {
    scale(dx.data, beta);
    const [d, from, to] = [dy.data, x.data, dx.data];
    const { cols } = x;
    eachWindow(attributes, x.rows, ({ pixel, rows, columns, width }, window) => {
      for (let channel = 0; channel < cols; channel++) {
        let place = pixel * cols + channel;
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < columns; j++) {
            const at = (pixel + i * width + j) * cols + channel;
            if (isLarger(from[at]!, from[place]!)) place = at;
          }
        }
        to[place]! += d[window * cols + channel]!;
      }
    });
  },

  avg_pool({ x, y }, _, attributes) {
    const [from, to] = [x.data, y.data];
    const { cols } = x;
    const count = attributes.poolHeight * attributes.poolWidth;
    eachWindow(attributes, x.rows, ({ pixel, rows, columns, width }, window) => {
      for (let channel = 0; channel < cols; channel++) {
        let sum = 0;
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < columns; j++) sum += from[(pixel + i * width + j) * cols + channel]!;
        }
        to[window * cols + channel] = sum / count;
      }
    });
  },

  avg_pool_backward({ dy, dx }, { beta }, attributes) {
    scale(dx.data, beta);
    const [d, to] = [dy.data, dx.data];
    const { cols } = dx;
    const count = attributes.poolHeight * attributes.poolWidth;
    eachWindow(attributes, dx.rows, ({ pixel, rows, columns, width }, window) => {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          const at = (pixel + i * width + j) * cols;
          for (let channel = 0; channel < cols; channel++) {
            to[at + channel]! += d[window * cols + channel]! / count;
          }
        }
      }
    });
  },
} satisfies Partial<JsOps>;

/** The first of equals, and the first NaN, stays the largest. */
const isLarger = (value: number, best: number) =>
  value > best || (Number.isNaN(value) && !Number.isNaN(best));

/** dx = beta·dx, to which each window then adds. */
function scale(dx: FloatArray, beta: number): void {
  if (beta === 0) dx.fill(0);
  else if (beta !== 1) for (let i = 0; i < dx.length; i++) dx[i]! *= beta;
}

/** The part of a window that lies inside its picture. */
interface PoolWindow {
  /** Its first pixel, counted through all pictures. */
  readonly pixel: number;
  readonly rows: number;
  readonly columns: number;
  /** Of the picture. */
  readonly width: number;
}

/** Visits the windows of so many pixels of pictures one by one, each with its number. */
function eachWindow(
  attributes: Attributes<'max_pool'>,
  pixels: number,
  visit: (window: PoolWindow, number: number) => void,
): void {
  const { height, width, poolHeight, poolWidth, strideY, strideX, paddingY, paddingX } = attributes;
  const outHeight = windowsAlong(height, poolHeight, strideY, paddingY);
  const outWidth = windowsAlong(width, poolWidth, strideX, paddingX);
  let number = 0;
  for (let first = 0; first < pixels; first += height * width) {
    for (let y = 0; y < outHeight; y++) {
      const top = Math.max(0, y * strideY - paddingY);
      const rows = Math.min(height, y * strideY - paddingY + poolHeight) - top;
      for (let x = 0; x < outWidth; x++, number++) {
        const left = Math.max(0, x * strideX - paddingX);
        const columns = Math.min(width, x * strideX - paddingX + poolWidth) - left;
        visit({ pixel: first + top * width + left, rows, columns, width }, number);
      }
    }
  }
}
