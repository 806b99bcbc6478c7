import type { BuilderSlot, ProgramBuilder } from '../ops/builder.js';
import { type BackwardOptions, Layer, type Saved } from './layer.js';

/** The ops that are an activation's forward pass, x → y, and with `_backward` behind the name its backward pass, dy and y → dx. */
type ActivationOp = 'relu' | 'sigmoid' | 'tanh' | 'softmax';

/** A layer without parameters whose backward pass needs its output alone. */
export abstract class ActivationLayer extends Layer {
  protected abstract readonly op: ActivationOp;

  override forward(builder: ProgramBuilder, x: BuilderSlot): BuilderSlot {
    const y = builder.activation(this.op, x.rows, x.cols);
    builder.emit(this.op, { x, y }, {});
    return y;
  }

  override backward(
    builder: ProgramBuilder,
    dy: BuilderSlot,
    { y }: Saved,
    { inputGradient }: BackwardOptions,
  ): BuilderSlot | undefined {
    if (!inputGradient) return undefined;
    const dx = builder.activation(`d${this.op}`, y.rows, y.cols);
    builder.emit(`${this.op}_backward`, { dy, y, dx }, {});
    return dx;
  }
}
