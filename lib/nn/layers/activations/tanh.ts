import { ActivationLayer } from '../../activation-layer.js';

/** y = tanh x; dx = dy · (1 − y²). */
export class Tanh extends ActivationLayer {
  readonly kind = 'Tanh';
  protected readonly op = 'tanh';

  static fromConfig(): Tanh {
    return new Tanh();
  }

  static example(): Tanh {
    return new Tanh();
  }
}
