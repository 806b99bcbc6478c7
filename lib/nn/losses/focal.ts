import { nonNegative, optional } from '../../core/options.js';
import { weighted, weightMisfit } from './class-options.js';
import { defineLoss, outputsOf } from './loss.js';

/**
 * −(1 − p)^γ·log p, p = softmax(scores)[label]: what is right already counts less (Lin et al. 2017, there with γ = 2, the default, and
 * weights α of the classes, here `weight`).
 */
export const focal = defineLoss({
  target: 'labels',
  measured: 'classes',
  options: { ...weighted, gamma: optional(nonNegative, 2) },
  misfit: weightMisfit,
  emit(builder, scores, labels, { gamma }) {
    const { losses, dscores } = outputsOf(builder, scores);
    builder.emit('focal', { scores, labels, losses, dscores }, { gamma });
    return { losses, dscores };
  },
});
