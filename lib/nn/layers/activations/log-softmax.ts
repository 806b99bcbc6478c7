import { ActivationLayer } from '../../activation-layer.js';

/**
 * Each row to the logarithms of probabilities: y = x − log Σ eˣ, computed so that it overflows nowhere; dx = dy − eʸ·Σ dy. PyTorch's
 * `nn.LogSoftmax(dim=1)`.
 */
export class LogSoftmax extends ActivationLayer {
  readonly kind = 'LogSoftmax';
  protected readonly op = 'log_softmax';

  static fromConfig(): LogSoftmax {
    return new LogSoftmax();
  }

  static example(): LogSoftmax {
    return new LogSoftmax();
  }
}
