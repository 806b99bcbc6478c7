import { nonNegative } from '../../core/options.js';
import { defineLoss, outputsOf } from './loss.js';

/**
 * e^s − t s of counts t whose mean is predicted as e^s, the mean over the columns: PyTorch's PoissonNLLLoss with its defaults
 * (log_input, without Stirling's terms).
 */
export const poissonNll = defineLoss({
  target: 'targets',
  measured: 'numbers',
  options: {},
  eachTarget: nonNegative,
  prediction: (j) => ({ col: j, of: Math.exp }),
  meanOverColumns: () => true,
  emit(builder, scores, targets) {
    const { losses, dscores } = outputsOf(builder, scores);
    builder.emit('poisson_nll', { scores, targets, losses, dscores }, { factor: 1 / scores.cols });
    return { losses, dscores };
  },
});
