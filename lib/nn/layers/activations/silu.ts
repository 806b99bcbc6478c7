import { ActivationLayer } from '../../activation-layer.js';

/**
 * y = x·σ(x), also called swish; dx = dy·σ·(1 + x·(1 − σ)) (Elfwing et al. 2017; Ramachandran et al. 2017). PyTorch's `nn.SiLU`, but
 * 0 for x = −∞, as in the limit.
 */
export class SiLU extends ActivationLayer {
  readonly kind = 'SiLU';
  protected readonly op = 'silu';

  static fromConfig(): SiLU {
    return new SiLU();
  }

  static example(): SiLU {
    return new SiLU();
  }
}
