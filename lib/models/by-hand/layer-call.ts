import { BoundProgram, type Caller } from '../../backend/bound-program.js';
import type { FloatDtype, TypedArray } from '../../core/dtype.js';
import { StateError } from '../../core/errors.js';
import { formOf, type GivenTarget } from '../../net/inputs.js';
import { lowerLoss } from '../../net/lowering.js';
import { ActivationLayer } from '../../nn/activation-layer.js';
import type { Layer } from '../../nn/layer.js';
import { layers } from '../../nn/layers/index.js';
import type { Loss } from '../../nn/losses/index.js';
import type { Layout, ParameterSpec, StateSpec } from '../../nn/scope.js';
import { type Home, storedShape, Tape } from '../../nn/tape.js';
import { type BuilderSlot, ProgramBuilder } from '../../ops/builder.js';

/** The layers that have functions of their own. */
export type CallKind =
  | 'Linear'
  | 'ReLU'
  | 'LeakyReLU'
  | 'ELU'
  | 'SELU'
  | 'GELU'
  | 'SiLU'
  | 'Mish'
  | 'Sigmoid'
  | 'Hardsigmoid'
  | 'Tanh'
  | 'Softplus';

/** What an activation takes beside its operand, by the name that its `fromConfig` has for it. */
export interface CallArgument {
  readonly name: string;
  readonly value: number | string | undefined;
}

function makeLayer(kind: CallKind, cols: number, outputs: number, argument: CallArgument | undefined): Layer {
  if (kind === 'Linear') return new layers.Linear(cols, outputs);
  return layers[kind].fromConfig(argument?.value === undefined ? {} : { [argument.name]: argument.value });
}

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
  readonly argument: CallArgument | undefined;
  readonly #layer: Layer;
  #forward: Caller | undefined;
  #backward: Caller | undefined;

  constructor(
    kind: CallKind,
    dtype: FloatDtype,
    cols: number,
    outputCols: number,
    layout: Layout,
    argument?: CallArgument,
  ) {
    this.kind = kind;
    this.dtype = dtype;
    this.cols = cols;
    this.outputCols = outputCols;
    this.layout = layout;
    this.argument = argument;
    this.#layer = makeLayer(kind, cols, outputCols, argument);
  }

  /** Whether the backward pass of an activation reads x, which then has to stay as it is, and not y. */
  get readsInput(): boolean {
    return this.#layer instanceof ActivationLayer && this.#layer.saves === 'x';
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
    const { builder, home } = this.#emitForward();
    return new BoundProgram(builder, {}).caller(['x', ...home.names, 'y']);
  }

  #makeBackward(): Caller {
    const { builder, home, tape, x, y } = this.#emitForward();
    builder.phase('backward');
    tape.playBackwards(y, builder.external('dy', 'batch', this.outputCols), 0);
    builder.expose(tape.gradient(x)!, 'dx');
    const gradients = home.names.map((name) => `d${name}`);
    // The forward pass was another call: x and y are in its caller's memory.
    const program = new BoundProgram(builder, {}, { only: 'backward' });
    return program.caller(['x', 'y', 'dy', ...home.names, 'dx', ...gradients]);
  }

  #emitForward() {
    const builder = new ProgramBuilder(this.dtype);
    const home = new CallersMemory(builder, this.layout);
    const tape = new Tape(builder, home, 'train');
    builder.phase('forward');
    const x = tape.input(builder.external('x', 'batch', this.cols), [this.cols], { wanted: true });
    const y = tape.apply(this.#layer, x);
    builder.expose(y.slot, 'y');
    return { builder, home, tape, x, y };
  }
}

/** Parameters and their gradients wherever the caller has them, each in a buffer of its own. */
class CallersMemory implements Home {
  readonly names: string[] = [];
  readonly #builder: ProgramBuilder;
  readonly #layout: Layout;

  constructor(builder: ProgramBuilder, layout: Layout) {
    this.#builder = builder;
    this.#layout = layout;
  }

  parameter({ name, shape, layout: usual }: ParameterSpec) {
    const layout = usual === 'row' ? usual : this.#layout;
    this.names.push(name);
    return { slot: this.#builder.external(name, ...storedShape(shape, layout)), layout };
  }

  gradient({ name, rows, cols }: BuilderSlot): BuilderSlot {
    return this.#builder.external(`d${name}`, rows, cols);
  }

  state({ name }: StateSpec): BuilderSlot {
    throw new StateError(`layer functions: expected no state but ${name} is one`);
  }
}

/** A loss of rows of `cols` scores and its gradient; see LayerCall. */
export class LossCall {
  readonly loss: Loss;
  readonly dtype: FloatDtype;
  readonly cols: number;
  /** The key of the target's form. */
  readonly form: string;
  readonly #program: BoundProgram;
  readonly #run: Caller;

  constructor(loss: Loss, dtype: FloatDtype, cols: number, form: ReturnType<typeof formOf>) {
    this.loss = loss;
    this.dtype = dtype;
    this.cols = cols;
    this.form = form.key;
    this.#program = new BoundProgram(lowerLoss(loss, cols, dtype, form), {});
    this.#run = this.#program.caller(['scores', form.kind, 'dscores', ...(form.weighted ? ['weights'] : [])]);
  }

  /**
   * @returns the mean over the rows
   * @throws ArgumentError for a target that is not finite; `dscores` is written by then
   */
  run(rows: number, scores: TypedArray, target: GivenTarget, dscores: TypedArray): number {
    const { data, weights } = target;
    this.#run(rows, weights === undefined ? [scores, data, dscores] : [scores, data, dscores, weights]);
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
  argument?: CallArgument,
): LayerCall {
  // A loop has a handful: comparing numbers is cheaper than making keys of them.
  for (const call of layerCalls) {
    if (
      call.kind === kind &&
      call.cols === cols &&
      call.outputCols === outputCols &&
      call.dtype === dtype &&
      call.layout === layout &&
      call.argument?.value === argument?.value
    )
      return call;
  }
  return kept(layerCalls, new LayerCall(kind, dtype, cols, outputCols, layout, argument));
}

export function lossCall(loss: Loss, dtype: FloatDtype, cols: number, target: GivenTarget): LossCall {
  const form = formOf(target);
  for (const call of lossCalls) {
    if (call.loss.key === loss.key && call.cols === cols && call.form === form.key && call.dtype === dtype)
      return call;
  }
  return kept(lossCalls, new LossCall(loss, dtype, cols, form));
}

function kept<Call>(calls: Call[], made: Call): Call {
  if (calls.length === mostKept) calls.shift();
  calls.push(made);
  return made;
}
