import { ActivationLayer } from '../../activation-layer.js';

/** Each row to probabilities: y = eˣ / Σ eˣ; dx = y · (dy − Σ dy · y). */
export class Softmax extends ActivationLayer {
  readonly kind = 'Softmax';
  protected readonly op = 'softmax';

  static fromConfig(): Softmax {
    return new Softmax();
  }

  static example(): Softmax {
    return new Softmax();
  }
}
