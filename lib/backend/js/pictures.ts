import type { FloatArray, JsOps } from './op.js';

export const pictures = {
  channels_last({ x, y }, _, { height, width }) {
    transposeEach(x.data, y.data, y.cols, height * width);
  },

  channels_first({ x, y }, _, { height, width }) {
    transposeEach(x.data, y.data, height * width, x.cols);
  },
} satisfies Partial<JsOps>;

/** Transposes matrices (rows, cols) that lie one after the other. */
function transposeEach(from: FloatArray, to: FloatArray, rows: number, cols: number): void {
  const size = rows * cols;
  for (let first = 0; first < from.length; first += size) {
    for (let i = 0; i < rows; i++) {
      const row = first + i * cols;
      let at = first + i;
      for (let j = 0; j < cols; j++, at += rows) to[at] = from[row + j]!;
    }
  }
}
