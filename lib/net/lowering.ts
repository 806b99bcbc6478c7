import type { Dtype, FloatDtype } from '../core/dtype.js';
import { fusedWithSoftmax, type Loss, lossOf } from '../nn/losses/index.js';
import { asFlatRows, asPictures } from '../nn/picture-layout.js';
import type { Mode, Value } from '../nn/scope.js';
import { storedShape, Tape } from '../nn/tape.js';
import { type BuilderSlot, type Operands, ProgramBuilder, type Scalars } from '../ops/builder.js';
import type { OpName } from '../ops/catalogue.js';
import type { GradientClip } from '../optim/gradient-clip.js';
import { momentsOf, scalarsOf, type UpdateRuleName, updateRules } from '../optim/update-rules.js';
import { emitClip } from './clipping.js';
import type { BoundPreparation } from './input-preparation.js';
import type { Network } from './network.js';

/**
 * How λ enters: `loss`, ½λΣW² in the loss and λW in the gradients; `lossFull`, λΣW² and 2λW (cs231n); `gradient`, λW in the
 * gradients only (CS189).
 */
export type RegMode = 'loss' | 'lossFull' | 'gradient';

/** What a net is trained for. */
export interface Objective {
  readonly loss: Loss;
  readonly regMode: RegMode;
  /** λ₁ of λ₁·Σ|W|; enters as λ does, and where it is undefined not at all. */
  readonly l1?: number;
  /** After each update, rows of W whose norm is above it are scaled to it. */
  readonly maxNorm?: number;
}

/** What a training step aims at: class labels, or (N, C) numbers. */
export type TargetKind = 'labels' | 'targets';

/** The same, and whether each row has a weight. */
export interface TargetForm {
  readonly kind: TargetKind;
  readonly weighted: boolean;
}

/** The scalar `reg` of the programs, for ½·reg·ΣW² and reg·W. */
export function regScalar(regMode: RegMode, reg: number): number {
  return regMode === 'lossFull' ? 2 * reg : reg;
}

/**
 * x (batch, in) → scores (batch, out).
 * @param rows the dtype of x, here and below; see `inputDtype`
 */
export function lowerScores(network: Network, rows: Dtype): ProgramBuilder {
  const lowering = begin(network, rows, 'infer');
  const { builder } = lowering;
  builder.phase('forward');
  give(builder, lowering.forward(lowering.input().x).slot, 'scores');
  return builder;
}

/** x (batch, in) → scores (batch, out) and predictions (batch, 1), the class with the highest score. */
export function lowerPredictions(network: Network, rows: Dtype): ProgramBuilder {
  const lowering = begin(network, rows, 'infer');
  const { builder } = lowering;
  builder.phase('forward');
  const { slot } = lowering.forward(lowering.input().x);
  builder.label('predictions');
  builder.emit('argmax', { x: slot, labels: builder.external('predictions', 'batch', 1, 'int32') }, {});
  give(builder, slot, 'scores');
  return builder;
}

/** x (batch, in), labels or targets → scores (batch, out) and the scalar `loss`, without regularization. */
export function lowerEvaluation(
  network: Network,
  objective: Objective,
  target: TargetForm,
  rows: Dtype,
): ProgramBuilder {
  const lowering = begin(network, rows, 'infer');
  const { builder } = lowering;
  const aim = externalAim(builder, objective.loss, network.outputSize, target);
  const fused = fusedSoftmax(network, objective);
  builder.phase('forward');
  const before = lowering.forward(lowering.input().x, network.chain.slice(0, -1));
  const scores = lowering.forward(before, network.chain.slice(-1));
  builder.phase('loss');
  emitLoss(builder, fused ?? objective.loss, fused === undefined ? scores.slot : before.slot, aim);
  give(builder, scores.slot, 'scores');
  return builder;
}

