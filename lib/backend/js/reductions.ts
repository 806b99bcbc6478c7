import type { FloatArray, JsOps } from './op.js';

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
    return loss + (reg / 2) * sumOfSquares(w.data);
  },
} satisfies Partial<JsOps>;

/** In four sums: one would wait for its own last addition at each element. */
function sumOfSquares(x: FloatArray): number {
  const n = x.length;
  const whole = n - (n % 4);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < whole; i += 4) {
    s0 += x[i]! ** 2;
    s1 += x[i + 1]! ** 2;
    s2 += x[i + 2]! ** 2;
    s3 += x[i + 3]! ** 2;
  }
  for (let i = whole; i < n; i++) s0 += x[i]! ** 2;
  return s0 + s1 + (s2 + s3);
}
