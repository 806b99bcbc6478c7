import { ActivationLayer } from '../../activation-layer.js';

/**
 * y = x·tanh(log(1 + eˣ)) (Misra 2019, "Mish: A Self Regularized Non-Monotonic Activation Function"). PyTorch's `nn.Mish`, but 0 for
 * x = −∞, as in the limit.
 */
export class Mish extends ActivationLayer {
  readonly kind = 'Mish';
  protected readonly op = 'mish';

  static fromConfig(): Mish {
    return new Mish();
  }

  static example(): Mish {
    return new Mish();
  }
}
