import type { BuilderSlot, ProgramBuilder } from '../../ops/builder.js';
import { type BackwardOptions, type BoundParameter, Layer, type Saved } from '../layer.js';

/** Each row to probabilities: y = eˣ / Σ eˣ; dx = y · (dy − Σ dy · y). */
export class Softmax extends Layer {
  readonly kind = 'Softmax';

  static fromConfig(): Softmax {
    return new Softmax();
  }

  static example(): Softmax {
    return new Softmax();
  }

  override forward(
    builder: ProgramBuilder,
    x: BuilderSlot,
    _parameters: readonly BoundParameter[],
  ): BuilderSlot {
    const y = builder.activation('softmax', x.rows, x.cols);
    builder.emit('softmax', { x, y }, {});
    return y;
  }

  override backward(
    builder: ProgramBuilder,
    dy: BuilderSlot,
    { y }: Saved,
    { inputGradient }: BackwardOptions,
  ) {
    if (!inputGradient) return undefined;
    const dx = builder.activation('dsoftmax', y.rows, y.cols);
    builder.emit('softmax_backward', { dy, y, dx }, {});
    return dx;
  }
}
