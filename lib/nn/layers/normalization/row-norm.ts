import { arrayOf, checkOptions, either, optional, positive, positiveInteger } from '../../../core/options.js';
import { elementCount } from '../../../core/tensors/shape.js';
import { ones } from '../../initializers.js';
import { Layer, type LayerConfig } from '../../layer.js';
import { asFlatRows, asPictures } from '../../picture-layout.js';
import type { Parameter, RowShape, Scope, Value } from '../../scope.js';

export interface RowNormOptions {
  /** Added to the mean square; default 1e-5. */
  readonly epsilon?: number;
}

/** What layer norm and RMS norm share: each row is normalized for itself, and then scaled feature by feature. */
export abstract class RowNorm extends Layer {
  readonly #shape: RowShape;
  protected readonly epsilon: number;

  /** @param shape of a row, all of which is normalized: D, or (C, H, W) */
  constructor(who: string, shape: number | RowShape, options: RowNormOptions) {
    super();
    const checked = checkOptions(
      who,
      { shape, ...options },
      { shape: either(positiveInteger, arrayOf(positiveInteger)), epsilon: optional(positive, 1e-5) },
    );
    this.#shape = typeof checked.shape === 'number' ? [checked.shape] : [...checked.shape];
    this.epsilon = checked.epsilon;
  }

  override get inputShape(): RowShape {
    return this.#shape;
  }

  override forward(scope: Scope, x: Value): Value {
    const flat = asFlatRows(scope, x);
    const gamma = this.parameter(scope, 'gamma', ones);
    const y = this.normalize(scope, flat, gamma);
    return x.shape.length === 1 ? y : asPictures(scope, y, x.shape);
  }

  /** @param x rows of `size` numbers */
  protected abstract normalize(scope: Scope, x: Value, gamma: Parameter): Value;

  /** One number for each of a row. */
  protected parameter(scope: Scope, name: string, init: typeof ones): Parameter {
    return scope.parameter({ name, shape: this.#shape, layout: 'row', regularized: false, init });
  }

  /** Numbers of a row. */
  protected get size(): number {
    return elementCount(this.#shape);
  }

  override config(): LayerConfig {
    return { shape: this.#shape, epsilon: this.epsilon };
  }
}
