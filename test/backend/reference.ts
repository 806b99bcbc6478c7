import type { OpName } from '../../lib/ops/catalogue.js';
import { wordOf } from './philox.js';
import { referenceActivations, softplus } from './reference-activations.js';
import {
  type AttributeValues,
  fill,
  type Grid,
  type Grids,
  type ReferenceOp,
  type ScalarValues,
  sum,
} from './reference-grids.js';

export type { AttributeValues, Grid, Grids, ScalarValues } from './reference-grids.js';

const sumOf = (values: readonly number[]) => sum(values.length, (p) => values[p]!);

const scaled = (beta: number, old: number) => (beta === 0 ? 0 : beta * old);

function softmaxOf(row: readonly number[]): number[] {
  const max = Math.max(...row);
  const exponentials = row.map((value) => Math.exp(value - max));
  return exponentials.map((value) => value / sumOf(exponentials));
}

/** The places of a window, row by row: the number of a pixel through all pictures, or undefined outside of them. */
type Places = readonly (number | undefined)[];

/** The windows over pictures of so many pixels in all. */
function windowsOf(a: AttributeValues, windowHeight: number, windowWidth: number, pixels: number): Places[] {
  const { height, width, strideY, strideX, paddingY, paddingX } = a;
  const windows: Places[] = [];
  for (let first = 0; first < pixels; first += height * width) {
    for (let top = -paddingY; top + windowHeight <= height + paddingY; top += strideY) {
      for (let left = -paddingX; left + windowWidth <= width + paddingX; left += strideX) {
        const places = Array.from({ length: windowHeight * windowWidth }, (_, t) => {
          const [y, x] = [top + Math.floor(t / windowWidth), left + (t % windowWidth)];
          return y >= 0 && y < height && x >= 0 && x < width ? first + y * width + x : undefined;
        });
        windows.push(places);
      }
    }
  }
  return windows;
}

/** The pixel of a window that has the largest value of a channel: the first NaN, or the first of equals. */
function largest(window: Places, x: Grid, channel: number): number {
  const pixels = window.filter((pixel) => pixel !== undefined);
  const values = pixels.map((pixel) => x[pixel]![channel]!);
  const nan = values.findIndex(Number.isNaN);
  return pixels[nan >= 0 ? nan : values.indexOf(Math.max(...values))]!;
}

/** Weight decay apart from the gradient. */
function decay({ w }: Grids, { learningRate, weightDecay }: ScalarValues): void {
  fill(w, (i, j) => w[i]![j]! - learningRate * weightDecay * w[i]![j]!);
}

/** factor·Σ ρ of each row, and the gradient of the mean; the parameter of column j is that of its column in a grid of one row. */
function overElements(
  { scores, targets, losses, dscores }: Grids,
  factor: number,
  rho: (s: number, t: number, p: number) => number,
  slope: (s: number, t: number, p: number) => number,
  parameters: Grid = [[]],
): void {
  const each = scores[0]!.length / targets[0]!.length;
  const at = (i: number, j: number) =>
    [scores[i]![j]!, targets[i]![Math.floor(j / each)]!, parameters[0]![j] ?? 0] as const;
  fill(losses, (i) => factor * sum(scores[i]!.length, (j) => rho(...at(i, j))));
  fill(dscores, (i, j) => (factor * slope(...at(i, j))) / scores.length);
}

/** `slope`: the gradient that the moments are fed with; `divisor`: m2 or the largest of it so far. */
function adam({ w, m1, m2 }: Grids, s: ScalarValues, slope: Grid, divisor: Grid): void {
  fill(m1, (i, j) => s.beta1 * m1[i]![j]! + (1 - s.beta1) * slope[i]![j]!);
  fill(m2, (i, j) => s.beta2 * m2[i]![j]! + (1 - s.beta2) * slope[i]![j]! ** 2);
  if (divisor !== m2) fill(divisor, (i, j) => Math.max(divisor[i]![j]!, m2[i]![j]!));
  fill(w, (i, j) => {
    const first = m1[i]![j]! / (1 - s.beta1 ** s.t);
    const second = divisor[i]![j]! / (1 - s.beta2 ** s.t);
    return w[i]![j]! - (s.learningRate * first) / (Math.sqrt(second) + s.epsilon);
  });
}

/** Whether chance keeps the element (i, j) of a grid. */
function isKept(grid: Grid, i: number, j: number, { keep, seed, stream, step }: ScalarValues): boolean {
  return wordOf(i * grid[0]!.length + j, seed, stream, step) < Math.round(keep * 2 ** 32);
}

