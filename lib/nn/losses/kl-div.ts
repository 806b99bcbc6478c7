import { nonNegative, oneOf, optional } from '../../core/options.js';
import { defineLoss, outputsOf } from './loss.js';

/**
 * t (log t − s) of log-probabilities s and probabilities t (Kullback and Leibler 1951): PyTorch's KLDivLoss. Of a row, by `over`: the
 * `mean` over its columns, the default, or their `sum`, the divergence itself (PyTorch's reductions 'mean' and 'batchmean').
 */
export const klDiv = defineLoss({
  target: 'targets',
  measured: 'classes',
  options: { over: optional(oneOf('mean', 'sum'), 'mean') },
  eachTarget: nonNegative,
  meanOverColumns: ({ over }) => over === 'mean',
  emit(builder, scores, targets, { over }) {
    const { losses, dscores } = outputsOf(builder, scores);
    const factor = over === 'sum' ? 1 : 1 / scores.cols;
    builder.emit('kl_divergence', { scores, targets, losses, dscores }, { factor });
    return { losses, dscores };
  },
});
