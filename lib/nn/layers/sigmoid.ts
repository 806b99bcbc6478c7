import type { BuilderSlot, ProgramBuilder } from '../../ops/builder.js';
import { type BackwardOptions, type BoundParameter, Layer, type Saved } from '../layer.js';

/** y = 1 / (1 + e⁻ˣ); dx = dy · y · (1 − y). */
export class Sigmoid extends Layer {
  readonly kind = 'Sigmoid';

  static fromConfig(): Sigmoid {
    return new Sigmoid();
  }

  static example(): Sigmoid {
    return new Sigmoid();
  }

  override forward(
    builder: ProgramBuilder,
    x: BuilderSlot,
    _parameters: readonly BoundParameter[],
  ): BuilderSlot {
    const y = builder.activation('sigmoid', x.rows, x.cols);
    builder.emit('sigmoid', { x, y }, {});
    return y;
  }

  override backward(
    builder: ProgramBuilder,
    dy: BuilderSlot,
    { y }: Saved,
    { inputGradient }: BackwardOptions,
  ) {
    if (!inputGradient) return undefined;
    const dx = builder.activation('dsigmoid', y.rows, y.cols);
    builder.emit('sigmoid_backward', { dy, y, dx }, {});
    return dx;
  }
}