/** x (batch, in), labels or targets → the scalar `loss`, and the gradients of the parameters. */
export function lowerGradients(
  network: Network,
  objective: Objective,
  target: TargetForm,
  rows: Dtype,
): ProgramBuilder {
  const lowering = begin(network, rows, 'train');
  const { builder } = lowering;
  const aim = externalAim(builder, objective.loss, network.outputSize, target);
  builder.phase('forward');
  lowerStep(lowering, network, objective, lowering.input().x, aim);
  return builder;
}

/** The data that a training takes its batches from. */
export interface TrainingData {
  readonly rows: number;
  readonly dtype: Dtype;
  readonly target: TargetForm;
}

/** Data that are evaluated, against what they aim at or alone. */
export type InferenceData = Omit<TrainingData, 'target'> & { readonly target: TargetForm | undefined };

/** data (rows, in), dataLabels or dataTargets, rows (batch, 1) of this step → a whole training step. */
export function lowerTraining(
  network: Network,
  objective: Objective,
  rule: UpdateRuleName,
  data: TrainingData,
  clip?: GradientClip,
): ProgramBuilder {
  const lowering = begin(network, data.dtype, 'train');
  const { builder } = lowering;
  const { inputSize, outputSize } = network;
  const source = builder.external('data', data.rows, inputSize, data.dtype);
  const rows = builder.external('rows', 'batch', 1, 'int32', { stepped: true });
  builder.phase('batch');
  builder.label('batch');
  const x = lowering.gather(source, rows);
  builder.label('batch');
  const aim = gatheredAim(builder, objective.loss, outputSize, data, rows);
  builder.phase('forward');
  lowerStep(lowering, network, objective, x, aim);
  builder.phase('update');
  emitUpdate(builder, lowering.parameters, network, rule, objective, clip);
  return builder;
}

/**
 * data (rows, in), rows (batch, 1) of this step → scores (batch, out) and predictions (batch, 1), the class with the highest score; with
 * a target, of which dataLabels or dataTargets have all, also the scalar `loss`, without regularization. What is evaluated beside a training
 * goes so, off the main thread.
 */
export function lowerInference(network: Network, objective: Objective, data: InferenceData): ProgramBuilder {
  const lowering = begin(network, data.dtype, 'infer');
  const { builder } = lowering;
  const source = builder.external('data', data.rows, network.inputSize, data.dtype);
  const rows = builder.external('rows', 'batch', 1, 'int32', { stepped: true });
  builder.phase('batch');
  builder.label('batch');
  const x = lowering.gather(source, rows);
  const { target } = data;
  const aim =
    target === undefined
      ? undefined
      : gatheredAim(builder, objective.loss, network.outputSize, { ...data, target }, rows);
  const fused = fusedSoftmax(network, objective);
  builder.phase('forward');
  const before = lowering.forward(x, network.chain.slice(0, -1));
  const { slot } = lowering.forward(before, network.chain.slice(-1));
  builder.label('predictions');
  const stepped = { stepped: true };
  const predictions = builder.external('predictions', 'batch', 1, 'int32', stepped);
  builder.emit('argmax', { x: slot, labels: predictions }, {});
  const scores = builder.external('scores', 'batch', network.outputSize, network.dtype, stepped);
  builder.emit('copy', { x: slot, y: scores }, {});
  if (aim === undefined) return builder;
  builder.phase('loss');
  emitLoss(builder, fused ?? objective.loss, fused === undefined ? slot : before.slot, aim);
  return builder;
}

/** One step of an update rule on the gradients that lie there. */
export function lowerUpdate(network: Network, rule: UpdateRuleName, objective: Objective): ProgramBuilder {
  const builder = new ProgramBuilder(network.dtype);
  const parameters = builder.buffer('parameters');
  builder.phase('update');
  emitUpdate(builder, parameters, network, rule, objective);
  return builder;
}

/**
 * The passes apart, for loops that a user writes. Forward: x (batch, in) → scores (batch, out). Backward: dscores (batch, out) →
 * the gradients, times the scalar `beta` of those that are there already (and dx (batch, in) if it is wanted).
 */
