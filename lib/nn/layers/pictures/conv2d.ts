import { checkOptions, optional, positiveInteger } from '../../../core/options.js';
import {
  fansOf,
  type InitializerLike,
  initializer,
  initializerOf,
  torch,
  zeros,
} from '../../initializers.js';
import { Layer, type LayerConfig } from '../../layer.js';
import type { RowShape, Scope, Value } from '../../scope.js';
import { windowsOf } from './window-options.js';
import { attributesOf, borders, type Pair, placesOf, sizes, type Windows } from './windows.js';

export interface Conv2dOptions {
  /** Pixels from one place of the filters to the next; default 1. */
  readonly stride?: Pair;
  /** Zeros around the pictures; default 0. */
  readonly padding?: Pair;
  /** How W begins; default `'torch'`, uniform in ±1/√(inChannels·kH·kW). */
  readonly init?: InitializerLike;
  /** How b begins; default as W where that is `'torch'`, else zeros. */
  readonly biasInit?: InitializerLike;
}

/**
 * y[o, i, j] = b[o] + Σ W[o, c, u, v]·x[c, i·stride + u − padding, j·stride + v − padding]: PyTorch's `nn.Conv2d`, cs231n's `conv_forward`.
 * Pictures are (N, C, H, W), W is (outChannels, inChannels, kH, kW), b (outChannels).
 */
export class Conv2d extends Layer {
  readonly kind = 'Conv2d';
  readonly #channels: readonly [inputs: number, outputs: number];
  readonly #windows: Windows;
  readonly #init: InitializerLike;
  readonly #biasInit: InitializerLike | undefined;

  /** @throws ArgumentError for sizes that are no positive integers, or an option that is unknown or out of range */
  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options: Conv2dOptions = {}) {
    super();
    const checked = checkOptions(
      'Conv2d',
      { inChannels, outChannels, kernelSize, ...options },
      {
        inChannels: positiveInteger,
        outChannels: positiveInteger,
        kernelSize: sizes,
        stride: optional(sizes, 1),
        padding: optional(borders, 0),
        init: optional(initializer),
        biasInit: optional(initializer),
      },
    );
    this.#channels = [checked.inChannels, checked.outChannels];
    this.#windows = windowsOf('Conv2d', checked.kernelSize, checked.stride, checked.padding);
    this.#init = checked.init ?? torch;
    this.#biasInit = checked.biasInit;
  }

  static fromConfig({ inChannels, outChannels, kernelSize, ...options }: LayerConfig): Conv2d {
    const [inputs, outputs] = [inChannels as number, outChannels as number];
    return new Conv2d(inputs, outputs, kernelSize as Pair, options as Conv2dOptions);
  }

  static readonly exampleShape = [2, 4, 3];

  static example(): Conv2d {
    return new Conv2d(2, 3, 2, { padding: 1, init: 'xavier' });
  }

  override refuses(shape: RowShape): string | undefined {
    const [inputs] = this.#channels;
    const { size, padding } = this.#windows;
    const places = placesOf(this.#windows, shape);
    if (shape.length === 3 && shape[0] === inputs && places.every((count) => count > 0)) return undefined;
    const border = padding.some((each) => each > 0) ? ` with ${padding.join('×')} zeros around` : '';
    return `pictures of shape (${inputs}, H, W), at least ${size.join('×')} pixels${border}`;
  }

  override forward(scope: Scope, x: Value): Value {
    const [inputs, outputs] = this.#channels;
    const [kernelHeight, kernelWidth] = this.#windows.size;
    const shape = [outputs, inputs, kernelHeight, kernelWidth];
    const fan = fansOf(shape);
    const init = initializerOf(this.#init);
    const w = scope.parameter({ name: 'W', shape, layout: 'channelsLast', regularized: true, init, fan });
    const biasInit = initializerOf(this.#biasInit ?? (init === torch ? torch : zeros));
    const b = scope.parameter({
      name: 'b',
      shape: [outputs],
      layout: 'row',
      regularized: false,
      init: biasInit,
      fan,
    });
    const windows = { ...attributesOf(this.#windows, x.shape), kernelHeight, kernelWidth };
    const y = scope.value('conv2d', [outputs, ...placesOf(this.#windows, x.shape)]);
    scope.emit('conv2d', { x, w, b, y }, {}, windows);
    return scope.record(y, [x, w, b], (dy) => {
      scope.accumulate(x, (dx, beta) => scope.emit('conv2d_input', { dy, w, dx }, { beta }, windows));
      scope.accumulate(w, (dw, beta) => scope.emit('conv2d_weights', { dy, x, dw }, { beta }, windows));
      scope.accumulate(b, (db, beta) => scope.emit('column_sum', { x: dy, y: db }, { beta }));
    });
  }

  override config(): LayerConfig {
    const [inChannels, outChannels] = this.#channels;
    const { size, stride, padding } = this.#windows;
    return { inChannels, outChannels, kernelSize: size, stride, padding };
  }
}
