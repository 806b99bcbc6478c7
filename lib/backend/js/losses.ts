import { dtypeOf } from '../../core/dtype.js';
import type { FloatArray, JsOps } from './op.js';
import { exponentialsOf, rowExp, rowMax } from './rows.js';

// Each loss writes one value a row, and the gradient of the mean over the rows: already divided by n.

/** The smallest normal number of the dtype: a probability is taken to be at least that. */
const smallestNormal = (data: FloatArray): number => (dtypeOf(data) === 'float32' ? 2 ** -126 : 2 ** -1022);

// Typed arrays are held in variables of their own: read out of its matrix, one would be looked up at each element.
export const losses = {
  // loss = log Σ e^(s − max) − (s_y − max), without ever a log of 0;  ds = (softmax(s) − onehot(y)) / n
  softmax_cross_entropy({ scores, labels, losses: out, dscores }) {
    const { data, rows: n, cols } = scores;
    const [y, perRow, ds] = [labels.data, out.data, dscores.data];
    const e = exponentialsOf(cols);
    for (let i = 0; i < n; i++) {
      const first = i * cols;
      const own = y[i]!;
      const max = rowMax(data, first, first + cols);
      const sum = rowExp(data, first, cols, max, e);
      perRow[i] = Math.log(sum) - (data[first + own]! - max);
      for (let j = 0; j < cols; j++) ds[first + j] = e[j]! / sum / n;
      ds[first + own] = (e[own]! / sum - 1) / n;
    }
  },

  // loss = Σ t·(log Σ e^(s − max) − (s − max)), t any weights of the classes;  ds = (softmax(s)·Σt − t) / n. A class of no weight
  // adds nothing, however far below the others its score is
  softmax_cross_entropy_targets({ scores, targets, losses: out, dscores }) {
    const { data, rows: n, cols } = scores;
    const [t, perRow, ds] = [targets.data, out.data, dscores.data];
    const e = exponentialsOf(cols);
    for (let i = 0; i < n; i++) {
      const first = i * cols;
      const max = rowMax(data, first, first + cols);
      const sum = rowExp(data, first, cols, max, e);
      const logSum = Math.log(sum);
      let loss = 0;
      let weight = 0;
      for (let j = first; j < first + cols; j++) {
        const own = t[j]!;
        weight += own;
        loss += own * (own === 0 ? logSum : logSum - (data[j]! - max));
      }
      perRow[i] = loss;
      for (let j = 0; j < cols; j++) ds[first + j] = ((e[j]! / sum) * weight - t[first + j]!) / n;
    }
  },

  // loss = −log p_y;  dp = −1 / (n·p_y) at y, else 0
  cross_entropy({ probs, labels, losses: out, dprobs }) {
    const { data, rows: n, cols } = probs;
    const [y, perRow, dp] = [labels.data, out.data, dprobs.data];
    const tiny = smallestNormal(data);
    for (let i = 0; i < n; i++) {
      const first = i * cols;
      const own = first + y[i]!;
      const p = Math.max(data[own]!, tiny);
      perRow[i] = -Math.log(p);
      dp.fill(0, first, first + cols);
      dp[own] = -1 / (n * p);
    }
  },

  // loss = Σ_{j≠y} max(0, s_j − s_y + 1) (Weston and Watkins 1999; cs231n's svm_loss);
  // ds = 1/n at each j that is over the margin, −(how many) / n at y
  hinge({ scores, labels, losses: out, dscores }) {
    const { data, rows: n, cols } = scores;
    const [y, perRow, ds] = [labels.data, out.data, dscores.data];
    const share = 1 / n;
    for (let i = 0; i < n; i++) {
      const first = i * cols;
      const own = first + y[i]!;
      const ownScore = data[own]!;
      let loss = 0;
      let over = 0;
      for (let j = first; j < first + cols; j++) {
        if (j === own) continue;
        const margin = data[j]! - ownScore + 1;
        const isOver = margin > 0;
        loss += Math.max(0, margin);
        if (isOver) over++;
        ds[j] = isOver ? share : 0;
      }
      perRow[i] = loss;
      ds[own] = -over / n;
    }
  },

  // loss = ½·Σ (s − t)²;  ds = (s − t) / n
  mse({ scores, targets, losses: out, dscores }) {
    const { data, rows: n, cols } = scores;
    const [t, perRow, ds] = [targets.data, out.data, dscores.data];
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = i * cols; j < (i + 1) * cols; j++) {
        const difference = data[j]! - t[j]!;
        sum += difference * difference;
        ds[j] = difference / n;
      }
      perRow[i] = sum / 2;
    }
  },
} satisfies Partial<JsOps>;
