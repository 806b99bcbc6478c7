import { ActivationLayer } from '../../activation-layer.js';

/**
 * y = log(1 + eˣ), computed so that it overflows nowhere; dx = dy·σ(x). PyTorch's `nn.Softplus` with its beta = 1; its threshold, above
 * which it takes y = x, is not needed.
 */
export class Softplus extends ActivationLayer {
  readonly kind = 'Softplus';
  protected readonly op = 'softplus';

  static fromConfig(): Softplus {
    return new Softplus();
  }

  static example(): Softplus {
    return new Softplus();
  }
}
