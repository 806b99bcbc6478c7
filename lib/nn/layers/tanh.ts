import type { BuilderSlot, ProgramBuilder } from '../../ops/builder.js';
import { type BackwardOptions, type BoundParameter, Layer, type Saved } from '../layer.js';

/** y = tanh x; dx = dy · (1 − y²). */
export class Tanh extends Layer {
  readonly kind = 'Tanh';

  static fromConfig(): Tanh {
    return new Tanh();
  }

  static example(): Tanh {
    return new Tanh();
  }

  override forward(
    builder: ProgramBuilder,
    x: BuilderSlot,
    _parameters: readonly BoundParameter[],
  ): BuilderSlot {
    const y = builder.activation('tanh', x.rows, x.cols);
    builder.emit('tanh', { x, y }, {});
    return y;
  }

  override backward(
    builder: ProgramBuilder,
    dy: BuilderSlot,
    { y }: Saved,
    { inputGradient }: BackwardOptions,
  ) {
    if (!inputGradient) return undefined;
    const dx = builder.activation('dtanh', y.rows, y.cols);
    builder.emit('tanh_backward', { dy, y, dx }, {});
    return dx;
  }
}