/** Klambauer et al. 2017, section 3.4: the least value of SELU, and the factor that keeps the variance. */
const leastOfSelu = -1.0507009873554805 * 1.6732632423543772;
const alphaFactor = (keep: number) => (keep + leastOfSelu ** 2 * keep * (1 - keep)) ** -0.5;

/** x̂ = (x − mean)·inverse with one mean and inverse a column, or a row. */
const normalizedColumns =
  ({ x, mean, inverse }: Grids) =>
  (i: number, j: number) =>
    (x[i]![j]! - mean[0]![j]!) * inverse[0]![j]!;
const normalizedRows =
  ({ x, mean, inverse }: Grids) =>
  (i: number, j: number) =>
    (x[i]![j]! - mean[i]![0]!) * inverse[i]![0]!;

/** The numbers of group k of picture i. */
function numbersOfGroup(x: Grid, mean: Grid, positions: number, i: number, k: number): number[] {
  const channels = x[0]!.length / mean[0]!.length;
  const rows = x.slice(i * positions, (i + 1) * positions);
  return rows.flatMap((row) => row.slice(k * channels, (k + 1) * channels));
}
const normalizedGroups =
  (x: Grid, mean: Grid, inverse: Grid, positions: number) => (i: number, j: number) => {
    const [n, k] = [Math.floor(i / positions), Math.floor((j * mean[0]!.length) / x[0]!.length)];
    return (x[i]![j]! - mean[n]![k]!) * inverse[n]![k]!;
  };

type Normalized = (i: number, j: number) => number;

function gammaBetaGradients({ dy, dgamma, dbeta }: Grids, normalized: Normalized): void {
  fill(dgamma, (_, j) => sum(dy.length, (p) => dy[p]![j]! * normalized(p, j)));
  fill(dbeta, (_, j) => sum(dy.length, (p) => dy[p]![j]!));
}

/** g + weightDecay·w of each element, taken before w changes. */
function slopes({ w, g }: Grids, { weightDecay }: ScalarValues): Grid {
  return g.map((row, i) => row.map((value, j) => value + weightDecay * w[i]![j]!));
}

