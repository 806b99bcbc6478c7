import { BoundProgram, type Caller } from '../../backend/bound-program.js';
import type { FloatDtype, TypedArray } from '../../core/dtype.js';
import type { GivenTarget } from '../../net/inputs.js';
import { lowerLoss, type TargetKind } from '../../net/lowering.js';
import type { BoundParameter, Layer, Layout } from '../../nn/layer.js';
import { storedShape } from '../../nn/layer.js';
import { layers } from '../../nn/layers/index.js';
import type { LossName } from '../../nn/losses.js';
import { ProgramBuilder } from '../../ops/builder.js';

/** The layers that have functions of their own. */
const definitions = {
  Linear: (cols: number, outputs: number): Layer => new layers.Linear(cols, outputs),
  ReLU: (): Layer => new layers.ReLU(),
  Sigmoid: (): Layer => new layers.Sigmoid(),
  Tanh: (): Layer => new layers.Tanh(),
} as const;

export type CallKind = keyof typeof definitions;

/**
 * A layer's two passes for rows of `cols` features, each a program that is made once and runs in whatever memory a call brings: a loop
 * written by hand makes the same few calls again and again.
 */
export class LayerCall {
  readonly kind: CallKind;
  readonly dtype: FloatDtype;
  readonly cols: number;
  readonly outputCols: number;
  /** How the weights lie, and so their gradient. */
  readonly layout: Layout;
  readonly #layer: Layer;
  readonly #parameters: readonly { readonly rows: number; readonly cols: number; readonly layout: Layout }[];
  #forward: Caller | undefined;
  #backward: Caller | undefined;

  constructor(kind: CallKind, dtype: FloatDtype, cols: number, outputCols: number, layout: Layout) {
    this.kind = kind;
    this.dtype = dtype;
    this.cols = cols;
    this.outputCols = outputCols;
    this.layout = layout;
    this.#layer = definitions[kind](cols, outputCols);
    this.#parameters = this.#layer.parameters(cols).map((spec) => {
      const lies = spec.layout === 'row' ? spec.layout : layout;
      const [rows, stored] = storedShape(spec.shape, lies);
      return { rows, cols: stored, layout: lies };
    });
  }

  /** @param memory x, the parameters, y */
  forward(rows: number, memory: readonly TypedArray[]): void {
    this.#forward ??= this.#makeForward();
    this.#forward(rows, memory);
  }

  /** @param memory x, y, dy, the parameters, dx, the gradients of the parameters */
  backward(rows: number, memory: readonly TypedArray[]): void {
    this.#backward ??= this.#makeBackward();
    this.#backward(rows, memory);
  }

  #makeForward(): Caller {
    const builder = new ProgramBuilder(this.dtype);
    const x = builder.external('x', 'batch', this.cols);
    const parameters = this.#bind(builder, 'parameter');
    // The forward pass touches no gradient.
    const bound = parameters.map(({ slot, layout }) => ({ slot, gradient: slot, layout }));
    builder.expose(this.#layer.forward(builder, x, bound), 'y');
    return new BoundProgram(builder, {}).caller(['x', ...parameters.map(({ slot }) => slot.name), 'y']);
  }

  #makeBackward(): Caller {
    const builder = new ProgramBuilder(this.dtype);
    const x = builder.external('x', 'batch', this.cols);
    const y = builder.external('y', 'batch', this.outputCols);
    const dy = builder.external('dy', 'batch', this.outputCols);
    const parameters = this.#bind(builder, 'parameter');
    const gradients = this.#bind(builder, 'gradient');
    const bound: BoundParameter[] = parameters.map((parameter, i) => ({
      ...parameter,
      gradient: gradients[i]!.slot,
    }));
    const dx = this.#layer.backward(
      builder,
      dy,
      { x, y, parameters: bound },
      { beta: 0, inputGradient: true },
    );
    if (dx !== undefined) builder.expose(dx, 'dx');
    const names = (of: typeof parameters) => of.map(({ slot }) => slot.name);
    return new BoundProgram(builder, {}).caller([
      'x',
      'y',
      'dy',
      ...names(parameters),
      'dx',
      ...names(gradients),
    ]);
  }

  #bind(builder: ProgramBuilder, name: string): Omit<BoundParameter, 'gradient'>[] {
    return this.#parameters.map(({ rows, cols, layout }, i) => ({
      slot: builder.external(`${name}${i}`, rows, cols),
      layout,
    }));
  }
}

/** A loss of rows of `cols` scores and its gradient; see LayerCall. */
export class LossCall {
  readonly loss: LossName;
  readonly dtype: FloatDtype;
  readonly cols: number;
  readonly target: TargetKind;
  readonly #program: BoundProgram;
  readonly #run: Caller;

  constructor(loss: LossName, dtype: FloatDtype, cols: number, target: TargetKind) {
    this.loss = loss;
    this.dtype = dtype;
    this.cols = cols;
    this.target = target;
    this.#program = new BoundProgram(lowerLoss(loss, cols, dtype, target), {});
    this.#run = this.#program.caller(['scores', target, 'dscores']);
  }

  /**
   * @returns the mean over the rows
   * @throws ArgumentError for a target that is not finite; `dscores` is written by then
   */
  run(rows: number, scores: TypedArray, target: GivenTarget, dscores: TypedArray): number {
    this.#run(rows, [scores, target.data, dscores]);
    const loss = this.#program.scalar('loss');
    // Were one target not finite, the loss would not be either: to look at each beforehand took longer than all else.
    if (!Number.isFinite(loss)) target.check();
    return loss;
  }
}

/** How many calls of each kind are kept; the oldest goes first. */
const mostKept = 64;
const layerCalls: LayerCall[] = [];
const lossCalls: LossCall[] = [];

export function layerCall(
  kind: CallKind,
  dtype: FloatDtype,
  cols: number,
  outputCols: number,
  layout: Layout = 'matrix',
): LayerCall {
  // A loop has a handful: comparing numbers is cheaper than making keys of them.
  for (const call of layerCalls) {
    if (
      call.kind === kind &&
      call.cols === cols &&
      call.outputCols === outputCols &&
      call.dtype === dtype &&
      call.layout === layout
    )
      return call;
  }
  return kept(layerCalls, new LayerCall(kind, dtype, cols, outputCols, layout));
}

export function lossCall(loss: LossName, dtype: FloatDtype, cols: number, target: TargetKind): LossCall {
  for (const call of lossCalls) {
    if (call.loss === loss && call.cols === cols && call.target === target && call.dtype === dtype)
      return call;
  }
  return kept(lossCalls, new LossCall(loss, dtype, cols, target));
}

function kept<Call>(calls: Call[], made: Call): Call {
  if (calls.length === mostKept) calls.shift();
  calls.push(made);
  return made;
}
