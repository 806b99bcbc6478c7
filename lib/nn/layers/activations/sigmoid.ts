import { ActivationLayer } from '../../activation-layer.js';

/** y = 1 / (1 + e⁻ˣ); dx = dy · y · (1 − y). */
export class Sigmoid extends ActivationLayer {
  readonly kind = 'Sigmoid';
  protected readonly op = 'sigmoid';

  static fromConfig(): Sigmoid {
    return new Sigmoid();
  }

  static example(): Sigmoid {
    return new Sigmoid();
  }
}