export function lowerPasses(
  network: Network,
  mode: Mode,
  inputGradient: boolean,
  rows: Dtype,
): ProgramBuilder {
  const lowering = begin(network, rows, mode, inputGradient);
  const { builder, preparation, tape } = lowering;
  builder.phase('forward');
  const { raw, x } = lowering.input();
  const scores = lowering.forward(x);
  give(builder, scores.slot, 'scores');
  lowering.commit();
  builder.phase('backward');
  const dscores = builder.external('dscores', 'batch', network.outputSize);
  tape.playBackwards(scores, dscores, builder.scalar('beta'));
  const dx = tape.gradient(raw);
  if (dx !== undefined) give(builder, preparation?.backward(dx) ?? dx, 'dx');
  return builder;
}

/**
 * x (batch, in), labels (batch, 1) → in the forward pass already the probabilities (batch, out) of the classes, then `loss` and the
 * gradients: a step for loops that a user writes, with the softmax inside the loss.
 */
export function lowerClassifier(network: Network, regMode: RegMode, rows: Dtype): ProgramBuilder {
  const lowering = begin(network, rows, 'train');
  const { builder } = lowering;
  const labels = builder.external('labels', 'batch', 1, 'int32');
  const probs = builder.external('probs', 'batch', network.outputSize);
  builder.phase('forward');
  lowerStep(
    lowering,
    network,
    { loss: lossOf('NeuralNetwork: the loss', 'softmaxCrossEntropy'), regMode },
    lowering.input().x,
    { target: labels },
    (scores) => {
      builder.label('probabilities');
      builder.emit('softmax', { x: scores, y: probs }, {});
    },
  );
  return builder;
}

/** scores (batch, cols), labels or targets → the scalar `loss` and dscores (batch, cols). */
export function lowerLoss(loss: Loss, cols: number, dtype: FloatDtype, target: TargetForm): ProgramBuilder {
  const builder = new ProgramBuilder(dtype);
  const scores = builder.external('scores', 'batch', cols);
  const aim = externalAim(builder, loss, cols, target);
  builder.phase('loss');
  builder.expose(emitLoss(builder, loss, scores, aim), 'dscores');
  return builder;
}

interface Lowering {
  readonly builder: ProgramBuilder;
  /** The buffer of parameters and gradients. */
  readonly parameters: number;
  /** Of each parameter, in order. */
  readonly bound: readonly { readonly slot: BuilderSlot; readonly gradient: BuilderSlot }[];
  readonly tape: Tape;
  readonly preparation: BoundPreparation | undefined;
  /** Rows x, as the preparation leaves them, and as the first layer takes them. */
  input(): { readonly raw: Value; readonly x: Value };
  /** The same of rows of a data set by their numbers. */
  gather(data: BuilderSlot, rows: BuilderSlot): Value;
  /** Emits the forward pass of some of the chain's layers (default: of all). */
  forward(x: Value, layers?: Network['chain']): Value;
  /** Emits the phase of what was to wait for a finite loss, where there is such. */
  commit(): void;
}

/** What the caller gets: a copy where nothing was computed, as in a net that only drops numbers, and drops none. */
function give(builder: ProgramBuilder, slot: BuilderSlot, name: string): void {
  if (builder.isActivation(slot)) {
    builder.expose(slot, name);
    return;
  }
  const copy = builder.activation(slot.name, slot.rows, slot.cols);
  builder.emit('copy', { x: slot, y: copy }, {});
  builder.expose(copy, name);
}

