import type { Callback } from '../core/callback.js';
import { describe, expectation } from '../core/describe.js';
import { ArgumentError, DivergenceError, StateError } from '../core/errors.js';
import { shared } from '../core/memory.js';
import { any, type Checked, checkOptions, checkValue, instanceOf, optional } from '../core/options.js';
import { RandomState } from '../core/random/random-state.js';
import { Tensor, type TensorLike } from '../core/tensors/tensor.js';
import type { Augmentation } from '../data/pictures/augmentation.js';
import { Model } from '../models/model.js';
import type { Parameters } from '../models/model-options.js';
import type { Task } from '../models/task.js';
import {
  type Measure,
  measure,
  measureOf,
  type TrainingData,
  type TrainingPart,
  targetOf,
  trainingData,
} from '../models/training-data.js';
import type { OptimizerState } from '../net/training/optimizer-state.js';
import type { TrainingRun } from '../net/training/training-run.js';
import { checkGradientClip, type GradientClip } from '../optim/gradient-clip.js';
import { rateAt, type ScheduleCheck } from '../optim/schedules/schedule.js';
import { checkHyperparameters } from '../optim/update-rules.js';
import { AugmentedEpochs, readAugmentation } from './augmented-epochs.js';
import { BatchSampler } from './batches.js';
import { type History, type HistoryCheck, wholeHistory } from './history.js';
import {
  insideOptimConfig,
  type SolverData,
  type SolverOptions,
  type SolverProgress,
  type SolverTrainOptions,
  solverOptions,
  trainOptions,
} from './solver-options.js';

/**
 * Trains a model: batches, learning-rate decay, accuracies, the best parameters (cs231n's and CS189's `Solver`).
 *
 * An epoch is max(⌊N / batchSize⌋, 1) steps. Accuracies are measured after the first step, at each epoch's end and after the
 * last step, and the parameters with the best validation accuracy are kept; when `train` ends they are put into the model.
 * One generator draws the batches and the samples for the accuracies in cs231n's order, so a seed repeats its runs.
 *
 * A model with a loss on numbers (`mse`) whose targets are numbers, not labels or one-hot rows, has no accuracies: its loss and R² are
 * measured, and the parameters with the least validation loss are the best.
 */
export class Solver<T extends Task = 'classification'> {
  readonly model: Model<T>;
  /** Epochs done. */
  epoch = 0;
  /** The best validation accuracy so far; 0 before the first, as in cs231n, and where numbers are predicted. */
  bestValAcc = 0;
  /** Where numbers are predicted: the least validation loss so far; Infinity before the first. */
  bestValLoss = Number.POSITIVE_INFINITY;
  /** Copies of the parameters that had it; the last ones when there is no validation set. */
  bestParams = {} as Parameters;
  /** The loss of every step. */
  readonly lossHistory: number[] = [];
  /** What was measured, when, and at which learning rate. */
  readonly checks: HistoryCheck[] = [];
  /** The learning rate of the next step; with a schedule, that of the last one. */
  learningRate: number;

  readonly #options: Checked<typeof solverOptions>;
  readonly #config: Readonly<Record<string, number>>;
  readonly #clip: GradientClip | undefined;
  readonly #rng: RandomState;
  readonly #data: TrainingData;
  readonly #sampleWeight: TensorLike | undefined;
  readonly #augmentation: Augmentation | undefined;
  #state: OptimizerState | undefined;

  /**
   * @throws ArgumentError for a misspelled option, an unknown update rule or a hyper-parameter out of range
   * @throws ShapeError for data that do not fit the model or each other
   * @throws LabelError for a label outside 0 … C−1
   */
  constructor(model: Model<T>, data: SolverData, options: SolverOptions = {}) {
    checkValue('Solver: the model', model, instanceOf(Model));
    this.model = model;
    // As others' `fit(X, y)` has it; a tensor would pass for options with other names.
    if (data instanceof Tensor || Array.isArray(data) || ArrayBuffer.isView(data)) {
      throw new ArgumentError(
        expectation('Solver: data', 'to be an object, { XTrain, yTrain },', describe(data)),
      );
    }
    const { XTrain, yTrain, sampleWeight, XVal, yVal } = checkOptions('Solver: data', data, {
      XTrain: any,
      yTrain: any,
      sampleWeight: optional(any),
      XVal: optional(any),
      yVal: optional(any),
      XTest: optional(any),
      yTest: optional(any),
      X: optional(any),
      y: optional(any),
    });
    this.#options = checkOptions('Solver', options, solverOptions, insideOptimConfig);
    const { updateRule, seed, rng } = this.#options;
    this.#config = checkHyperparameters('Solver: optimConfig', updateRule, this.#optimConfig());
    this.#clip = checkGradientClip('Solver', this.#options.gradientClip);
    if (seed !== undefined && rng !== undefined) {
      throw new ArgumentError('Solver: expected seed or rng but received both');
    }
    this.#rng = rng ?? (seed === undefined ? model.rng : new RandomState(seed));
    this.#data = trainingData(
      model,
      'Solver',
      { X: XTrain, y: yTrain, sampleWeight, names: ['XTrain', 'yTrain'] },
      { X: XVal, y: yVal, names: ['XVal', 'yVal'] },
    );
    this.#sampleWeight = sampleWeight as TensorLike | undefined;
    const { schedule } = this.#options;
    this.learningRate =
      schedule === undefined ? (this.#config.learningRate as number) : rateAt('Solver', schedule, 0, []);
    const { augmentation } = this.#options;
    if (augmentation === undefined) return;
    this.#augmentation = readAugmentation(augmentation, model.inputSize, this.#rng);
    const { train } = this.#data;
    const X = new Tensor(shared(train.X.elements()), train.X.shape);
    this.#data = { ...this.#data, train: { ...train, X } };
  }

