import { arrayOf, either, fraction, optional, positive } from '../../core/options.js';
import { defineLoss, outputsOf } from './loss.js';

/**
 * −p t log σ(s) − (1 − t) log(1 − σ(s)), a yes-or-no question for each column, the mean over them: PyTorch's BCEWithLogitsLoss. `posWeight`
 * p: what a yes counts, for all columns or for each; default 1.
 */
export const bceWithLogits = defineLoss({
  target: 'targets',
  measured: 'answers',
  options: { posWeight: optional(either(positive, arrayOf(positive))) },
  eachTarget: fraction,
  misfit(cols, { posWeight }) {
    return posWeight === undefined || typeof posWeight === 'number' || posWeight.length === cols
      ? undefined
      : `option posWeight to have ${cols} numbers, one an output, but it has ${posWeight.length}`;
  },
  meanOverColumns: () => true,
  emit(builder, scores, targets, { posWeight = 1 }) {
    const { losses, dscores } = outputsOf(builder, scores);
    const { cols } = scores;
    const weights = typeof posWeight === 'number' ? new Array<number>(cols).fill(posWeight) : posWeight;
    const positives = builder.constant('positive weights', weights);
    const operands = { scores, targets, positive: positives, losses, dscores };
    builder.emit('bce_with_logits', operands, { factor: 1 / cols });
    return { losses, dscores };
  },
});