/** @param rows the dtype of the rows, the net's own where no preparation takes them */
function begin(network: Network, rows: Dtype, mode: Mode, inputGradient = false): Lowering {
  const builder = new ProgramBuilder(network.dtype);
  const parameters = builder.buffer('parameters');
  const bound = network.parameters.map(({ name, spec, offset }) => {
    const [height, width] = storedShape(spec.shape, spec.layout);
    const gradient = `d${name}`;
    return {
      slot: builder.at(parameters, offset, name, height, width),
      gradient: builder.at(parameters, network.parameterLength + offset, gradient, height, width),
      layout: spec.layout,
    };
  });
  const states = network.states.length === 0 ? undefined : builder.buffer('state');
  const boundStates = network.states.map(({ name, spec, offset }) =>
    builder.at(states!, offset, name, 1, spec.size),
  );
  const gradients = new Map(bound.map(({ slot, gradient }) => [slot, gradient]));
  const [nextParameter, nextState] = [bound.values(), boundStates.values()];
  const tape = new Tape(
    builder,
    {
      parameter: () => nextParameter.next().value!,
      gradient: (slot) => gradients.get(slot)!,
      state: () => nextState.next().value!,
    },
    mode,
  );
  const preparation = network.preparation?.bind(builder, rows);
  const shape = network.inputShape;
  const rowsIn = (slot: BuilderSlot) => {
    const x = tape.input(slot, [slot.cols], { wanted: inputGradient });
    return { raw: x, x: shape.length === 1 ? x : asPictures(tape, x, shape) };
  };
  return {
    builder,
    parameters,
    bound,
    tape,
    preparation,
    input() {
      const x = builder.external('x', 'batch', network.inputSize, rows);
      return rowsIn(preparation?.forward(x) ?? x);
    },
    gather(data, numbers) {
      if (preparation !== undefined) return rowsIn(preparation.gather(data, numbers)).x;
      const x = builder.activation('x', 'batch', network.inputSize);
      builder.emit('gather', { data, rows: numbers, x }, {});
      return rowsIn(x).x;
    },
    forward(x, layers = network.chain) {
      const y = layers.reduce((from, layer) => tape.apply(layer, from), x);
      return layers.at(-1) === network.chain.at(-1) ? asFlatRows(tape, y) : y;
    },
    commit() {
      if (!tape.commits) return;
      builder.phase('commit');
      tape.playCommits();
    },
  };
}

/** What a batch aims at, and the weights of its rows, (batch, 2): see `rowWeights`. */
interface Aim {
  readonly target: BuilderSlot;
  readonly weights?: BuilderSlot;
}

/** The loss that the last layer and the loss, softmax and cross-entropy, are together: one op, stable for any scores. */
function fusedSoftmax({ chain }: Network, { loss }: Objective): Loss | undefined {
  return chain.at(-1)!.kind === 'Softmax' ? fusedWithSoftmax(loss) : undefined;
}

function externalAim(builder: ProgramBuilder, loss: Loss, cols: number, form: TargetForm): Aim {
  const target =
    form.kind === 'labels'
      ? builder.external('labels', 'batch', 1, 'int32')
      : builder.external('targets', 'batch', loss.targetCols(cols));
  return form.weighted ? { target, weights: builder.external('weights', 'batch', 2) } : { target };
}

/** What the rows of a batch aim at, of all that the data aim at, and their weights. */
function gatheredAim(
  builder: ProgramBuilder,
  loss: Loss,
  cols: number,
  { rows: count, target: form }: TrainingData,
  rows: BuilderSlot,
): Aim {
  let target: BuilderSlot;
  if (form.kind === 'labels') {
    const data = builder.external('dataLabels', count, 1, 'int32');
    target = builder.activation('labels', 'batch', 1, 'int32');
    builder.emit('gather_labels', { data, rows, labels: target }, {});
  } else {
    const targetCols = loss.targetCols(cols);
    const data = builder.external('dataTargets', count, targetCols);
    target = builder.activation('targets', 'batch', targetCols);
    builder.emit('gather', { data, rows, x: target }, {});
  }
  if (!form.weighted) return { target };
  const data = builder.external('dataWeights', count, 2);
  const weights = builder.activation('weights', 'batch', 2);
  builder.emit('gather', { data, rows, x: weights }, {});
  return { target, weights };
}

