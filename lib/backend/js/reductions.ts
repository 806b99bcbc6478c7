import type { FloatArray, JsOps } from './op.js';

export const reductions = {
  // y = Σ over the rows of x, + beta·y
  column_sum({ x, y }, { beta }) {
    const { data, rows, cols } = x;
    for (let j = 0; j < cols; j++) {
      const sum = sumDown(data, j, cols, 0, rows);
      y.data[j] = beta === 0 ? sum : sum + beta * y.data[j]!;
    }
  },

  // dslope = Σ dy·min(x, 0) over the rows, + beta·dslope
  prelu_slope({ dy, x, dslope }, { beta }) {
    const { rows, cols } = x;
    const terms = new Float64Array(rows);
    for (let j = 0; j < cols; j++) {
      for (let i = 0; i < rows; i++) {
        const at = i * cols + j;
        terms[i] = x.data[at]! > 0 ? 0 : dy.data[at]! * x.data[at]!;
      }
      const sum = sumDown(terms, 0, 1, 0, rows);
      dslope.data[j] = beta === 0 ? sum : sum + beta * dslope.data[j]!;
    }
  },

  // Σ losses / n
  mean({ losses }) {
    return sumDown(losses.data, 0, 1, 0, losses.rows) / losses.rows;
  },

  // loss + ½·reg·Σ w²
  add_l2({ w }, { reg, loss }) {
    if (reg === 0) return loss;
    return loss + (reg / 2) * sumOfSquares(w.data);
  },

  // loss + l1·Σ |w|
  add_l1({ w }, { l1, loss }) {
    const { data } = w;
    const n = data.length;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += Math.abs(data[i]!);
    return loss + l1 * sum;
  },

  // √Σ x²
  norm({ x }) {
    return Math.sqrt(sumOfSquares(x.data));
  },
} satisfies Partial<JsOps>;

export const chainedRows = 256;

/**
 * Σ x[column + i·stride] over the rows first ≤ i < last: in chains of `chainedRows`, whose sums are added in pairs, the pairs' sums in
 * pairs, and so on, in the order of the native core's `sum_down`.
 */
function sumDown(x: FloatArray, column: number, stride: number, first: number, last: number): number {
  const rows = last - first;
  if (rows <= chainedRows) {
    let sum = 0;
    for (let i = first; i < last; i++) sum += x[column + i * stride]!;
    return sum;
  }
  const middle = first + leftOf(rows);
  return sumDown(x, column, stride, first, middle) + sumDown(x, column, stride, middle, last);
}

/** Of more rows than a chain has, those that are summed apart from the rest: the largest power of two of chains that leaves some. */
export function leftOf(rows: number): number {
  let left = chainedRows;
  while (left * 2 < rows) left *= 2;
  return left;
}

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
