import { zeros } from '../../initializers.js';
import type { LayerConfig } from '../../layer.js';
import type { Parameter, RowShape, Scope, Value } from '../../scope.js';
import { RowNorm, type RowNormOptions } from './row-norm.js';

/**
 * y = (x − mean) / √(variance + ε)·gamma + beta with mean and (biased) variance of each row: the same in training and predictions (Ba, Kiros
 * & Hinton 2016; PyTorch's `nn.LayerNorm`). Parameters gamma and beta of a row's shape.
 */
export class LayerNorm extends RowNorm {
  readonly kind = 'LayerNorm';

  /**
   * @param shape of a row: D, or (C, H, W), all of which is normalized
   * @throws ArgumentError for an option that is unknown or out of range
   */
  constructor(shape: number | RowShape, options: RowNormOptions = {}) {
    super('LayerNorm', shape, options);
  }

  static fromConfig({ shape, ...options }: LayerConfig): LayerNorm {
    return new LayerNorm(shape as RowShape, options as RowNormOptions);
  }

  static example(inputSize: number): LayerNorm {
    return new LayerNorm(inputSize);
  }

  protected override normalize(scope: Scope, x: Value, gamma: Parameter): Value {
    const beta = this.parameter(scope, 'beta', zeros);
    const y = scope.value('layernorm', x.shape);
    const mean = scope.value('mean', [1]);
    const inverse = scope.value('inverse', [1]);
    scope.emit('layer_norm', { x, gamma, beta, y, mean, inverse }, { epsilon: this.epsilon });
    return scope.record(y, [x, gamma, beta], (dy) => {
      scope.accumulate(x, (dx, keep) =>
        scope.emit('layer_norm_backward', { dy, x, mean, inverse, gamma, dx }, { beta: keep }),
      );
      scope.deliver([gamma, beta], (dgamma, dbeta) =>
        scope.emit('layer_norm_sums', { dy, x, mean, inverse, dgamma, dbeta }),
      );
    });
  }
}
