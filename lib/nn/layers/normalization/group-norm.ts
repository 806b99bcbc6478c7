import { ArgumentError } from '../../../core/errors.js';
import { checkOptions, optional, positive, positiveInteger } from '../../../core/options.js';
import { elementCount } from '../../../core/tensors/shape.js';
import { ones, zeros } from '../../initializers.js';
import { Layer, type LayerConfig } from '../../layer.js';
import type { RowShape, Scope, Value } from '../../scope.js';
import type { RowNormOptions } from './row-norm.js';

/**
 * y = (x − mean) / √(variance + ε)·gamma + beta with mean and (biased) variance of a picture's channels in groups, over all of their pixels
 * (Wu & He 2018; PyTorch's `nn.GroupNorm`, cs231n's `spatial_groupnorm`): the same in training and predictions. Parameters gamma (C), beta (C).
 */
export class GroupNorm extends Layer {
  readonly kind = 'GroupNorm';
  readonly #numGroups: number;
  readonly #numChannels: number;
  readonly #epsilon: number;

  /**
   * @param numGroups of as many channels each
   * @throws ArgumentError for channels that are no multiple of the groups, or an option that is unknown or out of range
   */
  constructor(numGroups: number, numChannels: number, options: RowNormOptions = {}) {
    super();
    const checked = checkOptions(
      'GroupNorm',
      { numGroups, numChannels, ...options },
      { numGroups: positiveInteger, numChannels: positiveInteger, epsilon: optional(positive, 1e-5) },
    );
    if (numChannels % numGroups !== 0) {
      throw new ArgumentError(
        `GroupNorm: expected numChannels to be a multiple of numGroups, ${numGroups}, but received ${numChannels}`,
      );
    }
    this.#numGroups = checked.numGroups;
    this.#numChannels = checked.numChannels;
    this.#epsilon = checked.epsilon;
  }

  static fromConfig({ numGroups, numChannels, ...options }: LayerConfig): GroupNorm {
    return new GroupNorm(numGroups as number, numChannels as number, options as RowNormOptions);
  }

  static readonly exampleShape = [4, 2, 3];

  static example(): GroupNorm {
    return new GroupNorm(2, 4);
  }

  override refuses(shape: RowShape): string | undefined {
    return shape[0] === this.#numChannels ? undefined : `(${this.#numChannels}, H, W)`;
  }

  override forward(scope: Scope, x: Value): Value {
    const spec = { shape: [this.#numChannels], layout: 'row', regularized: false } as const;
    const gamma = scope.parameter({ name: 'gamma', ...spec, init: ones });
    const beta = scope.parameter({ name: 'beta', ...spec, init: zeros });
    const positions = { positions: elementCount(x.shape.slice(1)) };
    const y = scope.value('groupnorm', x.shape);
    const mean = scope.value('mean', [this.#numGroups]);
    const inverse = scope.value('inverse', [this.#numGroups]);
    scope.emit('group_norm', { x, gamma, beta, y, mean, inverse }, { epsilon: this.#epsilon }, positions);
    return scope.record(y, [x, gamma, beta], (dy) => {
      // Of each picture; their sums are the parameters' gradients.
      const dgammas = scope.value('dgammas', [this.#numChannels]);
      const dbetas = scope.value('dbetas', [this.#numChannels]);
      const backward = (dx: Value['slot'], keep: Parameters<Parameters<Scope['accumulate']>[1]>[1]) =>
        scope.emit(
          'group_norm_backward',
          { dy, x, mean, inverse, gamma, dx, dgammas, dbetas },
          { beta: keep },
          positions,
        );
      if (!scope.accumulate(x, backward)) backward(scope.value('dgroupnorm', x.shape).slot, 0);
      scope.accumulate(gamma, (dgamma, keep) =>
        scope.emit('column_sum', { x: dgammas, y: dgamma }, { beta: keep }),
      );
      scope.accumulate(beta, (dbeta, keep) =>
        scope.emit('column_sum', { x: dbetas, y: dbeta }, { beta: keep }),
      );
    });
  }

  override config(): LayerConfig {
    return { numGroups: this.#numGroups, numChannels: this.#numChannels, epsilon: this.#epsilon };
  }
}
