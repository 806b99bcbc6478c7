import { ArgumentError, StateError } from '../core/errors.js';
import { shared } from '../core/memory.js';
import {
  abortSignal,
  any,
  boolean,
  type Checked,
  checkOptions,
  checkValue,
  either,
  fn,
  instanceOf,
  integerIn,
  nonNegative,
  oneOf,
  optional,
  positive,
  positiveInteger,
  type Rule,
  record,
} from '../core/options.js';
import { RandomState } from '../core/random-state.js';
import { type LabelsLike, Tensor, type TensorLike } from '../core/tensor.js';
import { Augmentation } from '../data/augmentation.js';
import type { AugmentationOptions } from '../data/augmentation-options.js';
import type { LabelledRows } from '../data/labelled-rows.js';
import { Model, type Parameters } from '../models/model.js';
import type { OptimizerState } from '../models/optimizer-state.js';
import type { TrainingRun } from '../models/training-run.js';
import { checkHyperparameters, type UpdateRuleName, updateRules } from '../optim/optimizers.js';
import { AugmentedEpochs, readAugmentation } from './augmented-epochs.js';
import { BatchSampler, type Sampling } from './batches.js';
import type { AccuracyCheck, History } from './history.js';
import { Pace } from './pace.js';
import { type TrainingRows, trainingRows, validationRows } from './solver-rows.js';

/** The data of a training, as cs231n's solver names them. */
export interface SolverData {
  /** (N, D) of float32, float64 or uint8; used where it lies if on a SharedArrayBuffer, else copied once. */
  readonly XTrain: TensorLike;
  /**
   * N class indices; for `mse` and softmax losses also (N, C) targets, as `mixup` makes them: accuracies are then by the largest of
   * each row.
   */
  readonly yTrain: LabelsLike | TensorLike;
  /** (M, D); without a validation set the last parameters stay, instead of the best ones. */
  readonly XVal?: TensorLike;
  readonly yVal?: LabelsLike;
}

export interface SolverOptions {
  /** Default `'sgd'`. */
  readonly updateRule?: UpdateRuleName;
  /** `learningRate` and the rule's other hyper-parameters; defaults by rule. */
  readonly optimConfig?: Readonly<Record<string, number>>;
  /** The learning rate is multiplied by this at each epoch's end; default 1. */
  readonly lrDecay?: number;
  /** Default 10. */
  readonly numEpochs?: number;
  /** Default 100. */
  readonly batchSize?: number;
  /** Default `'replacement'`: each batch is drawn on its own, as in cs231n. */
  readonly sampling?: Sampling;
  /**
   * Trains every epoch on another augmented copy of XTrain, which worker threads make while the epoch before is trained. Accuracies are
   * of the rows as they are. Takes memory for two copies. Options: with a seed that the solver's generator draws; an Augmentation of the
   * caller's goes on where it is, and is the caller's to dispose of.
   */
  readonly augmentation?: AugmentationOptions | Augmentation;
  /** λ; default: the model's own. */
  readonly reg?: number;
  /** Rows drawn for each training accuracy; default 1000, null for all. */
  readonly numTrainSamples?: number | null;
  /** Rows drawn for each validation accuracy; default null: all. */
  readonly numValSamples?: number | null;
  /** Every how many steps a line with the loss is printed; default 10. */
  readonly printEvery?: number;
  /** Default true. */
  readonly verbose?: boolean;
  /** Receives the lines; default `console.log`. */
  readonly log?: (line: string) => void;
  /** Seed of a generator of the solver's own; by default it continues the model's, so one number repeats a whole run. */
  readonly seed?: number;
  readonly rng?: RandomState;
}

/** How far a training is. */
export interface SolverProgress {
  /** Steps done, of `numIterations`. */
  readonly iteration: number;
  readonly numIterations: number;
  /** Epochs done, of `numEpochs`. */
  readonly epoch: number;
  readonly numEpochs: number;
  /** The last step's. */
  readonly loss: number;
  readonly learningRate: number;
  readonly stepsPerSecond: number;
  /** The last measured ones. */
  readonly trainAcc?: number;
  readonly valAcc?: number;
}

export interface SolverTrainOptions {
  /** Stops the training; `train` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called about five times a second and at each epoch's end. */
  readonly onProgress?: (progress: SolverProgress) => void;
}

/** A number of rows, or null for all. */
const sampleSize: Rule<number | null> = {
  expected: 'a positive integer or null',
  plural: 'positive integers or null',
  accepts: (value): value is number | null => value === null || positiveInteger.accepts(value),
};