/** The phases forward, which has begun, loss, commit and backward. */
function lowerStep(
  { builder, bound, tape, forward, commit }: Lowering,
  network: Network,
  objective: Objective,
  x: Value,
  aim: Aim,
  afterForward?: (scores: BuilderSlot) => void,
): void {
  const fused = fusedSoftmax(network, objective);
  const regularized = bound.filter((_, index) => network.parameters[index]!.spec.regularized);
  const reg = builder.scalar('reg');
  const { l1 = 0 } = objective;

  const scores = forward(x, fused === undefined ? network.chain : network.chain.slice(0, -1));
  afterForward?.(scores.slot);

  builder.phase('loss');
  const dscores = emitLoss(builder, fused ?? objective.loss, scores.slot, aim);
  builder.label('regularization');
  if (objective.regMode !== 'gradient') {
    for (const { slot } of regularized)
      builder.emit('add_l2', { w: slot }, { reg, loss: builder.scalar('loss') });
    for (const { slot } of l1 === 0 ? [] : regularized)
      builder.emit('add_l1', { w: slot }, { l1, loss: builder.scalar('loss') });
  }

  commit();
  builder.phase('backward');
  tape.playBackwards(scores, dscores, 0);
  builder.label('regularization');
  for (const { slot, gradient } of regularized)
    builder.emit('axpy', { x: slot, y: gradient }, { alpha: reg });
  for (const { slot, gradient } of l1 === 0 ? [] : regularized)
    builder.emit('axpy_sign', { x: slot, y: gradient }, { alpha: l1 });
}

/** A loss of scores (batch, cols) and its mean, weighted if its rows are; returns the gradient of the mean by the scores. */
function emitLoss(builder: ProgramBuilder, loss: Loss, scores: BuilderSlot, aim: Aim): BuilderSlot {
  builder.label(loss.name);
  let { target } = aim;
  if (loss.target === 'targets' && target.dtype === 'int32') {
    const labels = target;
    target = builder.activation('targets', 'batch', loss.targetCols(scores.cols));
    builder.emit('one_hot', { labels, y: target }, {});
  }
  const { losses: perRow, dscores } = loss.emit(builder, scores, target);
  if (aim.weights !== undefined) {
    const sums = builder.activation('sums of weights', 1, 2);
    builder.emit('column_sum', { x: aim.weights, y: sums }, { beta: 0 });
    builder.emit('weigh_rows', { losses: perRow, dscores, weights: aim.weights, sums }, {});
  }
  builder.emit('mean', { losses: perRow }, { loss: builder.scalar('loss') });
  return dscores;
}

/**
 * One instruction over all parameters: they lie in one range, their gradients in another, the moments in others again. Where gradients
 * are clipped first, all of them have to be there, so that the executors make none of it part of a product.
 */
function emitUpdate(
  builder: ProgramBuilder,
  parameters: number,
  network: Network,
  rule: UpdateRuleName,
  { maxNorm }: Objective,
  clip?: GradientClip,
): void {
  const length = network.parameterLength;
  const operands: Record<string, BuilderSlot> = {
    w: builder.at(parameters, 0, 'parameters', 1, length),
    g: builder.at(parameters, length, 'gradients', 1, length),
  };
  if (clip !== undefined) emitClip(builder, operands.g!, clip);
  const moments = momentsOf(rule);
  if (moments.length > 0) {
    const optimizer = builder.buffer('optimizer');
    for (const [index, moment] of moments.entries()) {
      operands[moment] = builder.at(optimizer, index * length, moment, 1, length);
    }
  }
  const scalars = Object.fromEntries(scalarsOf(rule).map((name) => [name, builder.scalar(name)]));
  builder.label(rule);
  builder.emit<OpName>(updateRules[rule].op, operands as Operands<OpName>, scalars as Scalars<OpName>);
  if (maxNorm === undefined) return;
  builder.label('regularization');
  for (const { name, spec, offset } of network.parameters.filter(
    ({ spec: { regularized } }) => regularized,
  )) {
    const w = builder.at(parameters, offset, name, ...storedShape(spec.shape, spec.layout));
    builder.emit('limit_rows', { w }, { maxNorm });
  }
}
