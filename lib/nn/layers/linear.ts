import { checkOptions, oneOf, optional, positiveInteger } from '../../core/options.js';
import type { BuilderSlot, ProgramBuilder } from '../../ops/builder.js';
import {
  type Initializer,
  type InitializerName,
  initializer,
  initializerOf,
  torch,
  zeros,
} from '../initializers.js';
import {
  type BackwardOptions,
  type BoundParameter,
  Layer,
  type LayerConfig,
  type ParameterSpec,
  type Saved,
} from '../layer.js';

export interface LinearOptions {
  /** How W begins; default `'torch'`, uniform in ±1/√in. (ECE285 takes `uniform(1e-4)`, for b too.) */
  readonly init?: InitializerName | Initializer;
  /** How b begins; default as W where that is `'torch'`, else zeros. */
  readonly biasInit?: InitializerName | Initializer;
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

  override get inputSize(): number {
    return this.#inputSize;
  }

  override outputSize(): number {
    return this.#outputSize;
  }

  override parameters(): readonly ParameterSpec[] {
    return [
      {
        name: 'W',
        shape: [this.#inputSize, this.#outputSize],
        layout: 'transposed',
        regularized: true,
        init: this.#init,
        drawTransposed: this.#drawTransposed,
      },
      {
        name: 'b',
        shape: [this.#outputSize],
        layout: 'row',
        regularized: false,
        init: this.#biasInit,
        fan: { in: this.#inputSize, out: this.#outputSize },
      },
    ];
  }

  override forward(builder: ProgramBuilder, x: BuilderSlot, [w, b]: readonly BoundParameter[]): BuilderSlot {
    const y = builder.activation('linear', x.rows, this.#outputSize);
    builder.emit(
      w!.layout === 'transposed' ? 'affine_nt' : 'affine_nn',
      { x, w: w!.slot, b: b!.slot, y },
      {},
    );
    return y;
  }

  override backward(
    builder: ProgramBuilder,
    dy: BuilderSlot,
    { x, parameters: [w, b] }: Saved,
    { beta, inputGradient }: BackwardOptions,
  ): BuilderSlot | undefined {
    const transposed = w!.layout === 'transposed';
    // dx first: after it nobody needs W any more, and the product that makes dW may update it on the spot.
    const dx = inputGradient ? builder.activation('dlinear', x.rows, x.cols) : undefined;
    if (dx !== undefined) {
      builder.emit(transposed ? 'gemm_nn' : 'gemm_nt', { a: dy, b: w!.slot, c: dx }, { alpha: 1, beta: 0 });
    }
    // dW = xᵀ·dy is (in, out); stored (out, in) it is dyᵀ·x.
    builder.emit(
      'gemm_tn',
      { a: transposed ? dy : x, b: transposed ? x : dy, c: w!.gradient },
      { alpha: 1, beta },
    );
    builder.emit('column_sum', { x: dy, y: b!.gradient }, { beta });
    return dx;
  }

  override config(): LayerConfig {
    return { inputSize: this.#inputSize, outputSize: this.#outputSize };
  }
}