const solverOptions = {
  updateRule: optional(oneOf(...(Object.keys(updateRules) as UpdateRuleName[])), 'sgd'),
  optimConfig: optional(record, {}),
  lrDecay: optional(positive, 1),
  numEpochs: optional(positiveInteger, 10),
  batchSize: optional(positiveInteger, 100),
  sampling: optional(oneOf('replacement', 'permutation'), 'replacement'),
  augmentation: optional(either(instanceOf(Augmentation), record)),
  reg: optional(nonNegative),
  numTrainSamples: optional(sampleSize, 1000),
  numValSamples: optional(sampleSize, null),
  printEvery: optional(positiveInteger, 10),
  verbose: optional(boolean, true),
  log: optional(fn<(line: string) => void>(), (line) => console.log(line)),
  seed: optional(integerIn(0, 2 ** 32 - 1)),
  rng: optional(instanceOf(RandomState)),
};

const trainOptions = {
  signal: optional(abortSignal),
  onProgress: optional(fn<(progress: SolverProgress) => void>()),
};

/**
 * Trains a model: batches, learning-rate decay, accuracies, the best parameters (cs231n's and CS189's `Solver`).
 *
 * An epoch is max(⌊N / batchSize⌋, 1) steps. Accuracies are measured after the first step, at each epoch's end and after the
 * last step, and the parameters with the best validation accuracy are kept; when `train` ends they are put into the model.
 * One generator draws the batches and the samples for the accuracies in cs231n's order, so a seed repeats its runs.
 */
export class Solver {
  readonly model: Model;
  /** Epochs done. */
  epoch = 0;
  /** The best validation accuracy so far; 0 before the first, as in cs231n. */
  bestValAcc = 0;
  /** Copies of the parameters that had it; the last ones when there is no validation set. */
  bestParams = {} as Parameters;
  /** The loss of every step. */
  readonly lossHistory: number[] = [];
  readonly trainAccHistory: number[] = [];
  readonly valAccHistory: number[] = [];
  /** When each accuracy was measured, and at which learning rate. */
  readonly checks: AccuracyCheck[] = [];
  /** The learning rate of the next step. */
  learningRate: number;

  readonly #options: Checked<typeof solverOptions>;
  readonly #config: Readonly<Record<string, number>>;
  readonly #rng: RandomState;
  readonly #train: TrainingRows;
  readonly #val: LabelledRows | undefined;
  readonly #augmentation: Augmentation | undefined;
  #state: OptimizerState | undefined;

  /**
   * @throws ArgumentError for a misspelled option, an unknown update rule or a hyper-parameter out of range
   * @throws ShapeError for data that do not fit the model or each other
   * @throws LabelError for a label outside 0 … C−1
   */
  constructor(model: Model, data: SolverData, options: SolverOptions = {}) {
    this.model = checkValue('Solver: the model', model, instanceOf(Model));
    const { XTrain, yTrain, XVal, yVal } = checkOptions('Solver: data', data, {
      XTrain: any,
      yTrain: any,
      XVal: optional(any),
      yVal: optional(any),
    });
    this.#options = checkOptions('Solver', options, solverOptions);
    const { updateRule, optimConfig, seed, rng } = this.#options;
    this.#config = checkHyperparameters('Solver: optimConfig', updateRule, optimConfig);
    if (seed !== undefined && rng !== undefined) {
      throw new ArgumentError('Solver: expected seed or rng but received both');
    }
    this.#rng = rng ?? (seed === undefined ? model.rng : new RandomState(seed));
    this.#train = trainingRows(model, XTrain, yTrain);
    if ((XVal === undefined) !== (yVal === undefined)) {
      const given = XVal === undefined ? 'yVal' : 'XVal';
      throw new ArgumentError(`Solver: expected both XVal and yVal, or neither, but received only ${given}`);
    }
    this.#val = XVal === undefined ? undefined : validationRows(model, XVal, yVal);
    this.learningRate = this.#config.learningRate as number;
    const { augmentation } = this.#options;
    if (augmentation === undefined) return;
    this.#augmentation = readAugmentation(augmentation, model.inputSize, this.#rng);
    const { X } = this.#train;
    this.#train = { ...this.#train, X: new Tensor(shared(X.elements()), X.shape) };
  }

