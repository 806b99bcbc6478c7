import { checkOptions, oneOf, optional, positiveInteger } from '../../core/options.js';
import {
  type Initializer,
  type InitializerLike,
  initializer,
  initializerOf,
  torch,
  zeros,
} from '../initializers.js';
import { Layer, type LayerConfig } from '../layer.js';
import type { RowShape, Scope, Value } from '../scope.js';

export interface LinearOptions {
  /** How W begins; default `'torch'`, uniform in ±1/√in. (ECE285 takes `uniform(1e-4)`, for b too.) */
  readonly init?: InitializerLike;
  /** How b begins; default as W where that is `'torch'`, else zeros. */
  readonly biasInit?: InitializerLike;
  /**
   * The order in which W's initial values are drawn: row by row of (in, out), the default, or of (out, in). Those of b follow, and then
   * those of the next layer.
   */
  readonly weightLayout?: 'inOut' | 'outIn';
}

/**
 * y = x·W + b, x (N, in), W (in, out), b (out). dW = xᵀ·dy, db = Σ dy over the rows, dx = dy·Wᵀ. W and b begin as in PyTorch, uniform in
 * ±1/√in, with which nets of some layers learn; for many ReLU layers `init: 'he'` is better.
 */
export class Linear extends Layer {
  readonly kind = 'Linear';
  readonly #inputSize: number;
  readonly #outputSize: number;
  readonly #init: Initializer;
  readonly #biasInit: Initializer;
  readonly #drawTransposed: boolean;

  /** @throws ArgumentError for sizes that are no positive integers */
  constructor(inputSize: number, outputSize: number, options: LinearOptions = {}) {
    super();
    const checked = checkOptions(
      'Linear',
      { inputSize, outputSize, ...options },
      {
        inputSize: positiveInteger,
        outputSize: positiveInteger,
        init: optional(initializer),
        biasInit: optional(initializer),
        weightLayout: optional(oneOf('inOut', 'outIn'), 'inOut'),
      },
    );
    this.#inputSize = checked.inputSize;
    this.#outputSize = checked.outputSize;
    this.#init = initializerOf(checked.init ?? torch);
    this.#biasInit = initializerOf(checked.biasInit ?? (this.#init === torch ? torch : zeros));
    this.#drawTransposed = checked.weightLayout === 'outIn';
  }

  static fromConfig(config: LayerConfig): Linear {
    return new Linear(config.inputSize as number, config.outputSize as number);
  }

  static example(inputSize: number): Linear {
    return new Linear(inputSize, 5, { init: 'xavier' });
  }

  override get inputShape(): RowShape {
    return [this.#inputSize];
  }

  override forward(scope: Scope, x: Value): Value {
    const [inputs, outputs] = [this.#inputSize, this.#outputSize];
    const w = scope.parameter({
      name: 'W',
      shape: [inputs, outputs],
      layout: 'transposed',
      regularized: true,
      init: this.#init,
      drawTransposed: this.#drawTransposed,
    });
    const b = scope.parameter({
      name: 'b',
      shape: [outputs],
      layout: 'row',
      regularized: false,
      init: this.#biasInit,
      fan: { in: inputs, out: outputs },
    });
    const transposed = w.layout === 'transposed';
    const y = scope.value('linear', [outputs]);
    scope.emit(transposed ? 'affine_nt' : 'affine_nn', { x, w, b, y });
    return scope.record(y, [x, w, b], (dy) => {
      // dx first: after it nobody needs W any more, and the product that makes dW may update it on the spot.
      scope.accumulate(x, (dx, beta) =>
        scope.emit(transposed ? 'gemm_nn' : 'gemm_nt', { a: dy, b: w, c: dx }, { alpha: 1, beta }),
      );
      // dW = xᵀ·dy is (in, out); stored (out, in) it is dyᵀ·x.
      scope.accumulate(w, (dw, beta) =>
        scope.emit('gemm_tn', { a: transposed ? dy : x, b: transposed ? x : dy, c: dw }, { alpha: 1, beta }),
      );
      scope.accumulate(b, (db, beta) => scope.emit('column_sum', { x: dy, y: db }, { beta }));
    });
  }

  override config(): LayerConfig {
    return { inputSize: this.#inputSize, outputSize: this.#outputSize };
  }
}
