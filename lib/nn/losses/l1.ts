import { defineLoss, outputsOf } from './loss.js';

/** |s − t|, the mean over the columns: PyTorch's L1Loss. Its gradient at s = t is 0. */
export const l1 = defineLoss({
  target: 'targets',
  measured: 'numbers',
  options: {},
  meanOverColumns: () => true,
  emit(builder, scores, targets) {
    const { losses, dscores } = outputsOf(builder, scores);
    builder.emit('absolute_error', { scores, targets, losses, dscores }, { factor: 1 / scores.cols });
    return { losses, dscores };
  },
});
