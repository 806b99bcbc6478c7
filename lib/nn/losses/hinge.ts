import { defineLoss, outputsOf } from './loss.js';

/** Σ max(0, s_j − s_label + 1) over the wrong classes j (Weston and Watkins 1999): cs231n's `svm_loss`. */
export const hinge = defineLoss({
  target: 'labels',
  measured: 'classes',
  options: {},
  emit(builder, scores, labels) {
    const { losses, dscores } = outputsOf(builder, scores);
    builder.emit('hinge', { scores, labels, losses, dscores }, {});
    return { losses, dscores };
  },
});
