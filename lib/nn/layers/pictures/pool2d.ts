import { checkOptions, optional } from '../../../core/options.js';
import { Layer, type LayerConfig } from '../../layer.js';
import type { RowShape, Scope, Value } from '../../scope.js';
import { windowsOf } from './window-options.js';
import { attributesOf, borders, type Pair, placesOf, sizes, type Windows } from './windows.js';

export interface Pool2dOptions {
  /** Pixels from one window to the next; default: their size, so that they lie side by side. */
  readonly stride?: Pair;
  /** A border around the pictures, at most half as wide as a window; default 0. */
  readonly padding?: Pair;
}

/** What the two kinds of pooling share: from each window of a channel one number. */
abstract class Pool2d extends Layer {
  protected readonly windows: Windows;

  constructor(who: string, kernelSize: Pair, options: Pool2dOptions) {
    super();
    const checked = checkOptions(
      who,
      { kernelSize, ...options },
      { kernelSize: sizes, stride: optional(sizes), padding: optional(borders, 0) },
    );
    const { kernelSize: size, stride, padding } = checked;
    this.windows = windowsOf(who, size, stride ?? size, padding);
  }

  override refuses(shape: RowShape): string | undefined {
    const places = placesOf(this.windows, shape);
    if (shape.length === 3 && places.every((count) => count > 0)) return undefined;
    return `pictures of shape (C, H, W), at least ${this.windows.size.join('×')} pixels`;
  }

  /** The attributes of its ops, and memory for its result. */
  protected layout(scope: Scope, name: string, x: Value) {
    const [poolHeight, poolWidth] = this.windows.size;
    const attributes = { ...attributesOf(this.windows, x.shape), poolHeight, poolWidth };
    return { attributes, y: scope.value(name, [x.shape[0]!, ...placesOf(this.windows, x.shape)]) };
  }

  override config(): LayerConfig {
    const { size, stride, padding } = this.windows;
    return { kernelSize: size, stride, padding };
  }
}

/** The largest of each window of a channel; its gradient goes to the first of the largest. PyTorch's `nn.MaxPool2d`. */
export class MaxPool2d extends Pool2d {
  readonly kind = 'MaxPool2d';

  /** @throws ArgumentError for sizes that are no positive integers, or an option that is unknown or out of range */
  constructor(kernelSize: Pair, options: Pool2dOptions = {}) {
    super('MaxPool2d', kernelSize, options);
  }

  static fromConfig({ kernelSize, ...options }: LayerConfig): MaxPool2d {
    return new MaxPool2d(kernelSize as Pair, options as Pool2dOptions);
  }

  static readonly exampleShape = [2, 4, 3];

  static example(): MaxPool2d {
    return new MaxPool2d(2);
  }

  override forward(scope: Scope, x: Value): Value {
    const { attributes, y } = this.layout(scope, 'max_pool', x);
    scope.emit('max_pool', { x, y }, {}, attributes);
    return scope.record(y, [x], (dy) =>
      scope.accumulate(x, (dx, beta) => scope.emit('max_pool_backward', { dy, x, dx }, { beta }, attributes)),
    );
  }
}

/** The mean of each window of a channel, in which zeros around the pictures count. PyTorch's `nn.AvgPool2d`. */
export class AvgPool2d extends Pool2d {
  readonly kind = 'AvgPool2d';

  /** @throws ArgumentError for sizes that are no positive integers, or an option that is unknown or out of range */
  constructor(kernelSize: Pair, options: Pool2dOptions = {}) {
    super('AvgPool2d', kernelSize, options);
  }

  static fromConfig({ kernelSize, ...options }: LayerConfig): AvgPool2d {
    return new AvgPool2d(kernelSize as Pair, options as Pool2dOptions);
  }

  static readonly exampleShape = [2, 4, 3];

  static example(): AvgPool2d {
    return new AvgPool2d(2);
  }

  override forward(scope: Scope, x: Value): Value {
    const { attributes, y } = this.layout(scope, 'avg_pool', x);
    scope.emit('avg_pool', { x, y }, {}, attributes);
    return scope.record(y, [x], (dy) =>
      scope.accumulate(x, (dx, beta) => scope.emit('avg_pool_backward', { dy, dx }, { beta }, attributes)),
    );
  }
}
