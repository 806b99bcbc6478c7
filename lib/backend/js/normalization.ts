import type { FloatArray, JsOps, Matrix } from './op.js';
import { chainedRows, leftOf } from './reductions.js';

/** What one row of a matrix contributes to a sum down the column at `at`. */
type Term = (at: number, row: number, column: number) => number;

/** Σ of the terms of each column, in the order of the native core's `sum_down`. */
function sumColumns({ rows, cols }: Matrix, term: Term): Float64Array {
  const over = (first: number, last: number): Float64Array => {
    if (last - first > chainedRows) {
      const middle = first + leftOf(last - first);
      const [sums, rest] = [over(first, middle), over(middle, last)];
      for (let j = 0; j < cols; j++) sums[j]! += rest[j]!;
      return sums;
    }
    const sums = new Float64Array(cols);
    for (let i = first, at = first * cols; i < last; i++) {
      for (let j = 0; j < cols; j++, at++) sums[j]! += term(at, i, j);
    }
    return sums;
  };
  return over(0, rows);
}

/** dx = value + beta·dx, element by element. */
function writeOnto(dx: FloatArray, at: number, value: number, beta: number): void {
  dx[at] = beta === 0 ? value : value + beta * dx[at]!;
}

export const normalization = {
  column_mean({ x, mean }) {
    const { data, rows } = x;
    mean.data.set(sumColumns(x, (at) => data[at]!).map((sum) => sum / rows));
  },

  column_variance({ x, mean, variance, unbiased }) {
    const { data, rows } = x;
    const m = mean.data;
    const squares = sumColumns(x, (at, _, j) => (data[at]! - m[j]!) ** 2);
    variance.data.set(squares.map((sum) => sum / rows));
    unbiased.data.set(squares.map((sum) => sum / (rows - 1)));
  },

  // 1/√(variance + ε)
  inverse_deviation({ variance, inverse }, { epsilon }) {
    const [from, out] = [variance.data, inverse.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = 1 / Math.sqrt(from[i]! + epsilon);
  },

  // y = (1 − w)·y + w·x
  lerp({ x, y }, { weight }) {
    const [from, out] = [x.data, y.data];
    const n = out.length;
    for (let i = 0; i < n; i++) out[i] = (1 - weight) * out[i]! + weight * from[i]!;
  },

  // y = (x − mean)·(inverse·γ) + β
  batch_norm({ x, mean, inverse, gamma, beta, y }) {
    const [from, m, s, g, b, out] = [x.data, mean.data, inverse.data, gamma.data, beta.data, y.data];
    const { rows, cols } = x;
    for (let i = 0, at = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++, at++) out[at] = (from[at]! - m[j]!) * (s[j]! * g[j]!) + b[j]!;
    }
  },

  // dγ = Σ dy·x̂, dβ = Σ dy
  batch_norm_sums({ dy, x, mean, inverse, dgamma, dbeta }) {
    const [d, from, m, s] = [dy.data, x.data, mean.data, inverse.data];
    dgamma.data.set(sumColumns(x, (at, _, j) => d[at]! * ((from[at]! - m[j]!) * s[j]!)));
    dbeta.data.set(sumColumns(x, (at) => d[at]!));
  },

  // dx = γ·inverse·(dy − (dβ + x̂·dγ)/n) + β·dx
  batch_norm_backward({ dy, x, mean, inverse, gamma, dgamma, dbeta, dx }, { beta }) {
    const [d, from, m, s, g] = [dy.data, x.data, mean.data, inverse.data, gamma.data];
    const [dg, db, out] = [dgamma.data, dbeta.data, dx.data];
    const { rows, cols } = x;
    for (let i = 0, at = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++, at++) {
        const turn = (from[at]! - m[j]!) * (s[j]! * (dg[j]! / rows));
        writeOnto(out, at, g[j]! * s[j]! * (d[at]! - db[j]! / rows - turn), beta);
      }
    }
  },

  // dx = γ·inverse·dy + β·dx
  batch_norm_fixed_backward({ dy, inverse, gamma, dx }, { beta }) {
    const [d, s, g, out] = [dy.data, inverse.data, gamma.data, dx.data];
    const { rows, cols } = dy;
    for (let i = 0, at = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++, at++) writeOnto(out, at, d[at]! * (g[j]! * s[j]!), beta);
    }
  },

  // y = (x − mean)·inverse·γ + β
  layer_norm({ x, gamma, beta, y, mean, inverse }, { epsilon }) {
    const [from, g, b, out] = [x.data, gamma.data, beta.data, y.data];
    const { rows, cols } = x;
    for (let i = 0; i < rows; i++) {
      const first = i * cols;
      let sum = 0;
      for (let j = 0; j < cols; j++) sum += from[first + j]!;
      const m = sum / cols;
      let squares = 0;
      for (let j = 0; j < cols; j++) squares += (from[first + j]! - m) ** 2;
      const s = 1 / Math.sqrt(squares / cols + epsilon);
      for (let j = 0; j < cols; j++) out[first + j] = (from[first + j]! - m) * s * g[j]! + b[j]!;
      mean.data[i] = m;
      inverse.data[i] = s;
    }
  },

  layer_norm_sums({ dy, x, mean, inverse, dgamma, dbeta }) {
    const [d, from, m, s] = [dy.data, x.data, mean.data, inverse.data];
    dgamma.data.set(sumColumns(x, (at, i) => d[at]! * ((from[at]! - m[i]!) * s[i]!)));
    dbeta.data.set(sumColumns(x, (at) => d[at]!));
  },

  // With g = dy·γ: dx = inverse·(g − Σ g/d − x̂·Σ g·x̂/d) + β·dx
  layer_norm_backward({ dy, x, mean, inverse, gamma, dx }, { beta }) {
    const { rows } = x;
    for (let i = 0; i < rows; i++) {
      normalizedRowBackward(dy, x, i, mean.data[i]!, inverse.data[i]!, gamma.data, true, dx.data, beta);
    }
  },

  // y = x·inverse·γ with inverse = 1/√(Σ x²/d + ε)
  rms_norm({ x, gamma, y, inverse }, { epsilon }) {
    const [from, g, out] = [x.data, gamma.data, y.data];
    const { rows, cols } = x;
    for (let i = 0; i < rows; i++) {
      const first = i * cols;
      let squares = 0;
      for (let j = 0; j < cols; j++) squares += from[first + j]! ** 2;
      const s = 1 / Math.sqrt(squares / cols + epsilon);
      for (let j = 0; j < cols; j++) out[first + j] = from[first + j]! * s * g[j]!;
      inverse.data[i] = s;
    }
  },

  // dγ = Σ dy·x·inverse
  rms_norm_sums({ dy, x, inverse, dgamma }) {
    const [d, from, s] = [dy.data, x.data, inverse.data];
    dgamma.data.set(sumColumns(x, (at, i) => d[at]! * (from[at]! * s[i]!)));
  },

  // With g = dy·γ: dx = inverse·(g − x̂·Σ g·x̂/d) + β·dx
  rms_norm_backward({ dy, x, inverse, gamma, dx }, { beta }) {
    const { rows } = x;
    for (let i = 0; i < rows; i++) {
      normalizedRowBackward(dy, x, i, 0, inverse.data[i]!, gamma.data, false, dx.data, beta);
    }
  },

  // Layer norm of a group's numbers, with γ and β of its channels.
  group_norm({ x, gamma, beta, y, mean, inverse }, { epsilon }, { positions }) {
    const [from, g, b, out] = [x.data, gamma.data, beta.data, y.data];
    const { cols } = x;
    eachGroup(x, mean, positions, (group, at, channels) => {
      const count = channels * positions;
      let sum = 0;
      eachNumber(at, positions, cols, channels, (i) => {
        sum += from[i]!;
      });
      const m = sum / count;
      let squares = 0;
      eachNumber(at, positions, cols, channels, (i) => {
        squares += (from[i]! - m) ** 2;
      });
      const s = 1 / Math.sqrt(squares / count + epsilon);
      eachNumber(at, positions, cols, channels, (i) => {
        out[i] = (from[i]! - m) * (s * g[i % cols]!) + b[i % cols]!;
      });
      mean.data[group] = m;
      inverse.data[group] = s;
    });
  },

  // With g = dy·γ and m numbers in a group: dx = inverse·(g − Σ g/m − x̂·Σ g·x̂/m) + β·dx
  group_norm_backward({ dy, x, mean, inverse, gamma, dx, dgammas, dbetas }, { beta }, { positions }) {
    const [d, from, g] = [dy.data, x.data, gamma.data];
    const { cols } = x;
    const picture = (i: number) => Math.floor(i / (positions * cols)) * cols + (i % cols);
    const [scales, shifts] = [new Float64Array(dgammas.data.length), new Float64Array(dbetas.data.length)];
    eachGroup(x, mean, positions, (group, at, channels) => {
      const [m, s] = [mean.data[group]!, inverse.data[group]!];
      let [shift, turn] = [0, 0];
      eachNumber(at, positions, cols, channels, (i) => {
        const product = d[i]! * ((from[i]! - m) * s);
        scales[picture(i)]! += product;
        shifts[picture(i)]! += d[i]!;
        shift += g[i % cols]! * d[i]!;
        turn += g[i % cols]! * product;
      });
      shift /= channels * positions;
      turn /= channels * positions;
      eachNumber(at, positions, cols, channels, (i) => {
        const normalized = (from[i]! - m) * s;
        writeOnto(dx.data, i, s * (d[i]! * g[i % cols]! - shift - normalized * turn), beta);
      });
    });
    dgammas.data.set(scales);
    dbetas.data.set(shifts);
  },
} satisfies Partial<JsOps>;

