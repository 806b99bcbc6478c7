import { checkOptions, nonNegative, optional } from '../../../core/options.js';
import { ActivationLayer } from '../../activation-layer.js';
import type { LayerConfig } from '../../layer.js';

/**
 * y = x where x > 0, else alpha·(eˣ − 1); dx = dy where y > 0, else dy·(y + alpha) (Clevert et al. 2016). PyTorch's `nn.ELU`.
 */
export class ELU extends ActivationLayer {
  readonly kind = 'ELU';
  protected readonly op = 'elu';
  protected override readonly scalars: { readonly alpha: number };

  /**
   * @param alpha ≥ 0, minus the limit for x → −∞; default 1
   * @throws ArgumentError for a negative number, with which y would not tell on which side of 0 x was
   */
  constructor(alpha?: number) {
    super();
    this.scalars = checkOptions('ELU', { alpha }, { alpha: optional(nonNegative, 1) });
  }

  static fromConfig(config: LayerConfig): ELU {
    return new ELU(config.alpha as number);
  }

  static example(): ELU {
    return new ELU(0.7);
  }
}
