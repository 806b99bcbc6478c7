import { BoundProgram } from '../backend/bound-program.js';
import type { FloatDtype } from '../core/dtype.js';
import { ArgumentError, ShapeError, StateError } from '../core/errors.js';
import {
  abortSignal,
  any,
  checkOptions,
  checkValue,
  instanceOf,
  integerIn,
  nonNegative,
  oneOf,
  optional,
  positiveInteger,
  record,
} from '../core/options.js';
import type { RandomState } from '../core/random/random-state.js';
import type { LabelsLike, Tensor, TensorLike } from '../core/tensors/tensor.js';
import type { Preparation } from '../data/preparation/preparation.js';
import { clipScalars, lowerClip } from '../net/clipping.js';
import { Evaluation } from '../net/evaluation/evaluation.js';
import {
  aimOf,
  asRows,
  asTarget,
  classesOf,
  formOf,
  type GivenWeights,
  inputDtype,
  inputRows,
  measuredOf,
  type Rows,
  Scratch,
  type Target,
} from '../net/inputs.js';
import { lowerGradients, lowerUpdate, type Objective, regScalar } from '../net/lowering.js';
import { makeNetwork, type Network } from '../net/network.js';
import { type NamedTensors, ParameterMemory } from '../net/parameter-memory.js';
import { summaryOf } from '../net/summary.js';
import { Chance } from '../net/training/chance.js';
import { FullBatch } from '../net/training/full-batch.js';
import { OptimizerState } from '../net/training/optimizer-state.js';
import { type TrainingOptions, TrainingRun } from '../net/training/training-run.js';
import type { Json } from '../nn/layer.js';
import type { Measured } from '../nn/losses/index.js';
import { checkGradientClip, type GradientClip, gradientClipOption } from '../optim/gradient-clip.js';
import { checkHyperparameters, type UpdateRuleName, updateRules } from '../optim/update-rules.js';
import { type ExtraContents, saveModel } from './files/saving.js';
import {
  type AccuracyOptions,
  type ClassEvaluation,
  type EvaluateOptions,
  type LossAndGradients,
  type LossOptions,
  type ModelDefinition,
  type NumberEvaluation,
  type Parameters,
  rowNumbers,
} from './model-options.js';
import { answersOf, numbersOf, type PredictionOf, sigmoids, softmaxes, type Task } from './task.js';

type FloatArray = Float32Array | Float64Array;

/** A model for any task: what `predict` gives depends on it. */
export type AnyModel = Model<Task>;

/**
 * What every model has in common: parameters in one memory that all programs share, and the programs that compute with it,
 * each lowered when it is first needed.
 */
export abstract class Model<T extends Task = 'classification'> {
  /** The name of its class, which a file keeps. */
  readonly kind: string;
  readonly dtype: FloatDtype;
  /** Features of a row of X, as the preparation takes them. */
  readonly inputSize: number;
  /** Columns of the scores. */
  readonly numClasses: number;
  /** The generator that drew the weights; a solver continues with it. */
  readonly rng: RandomState;
  /** The default λ. */
  readonly reg: number;
  /** What the net is for, if it was made for a task. */
  readonly task: T | undefined;
  /** What happens to rows of X before the first layer. */
  readonly preparation: Preparation | undefined;
  /** The net as its layers and parameters. @internal */
  readonly network: Network;
  /** What its masks are drawn from. @internal */
  readonly chance: Chance;
  readonly #objective: Objective;
  readonly #scratch: Scratch;
  readonly #programs = new Map<string, BoundProgram>();
  #evaluation: Evaluation | undefined;
  #memory: ParameterMemory | undefined;
  /** What holds the model's lock. */
  #training: { readonly running: boolean } | undefined;

  constructor(definition: ModelDefinition) {
    const { kind, layers, inputShape, reg, dtype, rng, preparation, task } = definition;
    this.kind = kind;
    this.dtype = dtype;
    this.rng = rng;
    this.reg = reg;
    this.task = task as T | undefined;
    this.preparation = preparation;
    this.network = makeNetwork(kind, layers, inputShape, dtype, preparation);
    this.inputSize = this.network.inputSize;
    this.numClasses = this.network.outputSize;
    const objective =
      typeof definition.objective === 'function'
        ? definition.objective(this.numClasses)
        : definition.objective;
    const misfit = objective.loss.misfit(this.numClasses);
    if (misfit !== undefined) throw new ArgumentError(`${kind}: expected ${misfit}`);
    if (
      this.numClasses === 1 &&
      objective.loss.target !== 'targets' &&
      objective.loss.measured === 'classes'
    ) {
      throw new ArgumentError(
        `${kind}: expected numClasses, the outputs, to be at least 2 for the loss ${objective.loss.name}, which is 0 for one class ` +
          `whatever the net says, but received 1; to predict a number, take a net with the loss 'mse'`,
      );
    }
    this.#objective = objective;
    this.#scratch = new Scratch();
    this.#memory = new ParameterMemory(kind, this.network);
    const draws = this.#memory.initialize(rng) && this.network.hasChance;
    this.chance = new Chance(draws ? rng.randint(2 ** 31) : 0);
  }