/** The groups of each picture: its number, where its first number lies, and how many channels it has. */
function eachGroup(
  { rows, cols }: Matrix,
  { cols: groups }: Matrix,
  positions: number,
  visit: (group: number, at: number, channels: number) => void,
): void {
  const channels = cols / groups;
  for (let picture = 0; picture * positions < rows; picture++) {
    for (let k = 0; k < groups; k++) {
      visit(picture * groups + k, picture * positions * cols + k * channels, channels);
    }
  }
}

/** The places of a group's numbers, position after position. */
function eachNumber(
  at: number,
  positions: number,
  cols: number,
  channels: number,
  visit: (i: number) => void,
): void {
  for (let p = 0; p < positions; p++) {
    for (let j = 0; j < channels; j++) visit(at + p * cols + j);
  }
}

/** The gradient of one row's x̂·γ; `centred`: x̂ is about the row's mean, whose gradient is among it. */
function normalizedRowBackward(
  dy: Matrix,
  x: Matrix,
  row: number,
  mean: number,
  inverse: number,
  gamma: FloatArray,
  centred: boolean,
  dx: FloatArray,
  beta: number,
): void {
  const [d, from] = [dy.data, x.data];
  const { cols } = x;
  const first = row * cols;
  let [shift, turn] = [0, 0];
  for (let j = 0; j < cols; j++) {
    const slope = d[first + j]! * gamma[j]!;
    shift += slope;
    turn += slope * ((from[first + j]! - mean) * inverse);
  }
  shift = centred ? shift / cols : 0;
  turn /= cols;
  for (let j = 0; j < cols; j++) {
    const slope = d[first + j]! * gamma[j]!;
    const normalized = (from[first + j]! - mean) * inverse;
    writeOnto(dx, first + j, inverse * (slope - shift - normalized * turn), beta);
  }
}