  get trainAccHistory(): readonly number[] {
    return this.history.trainAccHistory;
  }

  get valAccHistory(): readonly number[] {
    return this.history.valAccHistory;
  }

  get trainLossHistory(): readonly number[] {
    return this.history.trainLossHistory;
  }

  get valLossHistory(): readonly number[] {
    return this.history.valLossHistory;
  }

  get trainR2History(): readonly number[] {
    return this.history.trainR2History;
  }

  get valR2History(): readonly number[] {
    return this.history.valR2History;
  }

  /**
   * Trains for `numEpochs` epochs off the main thread. Called again, it goes on from there: histories, epoch count, learning rate or
   * schedule, and the update rule's moments continue.
   *
   * However it ends, the histories hold every step that was done. After an abort the model is as the last step left it; after a
   * divergence it has its last good parameters, those of the last loss that was finite (the best ones are in `bestParams`); at a normal
   * end it gets the best ones.
   * @throws the signal's reason when it is aborted
   * @throws DivergenceError when a loss is NaN or infinite, naming the iteration and where it began: the layer, or row and column of XTrain
   * @throws ArgumentError for a NaN or an infinity in XVal, or a learning rate of the schedule's that is no number from 0 on
   * @throws StateError while another training of the model runs
   */
  async train(options: SolverTrainOptions = {}): Promise<History> {
    const { signal, onProgress } = checkOptions('Solver.train', options, trainOptions);
    signal?.throwIfAborted();
    const { updateRule, batchSize, sampling, numEpochs, reg } = this.#options;
    const { train } = this.#data;
    const batches = new BatchSampler(train.X.shape[0]!, batchSize, sampling, this.#rng);
    const run = this.model.startTraining({
      X: train.X,
      y: targetOf(train),
      ...(this.#sampleWeight === undefined ? {} : { sampleWeight: this.#sampleWeight }),
      rule: { name: updateRule, config: this.#config },
      batchSize: batches.batchSize,
      ...(reg === undefined ? {} : { reg }),
      ...(this.#clip === undefined ? {} : { gradientClip: this.#clip }),
      ...(this.#state === undefined ? {} : { state: this.#state }),
    });
    this.#state = run.state;
    const augmentation = this.#augmentation;
    const epochs = augmentation && new AugmentedEpochs(augmentation, train.X, numEpochs, signal);
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
    return wholeHistory(this);
  }

  /** As given, with the learning rate from wherever it stands. */
  #optimConfig(): Readonly<Record<string, unknown>> {
    const { learningRate, lrDecay, schedule, optimConfig } = this.#options;
    const other = optimConfig.learningRate;
    if (schedule !== undefined && (learningRate ?? lrDecay ?? other) !== undefined) {
      const name =
        learningRate !== undefined ? 'learningRate' : lrDecay !== undefined ? 'lrDecay' : undefined;
      throw new ArgumentError(
        `Solver: expected the option schedule, which tells every learning rate, or ${name ?? 'optimConfig.learningRate'} ` +
          'but received both',
      );
    }
    if (learningRate === undefined) return optimConfig;
    if (other !== undefined && other !== learningRate) {
      throw new ArgumentError(
        `Solver: expected one learning rate but received learningRate: ${learningRate} and ` +
          `optimConfig: { learningRate: ${describe(other)} }`,
      );
    }
    return { ...optimConfig, learningRate };
  }

  async #runEpochs(
    run: TrainingRun,
    batches: BatchSampler,
    epochs: AugmentedEpochs | undefined,
    signal: AbortSignal | undefined,
    onProgress: Callback<[progress: SolverProgress]> | undefined,
  ): Promise<void> {
    const { iterationsPerEpoch } = batches;
    const { numEpochs, lrDecay = 1, schedule } = this.#options;
    const numIterations = numEpochs * iterationsPerEpoch;
    const before = { epoch: this.epoch, iteration: this.lossHistory.length };
    let t = 0;
    while (t < numIterations) {
      if (epochs !== undefined && t % iterationsPerEpoch === 0) run.replaceRows(await epochs.next());
      // The first step stands alone, since something is measured right after it.
      const stop = t === 0 ? 1 : Math.min(t + iterationsPerEpoch - (t % iterationsPerEpoch), numIterations);
      const count = run.stepsWithin(stop - t);
      // Before the draw, so that a schedule that fails leaves the generator where it was.
      const rates = this.#rates(count);
      const { losses, done, reason, error } = await run.steps(
        batches.draw(count),
        rates,
        signal === undefined ? {} : { signal },
      );
      if (done < count) batches.putBackAfter(done);
      if (schedule !== undefined) {
        this.learningRate = typeof rates === 'number' ? rates : rates[Math.max(done - 1, 0)]!;
      }
      for (const loss of losses) this.lossHistory.push(loss);
      await this.#printLosses(t, losses, before.iteration, numIterations);
      signal?.throwIfAborted();
      if (error !== undefined) throw error;
      if (reason !== 'finished')
        throw new StateError(`Solver: expected the run to finish but it was ${reason}`);
      t += done;

      const { learningRate } = this;
      if (t % iterationsPerEpoch === 0) {
        this.epoch++;
        if (schedule === undefined) this.learningRate *= lrDecay;
      }
      if (t === 1 || t % iterationsPerEpoch === 0) {
        await run.confirm();
        await this.#check(learningRate, before.epoch + numEpochs, signal);
      }
      const { iteration: _iteration, epoch: _epoch, learningRate: _rate, ...measured } = this.checks.at(-1)!;
      await onProgress?.({
        iteration: before.iteration + t,
        numIterations: before.iteration + numIterations,
        epoch: this.epoch,
        numEpochs: before.epoch + numEpochs,
        loss: losses.at(-1) ?? Number.NaN,
        learningRate,
        stepsPerSecond: run.stepsPerSecond,
        ...measured,
      });
    }
  }

  /** The learning rates of the next steps, all of one epoch: one for each where the schedule counts steps. */
  #rates(count: number): Float64Array | number {
    const { schedule } = this.#options;
    if (schedule === undefined) return this.learningRate;
    const checks = this.#epochChecks();
    if (schedule.per !== 'step') return rateAt('Solver', schedule, this.epoch, checks);
    const first = this.lossHistory.length;
    return Float64Array.from({ length: count }, (_, i) => rateAt('Solver', schedule, first + i, checks));
  }

  /** What was measured at the ends of epochs. */
  #epochChecks(): readonly ScheduleCheck[] {
    let epoch = 0;
    return this.checks.filter((check) => {
      const ends = check.epoch > epoch;
      epoch = check.epoch;
      return ends;
    });
  }

  async #check(learningRate: number, numEpochs: number, signal: AbortSignal | undefined): Promise<void> {
    const { numTrainSamples, numValSamples } = this.#options;
    const { train, val } = this.#data;
    const ofTrain = await this.#measure(train, numTrainSamples, signal).catch((error: unknown) => {
      // A NaN in rows that no step has met yet ends the training as it would in a step.
      if (!(error instanceof ArgumentError)) throw error;
      throw new DivergenceError(error.message, this.lossHistory.length, { cause: error });
    });
    const ofVal = val === undefined ? undefined : await this.#measure(val, numValSamples, signal);
    const check: HistoryCheck = {
      iteration: this.lossHistory.length,
      epoch: this.epoch,
      learningRate,
      ...measureOf('train', ofTrain),
      ...measureOf('val', ofVal),
    };
    const isFirst = this.checks.length === 0;
    this.checks.push(check);
    await this.#print(`(Epoch ${this.epoch} / ${numEpochs}) ${lineOf(check)}`);
    const { valAcc = 0, valLoss = Number.POSITIVE_INFINITY } = check;
    const isBest = valAcc > this.bestValAcc || valLoss < this.bestValLoss;
    if (isBest) {
      this.bestValAcc = valAcc;
      this.bestValLoss = valLoss;
    }
    if (isBest || isFirst || val === undefined) this.bestParams = this.model.snapshotParams();
  }

  #measure(part: TrainingPart, numSamples: number | null, signal: AbortSignal | undefined): Promise<Measure> {
    const count = part.X.shape[0]!;
    const rows = numSamples !== null && count > numSamples ? this.#rng.choice(count, numSamples) : undefined;
    return measure(this.model, part, this.#data.measured, rows, signal);
  }

  async #printLosses(t: number, losses: Float64Array, before: number, numIterations: number): Promise<void> {
    for (const [i, loss] of losses.entries()) {
      if ((t + i) % this.#options.printEvery !== 0) continue;
      const place = `(Iteration ${before + t + i + 1} / ${before + numIterations})`;
      await this.#print(`${place} loss: ${loss.toFixed(6)}`);
    }
  }

  async #print(line: string): Promise<void> {
    if (this.#options.verbose) await this.#options.log(line);
  }
}

/** As cs231n's solver prints it. */
function lineOf(check: HistoryCheck): string {
  const words = {
    trainAcc: 'train acc',
    valAcc: 'val_acc',
    trainLoss: 'train loss',
    trainR2: 'train R2',
    valLoss: 'val_loss',
    valR2: 'val_R2',
  } as const;
  const names = Object.keys(words) as (keyof typeof words)[];
  return names
    .flatMap((name) => {
      const value = check[name];
      return value === undefined ? [] : `${words[name]}: ${value.toFixed(6)}`;
    })
    .join('; ');
}
