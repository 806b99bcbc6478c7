import { Layer } from '../../layer.js';
import { asFlatRows } from '../../picture-layout.js';
import type { Scope, Value } from '../../scope.js';

/** Pictures (C, H, W) to rows of C·H·W features, in that order, as PyTorch's `nn.Flatten` and cs231n's reshape. */
export class Flatten extends Layer {
  readonly kind = 'Flatten';

  static fromConfig(): Flatten {
    return new Flatten();
  }

  static readonly exampleShape = [2, 4, 3];

  static example(): Flatten {
    return new Flatten();
  }

  override forward(scope: Scope, x: Value): Value {
    return asFlatRows(scope, x);
  }
}
