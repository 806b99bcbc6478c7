import { ActivationLayer } from '../../activation-layer.js';

/**
 * y = x/6 + ½, held between 0 and 1; dx = dy/6 where 0 < y < 1. PyTorch's `nn.Hardsigmoid`. (Keras before version 3 had another slope,
 * 0.2.)
 */
export class Hardsigmoid extends ActivationLayer {
  readonly kind = 'Hardsigmoid';
  protected readonly op = 'hardsigmoid';

  static fromConfig(): Hardsigmoid {
    return new Hardsigmoid();
  }

  static example(): Hardsigmoid {
    return new Hardsigmoid();
  }
}
