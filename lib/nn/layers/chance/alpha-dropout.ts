import { checkOptions } from '../../../core/options.js';
import { Layer, type LayerConfig } from '../../layer.js';
import type { Scope, Value } from '../../scope.js';
import { dropProbability } from './dropout.js';

/**
 * Dropout for SELU: what is dropped becomes SELU's least value α′, and all is scaled and shifted so that mean and variance stay 0 and 1:
 * y = a·(x·mask + α′·(1 − mask)) + b (Klambauer et al. 2017; PyTorch's `nn.AlphaDropout`). Not in predictions.
 */
export class AlphaDropout extends Layer {
  readonly kind = 'AlphaDropout';
  /** The probability to be dropped. */
  readonly p: number;

  /**
   * @param p default 0.5
   * @throws ArgumentError for a p outside 0 … 1, or that leaves nothing
   */
  constructor(p = 0.5) {
    super();
    this.p = checkOptions('AlphaDropout', { p }, { p: dropProbability }).p;
  }

  static fromConfig(config: LayerConfig): AlphaDropout {
    return new AlphaDropout(config.p as number);
  }

  static example(): AlphaDropout {
    return new AlphaDropout(0.4);
  }

  override forward(scope: Scope, x: Value): Value {
    if (scope.mode === 'infer' || this.p === 0) return x;
    const { step, seed } = scope;
    const draw = { keep: 1 - this.p, seed, stream: scope.stream(), step };
    const y = scope.value('alpha_dropout', x.shape);
    scope.emit('alpha_dropout', { x, y }, draw);
    return scope.record(y, [x], (dy) =>
      scope.accumulate(x, (dx, beta) => scope.emit('alpha_dropout_backward', { dy, dx }, { ...draw, beta })),
    );
  }

  override config(): LayerConfig {
    return { p: this.p };
  }
}
