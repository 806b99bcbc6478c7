import { smoothed, smoothedTarget, weightMisfit } from './class-options.js';
import { defineLoss, outputsOf } from './loss.js';

/**
 * −log softmax(scores)[label], the softmax included: stable for any finite scores. Of weights of the classes, as mixup and label
 * smoothing make them, −Σ weight·log softmax(scores). Options `weight`, `labelSmoothing` and `ignoreIndex` as in PyTorch's
 * CrossEntropyLoss; where all rows are ignored, the loss is 0.
 */
export const softmaxCrossEntropy = defineLoss({
  target: 'either',
  measured: 'classes',
  options: smoothed,
  misfit: weightMisfit,
  emit(builder, scores, given, options) {
    const { losses, dscores } = outputsOf(builder, scores);
    const target = smoothedTarget(builder, given, scores.cols, options);
    if (target.dtype === 'int32') {
      builder.emit('softmax_cross_entropy', { scores, labels: target, losses, dscores }, {});
    } else {
      builder.emit('softmax_cross_entropy_targets', { scores, targets: target, losses, dscores }, {});
    }
    return { losses, dscores };
  },
});
