import { dtypeOf } from '../../core/dtype.js';
import { checkLabels } from './indices.js';
import type { FloatArray, JsOps } from './op.js';
import { rowExpSum, rowMax } from './rows.js';

// Each loss writes one value a row, and the gradient of the mean over the rows: already divided by n.

/** The smallest normal number of the dtype: a probability is taken to be at least that. */
const smallestNormal = (data: FloatArray): number => (dtypeOf(data) === 'float32' ? 2 ** -126 : 2 ** -1022);

export const losses = {
  // loss = log Σ e^(s − max) − (s_y − max), without ever a log of 0;  ds = (softmax(s) − onehot(y)) / n
  softmax_cross_entropy({ scores, labels, losses: out, dscores }) {
    const { data, rows: n, cols } = scores;
    checkLabels('softmax_cross_entropy', labels, cols);
    for (let i = 0; i < n; i++) {
      const first = i * cols;
      const last = first + cols;
      const own = first + labels.data[i]!;
      const max = rowMax(data, first, last);
      const sum = rowExpSum(data, first, last, max);
      out.data[i] = Math.log(sum) - (data[own]! - max);
      for (let j = first; j < last; j++) {
        const p = Math.exp(data[j]! - max) / sum;
        dscores.data[j] = (j === own ? p - 1 : p) / n;
      }
    }
  },

  // loss = Σ t·(log Σ e^(s − max) − (s − max)), t any weights of the classes;  ds = (softmax(s)·Σt − t) / n. A class of no weight
  // adds nothing, however far below the others its score is
  softmax_cross_entropy_targets({ scores, targets, losses: out, dscores }) {
    const { data, rows: n, cols } = scores;
    for (let i = 0; i < n; i++) {
      const first = i * cols;
      const last = first + cols;
      const max = rowMax(data, first, last);
      const sum = rowExpSum(data, first, last, max);
      const logSum = Math.log(sum);
      let loss = 0;
      let weight = 0;
      for (let j = first; j < last; j++) {
        const t = targets.data[j]!;
        weight += t;
        loss += t * (t === 0 ? logSum : logSum - (data[j]! - max));
      }
      out.data[i] = loss;
      for (let j = first; j < last; j++) {
        dscores.data[j] = ((Math.exp(data[j]! - max) / sum) * weight - targets.data[j]!) / n;
      }
    }
  },

  // loss = −log p_y;  dp = −1 / (n·p_y) at y, else 0
  cross_entropy({ probs, labels, losses: out, dprobs }) {
    const { data, rows: n, cols } = probs;
    checkLabels('cross_entropy', labels, cols);
    const tiny = smallestNormal(data);
    for (let i = 0; i < n; i++) {
      const first = i * cols;
      const own = first + labels.data[i]!;
      const p = Math.max(data[own]!, tiny);
      out.data[i] = -Math.log(p);
      dprobs.data.fill(0, first, first + cols);
      dprobs.data[own] = -1 / (n * p);
    }
  },

  // loss = Σ_{j≠y} max(0, s_j − s_y + 1) (Weston and Watkins 1999; cs231n's svm_loss);
  // ds = 1/n at each j that is over the margin, −(how many) / n at y
  hinge({ scores, labels, losses: out, dscores }) {
    const { data, rows: n, cols } = scores;
    checkLabels('hinge', labels, cols);
    for (let i = 0; i < n; i++) {
      const first = i * cols;
      const last = first + cols;
      const own = first + labels.data[i]!;
      const ownScore = data[own]!;
      let loss = 0;
      let over = 0;
      for (let j = first; j < last; j++) {
        if (j === own) continue;
        const margin = data[j]! - ownScore + 1;
        loss += Math.max(0, margin);
        if (margin > 0) over++;
        dscores.data[j] = margin > 0 ? 1 / n : 0;
      }
      out.data[i] = loss;
      dscores.data[own] = -over / n;
    }
  },

  // loss = ½·Σ (s − t)²;  ds = (s − t) / n
  mse({ scores, targets, losses: out, dscores }) {
    const { data, rows: n, cols } = scores;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = i * cols; j < (i + 1) * cols; j++) {
        const difference = data[j]! - targets.data[j]!;
        sum += difference ** 2;
        dscores.data[j] = difference / n;
      }
      out.data[i] = sum / 2;
    }
  },
} satisfies Partial<JsOps>;
