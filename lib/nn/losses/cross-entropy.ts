import { smoothed, smoothedTarget, weightMisfit } from './class-options.js';
import { defineLoss, outputsOf } from './loss.js';

/** −log probs[label], on the output of a Softmax layer (ECE285); options as those of softmaxCrossEntropy. */
export const crossEntropy = defineLoss({
  target: 'labels',
  measured: 'classes',
  options: smoothed,
  misfit: weightMisfit,
  emit(builder, probs, labels, options) {
    const { losses, dscores: dprobs } = outputsOf(builder, probs);
    const target = smoothedTarget(builder, labels, probs.cols, options);
    if (target.dtype === 'int32') {
      builder.emit('cross_entropy', { probs, labels: target, losses, dprobs }, {});
    } else {
      builder.emit('cross_entropy_targets', { probs, targets: target, losses, dprobs }, {});
    }
    return { losses, dscores: dprobs };
  },
});
