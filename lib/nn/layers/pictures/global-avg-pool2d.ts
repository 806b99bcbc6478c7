import { Layer } from '../../layer.js';
import { asFlatRows } from '../../picture-layout.js';
import type { RowShape, Scope, Value } from '../../scope.js';

/** The mean of each channel: (C, H, W) → (C). PyTorch's `nn.AdaptiveAvgPool2d(1)` and Flatten, Keras's `GlobalAveragePooling2D`. */
export class GlobalAvgPool2d extends Layer {
  readonly kind = 'GlobalAvgPool2d';

  static fromConfig(): GlobalAvgPool2d {
    return new GlobalAvgPool2d();
  }

  static readonly exampleShape = [2, 4, 3];

  static example(): GlobalAvgPool2d {
    return new GlobalAvgPool2d();
  }

  override refuses(shape: RowShape): string | undefined {
    return shape.length === 3 ? undefined : 'pictures of shape (C, H, W)';
  }

  override forward(scope: Scope, x: Value): Value {
    const [channels = 0, height = 0, width = 0] = x.shape;
    const window = { poolHeight: height, poolWidth: width, strideY: 1, strideX: 1, paddingY: 0, paddingX: 0 };
    const attributes = { height, width, ...window };
    const y = scope.value('global_avg_pool', [channels, 1, 1]);
    scope.emit('avg_pool', { x, y }, {}, attributes);
    scope.record(y, [x], (dy) =>
      scope.accumulate(x, (dx, beta) => scope.emit('avg_pool_backward', { dy, dx }, { beta }, attributes)),
    );
    return asFlatRows(scope, y);
  }
}