export const reference: Record<OpName, ReferenceOp> = {
  gemm_nn({ a, b, c }, { alpha, beta }) {
    fill(c, (i, j) => alpha * sum(b.length, (p) => a[i]![p]! * b[p]![j]!) + scaled(beta, c[i]![j]!));
  },
  gemm_nt({ a, b, c }, { alpha, beta }) {
    fill(c, (i, j) => alpha * sum(a[0]!.length, (p) => a[i]![p]! * b[j]![p]!) + scaled(beta, c[i]![j]!));
  },
  gemm_tn({ a, b, c }, { alpha, beta }) {
    fill(c, (i, j) => alpha * sum(a.length, (p) => a[p]![i]! * b[p]![j]!) + scaled(beta, c[i]![j]!));
  },
  gemm_tt({ a, b, c }, { alpha, beta }) {
    fill(c, (i, j) => alpha * sum(a.length, (p) => a[p]![i]! * b[j]![p]!) + scaled(beta, c[i]![j]!));
  },
  syrk({ a, c }, { alpha, beta }) {
    fill(c, (i, j) => {
      const [low, high] = [Math.min(i, j), Math.max(i, j)];
      return alpha * sum(a.length, (p) => a[p]![low]! * a[p]![high]!) + scaled(beta, c[low]![high]!);
    });
  },
  affine_nt({ x, w, b, y }) {
    fill(y, (i, j) => sum(x[0]!.length, (p) => x[i]![p]! * w[j]![p]!) + b[0]![j]!);
  },
  affine_nn({ x, w, b, y }) {
    fill(y, (i, j) => sum(w.length, (p) => x[i]![p]! * w[p]![j]!) + b[0]![j]!);
  },
  column_sum({ x, y }, { beta }) {
    fill(y, (_, j) => sum(x.length, (p) => x[p]![j]!) + scaled(beta, y[0]![j]!));
  },

  column_summary({ x, shift, sums, min, max }, { scale }) {
    fill(sums, (_, j) => sums[0]![j]! + sum(x.length, (p) => (x[p]![j]! - shift[0]![j]!) * scale));
    // A NaN is neither less nor more.
    const range = (better: (a: number, b: number) => boolean) => (start: number, j: number) =>
      x.reduce((best, row) => (better(row[j]!, best) ? row[j]! : best), start);
    fill(min, (_, j) => range((a, b) => a < b)(min[0]![j]!, j));
    fill(max, (_, j) => range((a, b) => a > b)(max[0]![j]!, j));
  },
  column_moments({ x, scale, shift, sums, squares }) {
    const off = (p: number, j: number) => x[p]![j]! * scale[0]![j]! - shift[0]![j]!;
    fill(squares, (_, j) => squares[0]![j]! + sum(x.length, (p) => off(p, j) ** 2));
    fill(sums, (_, j) => sums[0]![j]! + sum(x.length, (p) => off(p, j)));
  },

  copy: ({ x, y }) => fill(y, (i, j) => x[i]![j]!),
  add: ({ a, b, c }) => fill(c, (i, j) => a[i]![j]! + b[i]![j]!),
  axpy: ({ x, y }, { alpha }) => fill(y, (i, j) => alpha * x[i]![j]! + y[i]![j]!),
  axpy_sign: ({ x, y }, { alpha }) => fill(y, (i, j) => alpha * Math.sign(x[i]![j]!) + y[i]![j]!),
  ...referenceActivations,

  dropout(grids, s) {
    const { x, y } = grids;
    fill(y, (i, j) => x[i]![j]! * (isKept(x, i, j, s) ? 1 / s.keep : 0) + scaled(s.beta, y[i]![j]!));
  },
  alpha_dropout({ x, y }, s) {
    const a = alphaFactor(s.keep);
    const b = -a * leastOfSelu * (1 - s.keep);
    fill(y, (i, j) => {
      const mask = isKept(x, i, j, s) ? 1 : 0;
      return a * (x[i]![j]! * mask + leastOfSelu * (1 - mask)) + b;
    });
  },
  alpha_dropout_backward({ dy, dx }, s) {
    const a = alphaFactor(s.keep);
    fill(dx, (i, j) => dy[i]![j]! * (isKept(dy, i, j, s) ? a : 0) + scaled(s.beta, dx[i]![j]!));
  },

  softmax({ x, y }) {
    const probs = x.map(softmaxOf);
    fill(y, (i, j) => probs[i]![j]!);
  },
  softmax_backward({ dy, y, dx }) {
    fill(dx, (i, j) => y[i]![j]! * (dy[i]![j]! - sum(y[i]!.length, (p) => dy[i]![p]! * y[i]![p]!)));
  },
  argmax({ x, labels }) {
    fill(labels, (i) => {
      const row = x[i]!;
      const nan = row.findIndex(Number.isNaN);
      return nan >= 0 ? nan : row.indexOf(Math.max(...row));
    });
  },
  row_max: ({ x, y }) => fill(y, (i) => Math.max(...x[i]!)),
  row_max_backward({ dy, x, dx }) {
    const place = x.map((row) => {
      const nan = row.findIndex(Number.isNaN);
      return nan >= 0 ? nan : row.indexOf(Math.max(...row));
    });
    fill(dx, (i, j) => (place[i] === j ? dy[i]![0]! : 0));
  },
  one_hot: ({ labels, y }) => fill(y, (i, j) => (labels[i]![0] === j ? 1 : 0)),
  spread: ({ x, y }) => fill(y, (i) => x[i]![0]!),
  row_sum: ({ x, y }, { beta }) => fill(y, (i) => sumOf(x[i]!) + scaled(beta, y[i]![0]!)),
  limit_rows({ w }, { maxNorm }) {
    const norms = w.map((row) => Math.sqrt(sumOf(row.map((value) => value * value))));
    fill(w, (i, j) => (norms[i]! > maxNorm ? w[i]![j]! * (maxNorm / norms[i]!) : w[i]![j]!));
  },
  normalize: ({ x, shift, scale, y }) => fill(y, (i, j) => (x[i]![j]! - shift[0]![j]!) * scale[0]![j]!),
  standardize: ({ x, shift, scale, y }) => fill(y, (i, j) => (x[i]![j]! - shift[0]![j]!) / scale[0]![j]!),
  gather: ({ data, rows, x }) => fill(x, (i, j) => data[rows[i]![0]!]![j]!),
  gather_normalized: ({ data, rows, shift, scale, x }) =>
    fill(x, (i, j) => (data[rows[i]![0]!]![j]! - shift[0]![j]!) * scale[0]![j]!),
  gather_labels: ({ data, rows, labels }) => fill(labels, (i) => data[rows[i]![0]!]![0]!),

  channels_last({ x, y }, _, __, { height, width }) {
    const pixels = height * width;
    fill(y, (i, j) => x[Math.floor(i / pixels)]![j * pixels + (i % pixels)]!);
  },
  channels_first({ x, y }, _, __, { height, width }) {
    const pixels = height * width;
    fill(y, (i, j) => x[i * pixels + (j % pixels)]![Math.floor(j / pixels)]!);
  },
  column_mean: ({ x, mean }) => fill(mean, (_, j) => sum(x.length, (p) => x[p]![j]!) / x.length),
  column_variance({ x, mean, variance, unbiased }) {
    const squares = (j: number) => sum(x.length, (p) => (x[p]![j]! - mean[0]![j]!) ** 2);
    fill(variance, (_, j) => squares(j) / x.length);
    fill(unbiased, (_, j) => squares(j) / (x.length - 1));
  },
  inverse_deviation: ({ variance, inverse }, { epsilon }) =>
    fill(inverse, (i, j) => 1 / Math.sqrt(variance[i]![j]! + epsilon)),
  lerp: ({ x, y }, { weight }) => fill(y, (i, j) => (1 - weight) * y[i]![j]! + weight * x[i]![j]!),
  batch_norm(grids) {
    const normalized = normalizedColumns(grids);
    fill(grids.y, (i, j) => normalized(i, j) * grids.gamma[0]![j]! + grids.beta[0]![j]!);
  },
  batch_norm_sums: (grids) => gammaBetaGradients(grids, normalizedColumns(grids)),
  batch_norm_backward(grids, { beta }) {
    const { dy, inverse, gamma, dgamma, dbeta, dx } = grids;
    const normalized = normalizedColumns(grids);
    fill(dx, (i, j) => {
      const mean = (dbeta[0]![j]! + normalized(i, j) * dgamma[0]![j]!) / dy.length;
      return gamma[0]![j]! * inverse[0]![j]! * (dy[i]![j]! - mean) + scaled(beta, dx[i]![j]!);
    });
  },
  batch_norm_fixed_backward: ({ dy, inverse, gamma, dx }, { beta }) =>
    fill(dx, (i, j) => gamma[0]![j]! * inverse[0]![j]! * dy[i]![j]! + scaled(beta, dx[i]![j]!)),
  layer_norm(grids, { epsilon }) {
    const { x, gamma, beta, y, mean, inverse } = grids;
    fill(mean, (i) => sumOf(x[i]!) / x[i]!.length);
    fill(inverse, (i) => {
      const squares = sumOf(x[i]!.map((value) => (value - mean[i]![0]!) ** 2));
      return 1 / Math.sqrt(squares / x[i]!.length + epsilon);
    });
    const normalized = normalizedRows(grids);
    fill(y, (i, j) => normalized(i, j) * gamma[0]![j]! + beta[0]![j]!);
  },
  layer_norm_sums: (grids) => gammaBetaGradients(grids, normalizedRows(grids)),
  layer_norm_backward(grids, { beta }) {
    const { dy, inverse, gamma, dx } = grids;
    const normalized = normalizedRows(grids);
    fill(dx, (i, j) => {
      const slopes = dy[i]!.map((value, p) => value * gamma[0]![p]!);
      const shift = sumOf(slopes) / slopes.length;
      const turn = sumOf(slopes.map((value, p) => value * normalized(i, p))) / slopes.length;
      return inverse[i]![0]! * (slopes[j]! - shift - normalized(i, j) * turn) + scaled(beta, dx[i]![j]!);
    });
  },
  rms_norm({ x, gamma, y, inverse }, { epsilon }) {
    fill(inverse, (i) => 1 / Math.sqrt(sumOf(x[i]!.map((value) => value ** 2)) / x[i]!.length + epsilon));
    fill(y, (i, j) => x[i]![j]! * inverse[i]![0]! * gamma[0]![j]!);
  },
  rms_norm_sums: ({ dy, x, inverse, dgamma }) =>
    fill(dgamma, (_, j) => sum(x.length, (p) => dy[p]![j]! * x[p]![j]! * inverse[p]![0]!)),
  rms_norm_backward({ dy, x, inverse, gamma, dx }, { beta }) {
    fill(dx, (i, j) => {
      const slopes = dy[i]!.map((value, p) => value * gamma[0]![p]!);
      const normalized = x[i]!.map((value) => value * inverse[i]![0]!);
      const turn = sumOf(slopes.map((value, p) => value * normalized[p]!)) / slopes.length;
      return inverse[i]![0]! * (slopes[j]! - normalized[j]! * turn) + scaled(beta, dx[i]![j]!);
    });
  },

  group_norm({ x, gamma, beta, y, mean, inverse }, { epsilon }, _, { positions }) {
    const group = (i: number, k: number) => numbersOfGroup(x, mean, positions, i, k);
    fill(mean, (i, k) => sumOf(group(i, k)) / group(i, k).length);
    fill(inverse, (i, k) => {
      const squares = sumOf(group(i, k).map((value) => (value - mean[i]![k]!) ** 2));
      return 1 / Math.sqrt(squares / group(i, k).length + epsilon);
    });
    const normalized = normalizedGroups(x, mean, inverse, positions);
    fill(y, (i, j) => normalized(i, j) * gamma[0]![j]! + beta[0]![j]!);
  },
  group_norm_backward({ dy, x, mean, inverse, gamma, dx, dgammas, dbetas }, { beta }, _, { positions }) {
    const normalized = normalizedGroups(x, mean, inverse, positions);
    const xHat = x.map((row, i) => row.map((_, j) => normalized(i, j)));
    const slopes = dy.map((row) => row.map((value, j) => value * gamma[0]![j]!));
    const products = slopes.map((row, i) => row.map((value, j) => value * xHat[i]![j]!));
    const channels = x[0]!.length / mean[0]!.length;
    const averages = [slopes, products].map((grid) =>
      mean.map((row, i) =>
        row.map((_, k) => {
          const group = numbersOfGroup(grid, mean, positions, i, k);
          return sumOf(group) / group.length;
        }),
      ),
    );
    fill(dx, (i, j) => {
      const [n, k] = [Math.floor(i / positions), Math.floor(j / channels)];
      const own = slopes[i]![j]! - averages[0]![n]![k]! - xHat[i]![j]! * averages[1]![n]![k]!;
      return inverse[n]![k]! * own + scaled(beta, dx[i]![j]!);
    });
    const ofPicture = (i: number, term: (p: number) => number) =>
      sum(positions, (p) => term(i * positions + p));
    fill(dgammas, (i, j) => ofPicture(i, (p) => dy[p]![j]! * xHat[p]![j]!));
    fill(dbetas, (i, j) => ofPicture(i, (p) => dy[p]![j]!));
  },

  conv2d({ x, w, b, y }, _, __, a) {
    const windows = windowsOf(a, a.kernelHeight, a.kernelWidth, x.length);
    // Zeros around the pictures are multiplied as all numbers are.
    fill(y, (i, f) => {
      const terms = windows[i]!.flatMap((pixel, t) =>
        x[0]!.map((_, c) => (pixel === undefined ? 0 : x[pixel]![c]!) * w[f]![t * x[0]!.length + c]!),
      );
      return sumOf(terms) + b[0]![f]!;
    });
  },
  conv2d_weights({ dy, x, dw }, { beta }, _, a) {
    const channels = x[0]!.length;
    const windows = windowsOf(a, a.kernelHeight, a.kernelWidth, x.length);
    fill(dw, (f, k) => {
      const [t, c] = [Math.floor(k / channels), k % channels];
      const value = (pixel: number | undefined) => (pixel === undefined ? 0 : x[pixel]![c]!);
      return sum(dy.length, (i) => dy[i]![f]! * value(windows[i]![t])) + scaled(beta, dw[f]![k]!);
    });
  },
  conv2d_input({ dy, w, dx }, { beta }, _, a) {
    const channels = dx[0]!.length;
    const windows = windowsOf(a, a.kernelHeight, a.kernelWidth, dx.length);
    fill(dx, (i, j) => scaled(beta, dx[i]![j]!));
    windows.forEach((window, i) => {
      window.forEach((pixel, t) => {
        if (pixel === undefined) return;
        for (let c = 0; c < channels; c++) {
          dx[pixel]![c]! += sum(w.length, (f) => dy[i]![f]! * w[f]![t * channels + c]!);
        }
      });
    });
  },
  max_pool({ x, y }, _, __, a) {
    const windows = windowsOf(a, a.poolHeight, a.poolWidth, x.length);
    fill(y, (i, c) => x[largest(windows[i]!, x, c)]![c]!);
  },
  max_pool_backward({ dy, x, dx }, { beta }, _, a) {
    const windows = windowsOf(a, a.poolHeight, a.poolWidth, x.length);
    fill(dx, (i, j) => scaled(beta, dx[i]![j]!));
    dy.forEach((row, i) => {
      row.forEach((value, c) => {
        dx[largest(windows[i]!, x, c)]![c]! += value;
      });
    });
  },
  avg_pool({ x, y }, _, __, a) {
    const windows = windowsOf(a, a.poolHeight, a.poolWidth, x.length);
    fill(y, (i, c) => {
      const values = windows[i]!.map((pixel) => (pixel === undefined ? 0 : x[pixel]![c]!));
      return sumOf(values) / values.length;
    });
  },
  avg_pool_backward({ dy, dx }, { beta }, _, a) {
    const windows = windowsOf(a, a.poolHeight, a.poolWidth, dx.length);
    fill(dx, (i, j) => scaled(beta, dx[i]![j]!));
    dy.forEach((row, i) => {
      for (const pixel of windows[i]!) {
        if (pixel === undefined) continue;
        row.forEach((value, c) => {
          dx[pixel]![c]! += value / windows[i]!.length;
        });
      }
    });
  },

  softmax_cross_entropy({ scores, labels, losses, dscores }) {
    const before = scores.map((row) => [...row]);
    fill(losses, (i) => {
      const row = before[i]!;
      const max = Math.max(...row);
      return Math.log(sumOf(row.map((value) => Math.exp(value - max)))) - (row[labels[i]![0]!]! - max);
    });
    const probs = before.map(softmaxOf);
    fill(dscores, (i, j) => (probs[i]![j]! - (labels[i]![0] === j ? 1 : 0)) / before.length);
  },
  softmax_cross_entropy_targets({ scores, targets, losses, dscores }) {
    const probs = scores.map(softmaxOf);
    const logs = scores.map((row) => {
      const max = Math.max(...row);
      const logSum = Math.log(sumOf(row.map((value) => Math.exp(value - max))));
      return row.map((value) => value - max - logSum);
    });
    // A class of no weight adds nothing, whatever its score is, but a row that is NaN.
    const weighted = (i: number, j: number) => {
      const [t, log] = [targets[i]![j]!, logs[i]![j]!];
      return t === 0 && log === Number.NEGATIVE_INFINITY ? 0 : t * log;
    };
    fill(losses, (i) => -sum(targets[i]!.length, (j) => weighted(i, j)));
    fill(dscores, (i, j) => (probs[i]![j]! * sumOf(targets[i]!) - targets[i]![j]!) / probs.length);
  },
  cross_entropy({ probs, labels, losses, dprobs }, _, tiny) {
    const own = probs.map((row, i) => Math.max(row[labels[i]![0]!]!, tiny));
    fill(losses, (i) => -Math.log(own[i]!));
    fill(dprobs, (i, j) => (labels[i]![0] === j ? -1 / (probs.length * own[i]!) : 0));
  },
  hinge({ scores, labels, losses, dscores }) {
    const margins = scores.map((row, i) => {
      const label = labels[i]![0]!;
      return row.map((value, j) => (j === label ? 0 : Math.max(0, value - row[label]! + 1)));
    });
    fill(losses, (i) => sumOf(margins[i]!));
    fill(dscores, (i, j) => {
      const over = margins[i]!.filter((margin) => margin > 0).length;
      const gradient = labels[i]![0] === j ? -over : margins[i]![j]! > 0 ? 1 : 0;
      return gradient / scores.length;
    });
  },
  cross_entropy_targets({ probs, targets, losses, dprobs }, _, tiny) {
    const own = probs.map((row) => row.map((p) => Math.max(p, tiny)));
    fill(losses, (i) => -sum(own[i]!.length, (j) => targets[i]![j]! * Math.log(own[i]![j]!)));
    fill(dprobs, (i, j) => -targets[i]![j]! / (probs.length * own[i]![j]!));
  },
  squared_hinge({ scores, labels, losses, dscores }) {
    const margins = scores.map((row, i) => {
      const own = row[labels[i]![0]!]!;
      return row.map((value, j) => (j === labels[i]![0] ? 0 : Math.max(0, value - own + 1)));
    });
    fill(losses, (i) => sumOf(margins[i]!.map((margin) => margin ** 2)));
    fill(dscores, (i, j) => {
      const gradient = labels[i]![0] === j ? -2 * sumOf(margins[i]!) : 2 * margins[i]![j]!;
      return gradient / scores.length;
    });
  },
  focal({ scores, labels, losses, dscores }, { gamma }) {
    const terms = scores.map((row, i) => {
      const label = labels[i]![0]!;
      const max = Math.max(...row);
      const probs = softmaxOf(row);
      // 1 − p without its cancellation.
      const q = sumOf(probs.filter((_, j) => j !== label));
      const logP =
        q < 0.5 ? Math.log1p(-q) : row[label]! - max - Math.log(sumOf(row.map((s) => Math.exp(s - max))));
      const inner = q === 0 ? -1 : (gamma * probs[label]! * logP) / q - 1;
      return { probs, q, loss: -(q ** gamma) * logP, g: q ** gamma * inner };
    });
    fill(losses, (i) => terms[i]!.loss);
    fill(dscores, (i, j) => {
      const { probs, q, g } = terms[i]!;
      return ((labels[i]![0] === j ? q : -probs[j]!) * g) / scores.length;
    });
  },
  mse: (grids, { factor }) =>
    overElements(
      grids,
      factor,
      (s, t) => 0.5 * (s - t) ** 2,
      (s, t) => s - t,
    ),
  absolute_error: (grids, { factor }) =>
    overElements(
      grids,
      factor,
      (s, t) => Math.abs(s - t),
      (s, t) => Math.sign(s - t),
    ),
  huber: (grids, { delta, factor }) =>
    overElements(
      grids,
      factor,
      (s, t) => (Math.abs(s - t) <= delta ? 0.5 * (s - t) ** 2 : delta * (Math.abs(s - t) - delta / 2)),
      (s, t) => (Math.abs(s - t) <= delta ? s - t : delta * Math.sign(s - t)),
    ),
  log_cosh: (grids, { factor }) =>
    overElements(
      grids,
      factor,
      (s, t) => Math.abs(s - t) + Math.log1p(Math.exp(-2 * Math.abs(s - t))) - Math.LN2,
      (s, t) => Math.tanh(s - t),
    ),
  kl_divergence: (grids, { factor }) =>
    overElements(
      grids,
      factor,
      (s, t) => (t === 0 ? 0 : t * Math.log(t)) - t * s,
      (_, t) => -t,
    ),
  poisson_nll: (grids, { factor }) =>
    overElements(
      grids,
      factor,
      (s, t) => Math.exp(s) - t * s,
      (s, t) => Math.exp(s) - t,
    ),
  bce_with_logits: (grids, { factor }) =>
    overElements(
      grids,
      factor,
      (s, t, p) => p * t * softplus(-s) + (1 - t) * softplus(s),
      (s, t, p) => (1 - t) / (1 + Math.exp(-s)) - (p * t) / (1 + Math.exp(s)),
      grids.positive,
    ),
  quantile: (grids, { factor }) =>
    overElements(
      grids,
      factor,
      (s, t, level) => (t >= s ? level * (t - s) : (1 - level) * (s - t)),
      (s, t, level) => (t > s ? -level : t < s ? 1 - level : t - s),
      grids.levels,
    ),
  weigh_rows({ losses, dscores, weights, sums }) {
    const scale = (i: number) => (weights[i]![0]! / sums[0]![1]!) * losses.length;
    fill(losses, (i) => (weights[i]![0] === 0 ? 0 : losses[i]![0]! * scale(i)));
    fill(dscores, (i, j) => (weights[i]![0] === 0 ? 0 : dscores[i]![j]! * scale(i)));
  },

  mean({ losses }, s) {
    s.loss = sum(losses.length, (i) => losses[i]![0]!) / losses.length;
  },
  add_l2({ w }, s) {
    if (s.reg !== 0) s.loss += 0.5 * s.reg * sumOf(w.map((row) => sumOf(row.map((value) => value * value))));
  },
  add_l1({ w }, s) {
    s.loss += s.l1 * sumOf(w.map((row) => sumOf(row.map(Math.abs))));
  },
  norm({ x }, s) {
    s.norm = Math.sqrt(sumOf(x.map((row) => sumOf(row.map((value) => value * value)))));
  },
  clip_norm({ g }, { maxNorm, norm }) {
    const factor = Math.min(1, maxNorm / (norm + 1e-6));
    fill(g, (i, j) => (factor === 1 ? g[i]![j]! : g[i]![j]! * factor));
  },
  clip_value: ({ g }, { limit }) => fill(g, (i, j) => Math.min(limit, Math.max(-limit, g[i]![j]!))),

  sgd(grids, s) {
    const slope = slopes(grids, s);
    fill(grids.w, (i, j) => grids.w[i]![j]! - s.learningRate * slope[i]![j]!);
  },
  momentum(grids, s) {
    const { w, v } = grids;
    const slope = slopes(grids, s);
    fill(v, (i, j) => s.momentum * v[i]![j]! - s.learningRate * slope[i]![j]!);
    fill(w, (i, j) => w[i]![j]! + v[i]![j]!);
  },
  nesterov(grids, s) {
    const { w, v } = grids;
    const slope = slopes(grids, s);
    const before = v.map((row) => [...row]);
    fill(v, (i, j) => s.momentum * v[i]![j]! - s.learningRate * slope[i]![j]!);
    fill(w, (i, j) => w[i]![j]! - s.momentum * before[i]![j]! + (1 + s.momentum) * v[i]![j]!);
  },
  rmsprop(grids, s) {
    const { w, v } = grids;
    const slope = slopes(grids, s);
    fill(v, (i, j) => s.decayRate * v[i]![j]! + (1 - s.decayRate) * slope[i]![j]! ** 2);
    fill(w, (i, j) => w[i]![j]! - (s.learningRate * slope[i]![j]!) / (Math.sqrt(v[i]![j]!) + s.epsilon));
  },
  adagrad(grids, s) {
    const { w, v } = grids;
    const slope = slopes(grids, s);
    fill(v, (i, j) => v[i]![j]! + slope[i]![j]! ** 2);
    fill(w, (i, j) => w[i]![j]! - (s.learningRate * slope[i]![j]!) / (Math.sqrt(v[i]![j]!) + s.epsilon));
  },
  adadelta(grids, s) {
    const { w, v, u } = grids;
    const slope = slopes(grids, s);
    fill(v, (i, j) => s.rho * v[i]![j]! + (1 - s.rho) * slope[i]![j]! ** 2);
    const root = (value: number) => Math.sqrt(value + s.epsilon);
    const step = slope.map((row, i) => row.map((value, j) => (root(u[i]![j]!) / root(v[i]![j]!)) * value));
    fill(u, (i, j) => s.rho * u[i]![j]! + (1 - s.rho) * step[i]![j]! ** 2);
    fill(w, (i, j) => w[i]![j]! - s.learningRate * step[i]![j]!);
  },
  adam: (grids, s) => adam(grids, s, slopes(grids, s), grids.m2),
  adamw(grids, s) {
    decay(grids, s);
    adam(grids, s, grids.g, grids.m2);
  },
  amsgrad: (grids, s) => adam(grids, s, slopes(grids, s), grids.peak),
  amsgradw(grids, s) {
    decay(grids, s);
    adam(grids, s, grids.g, grids.peak);
  },
  adamax(grids, s) {
    const { w, m1, u } = grids;
    const slope = slopes(grids, s);
    fill(m1, (i, j) => s.beta1 * m1[i]![j]! + (1 - s.beta1) * slope[i]![j]!);
    fill(u, (i, j) => Math.max(s.beta2 * u[i]![j]!, Math.abs(slope[i]![j]!) + s.epsilon));
    fill(w, (i, j) => w[i]![j]! - ((s.learningRate / (1 - s.beta1 ** s.t)) * m1[i]![j]!) / u[i]![j]!);
  },
  nadam(grids, s) {
    const { w, m1, m2 } = grids;
    const slope = slopes(grids, s);
    fill(m1, (i, j) => s.beta1 * m1[i]![j]! + (1 - s.beta1) * slope[i]![j]!);
    fill(m2, (i, j) => s.beta2 * m2[i]![j]! + (1 - s.beta2) * slope[i]![j]! ** 2);
    const momentum = (t: number) => s.beta1 * (1 - 0.5 * 0.96 ** (t * s.momentumDecay));
    let product = 1;
    for (let t = 1; t <= s.t; t++) product *= momentum(t);
    const next = momentum(s.t + 1);
    fill(w, (i, j) => {
      const root = Math.sqrt(m2[i]![j]! / (1 - s.beta2 ** s.t)) + s.epsilon;
      const ofSlope = (s.learningRate * (1 - momentum(s.t)) * slope[i]![j]!) / (1 - product);
      const ofFirst = (s.learningRate * next * m1[i]![j]!) / (1 - product * next);
      return w[i]![j]! - (ofSlope + ofFirst) / root;
    });
  },
  radam(grids, s) {
    const { w, m1, m2 } = grids;
    const slope = slopes(grids, s);
    fill(m1, (i, j) => s.beta1 * m1[i]![j]! + (1 - s.beta1) * slope[i]![j]!);
    fill(m2, (i, j) => s.beta2 * m2[i]![j]! + (1 - s.beta2) * slope[i]![j]! ** 2);
    const longest = 2 / (1 - s.beta2) - 1;
    const correction = 1 - s.beta2 ** s.t;
    const rho = longest - (2 * s.t * s.beta2 ** s.t) / correction;
    fill(w, (i, j) => {
      const step = (s.learningRate * m1[i]![j]!) / (1 - s.beta1 ** s.t);
      if (rho <= 5) return w[i]![j]! - step;
      const r = Math.sqrt(((rho - 4) * (rho - 2) * longest) / ((longest - 4) * (longest - 2) * rho));
      return w[i]![j]! - (step * r * Math.sqrt(correction)) / (Math.sqrt(m2[i]![j]!) + s.epsilon);
    });
  },
  lion(grids, s) {
    const { w, g, m1 } = grids;
    decay(grids, s);
    fill(w, (i, j) => {
      const direction = Math.sign(s.beta1 * m1[i]![j]! + (1 - s.beta1) * g[i]![j]!);
      return w[i]![j]! - s.learningRate * direction;
    });
    fill(m1, (i, j) => s.beta2 * m1[i]![j]! + (1 - s.beta2) * g[i]![j]!);
  },
};
