import type { FloatArray, JsOps } from './op.js';

/** The largest of x[first … last − 1]; a NaN is passed over, and shows up in the sum of exponentials. */
export function rowMax(x: FloatArray, first: number, last: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let j = first; j < last; j++) if (x[j]! > max) max = x[j]!;
  return max;
}

let exponentials = new Float64Array(0);

/**
 * Memory for the exponentials of one row, good until the next op: in double whatever the dtype, so that none is computed twice and none is
 * rounded before it is divided.
 */
export function exponentialsOf(cols: number): Float64Array {
  if (exponentials.length < cols) exponentials = new Float64Array(cols);
  return exponentials;
}

/** e[j] = e^(x[first + j] − max) of a row, and their sum: at least 1, hence a safe divisor and a safe argument of log. */
export function rowExp(x: FloatArray, first: number, cols: number, max: number, e: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < cols; j++) {
    const value = Math.exp(x[first + j]! - max);
    e[j] = value;
    sum += value;
  }
  return sum;
}

/** The first largest of a row, relative to its start. A NaN counts as the largest, as in NumPy. */
function rowArgmax(x: FloatArray, first: number, last: number): number {
  let best = first;
  for (let j = first; j < last; j++) {
    if (Number.isNaN(x[j])) return j - first;
    if (x[j]! > x[best]!) best = j;
  }
  return best - first;
}

/** to[j] = (from[j] − shift[j])·scale[j] along a row. */
function normalizeRow(
  from: FloatArray | Int32Array | Uint8Array,
  fromStart: number,
  shift: FloatArray,
  scale: FloatArray,
  to: FloatArray,
  toStart: number,
): void {
  for (let j = 0; j < shift.length; j++) to[toStart + j] = (from[fromStart + j]! - shift[j]!) * scale[j]!;
}

/** to[j] = (from[j] − shift[j]) / scale[j] along a row. */
function standardizeRow(
  from: FloatArray | Int32Array | Uint8Array,
  start: number,
  shift: FloatArray,
  scale: FloatArray,
  to: FloatArray,
): void {
  for (let j = 0; j < shift.length; j++) to[start + j] = (from[start + j]! - shift[j]!) / scale[j]!;
}

export const rows = {
  // y = e^(x − max x) / Σ e^(x − max x)
  softmax({ x, y }) {
    const { data, cols } = x;
    const out = y.data;
    const e = exponentialsOf(cols);
    for (let first = 0; first < data.length; first += cols) {
      const max = rowMax(data, first, first + cols);
      const sum = rowExp(data, first, cols, max, e);
      for (let j = 0; j < cols; j++) out[first + j] = e[j]! / sum;
    }
  },

  // dx = y·(dy − Σ dy·y)
  softmax_backward({ dy, y, dx }) {
    const [d, p, out] = [dy.data, y.data, dx.data];
    const { cols } = y;
    for (let first = 0; first < p.length; first += cols) {
      const last = first + cols;
      let dot = 0;
      for (let j = first; j < last; j++) dot += d[j]! * p[j]!;
      for (let j = first; j < last; j++) out[j] = p[j]! * (d[j]! - dot);
    }
  },

  // y = (x − max x) − log Σ e^(x − max x)
  log_softmax({ x, y }) {
    const { data, cols } = x;
    const out = y.data;
    const e = exponentialsOf(cols);
    for (let first = 0; first < data.length; first += cols) {
      const max = rowMax(data, first, first + cols);
      const logSum = Math.log(rowExp(data, first, cols, max, e));
      for (let j = first; j < first + cols; j++) out[j] = data[j]! - max - logSum;
    }
  },

  // dx = dy − e^y·Σ dy
  log_softmax_backward({ dy, y, dx }) {
    const [d, at, out] = [dy.data, y.data, dx.data];
    const { cols } = y;
    for (let first = 0; first < at.length; first += cols) {
      const last = first + cols;
      let sum = 0;
      for (let j = first; j < last; j++) sum += d[j]!;
      for (let j = first; j < last; j++) out[j] = d[j]! - Math.exp(at[j]!) * sum;
    }
  },

  argmax({ x, labels }) {
    const { data, rows: n, cols } = x;
    for (let i = 0; i < n; i++) labels.data[i] = rowArgmax(data, i * cols, (i + 1) * cols);
  },

  row_max({ x, y }) {
    const { data, rows: n, cols } = x;
    for (let i = 0; i < n; i++) y.data[i] = data[i * cols + rowArgmax(data, i * cols, (i + 1) * cols)]!;
  },

  row_max_backward({ dy, x, dx }) {
    const { data, rows: n, cols } = x;
    dx.data.fill(0);
    for (let i = 0; i < n; i++) dx.data[i * cols + rowArgmax(data, i * cols, (i + 1) * cols)] = dy.data[i]!;
  },

  // w = w·(maxNorm / ‖w‖) where the norm of a row is above maxNorm
  limit_rows({ w }, { maxNorm }) {
    const { data, rows, cols } = w;
    for (let first = 0; first < rows * cols; first += cols) {
      let squares = 0;
      for (let j = first; j < first + cols; j++) squares += data[j]! ** 2;
      const norm = Math.sqrt(squares);
      if (!(norm > maxNorm)) continue;
      const factor = maxNorm / norm;
      for (let j = first; j < first + cols; j++) data[j]! *= factor;
    }
  },

  one_hot({ labels, y }) {
    y.data.fill(0);
    for (let i = 0; i < y.rows; i++) y.data[i * y.cols + labels.data[i]!] = 1;
  },

  spread({ x, y }) {
    for (let i = 0; i < y.rows; i++) y.data.fill(x.data[i]!, i * y.cols, (i + 1) * y.cols);
  },

  // y = Σ over the columns of x, + beta·y
  row_sum({ x, y }, { beta }) {
    const { data, rows: n, cols } = x;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = i * cols; j < (i + 1) * cols; j++) sum += data[j]!;
      y.data[i] = beta === 0 ? sum : sum + beta * y.data[i]!;
    }
  },

  normalize({ x, shift, scale, y }) {
    for (let first = 0; first < x.data.length; first += x.cols) {
      normalizeRow(x.data, first, shift.data, scale.data, y.data, first);
    }
  },

  standardize({ x, shift, scale, y }) {
    for (let first = 0; first < x.data.length; first += x.cols) {
      standardizeRow(x.data, first, shift.data, scale.data, y.data);
    }
  },

  gather({ data, rows: indices, x }) {
    const [from, out] = [data.data, x.data];
    const { rows: n, cols } = x;
    for (let i = 0; i < n; i++) {
      const first = indices.data[i]! * cols;
      out.set(from.subarray(first, first + cols), i * cols);
    }
  },

  gather_normalized({ data, rows: indices, shift, scale, x }) {
    const { rows: n, cols } = x;
    for (let i = 0; i < n; i++) {
      normalizeRow(data.data, indices.data[i]! * cols, shift.data, scale.data, x.data, i * cols);
    }
  },

  gather_labels({ data, rows: indices, labels }) {
    for (let i = 0; i < labels.rows; i++) labels.data[i] = data.data[indices.data[i]!]!;
  },
} satisfies Partial<JsOps>;
