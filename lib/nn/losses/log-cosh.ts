import { defineLoss, outputsOf } from './loss.js';

/** log cosh (s − t), the mean over the columns: Keras's LogCosh. */
export const logCosh = defineLoss({
  target: 'targets',
  measured: 'numbers',
  options: {},
  meanOverColumns: () => true,
  emit(builder, scores, targets) {
    const { losses, dscores } = outputsOf(builder, scores);
    builder.emit('log_cosh', { scores, targets, losses, dscores }, { factor: 1 / scores.cols });
    return { losses, dscores };
  },
});
