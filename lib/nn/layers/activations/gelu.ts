import { checkOptions, oneOf, optional } from '../../../core/options.js';
import { ActivationLayer } from '../../activation-layer.js';
import type { LayerConfig } from '../../layer.js';

export interface GELUOptions {
  /**
   * `none`, the default: Φ as it is. `tanh`: ½·(1 + tanh(√(2/π)·(x + 0.044715·x³))) in its place, as GPT-2 has it; within 5e-4 of it.
   */
  readonly approximate?: 'none' | 'tanh';
}

/**
 * y = x·Φ(x), Φ the distribution function of the normal distribution, ½·(1 + erf(x/√2)); dx = dy·(Φ(x) + x·φ(x)) (Hendrycks and Gimpel
 * 2016). PyTorch's `nn.GELU`, but to the last digits for x ≪ 0 as well, and 0 for x = −∞, as in the limit.
 */
export class GELU extends ActivationLayer {
  readonly kind = 'GELU';
  protected readonly op: 'gelu' | 'gelu_tanh';
  readonly approximate: 'none' | 'tanh';

  /** @throws ArgumentError for an option that is unknown or no approximation */
  constructor(options: GELUOptions = {}) {
    super();
    const schema = { approximate: optional(oneOf('none', 'tanh'), 'none') };
    this.approximate = checkOptions('GELU', options, schema).approximate;
    this.op = this.approximate === 'none' ? 'gelu' : 'gelu_tanh';
  }

  static fromConfig(config: LayerConfig): GELU {
    return new GELU({ approximate: config.approximate as 'none' | 'tanh' });
  }

  static example(): GELU {
    return new GELU();
  }

  override config(): LayerConfig {
    return { approximate: this.approximate };
  }
}
