import { checkOptions, optional, positive, positiveInteger, type Rule } from '../../../core/options.js';
import { elementCount } from '../../../core/tensors/shape.js';
import { ones, zeros } from '../../initializers.js';
import { Layer, type LayerConfig } from '../../layer.js';
import type { RowShape, Scope, Value } from '../../scope.js';

export interface BatchNormOptions {
  /** The weight of the batch in the running statistics, PyTorch's: running = (1 − momentum)·running + momentum·batch; default 0.1. */
  readonly momentum?: number;
  /** Added to the variance; default 1e-5. */
  readonly epsilon?: number;
}

const share: Rule<number> = {
  expected: 'a number from 0 to 1',
  plural: 'numbers from 0 to 1',
  accepts: (value): value is number => typeof value === 'number' && value >= 0 && value <= 1,
};

/**
 * y = (x − mean) / √(variance + ε)·gamma + beta, feature by feature (Ioffe & Szegedy 2015). In training mean and (biased) variance are
 * those of the batch, and `runningMean`, `runningVar`, of the unbiased variance, follow them; predictions are computed with these. As
 * PyTorch's `nn.BatchNorm1d` and `2d`. A batch of a single number a feature has no variance: training on it is an error.
 */
abstract class BatchNorm extends Layer {
  readonly #numFeatures: number;
  readonly #momentum: number;
  readonly #epsilon: number;

  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(who: string, numFeatures: number, options: BatchNormOptions) {
    super();
    const checked = checkOptions(
      who,
      { numFeatures, ...options },
      {
        numFeatures: positiveInteger,
        momentum: optional(share, 0.1),
        epsilon: optional(positive, 1e-5),
      },
    );
    this.#numFeatures = checked.numFeatures;
    this.#momentum = checked.momentum;
    this.#epsilon = checked.epsilon;
  }

  /** Axes of a row of its input. */
  protected abstract readonly rank: 1 | 3;

  override refuses(shape: RowShape): string | undefined {
    if (shape.length === this.rank && shape[0] === this.#numFeatures) return undefined;
    return this.rank === 1 ? String(this.#numFeatures) : `(${this.#numFeatures}, H, W)`;
  }

  override forward(scope: Scope, x: Value): Value {
    const count = this.#numFeatures;
    const spec = { shape: [count], layout: 'row', regularized: false } as const;
    const gamma = scope.parameter({ name: 'gamma', ...spec, init: ones });
    const beta = scope.parameter({ name: 'beta', ...spec, init: zeros });
    const runningMean = scope.state({ name: 'runningMean', size: count, initial: 0 });
    const runningVar = scope.state({ name: 'runningVar', size: count, initial: 1 });
    const training = scope.mode === 'train';
    const mean = training ? scope.row('mean', count) : runningMean;
    const variance = training ? scope.row('variance', count) : runningVar;
    if (training) {
      const unbiased = scope.row('unbiased', count);
      // One number has no variance.
      if (elementCount(x.shape.slice(1)) === 1) scope.needsRows(2);
      scope.emit('column_mean', { x, mean });
      scope.emit('column_variance', { x, mean, variance, unbiased });
      scope.commit(() => {
        scope.emit('lerp', { x: mean, y: runningMean }, { weight: this.#momentum });
        scope.emit('lerp', { x: unbiased, y: runningVar }, { weight: this.#momentum });
      });
    }
    const inverse = scope.row('inverse', count);
    scope.emit('inverse_deviation', { variance, inverse }, { epsilon: this.#epsilon });
    const y = scope.value('batchnorm', x.shape);
    scope.emit('batch_norm', { x, mean, inverse, gamma, beta, y });
    return scope.record(y, [x, gamma, beta], (dy) =>
      scope.deliver([gamma, beta], (dgamma, dbeta) => {
        scope.emit('batch_norm_sums', { dy, x, mean, inverse, dgamma, dbeta });
        scope.accumulate(x, (dx, keep) => {
          if (training) {
            const sums = { dgamma, dbeta };
            scope.emit('batch_norm_backward', { dy, x, mean, inverse, gamma, ...sums, dx }, { beta: keep });
          } else {
            scope.emit('batch_norm_fixed_backward', { dy, inverse, gamma, dx }, { beta: keep });
          }
        });
      }),
    );
  }

  override config(): LayerConfig {
    return { numFeatures: this.#numFeatures, momentum: this.#momentum, epsilon: this.#epsilon };
  }
}

/** {@link BatchNorm} of flat rows: each column of x (N, D) over the N rows. Parameters gamma (D), beta (D). */
export class BatchNorm1d extends BatchNorm {
  readonly kind = 'BatchNorm1d';
  protected readonly rank = 1;

  /** @param numFeatures D */
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super('BatchNorm1d', numFeatures, options);
  }

  static fromConfig({ numFeatures, ...options }: LayerConfig): BatchNorm1d {
    return new BatchNorm1d(numFeatures as number, options as BatchNormOptions);
  }

  static example(inputSize: number): BatchNorm1d {
    return new BatchNorm1d(inputSize);
  }

  override get inputShape(): RowShape {
    return [this.config().numFeatures as number];
  }
}

/** {@link BatchNorm} of pictures: each channel of x (N, C, H, W) over the N·H·W pixels. Parameters gamma (C), beta (C). */
export class BatchNorm2d extends BatchNorm {
  readonly kind = 'BatchNorm2d';
  protected readonly rank = 3;

  /** @param numFeatures C */
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super('BatchNorm2d', numFeatures, options);
  }

  static fromConfig({ numFeatures, ...options }: LayerConfig): BatchNorm2d {
    return new BatchNorm2d(numFeatures as number, options as BatchNormOptions);
  }

  static readonly exampleShape = [2, 4, 3];

  static example(): BatchNorm2d {
    return new BatchNorm2d(2);
  }
}
