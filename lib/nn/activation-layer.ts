import { Layer } from './layer.js';
import type { Scope, Value } from './scope.js';

/** The ops that are an activation's forward pass, x → y, and with `_backward` behind the name its backward pass, dy and y → dx. */
type ActivationOp = 'relu' | 'sigmoid' | 'tanh' | 'softmax';

/** A layer without parameters whose backward pass needs its output alone. */
export abstract class ActivationLayer extends Layer {
  protected abstract readonly op: ActivationOp;

  override forward(scope: Scope, x: Value): Value {
    const y = scope.value(this.op, x.shape);
    scope.emit(this.op, { x, y });
    return scope.record(y, [x], (dy) =>
      scope.deliver([x], (dx) => scope.emit(`${this.op}_backward`, { dy, y, dx })),
    );
  }
}