  /** What its class's `fromConfig` makes an equal model of. */
  abstract config(): { readonly [key: string]: Json };

  /**
   * The parameters by name, as views of the memory that training changes: reading costs no copy, and what is written there is
   * what the next step uses. Assigning to an entry copies values into it.
   * @throws StateError after dispose()
   */
  get params(): NamedTensors {
    return this.memory.params;
  }

  /**
   * Views of the gradients that the last step left: by the parameters' names, or (`Sequential`) in their order. Where a training
   * was aborted or diverged within a call of many steps, they hold nothing of use.
   */
  get grads(): NamedTensors | readonly Tensor[] {
    return this.memory.grads;
  }

  /**
   * What training changes and no optimizer touches, by name: the running statistics of batch norm (`runningMean1`, `runningVar1`). Views, as
   * `params`; saved, restored and part of a snapshot with them.
   */
  get state(): NamedTensors {
    return this.memory.state;
  }

  /** The number of parameters. */
  get numParameters(): number {
    return this.network.parameters.reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Scores.
   * @param X (N, inputSize), or inputSize numbers that are one row
   * @returns (N, numClasses)
   * @throws ArgumentError, ShapeError for an X that does not fit, or with a NaN or an infinity that shows in its scores
   */
  loss(X: TensorLike): Tensor;
  /**
   * The mean loss over the rows with regularization, and its gradients.
   * @param X (N, inputSize)
   * @param y N class indices; for `mse` and softmax losses also (N, numClasses) targets
   * @throws LabelError for a label that is fractional or outside 0 … numClasses−1
   * @throws StateError while a training runs
   */
  loss(X: TensorLike, y: LabelsLike | TensorLike, options?: LossOptions): LossAndGradients;
  loss(X: TensorLike, y?: LabelsLike | TensorLike, options?: LossOptions): Tensor | LossAndGradients {
    const who = `${this.kind}.loss`;
    const { reg, step, sampleWeight } = this.#lossOptions(who, options);
    const rows = asRows(X, this.network, `${who}: X`);
    if (y === undefined) return this.#evaluated.scores(rows, `${who}: X`);
    const target = this.#target(y, rows.count, who, sampleWeight);
    this.assertRows(who, rows.count);
    this.assertIdle(who);
    const program = this.#gradientProgram(target, rows);
    const x = inputRows(rows, 0, rows.count, this.network, this.#scratch);
    const externals = { x, ...aimOf(target) };
    program.run(rows.count, externals, { reg, ...this.chance.at(step) }, ['forward', 'loss']);
    const loss = program.scalar('loss');
    if (!Number.isFinite(loss)) this.#evaluated.explain(rows, `${who}: X`);
    const goesOn = step === undefined && Number.isFinite(loss);
    if (goesOn && this.network.states.length > 0) program.run(rows.count, externals, {}, ['commit']);
    program.run(rows.count, externals, {}, ['backward']);
    if (goesOn) this.chance.step += 1;
    return { loss, grads: this.memory.copyGrads() };
  }

  /**
   * The class with the highest score, row by row; the first one of equals. Allowed while a training runs. Of the task `binary` (or the
   * loss bceWithLogits on one output) 1 where the score is above 0, else 0; of `multilabel` the same for each output, a tensor
   * (N, numClasses); of `regression` the numbers.
   * @param X (N, inputSize), or inputSize numbers that are one row
   * @returns N class indices; −1 for a row with a NaN or an infinity, which a warning of the process names
   * @throws ArgumentError for a net of one output, made for no task, which predicts numbers: `loss(X)` gives them
   * @throws ArgumentError where all rows hold a NaN or an infinity, naming row and column
   * @throws StateError where a parameter is not finite
   */
  predict(X: TensorLike): PredictionOf<T> {
    return this.#predict(X) as PredictionOf<T>;
  }

  /**
   * Probabilities: of the classes, (N, numClasses), the softmax of the scores; of no and yes for the task `binary`, (N, 2); of each yes
   * for `multilabel`, (N, numClasses). Allowed while a training runs.
   * @throws ArgumentError for a net whose scores tell none, and as {@link loss}
   */
  predictProba(X: TensorLike): Tensor {
    const who = `${this.kind}.predictProba`;
    const { loss } = this.#objective;
    const isSoftmax = this.network.chain.at(-1)!.kind === 'Softmax';
    const byScores = loss.name === 'softmaxCrossEntropy' || loss.name === 'focal';
    if (!isSoftmax && !byScores && loss.measured !== 'answers') {
      throw new ArgumentError(
        `${who}: expected a net with a loss on probabilities (softmax, focal, bceWithLogits) but its loss is ${loss.name}`,
      );
    }
    const rows = asRows(X, this.network, `${who}: X`);
    const scores = this.#evaluated.scores(rows, `${who}: X`);
    if (loss.measured === 'answers') return sigmoids(scores, this.dtype, this.numClasses === 1);
    return isSoftmax ? scores : softmaxes(scores, this.dtype);
  }

  /** What evaluations measure, where the task or the loss says so whatever the targets are. @internal */
  get measured(): Measured | undefined {
    if (this.task === undefined) return undefined;
    return (
      { classification: 'classes', binary: 'answers', multilabel: 'answers', regression: 'numbers' } as const
    )[this.task];
  }

  #predict(X: TensorLike): Int32Array | Tensor {
    const who = `${this.kind}.predict`;
    const { loss } = this.#objective;
    const answers = this.task === 'multilabel' || (loss.measured === 'answers' && this.numClasses === 1);
    if (answers || this.task === 'regression') {
      const given = asRows(X, this.network, `${who}: X`);
      const scores = this.#evaluated.scores(given, `${who}: X`);
      if (!answers) return numbersOf(scores, loss, this.dtype);
      const zerosAndOnes = answersOf(scores);
      return this.task === 'multilabel' ? zerosAndOnes : (zerosAndOnes.data as Int32Array);
    }
    this.#assertClasses(who, 'loss(X) gives the numbers that it predicts');
    const rows = asRows(X, this.network, `${who}: X`);
    return this.#evaluated.predict(rows, `${who}: X`);
  }

  /**
   * The fraction of right predictions, 0 … 1 (of yes-or-no answers, of all of them: one less the Hamming loss), in chunks between which
   * the event loop turns. Allowed while a training runs.
   * @param X (N, inputSize)
   * @param y N class indices, or one-hot rows (N, numClasses)
   * @throws LabelError, ShapeError, ArgumentError for what does not fit; and the signal's reason when it is aborted
   * @throws ArgumentError for numbers instead of classes: `evaluate` gives the R² of their prediction
   */
  async accuracy(X: TensorLike, y: LabelsLike | TensorLike, options: AccuracyOptions = {}): Promise<number> {
    const who = `${this.kind}.accuracy`;
    const {
      rows: picked,
      batchSize,
      signal,
    } = checkOptions(who, options, {
      rows: optional(rowNumbers),
      batchSize: optional(positiveInteger, 1000),
      signal: optional(abortSignal),
    });
    const remedy = 'evaluate(X, y) gives the loss and R² of numbers';
    const { loss } = this.#objective;
    if (loss.measured !== 'answers') this.#assertClasses(who, remedy);
    const rows = asRows(X, this.network, `${who}: X`);
    const target = this.#target(y, rows.count, who);
    const measured = measuredOf(loss, [target], this.numClasses, this.measured);
    if (measured === 'numbers') {
      throw new ArgumentError(
        `${who}: expected y to be class labels or one-hot rows but received other numbers; ${remedy}`,
      );
    }
    const bad = picked?.find((row) => row < 0 || row >= rows.count);
    if (bad !== undefined || picked?.length === 0) {
      throw new ArgumentError(
        `${who}: expected option rows to hold row numbers in 0 … ${rows.count - 1} but received ${bad ?? 'none'}`,
      );
    }
    const chunks = { picked, batchSize, signal };
    if (measured === 'answers') {
      return (await this.#evaluated.answers(rows, target, `${who}: X`, chunks)).accuracy;
    }
    const classes = classesOf(target, this.numClasses);
    return this.#evaluated.accuracy(rows, classes, `${who}: X`, chunks);
  }

  /**
   * Mean loss (with regularization) and accuracy, or R² where y are numbers that a net with a loss on numbers predicts; in chunks
   * between which the event loop turns; changes no gradients. Allowed while a training runs.
   * @param X (N, inputSize)
   * @param y N class indices, one-hot rows, or as `loss` takes them
   * @throws as {@link accuracy}
   */
  async evaluate(
    X: TensorLike,
    y: LabelsLike | TensorLike,
    options: EvaluateOptions = {},
  ): Promise<ClassEvaluation | NumberEvaluation> {
    const who = `${this.kind}.evaluate`;
    const what = `${who}: X`;
    const { reg, ...chunks } = checkOptions(who, options, {
      reg: optional(nonNegative, this.reg),
      batchSize: optional(positiveInteger, 1000),
      signal: optional(abortSignal),
    });
    const rows = asRows(X, this.network, what);
    const target = this.#target(y, rows.count, who);
    const evaluation = this.#evaluated;
    const measured = measuredOf(this.#objective.loss, [target], this.numClasses, this.measured);
    if (measured === 'numbers') {
      const { loss, r2 } = await evaluation.regression(rows, target, what, chunks);
      return { loss: loss + this.#penalty(reg), r2 };
    }
    if (measured === 'answers') {
      const { loss, accuracy } = await evaluation.answers(rows, target, what, chunks);
      return { loss: loss + this.#penalty(reg), accuracy };
    }
    const loss = await evaluation.loss(rows, target, what, chunks);
    const classes = classesOf(target, this.numClasses);
    const accuracy = await evaluation.accuracy(rows, classes, what, chunks);
    return { loss: loss + this.#penalty(reg), accuracy };
  }

  /** How a training measures itself. @internal */
  get evaluation(): Evaluation {
    return this.#evaluated;
  }

  /**
   * Begins a training and locks the model for it: until `end()`, other trainings, gradients and updates throw a StateError;
   * predictions and scores do not.
   * @throws StateError while another training runs
   * @throws ArgumentError, ShapeError, LabelError for options or data that do not fit; nothing has changed then
   */
  startTraining(options: TrainingOptions): TrainingRun {
    const who = `${this.kind}.startTraining`;
    const { X, y, sampleWeight, rule, batchSize, reg, gradientClip, state } = checkOptions(who, options, {
      X: any,
      y: any,
      sampleWeight: optional(any),
      rule: record,
      batchSize: positiveInteger,
      reg: optional(nonNegative, this.reg),
      gradientClip: gradientClipOption,
      state: optional(instanceOf(OptimizerState)),
    });
    const { name, config } = checkOptions(`${who}: rule`, rule, {
      name: oneOf(...(Object.keys(updateRules) as UpdateRuleName[])),
      config: optional(record),
    });
    const hyperparameters = checkHyperparameters(`${who}: rule.config`, name, config);
    const clip = checkGradientClip(who, gradientClip);
    const rows = asRows(X, this.network, `${who}: X`);
    const target = this.#target(y, rows.count, who, sampleWeight);
    this.assertRows(who, batchSize);
    const optimizerState = this.#state(who, name, state);
    this.assertIdle(who);
    const training: TrainingRun = new TrainingRun({
      who: this.kind,
      network: this.network,
      objective: this.#objective,
      memory: this.memory,
      chance: this.chance,
      X: rows,
      target,
      batchSize,
      clip,
      scalars: { ...hyperparameters, ...clipScalars(clip), reg: regScalar(this.#objective.regMode, reg) },
      state: optimizerState,
      end: () => {
        if (this.#training === training) this.#training = undefined;
      },
    });
    this.#training = training;
    return training;
  }

  /**
   * Locks the model for a minimization over all rows, until `end()`.
   * @throws as {@link startTraining}, and ArgumentError where the loss is not smooth, or leaves out what the gradients have of it
   * @internal
   */
  startFullBatch(who: string, X: TensorLike, y: LabelsLike | TensorLike, reg: number): FullBatch {
    const { regMode, l1, maxNorm } = this.#objective;
    if (l1 !== undefined || maxNorm !== undefined) {
      const option = l1 === undefined ? 'maxNorm' : 'l1';
      throw new ArgumentError(
        `${who}: expected a smooth loss without bounds but received a net with the option ${option}`,
      );
    }
    if (regMode === 'gradient' && reg > 0) {
      throw new ArgumentError(
        `${who}: expected a loss that the gradients are of, regMode 'loss' or 'lossFull', but received a net with regMode 'gradient'`,
      );
    }
    const rows = asRows(X, this.network, `${who}: X`);
    const target = this.#target(y, rows.count, who);
    this.assertIdle(who);
    const batch: FullBatch = new FullBatch({
      who: this.kind,
      network: this.network,
      objective: this.#objective,
      memory: this.memory,
      X: rows,
      target,
      reg: regScalar(regMode, reg),
      end: () => {
        if (this.#training === batch) this.#training = undefined;
      },
    });
    this.#training = batch;
    return batch;
  }

  /** All parameters, and all gradients, as one vector each, with zeros between them. @internal */
  get vectors(): { readonly parameters: FloatArray; readonly gradients: FloatArray } {
    const { buffer } = this.memory;
    const { parameterLength } = this.network;
    return {
      parameters: buffer.subarray(0, parameterLength) as FloatArray,
      gradients: buffer.subarray(parameterLength) as FloatArray,
    };
  }

  /**
   * One step of an update rule on the gradients that lie in `grads`.
   * @param state moments and step count, made by {@link newOptimizerState} and handed in again at each step
   * @param hyperparameters the rule's; defaults for those left out
   * @param t what the rule takes as the number of this step, from 1; default: one more than `state.t`
   * @throws StateError while a training runs
   */
  applyUpdate(
    state: OptimizerState,
    hyperparameters: Readonly<Record<string, number>> = {},
    t: number = state.t + 1,
  ): void {
    const who = `${this.kind}.applyUpdate`;
    const { rule, moments } = state;
    const scalars = checkHyperparameters(who, rule, hyperparameters);
    checkValue(`${who}: t`, t, positiveInteger);
    this.#state(who, rule, state);
    this.assertIdle(who);
    const program = this.program(`update ${rule}`, () => lowerUpdate(this.network, rule, this.#objective));
    program.run(1, { optimizer: moments }, { ...scalars, t });
    state.t = t;
  }

  /** A fresh state for an update rule: moments of zeros, no steps. */
  newOptimizerState(rule: UpdateRuleName): OptimizerState {
    return this.#state(`${this.kind}.newOptimizerState`, rule, undefined);
  }

  /**
   * Clips the gradients that lie in `grads`.
   * @returns for a clip by norm, the norm before
   * @throws StateError while a training runs
   * @internal
   */
  clipGradients(who: string, clip: GradientClip): number {
    this.assertIdle(who);
    if (this.network.parameterLength === 0) return 0;
    const program = this.program(`clip ${Object.keys(clip)[0]}`, () => lowerClip(this.network, clip));
    program.run(1, {}, clipScalars(clip));
    return program.scalar('gradientNorm');
  }

  /**
   * Sets all gradients to zero.
   * @throws StateError while a training runs
   */
  zeroGrad(): void {
    this.assertIdle(`${this.kind}.zeroGrad`);
    this.memory.zeroGrads();
  }

  /** Copies of all parameters, and of the model's state. */
  snapshotParams(): Parameters {
    return this.memory.copyParams();
  }

  /**
   * Writes all parameters, those of a snapshot or any tensors of their shapes.
   * @throws ArgumentError, ShapeError where one is missing, unknown or does not fit; nothing has changed then
   * @throws StateError while steps of a training are running
   */
  restoreParams(snapshot: Readonly<Record<string, TensorLike>>): void {
    const who = `${this.kind}.restoreParams`;
    checkValue(`${who}: the snapshot`, snapshot, record);
    if (this.#training?.running) throw new StateError(`${who}: the model is being trained`);
    this.memory.restore(who, snapshot);
  }

  /** What a training aims at. @internal */
  get objective(): Objective {
    return this.#objective;
  }

  /** A table of the layers: name, output shape, number of parameters, and their total. */
  summary(): string {
    return summaryOf(`${this.kind}, ${this.dtype}`, this.network);
  }

  /**
   * Writes the model to a safetensors file, which `load` of its class and `loadModel` read. The file appears at once and whole; folders
   * that are missing are made.
   * @param extra metadata and tensors that are kept beside the model's own, for `loadSafetensors` to find
   * @throws ArgumentError for a path where the file cannot be written, or extras under names that the model uses
   * @throws StateError for a disk that is full or fails; an old file is as it was
   */
  async save(path: string | URL, extra: ExtraContents = {}): Promise<void> {
    const { kind, dtype } = this;
    const description = { kind, dtype, config: this.config() };
    await saveModel(path, description, this.preparation, this.snapshotParams(), extra);
  }

  /**
   * Lets go of the model's memory; every later call throws a StateError. Without it the memory goes when the model does.
   * @throws StateError while a training runs
   */
  dispose(): void {
    if (this.#memory === undefined) return;
    this.assertIdle(`${this.kind}.dispose`);
    this.#memory = undefined;
    this.#programs.clear();
    this.#evaluation = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The memory of parameters and gradients. */
  protected get memory(): ParameterMemory {
    if (this.#memory === undefined) throw new StateError(`${this.kind}: the model was disposed of`);
    return this.#memory;
  }

  /** @throws StateError while a training runs, or after dispose() */
  protected assertIdle(who: string): void {
    void this.memory;
    if (this.#training !== undefined) throw new StateError(`${who}: the model is being trained`);
  }

  /** @throws ShapeError for a batch that a layer cannot be trained on */
  protected assertRows(who: string, count: number): void {
    const { count: least, layer } = this.network.leastRows;
    if (count >= least) return;
    throw new ShapeError(
      `${who}: expected batches of at least ${least} rows, since the layer ${layer} takes the variance over a batch, but received ${count}; ` +
        'predictions take any number of rows',
    );
  }

  /** The program of that name, lowered when it is first asked for. */
  protected program(name: string, lower: () => ConstructorParameters<typeof BoundProgram>[0]): BoundProgram {
    let program = this.#programs.get(name);
    if (program === undefined) {
      program = new BoundProgram(lower(), this.memory.buffers);
      this.#programs.set(name, program);
    }
    return program;
  }

  #gradientProgram(target: Target, { data }: Rows): BoundProgram {
    const dtype = inputDtype(this.network, data);
    const form = formOf(target);
    return this.program(`gradients ${form.key} ${dtype}`, () =>
      lowerGradients(this.network, this.#objective, form, dtype),
    );
  }

  get #evaluated(): Evaluation {
    const { memory } = this;
    this.#evaluation ??= new Evaluation({
      network: this.network,
      objective: this.#objective,
      memory,
      program: (name, lower) => this.program(name, lower),
    });
    return this.#evaluation;
  }

  #assertClasses(who: string, remedy: string): void {
    if (this.numClasses > 1) return;
    throw new ArgumentError(
      `${who}: expected a model of at least 2 classes but this one has a single output; ${remedy}`,
    );
  }

  #target(y: unknown, count: number, who: string, sampleWeight?: unknown) {
    const weights: GivenWeights = { values: sampleWeight, what: `${who}: sampleWeight` };
    const target = asTarget(
      y,
      count,
      this.numClasses,
      `${who}: y`,
      this.#objective.loss,
      this.dtype,
      weights,
    );
    if (target.kind === 'labels' && (this.measured === 'numbers' || this.measured === 'answers')) {
      throw new ArgumentError(
        `${who}: expected y to have ${this.numClasses} numbers a row for the task '${this.task}' but received labels`,
      );
    }
    return target;
  }

  #lossOptions(who: string, options: unknown) {
    const { reg, step, sampleWeight } = checkOptions(who, options, {
      reg: optional(nonNegative, this.reg),
      step: optional(integerIn(0, Number.MAX_SAFE_INTEGER)),
      sampleWeight: optional(any),
    });
    return { reg: regScalar(this.#objective.regMode, reg), step, sampleWeight };
  }

  #penalty(reg: number): number {
    const { regMode, l1 = 0 } = this.#objective;
    if (regMode === 'gradient' || (reg === 0 && l1 === 0)) return 0;
    let squares = 0;
    let sizes = 0;
    for (const { name, spec } of this.network.parameters) {
      if (!spec.regularized) continue;
      for (const w of this.params[name]!) {
        squares += w * w;
        sizes += Math.abs(w);
      }
    }
    return 0.5 * regScalar(regMode, reg) * squares + l1 * sizes;
  }

  #state(who: string, rule: UpdateRuleName, state: OptimizerState | undefined): OptimizerState {
    if (this.network.parameterLength === 0) {
      throw new ArgumentError(`${who}: expected a model with parameters but it has none`);
    }
    if (state === undefined) return new OptimizerState(rule, this.network);
    if (state.rule !== rule || !state.isOf(this.network)) {
      throw new ArgumentError(
        `${who}: expected the state of ${rule} on this model but received one of ${state.rule}` +
          (state.isOf(this.network) ? '' : ' on another model'),
      );
    }
    return state;
  }
}
