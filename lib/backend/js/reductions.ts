import type { JsOps } from './op.js';

export const reductions = {
  // y = Σ over the rows of x, + beta·y
  column_sum({ x, y }, { beta }) {
    const { data, cols } = x;
    for (let j = 0; j < cols; j++) {
      let sum = beta === 0 ? 0 : beta * y.data[j]!;
      for (let i = j; i < data.length; i += cols) sum += data[i]!;
      y.data[j] = sum;
    }
  },

  // Σ losses / n
  mean({ losses }) {
    let sum = 0;
    for (let i = 0; i < losses.rows; i++) sum += losses.data[i]!;
    return sum / losses.rows;
  },

  // loss + ½·reg·Σ w²
  add_l2({ w }, { reg, loss }) {
    if (reg === 0) return loss;
    let sum = 0;
    for (let i = 0; i < w.data.length; i++) sum += w.data[i]! ** 2;
    return loss + (reg / 2) * sum;
  },
} satisfies Partial<JsOps>;
