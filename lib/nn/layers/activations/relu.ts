import { ActivationLayer } from '../../activation-layer.js';

/** y = max(x, 0); dx = dy where y > 0. */
export class ReLU extends ActivationLayer {
  readonly kind = 'ReLU';
  protected readonly op = 'relu';

  static fromConfig(): ReLU {
    return new ReLU();
  }

  static example(): ReLU {
    return new ReLU();
  }
}
