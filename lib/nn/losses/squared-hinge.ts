import { defineLoss, outputsOf } from './loss.js';

/** Σ max(0, s_j − s_label + 1)² over the wrong classes j: C times PyTorch's MultiMarginLoss with p = 2, which takes their mean. */
export const squaredHinge = defineLoss({
  target: 'labels',
  measured: 'classes',
  options: {},
  emit(builder, scores, labels) {
    const { losses, dscores } = outputsOf(builder, scores);
    builder.emit('squared_hinge', { scores, labels, losses, dscores }, {});
    return { losses, dscores };
  },
});
