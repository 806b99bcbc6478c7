import { checkOptions, number, optional, positiveInteger } from '../../../core/options.js';
import { elementCount } from '../../../core/tensors/shape.js';
import type { Initializer } from '../../initializers.js';
import { Layer, type LayerConfig } from '../../layer.js';
import type { RowShape, Scope, Value } from '../../scope.js';

export interface PReLUOptions {
  /** How many slopes are learned: 1, the default, for all features, or one for each feature. */
  readonly numParameters?: number;
  /** What the slopes begin with; default 0.25. */
  readonly init?: number;
}

/**
 * y = x where x > 0, else slope·x, with a slope that is learned: dx = dy where x > 0, else slope·dy; dslope = Σ dy·x over the places where
 * x ≤ 0 (He et al. 2015, "Delving Deep into Rectifiers"). PyTorch's `nn.PReLU`. Regularization does not count the slopes, which it would
 * draw to those of a ReLU.
 */
export class PReLU extends Layer {
  readonly kind = 'PReLU';
  readonly #numParameters: number;
  readonly #init: number;

  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(options: PReLUOptions = {}) {
    super();
    const { numParameters, init } = checkOptions('PReLU', options, {
      numParameters: optional(positiveInteger, 1),
      init: optional(number, 0.25),
    });
    this.#numParameters = numParameters;
    this.#init = init;
  }

  static fromConfig(config: LayerConfig): PReLU {
    return new PReLU({ numParameters: config.numParameters as number, init: config.init as number });
  }

  static example(inputSize: number): PReLU {
    return new PReLU({ numParameters: inputSize });
  }

  override refuses(shape: RowShape): string | undefined {
    const count = this.#numParameters;
    return count === 1 || count === shape[0] ? undefined : `${count} features, one for each slope`;
  }

  override forward(scope: Scope, x: Value): Value {
    const count = this.#numParameters;
    const { cols } = x.slot;
    const init: Initializer = {
      name: `constant(${this.#init})`,
      draw: (_rng, shape) => new Float64Array(elementCount(shape)).fill(this.#init),
    };
    const slope = scope.parameter({ name: 'slope', shape: [count], layout: 'row', regularized: false, init });
    // A slope for each column.
    let slopes = slope.slot;
    if (count !== cols) {
      slopes = scope.row('slopes', cols);
      scope.emit('spread', { x: slope, y: slopes });
    }
    const y = scope.value('prelu', x.shape);
    scope.emit('prelu', { x, slope: slopes, y });
    return scope.record(y, [x, slope], (dy) => {
      scope.deliver([x], (dx) => scope.emit('prelu_backward', { dy, x, slope: slopes, dx }));
      scope.accumulate(slope, (dslope, beta) => {
        if (count === cols) {
          scope.emit('prelu_slope', { dy, x, dslope }, { beta });
          return;
        }
        const dslopes = scope.row('dslopes', cols);
        scope.emit('prelu_slope', { dy, x, dslope: dslopes }, { beta: 0 });
        scope.emit('row_sum', { x: dslopes, y: dslope }, { beta });
      });
    });
  }

  override config(): LayerConfig {
    return { numParameters: this.#numParameters, init: this.#init };
  }
}
