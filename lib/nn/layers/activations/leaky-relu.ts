import { checkOptions, number, optional } from '../../../core/options.js';
import { ActivationLayer } from '../../activation-layer.js';
import type { LayerConfig } from '../../layer.js';

/**
 * y = x where x > 0, else negativeSlope·x; dx = dy where x > 0, else negativeSlope·dy (Maas et al. 2013). PyTorch's `nn.LeakyReLU`.
 * (Keras's slope is 0.3 where none is given.)
 */
export class LeakyReLU extends ActivationLayer {
  readonly kind = 'LeakyReLU';
  protected readonly op = 'leaky_relu';
  protected override readonly scalars: { readonly negativeSlope: number };

  /**
   * @param negativeSlope default 0.01
   * @throws ArgumentError for what is no finite number
   */
  constructor(negativeSlope?: number) {
    super();
    this.scalars = checkOptions('LeakyReLU', { negativeSlope }, { negativeSlope: optional(number, 0.01) });
  }

  static fromConfig(config: LayerConfig): LeakyReLU {
    return new LeakyReLU(config.negativeSlope as number);
  }

  static example(): LeakyReLU {
    return new LeakyReLU(0.2);
  }
}
