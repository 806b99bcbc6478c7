import { arrayOf, checkValue, positiveInteger } from '../../../core/options.js';
import { elementCount } from '../../../core/tensors/shape.js';
import { Layer, type LayerConfig } from '../../layer.js';
import { asFlatRows, asPictures } from '../../picture-layout.js';
import type { RowShape, Scope, Value } from '../../scope.js';

/** The numbers of a row under another shape, in the order C·H·W: PyTorch's `nn.Unflatten`, Keras's `Reshape`. */
export class Reshape extends Layer {
  readonly kind = 'Reshape';
  readonly #shape: RowShape;

  /**
   * @param shape of a row: (D), or (C, H, W)
   * @throws ArgumentError for sizes that are no positive integers
   */
  constructor(shape: RowShape) {
    super();
    this.#shape = Object.freeze([...checkValue('Reshape: shape', shape, arrayOf(positiveInteger))]);
  }

  static fromConfig(config: LayerConfig): Reshape {
    return new Reshape(config.shape as readonly number[]);
  }

  static example(inputSize: number): Reshape {
    return new Reshape([inputSize]);
  }

  override refuses(shape: RowShape): string | undefined {
    const count = elementCount(this.#shape);
    return elementCount(shape) === count ? undefined : `${count} numbers, as (${this.#shape.join(', ')}) has`;
  }

  override forward(scope: Scope, x: Value): Value {
    const flat = asFlatRows(scope, x);
    return this.#shape.length === 1 ? flat : asPictures(scope, flat, this.#shape);
  }

  override config(): LayerConfig {
    return { shape: this.#shape };
  }
}
