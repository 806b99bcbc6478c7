import { dtypeOf } from '../../core/dtype.js';
import type { FloatArray, JsOps } from './op.js';
import { exponentialsOf, rowExp, rowMax } from './rows.js';

// Losses of classes. Each writes one value a row, and the gradient of the mean over the rows: already divided by n.

/** The smallest normal number of the dtype: a probability is taken to be at least that. */
const smallestNormal = (data: FloatArray): number => (dtypeOf(data) === 'float32' ? 2 ** -126 : 2 ** -1022);

// Typed arrays are held in variables of their own: read out of its matrix, one would be looked up at each element.
export const classLosses = {
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

  // loss = −Σ t·log p, t any weights of the classes;  dp = −t / (n·p)
  cross_entropy_targets({ probs, targets, losses: out, dprobs }) {
    const { data, rows: n, cols } = probs;
    const [t, perRow, dp] = [targets.data, out.data, dprobs.data];
    const tiny = smallestNormal(data);
    for (let i = 0; i < n; i++) {
      let loss = 0;
      for (let j = i * cols; j < (i + 1) * cols; j++) {
        const p = Math.max(data[j]!, tiny);
        loss -= t[j]! * Math.log(p);
        dp[j] = -t[j]! / (n * p);
      }
      perRow[i] = loss;
    }
  },

  // loss = Σ_{j≠y} max(0, s_j − s_y + 1)²;  ds_j = 2·max(0, s_j − s_y + 1) / n, ds_y = minus their sum
  squared_hinge({ scores, labels, losses: out, dscores }) {
    const { data, rows: n, cols } = scores;
    const [y, perRow, ds] = [labels.data, out.data, dscores.data];
    const each = 2 / n;
    for (let i = 0; i < n; i++) {
      const first = i * cols;
      const own = first + y[i]!;
      const ownScore = data[own]!;
      let loss = 0;
      let sum = 0;
      for (let j = first; j < first + cols; j++) {
        if (j === own) continue;
        const margin = Math.max(0, data[j]! - ownScore + 1);
        loss += margin * margin;
        sum += margin;
        ds[j] = margin * each;
      }
      perRow[i] = loss;
      ds[own] = -sum * each;
    }
  },

  // loss = −(1 − p)^γ·log p, p = softmax(s)[y] (Lin et al. 2017);  ds = (onehot(y) − softmax(s))·g / n with
  // g = (1 − p)^γ·(γ·p·log p / (1 − p) − 1). 1 − p is summed from the other classes, so that it has all its digits
  focal({ scores, labels, losses: out, dscores }, { gamma }) {
    const { data, rows: n, cols } = scores;
    const [y, perRow, ds] = [labels.data, out.data, dscores.data];
    const e = exponentialsOf(cols);
    for (let i = 0; i < n; i++) {
      const first = i * cols;
      const label = y[i]!;
      const max = rowMax(data, first, first + cols);
      rowExp(data, first, cols, max, e);
      const own = e[label]!;
      let rest = 0;
      for (let j = 0; j < cols; j++) if (j !== label) rest += e[j]!;
      const sum = own + rest;
      const [p, q] = [own / sum, rest / sum];
      const logP = rest < own ? -Math.log1p(rest / own) : data[first + label]! - max - Math.log(sum);
      const modulation = q ** gamma;
      const g = q === 0 ? -modulation : modulation * ((gamma * p * logP) / q - 1);
      perRow[i] = -modulation * logP;
      for (let j = 0; j < cols; j++) ds[first + j] = (-g * (e[j]! / sum)) / n;
      ds[first + label] = (q * g) / n;
    }
  },
} satisfies Partial<JsOps>;
