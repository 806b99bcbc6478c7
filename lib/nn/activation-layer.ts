import type { BuilderSlot, Scalars } from '../ops/builder.js';
import type { catalogue, OpName } from '../ops/catalogue.js';
import { signatures } from '../ops/signature.js';
import { Layer, type LayerConfig } from './layer.js';
import type { Scope, ScopeOperands, Value } from './scope.js';

/** The ops that have a backward pass under their own name: x → y, and with `_backward` behind the name dy and x or y → dx. */
type ActivationOp = {
  [Name in OpName]: `${Name}_backward` extends keyof typeof catalogue ? Name : never;
}[OpName];

/**
 * A layer without parameters that is an op and its `_backward`: y = f(x), of x's shape. Which of x and y the backward pass needs, the
 * catalogue says.
 */
export abstract class ActivationLayer extends Layer {
  protected abstract readonly op: ActivationOp;
  /** What the ops take beside their operands. */
  protected readonly scalars: Readonly<Record<string, number>> = {};

  /** What has to stay as it is until the backward pass. */
  get saves(): 'x' | 'y' {
    return signatures[`${this.op}_backward`].operands.some(({ name }) => name === 'x') ? 'x' : 'y';
  }

  override forward(scope: Scope, x: Value): Value {
    const y = scope.value(this.op, x.shape);
    this.#emit(scope, this.op, { x, y });
    const saved = { [this.saves]: this.saves === 'x' ? x : y };
    return scope.record(y, [x], (dy) =>
      scope.deliver([x], (dx) => this.#emit(scope, `${this.op}_backward`, { dy, ...saved, dx })),
    );
  }

  override config(): LayerConfig {
    return this.scalars;
  }

  /** One of several ops: which operands and scalars it has, the builder checks. */
  #emit(scope: Scope, op: OpName, operands: Readonly<Record<string, Value | BuilderSlot>>): void {
    scope.emit<'relu'>(op as 'relu', operands as ScopeOperands<'relu'>, this.scalars as Scalars<'relu'>);
  }
}