  /**
   * Trains for `numEpochs` epochs off the main thread. Called again, it goes on from there: histories, epoch count, learning rate and
   * the update rule's moments continue.
   *
   * However it ends, the histories hold every step that was done. After an abort or a divergence the model keeps its last good
   * parameters (the best ones are in `bestParams`); at a normal end it gets the best ones.
   * @throws the signal's reason when it is aborted
   * @throws DivergenceError when a loss is NaN or infinite, naming the iteration and the layer where it began
   * @throws StateError while another training of the model runs
   */
  async train(options: SolverTrainOptions = {}): Promise<History> {
    const { signal, onProgress } = checkOptions('Solver.train', options, trainOptions);
    signal?.throwIfAborted();
    const { updateRule, batchSize, sampling, numEpochs, reg } = this.#options;
    const batches = new BatchSampler(this.#train.y.length, batchSize, sampling, this.#rng);
    const run = this.model.startTraining({
      X: this.#train.X,
      y: this.#train.target,
      rule: { name: updateRule, config: this.#config },
      batchSize: batches.batchSize,
      ...(reg === undefined ? {} : { reg }),
      ...(this.#state === undefined ? {} : { state: this.#state }),
    });
    this.#state = run.state;
    const augmentation = this.#augmentation;
    const epochs = augmentation && new AugmentedEpochs(augmentation, this.#train.X, numEpochs, signal);
    try {
      await this.#runEpochs(run, batches, epochs, signal, onProgress);
    } finally {
      await epochs?.end();
      if (augmentation !== this.#options.augmentation) await augmentation?.dispose();
      run.end();
    }
    this.model.restoreParams(this.bestParams);
    return this.history;
  }

  /** Everything recorded so far. */
  get history(): History {
    const { lossHistory, trainAccHistory, valAccHistory, checks } = this;
    return { lossHistory, trainAccHistory, valAccHistory, checks };
  }

  async #runEpochs(
    run: TrainingRun,
    batches: BatchSampler,
    epochs: AugmentedEpochs | undefined,
    signal: AbortSignal | undefined,
    onProgress: ((progress: SolverProgress) => void) | undefined,
  ): Promise<void> {
    const { iterationsPerEpoch } = batches;
    const { numEpochs, lrDecay } = this.#options;
    const numIterations = numEpochs * iterationsPerEpoch;
    const before = { epoch: this.epoch, iteration: this.lossHistory.length };
    const pace = new Pace(batches.batchSize);
    let t = 0;
    while (t < numIterations) {
      if (epochs !== undefined && t % iterationsPerEpoch === 0) run.replaceRows(await epochs.next());
      // The first step stands alone, since the accuracies are measured right after it.
      const stop = t === 0 ? 1 : Math.min(t + iterationsPerEpoch - (t % iterationsPerEpoch), numIterations);
      const count = pace.stepsWithin(stop - t);
      const started = performance.now();
      const { losses, done, reason, error } = await run.steps(
        batches.draw(count),
        this.learningRate,
        signal === undefined ? {} : { signal },
      );
      pace.record(done, (performance.now() - started) / 1000);
      for (const loss of losses) this.lossHistory.push(loss);
      this.#printLosses(t, losses, before.iteration, numIterations);
      signal?.throwIfAborted();
      if (error !== undefined) throw error;
      if (reason !== 'finished')
        throw new StateError(`Solver: expected the run to finish but it was ${reason}`);
      t += done;

      const { learningRate } = this;
      if (t % iterationsPerEpoch === 0) {
        this.epoch++;
        this.learningRate *= lrDecay;
      }
      if (t === 1 || t % iterationsPerEpoch === 0) {
        await this.#checkAccuracies(learningRate, before.epoch + numEpochs, signal);
      }
      const check = this.checks.at(-1);
      onProgress?.({
        iteration: before.iteration + t,
        numIterations: before.iteration + numIterations,
        epoch: this.epoch,
        numEpochs: before.epoch + numEpochs,
        loss: losses.at(-1) ?? Number.NaN,
        learningRate,
        stepsPerSecond: pace.stepsPerSecond,
        ...(check === undefined ? {} : { trainAcc: check.trainAcc }),
        ...(check?.valAcc === undefined ? {} : { valAcc: check.valAcc }),
      });
    }
  }

  async #checkAccuracies(
    learningRate: number,
    numEpochs: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { numTrainSamples, numValSamples } = this.#options;
    const trainAcc = await this.#accuracy(this.#train, numTrainSamples, signal);
    this.trainAccHistory.push(trainAcc);
    const check = { iteration: this.lossHistory.length, epoch: this.epoch, learningRate, trainAcc };
    if (this.#val === undefined) {
      this.checks.push(check);
      this.bestParams = this.model.snapshotParams();
      this.#print(`(Epoch ${this.epoch} / ${numEpochs}) train acc: ${trainAcc.toFixed(6)}`);
      return;
    }
    const valAcc = await this.#accuracy(this.#val, numValSamples, signal);
    this.valAccHistory.push(valAcc);
    this.checks.push({ ...check, valAcc });
    this.#print(
      `(Epoch ${this.epoch} / ${numEpochs}) train acc: ${trainAcc.toFixed(6)}; val_acc: ${valAcc.toFixed(6)}`,
    );
    if (valAcc > this.bestValAcc || this.valAccHistory.length === 1) {
      this.bestValAcc = valAcc;
      this.bestParams = this.model.snapshotParams();
    }
  }

  #accuracy(
    { X, y }: LabelledRows,
    numSamples: number | null,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const sampled = numSamples !== null && y.length > numSamples;
    return this.model.accuracy(X, y, {
      ...(sampled ? { rows: this.#rng.choice(y.length, numSamples) } : {}),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  #printLosses(t: number, losses: Float64Array, before: number, numIterations: number): void {
    losses.forEach((loss, i) => {
      if ((t + i) % this.#options.printEvery !== 0) return;
      this.#print(`(Iteration ${before + t + i + 1} / ${before + numIterations}) loss: ${loss.toFixed(6)}`);
    });
  }

  #print(line: string): void {
    if (this.#options.verbose) this.#options.log(line);
  }
}
