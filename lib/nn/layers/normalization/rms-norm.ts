import type { LayerConfig } from '../../layer.js';
import type { Parameter, RowShape, Scope, Value } from '../../scope.js';
import { RowNorm, type RowNormOptions } from './row-norm.js';

/**
 * y = x / √(Σ x²/D + ε)·gamma, row by row: layer norm about zero (Zhang & Sennrich 2019; PyTorch's `nn.RMSNorm`). The parameter gamma is of
 * a row's shape.
 */
export class RMSNorm extends RowNorm {
  readonly kind = 'RMSNorm';

  /**
   * @param shape of a row: D, or (C, H, W), all of which is normalized
   * @throws ArgumentError for an option that is unknown or out of range
   */
  constructor(shape: number | RowShape, options: RowNormOptions = {}) {
    super('RMSNorm', shape, options);
  }

  static fromConfig({ shape, ...options }: LayerConfig): RMSNorm {
    return new RMSNorm(shape as RowShape, options as RowNormOptions);
  }

  static example(inputSize: number): RMSNorm {
    return new RMSNorm(inputSize);
  }

  protected override normalize(scope: Scope, x: Value, gamma: Parameter): Value {
    const y = scope.value('rmsnorm', x.shape);
    const inverse = scope.value('inverse', [1]);
    scope.emit('rms_norm', { x, gamma, y, inverse }, { epsilon: this.epsilon });
    return scope.record(y, [x, gamma], (dy) => {
      scope.accumulate(x, (dx, keep) =>
        scope.emit('rms_norm_backward', { dy, x, inverse, gamma, dx }, { beta: keep }),
      );
      scope.deliver([gamma], (dgamma) => scope.emit('rms_norm_sums', { dy, x, inverse, dgamma }));
    });
  }
}
