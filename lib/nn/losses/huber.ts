import { optional, positive } from '../../core/options.js';
import { defineLoss, outputsOf } from './loss.js';

/** ½ d² where |d| ≤ δ, else δ (|d| − ½ δ), d = s − t (Huber 1964), the mean over the columns: PyTorch's HuberLoss. Default δ = 1. */
export const huber = defineLoss({
  target: 'targets',
  measured: 'numbers',
  options: { delta: optional(positive, 1) },
  meanOverColumns: () => true,
  emit(builder, scores, targets, { delta }) {
    const { losses, dscores } = outputsOf(builder, scores);
    builder.emit('huber', { scores, targets, losses, dscores }, { delta, factor: 1 / scores.cols });
    return { losses, dscores };
  },
});
