import { checkOptions, positiveInteger } from '../../../core/options.js';
import { Layer, type LayerConfig } from '../../layer.js';
import type { RowShape, Scope, Value } from '../../scope.js';

/**
 * The largest of `pieces` neighbouring features, one after the other: x (N, M·pieces) → y (N, M), y_j = max of x from j·pieces on; of
 * pictures, of neighbouring channels. dx = dy at the first largest of each group, else 0. Behind a Linear layer it learns a convex
 * function of pieces (Goodfellow et al. 2013, "Maxout Networks"). The groups lie as in TensorFlow Addons' `Maxout`.
 *
 * ```ts
 * new Sequential([new Linear(784, 240), new Maxout(3), new Linear(80, 10)]);
 * ```
 */
export class Maxout extends Layer {
  readonly kind = 'Maxout';
  readonly pieces: number;

  /** @throws ArgumentError for what is no positive integer */
  constructor(pieces: number) {
    super();
    this.pieces = checkOptions('Maxout', { pieces }, { pieces: positiveInteger }).pieces;
  }

  static fromConfig(config: LayerConfig): Maxout {
    return new Maxout(config.pieces as number);
  }

  static example(inputSize: number): Maxout {
    return new Maxout(inputSize);
  }

  override refuses([features = 0, ...sizes]: RowShape): string | undefined {
    const { pieces } = this;
    if (features % pieces === 0) return undefined;
    return sizes.length === 0 ? `a multiple of ${pieces}` : `(a multiple of ${pieces}, H, W)`;
  }

  override forward(scope: Scope, x: Value): Value {
    const [features = 0, ...sizes] = x.shape;
    const groups = features / this.pieces;
    const y = scope.value('maxout', [groups, ...sizes]);
    // Each group a row.
    const apart = (of: Value) => scope.view(of, [this.pieces, groups, ...sizes]);
    const largest = (of: Value) => scope.view(of, [1, groups, ...sizes]);
    const pieces = apart(x);
    scope.emit('row_max', { x: pieces, y: largest(y) });
    return scope.record(y, [x], (dy) =>
      scope.deliver([x], (dx) =>
        scope.emit('row_max_backward', {
          dy: largest(dy),
          x: pieces,
          dx: apart({ slot: dx, shape: x.shape }),
        }),
      ),
    );
  }

  override config(): LayerConfig {
    return { pieces: this.pieces };
  }
}
