import { oneOf, optional } from '../../core/options.js';
import { defineLoss, outputsOf } from './loss.js';

/**
 * Squared error of a row by its convention: `half`, the default, ½ Σ (s − t)² (CS145); `sum`, Σ (s − t)²; `mean`, their mean over the
 * columns, so that the loss is the mean over all elements (PyTorch's MSELoss, Keras's and scikit-learn's). t: any numbers, or the one-hot
 * rows of labels.
 */
export const mse = defineLoss({
  target: 'targets',
  measured: 'numbers',
  options: { convention: optional(oneOf('half', 'sum', 'mean'), 'half') },
  meanOverColumns: ({ convention }) => convention === 'mean',
  emit(builder, scores, targets, { convention }) {
    const { losses, dscores } = outputsOf(builder, scores);
    const factor = { half: 1, sum: 2, mean: 2 / scores.cols }[convention];
    builder.emit('mse', { scores, targets, losses, dscores }, { factor });
    return { losses, dscores };
  },
});
