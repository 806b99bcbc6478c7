import type { BuilderSlot, ProgramBuilder } from '../../ops/builder.js';
import { type BackwardOptions, type BoundParameter, Layer, type Saved } from '../layer.js';

/** y = max(x, 0); dx = dy where y > 0. */
export class ReLU extends Layer {
  readonly kind = 'ReLU';

  static fromConfig(): ReLU {
    return new ReLU();
  }

  static example(): ReLU {
    return new ReLU();
  }

  override forward(
    builder: ProgramBuilder,
    x: BuilderSlot,
    _parameters: readonly BoundParameter[],
  ): BuilderSlot {
    const y = builder.activation('relu', x.rows, x.cols);
    builder.emit('relu', { x, y }, {});
    return y;
  }

  override backward(
    builder: ProgramBuilder,
    dy: BuilderSlot,
    { y }: Saved,
    { inputGradient }: BackwardOptions,
  ) {
    if (!inputGradient) return undefined;
    const dx = builder.activation('drelu', y.rows, y.cols);
    builder.emit('relu_backward', { dy, y, dx }, {});
    return dx;
  }
}
