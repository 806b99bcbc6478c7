import { ActivationLayer } from '../../activation-layer.js';

/**
 * y = λ·x where x > 0, else λ·α·(eˣ − 1); dx = dy·λ where y > 0, else dy·(y + λ·α). With λ = 1.0507009873554805 and
 * α = 1.6732632423543772, mean 0 and variance 1 are a fixed point of many layers whose weights begin with variance 1/in
 * (Klambauer et al. 2017, "Self-Normalizing Neural Networks"). PyTorch's `nn.SELU`.
 */
export class SELU extends ActivationLayer {
  readonly kind = 'SELU';
  protected readonly op = 'selu';

  static fromConfig(): SELU {
    return new SELU();
  }

  static example(): SELU {
    return new SELU();
  }
}
