import type { FloatArray, JsOps, Matrix } from './op.js';

/** Columns of data at a time: with four rows of them, as doubles, they fill a first cache. */
const width = 1024;

// Four rows of data as doubles: what is done with them sees but one type of array.
const rows4 = new Float64Array(4 * width);
const row0 = rows4.subarray(0, width);
const row1 = rows4.subarray(width, 2 * width);
const row2 = rows4.subarray(2 * width, 3 * width);
const row3 = rows4.subarray(3 * width);

/**
 * Hands over the rows of x, four at a time and `width` columns at a time: they lie in row0 … row3. `down` gets the first of the columns
 * and how many there are, `one` the same for the last rows, one at a time in row0.
 */
function eachRow(
  { data, rows, cols }: Matrix<FloatArray | Int32Array | Uint8Array>,
  down: (first: number, count: number) => void,
  one: (first: number, count: number) => void,
): void {
  for (let i = 0; i < rows; i += 4) {
    const together = i + 4 <= rows ? 4 : 1;
    for (let last = i + (together === 4 ? 1 : rows - i), row = i; row < last; row++) {
      for (let first = 0; first < cols; first += width) {
        const count = Math.min(width, cols - first);
        for (let k = 0; k < together; k++) {
          const from = (row + k) * cols + first;
          rows4.set(data.subarray(from, from + count), k * width);
        }
        if (together === 4) down(first, count);
        else one(first, count);
      }
    }
  }
}

/** Σ += (x − shift)·scale of each column, row after row, and its range. */
function summarize(
  first: number,
  count: number,
  shift: FloatArray,
  sums: FloatArray,
  min: FloatArray,
  max: FloatArray,
  scale: number,
): void {
  for (let k = 0, j = first; k < count; k++, j++) {
    const x0 = row0[k]!;
    const x1 = row1[k]!;
    const x2 = row2[k]!;
    const x3 = row3[k]!;
    const c = shift[j]!;
    sums[j] = sums[j]! + (x0 - c) * scale + (x1 - c) * scale + (x2 - c) * scale + (x3 - c) * scale;
    const low = min[j]!;
    const high = max[j]!;
    // Nearly always so, after the first rows.
    if (
      x0 >= low &&
      x1 >= low &&
      x2 >= low &&
      x3 >= low &&
      x0 <= high &&
      x1 <= high &&
      x2 <= high &&
      x3 <= high
    ) {
      continue;
    }
    widen(x0, j, min, max);
    widen(x1, j, min, max);
    widen(x2, j, min, max);
    widen(x3, j, min, max);
  }
}

function widen(x: number, j: number, min: FloatArray, max: FloatArray): void {
  if (x < min[j]!) min[j] = x;
  if (x > max[j]!) max[j] = x;
}

/** Σ += d and Σ += d² of d = x·scale − shift, row after row. */
function addMoments(
  first: number,
  count: number,
  scale: FloatArray,
  shift: FloatArray,
  sums: FloatArray,
  squares: FloatArray,
): void {
  for (let k = 0, j = first; k < count; k++, j++) {
    const f = scale[j]!;
    const c = shift[j]!;
    const d0 = row0[k]! * f - c;
    const d1 = row1[k]! * f - c;
    const d2 = row2[k]! * f - c;
    const d3 = row3[k]! * f - c;
    sums[j] = sums[j]! + d0 + d1 + d2 + d3;
    squares[j] = squares[j]! + d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3;
  }
}

export const dataColumns = {
  column_summary({ x, shift, sums, min, max }, { scale }) {
    const [c, s, low, high] = [shift.data, sums.data, min.data, max.data];
    eachRow(
      x,
      (first, count) => summarize(first, count, c, s, low, high, scale),
      (first, count) => {
        for (let k = 0, j = first; k < count; k++, j++) {
          s[j]! += (row0[k]! - c[j]!) * scale;
          widen(row0[k]!, j, low, high);
        }
      },
    );
  },

  column_moments({ x, scale, shift, sums, squares }) {
    const [f, c, s, q] = [scale.data, shift.data, sums.data, squares.data];
    eachRow(
      x,
      (first, count) => addMoments(first, count, f, c, s, q),
      (first, count) => {
        for (let k = 0, j = first; k < count; k++, j++) {
          const off = row0[k]! * f[j]! - c[j]!;
          s[j]! += off;
          q[j]! += off * off;
        }
      },
    );
  },
} satisfies Partial<JsOps>;
