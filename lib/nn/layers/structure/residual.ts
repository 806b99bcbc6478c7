import { describe } from '../../../core/describe.js';
import { ArgumentError, ShapeError } from '../../../core/errors.js';
import { CustomLayer } from '../../custom-layer.js';
import { HostLayer } from '../../host-layer.js';
import { Layer, type LayerConfig, type LayerMaker } from '../../layer.js';
import type { Scope, Value } from '../../scope.js';
import { ReLU } from '../activations/relu.js';

/** y = x + f(x), f some layers one after another that give rows of x's shape (He et al. 2016); dx = dy + dy·f′. */
export class Residual extends Layer {
  readonly kind = 'Residual';
  /** f */
  readonly layers: readonly Layer[];

  /** @throws ArgumentError for no layers, or what is none */
  constructor(layers: readonly (Layer | CustomLayer)[]) {
    super();
    if (!Array.isArray(layers) || layers.length === 0) {
      throw new ArgumentError(`Residual: expected an array of layers but received ${describe(layers)}`);
    }
    this.layers = layers.map((layer: unknown, index) => {
      if (layer instanceof CustomLayer) return new HostLayer(layer);
      if (layer instanceof Layer) return layer;
      throw new ArgumentError(
        `Residual: expected layer ${index} to be a layer but received ${describe(layer)}`,
      );
    });
  }

  static fromConfig(config: LayerConfig, make: LayerMaker): Residual {
    return new Residual(make(config.layers));
  }

  static example(): Residual {
    return new Residual([new ReLU()]);
  }

  override get inputShape(): readonly number[] | undefined {
    return this.layers[0]!.inputShape;
  }

  override refuses(): undefined {
    // Its first layer says so itself.
    return undefined;
  }

  override forward(scope: Scope, x: Value): Value {
    const f = this.layers.reduce((from, layer) => scope.apply(layer, from), x);
    if (f.shape.join() !== x.shape.join()) {
      throw new ShapeError(
        `Residual: expected its layers to give rows of shape (${x.shape.join(', ')}), as they take, but they give (${f.shape.join(', ')})`,
      );
    }
    const y = scope.value('residual', x.shape);
    scope.emit('add', { a: x, b: f, c: y });
    return scope.record(y, [x, f], (dy) => {
      scope.same(x, dy);
      scope.same(f, dy);
    });
  }

  override config(): LayerConfig {
    return { layers: this.layers.map((layer) => ({ kind: layer.kind, config: layer.config() })) };
  }
}
