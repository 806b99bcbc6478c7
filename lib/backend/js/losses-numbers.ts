import type { FloatArray, JsOps, Matrix } from './op.js';

/** ρ of a score and its target, and the derivative by the score; p is a parameter of the column. */
interface Rho {
  value(s: number, t: number, p: number): number;
  slope(s: number, t: number, p: number): number;
}

interface NumberOperands {
  readonly scores: Matrix;
  readonly targets: Matrix;
  readonly losses: Matrix;
  readonly dscores: Matrix;
}

/**
 * loss = factor·Σ ρ over the columns;  ds = factor·ρ′ / n. With fewer targets than scores in a row, so many scores side by side are for
 * one target.
 */
function overRows(
  { scores, targets, losses, dscores }: NumberOperands,
  factor: number,
  { value, slope }: Rho,
  parameters?: FloatArray,
): void {
  const { data, rows: n, cols } = scores;
  const [t, perRow, ds] = [targets.data, losses.data, dscores.data];
  const each = cols / targets.cols;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < cols; j++) {
      const s = data[i * cols + j]!;
      const target = t[i * targets.cols + Math.floor(j / each)]!;
      const p = parameters === undefined ? 0 : parameters[j]!;
      sum += value(s, target, p);
      ds[i * cols + j] = (slope(s, target, p) * factor) / n;
    }
    perRow[i] = sum * factor;
  }
}

const absoluteError: Rho = {
  value: (s, t) => Math.abs(s - t),
  slope: (s, t) => Math.sign(s - t),
};

/** ½·d² where |d| ≤ δ, else δ·(|d| − ½·δ) (Huber 1964). */
const huber = (delta: number): Rho => ({
  value(s, t) {
    const size = Math.abs(s - t);
    const cut = Math.min(delta, size);
    return cut * (size - cut / 2);
  },
  slope: (s, t) => Math.max(-delta, Math.min(delta, s - t)),
});

/** log cosh d; for small d, where |d| + log(1 + e^(−2|d|)) − log 2 cancels, by cosh d − 1 = 2·sinh²(d/2). */
const logCosh: Rho = {
  value(s, t) {
    const size = Math.abs(s - t);
    return size <= 1
      ? Math.log1p(2 * Math.sinh(size / 2) ** 2)
      : size + (Math.log1p(Math.exp(-2 * size)) - Math.LN2);
  },
  slope: (s, t) => Math.tanh(s - t),
};

/** t·(log t − s) of log-probabilities s. */
const klDivergence: Rho = {
  value: (s, t) => (t === 0 ? 0 : t * Math.log(t)) - t * s,
  slope: (_, t) => -t,
};

const poissonNll: Rho = {
  value: (s, t) => Math.exp(s) - t * s,
  slope: (s, t) => Math.exp(s) - t,
};

/** −p·t·log σ(s) − (1 − t)·log(1 − σ(s)) without a log of 0. */
const bceWithLogits: Rho = {
  value(s, t, p) {
    const both = Math.log1p(Math.exp(-Math.abs(s)));
    return p * t * (Math.max(0, -s) + both) + (1 - t) * (Math.max(0, s) + both);
  },
  slope(s, t, p) {
    const z = Math.exp(-Math.abs(s));
    const near = 1 / (1 + z);
    const [positive, negative] = s < 0 ? [z * near, near] : [near, z * near];
    return (1 - t) * positive - p * t * negative;
  },
};

/** max(τ·d, (τ − 1)·d), d = t − s (Koenker and Bassett 1978). */
const quantile: Rho = {
  value: (s, t, level) => Math.max(level * (t - s), (level - 1) * (t - s)),
  slope: (s, t, level) => (t > s ? -level : t < s ? 1 - level : t - s),
};

export const numberLosses = {
  // loss = factor·½·Σ (s − t)²;  ds = factor·(s − t) / n
  mse({ scores, targets, losses: out, dscores }, { factor }) {
    const { data, rows: n, cols } = scores;
    const [t, perRow, ds] = [targets.data, out.data, dscores.data];
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = i * cols; j < (i + 1) * cols; j++) {
        const difference = data[j]! - t[j]!;
        sum += difference * difference;
        ds[j] = (difference / n) * factor;
      }
      perRow[i] = (sum / 2) * factor;
    }
  },

  absolute_error: (operands, { factor }) => overRows(operands, factor, absoluteError),
  huber: (operands, { delta, factor }) => overRows(operands, factor, huber(delta)),
  log_cosh: (operands, { factor }) => overRows(operands, factor, logCosh),
  kl_divergence: (operands, { factor }) => overRows(operands, factor, klDivergence),
  poisson_nll: (operands, { factor }) => overRows(operands, factor, poissonNll),
  bce_with_logits({ positive, ...operands }, { factor }) {
    overRows(operands, factor, bceWithLogits, positive.data);
  },
  quantile({ levels, ...operands }, { factor }) {
    overRows(operands, factor, quantile, levels.data);
  },

  // losses and dscores times w / Σ d · n, whose mean then is Σ w·loss / Σ d. A row of weight 0 counts for nothing, whatever it holds
  weigh_rows({ losses, dscores, weights, sums }) {
    const { data: ds, cols } = dscores;
    const mean = sums.data[1]! / losses.rows;
    for (let i = 0; i < losses.rows; i++) {
      const given = weights.data[2 * i]!;
      const weight = given / mean;
      losses.data[i] = given === 0 ? 0 : weight * losses.data[i]!;
      for (let j = i * cols; j < (i + 1) * cols; j++) ds[j] = given === 0 ? 0 : weight * ds[j]!;
    }
  },
} satisfies Partial<JsOps>;
