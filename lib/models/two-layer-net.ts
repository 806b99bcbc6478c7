import type { Callback } from '../core/callback.js';
import { ArgumentError } from '../core/errors.js';
import {
  abortSignal,
  any,
  boolean,
  checkOptions,
  fn,
  nonNegative,
  oneOf,
  optional,
  positive,
  positiveInteger,
  record,
} from '../core/options.js';
import { rngOf } from '../core/random/random-options.js';
import type { LabelsLike, TensorLike } from '../core/tensors/tensor.js';
import type { RegMode } from '../net/lowering.js';
import type { NamedTensors } from '../net/parameter-memory.js';
import { normal, zeros } from '../nn/initializers.js';
import type { LayerConfig } from '../nn/layer.js';
import { layers } from '../nn/layers/index.js';
import { type CustomLossClasses, lossFromConfig } from '../nn/losses/index.js';
import { checkGradientClip, type GradientClip, gradientClipOption } from '../optim/gradient-clip.js';
import { exponential } from '../optim/schedules/decay.js';
import {
  type MeasuredSchedule,
  rateAt,
  type ScheduleCheck,
  scheduleRule,
} from '../optim/schedules/schedule.js';
import { expectKind, readModel, restoreModel } from './files/saving.js';
import { type NetLoss, netLossRule } from './loss-option.js';
import { Model } from './model.js';
import { type ModelOptions, modelOptions } from './model-options.js';
import { type PenaltyOptions, penaltiesOf, penaltyOptions } from './penalty-options.js';
import { chooseByTask, type Task, taskNames } from './task.js';
import { type Measure, measure, measureOf, targetOf, trainingData } from './training-data.js';

export interface TwoLayerNetOptions<T extends Task = 'classification'> extends ModelOptions, PenaltyOptions {
  /** Features of a row of X. */
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** The outputs: classes, questions or numbers. May be left out for the tasks `binary` and `regression`, of one. */
  readonly numClasses?: number;
  /** What the net is for, which picks the loss, and what `predict` and evaluations give; default: by the loss. */
  readonly task?: T;
  /**
   * The standard deviation of the initial weights; default 1e-4, the courses', for raw pixels 0 … 255. Features of a size of 1 learn sooner
   * from 0.1. The biases begin as zeros.
   */
  readonly std?: number;
  /**
   * `'softmax'` cross-entropy, the default (Chula, cs231n), `'mse'`, on one-hot labels (CS145) or any numbers, or another:
   * see {@link NetLoss}.
   */
  readonly loss?: NetLoss;
  /** How λ enters: `loss`, ½λΣW² in the loss, the default; `lossFull`, λΣW² (cs231n); `gradient`, λW in the gradient only. */
  readonly regMode?: RegMode;
  /** The order in which the initial weights are drawn: (in, out), the default, or CS145's (out, in). */
  readonly weightLayout?: 'inOut' | 'outIn';
}

export interface TwoLayerTrainOptions {
  /** Default 1e-3. */
  readonly learningRate?: number;
  /** The learning rate is multiplied by this once an epoch; default 0.95. */
  readonly learningRateDecay?: number;
  /**
   * The learning rate of each epoch or step of this call, in place of `learningRate` and `learningRateDecay`. As those decay, an epoch here
   * ends with every iteration in which the accuracies are recorded, so the first one is a single step.
   */
  readonly schedule?: MeasuredSchedule;
  /** λ; default 5e-6. */
  readonly reg?: number;
  /** Clips the gradients of each step, all as one vector or each number; default: they are left as they are. */
  readonly gradientClip?: GradientClip;
  /** N numbers from 0 on that the losses of the rows are multiplied by; the loss of a batch is Σ weight·loss / rows. */
  readonly sampleWeight?: TensorLike;
  /** Steps; default 100. */
  readonly numIters?: number;
  /** Rows drawn with replacement for each step; default 200. */
  readonly batchSize?: number;
  /** Prints the loss every 100 steps; default false. */
  readonly verbose?: boolean;
  /** Stops the training; `train` then rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Called about ten times a second. The training waits for a promise that it returns, and rejects with it. */
  readonly onProgress?: Callback<[progress: TwoLayerProgress]>;
}

export interface TwoLayerProgress {
  /** Steps done. */
  readonly iteration: number;
  readonly numIters: number;
  /** That of the last step. */
  readonly loss: number;
}

export interface TwoLayerHistory {
  /** The loss of every step. */
  readonly lossHistory: readonly number[];
  /** Once an epoch: the accuracy on the step's batch, after the step. */
  readonly trainAccHistory: readonly number[];
  /** Once an epoch: the accuracy on the validation set; empty without one. */
  readonly valAccHistory: readonly number[];
  /** Where numbers are predicted, once an epoch: the loss on the step's batch, after the step, without regularization. */
  readonly trainLossHistory: readonly number[];
  /** The same on the validation set. */
  readonly valLossHistory: readonly number[];
  /** Where numbers are predicted, once an epoch: R² on the step's batch, after the step. */
  readonly trainR2History: readonly number[];
  /** The same on the validation set. */
  readonly valR2History: readonly number[];
}

/** A call of the backend does at most so many steps, and so many row indices. */
const maxSteps = 10_000;
const maxIndices = 4_000_000;

/**
 * The two-layer net of CS145, Chula and cs231n: affine, ReLU, affine, with a softmax or squared-error loss and L2 regularization.
 *
 * ```ts
 * const net = new TwoLayerNet({ inputSize: 784, hiddenSize: 50, numClasses: 10, seed: 0 });
 * await net.train(X, y, XVal, yVal, { learningRate: 1e-3, numIters: 1000 });
 * net.predict(XVal);
 * ```
 */
export class TwoLayerNet<T extends Task = 'classification'> extends Model<T> {
  readonly #config: LayerConfig;
  #history: TwoLayerHistory = emptyHistory();

  /** @throws ArgumentError for an option that is unknown, missing or out of range */
  constructor(options: TwoLayerNetOptions<T>) {
    const checked = checkOptions('TwoLayerNet', options, {
      ...modelOptions,
      ...penaltyOptions,
      inputSize: positiveInteger,
      hiddenSize: positiveInteger,
      numClasses: optional(positiveInteger),
      task: optional(oneOf(...taskNames)),
      std: optional(nonNegative, 1e-4),
      loss: netLossRule,
      regMode: optional(oneOf('loss', 'lossFull', 'gradient'), 'loss'),
      weightLayout: optional(oneOf('inOut', 'outIn'), 'inOut'),
    });
    const { inputSize, hiddenSize, std, regMode, weightLayout, dtype, task } = checked;
    const { outputs, loss, config } = chooseByTask('TwoLayerNet', task, checked.numClasses, checked.loss);
    const penalties = penaltiesOf(checked);
    const drawn = { init: normal(std), biasInit: zeros, weightLayout };
    super({
      kind: 'TwoLayerNet',
      layers: [
        new layers.Linear(inputSize, hiddenSize, drawn),
        new layers.ReLU(),
        new layers.Linear(hiddenSize, outputs, drawn),
      ],
      inputShape: [inputSize],
      objective: { loss, regMode, ...penalties },
      reg: 0,
      dtype,
      rng: rngOf('TwoLayerNet', checked),
      preparation: checked.preparation,
      task,
    });
    const kept = { inputSize, hiddenSize, numClasses: outputs, std, loss: config, regMode, weightLayout };
    this.#config = { ...kept, ...penalties, ...(task === undefined ? {} : { task }) };
  }

  /** @param losses the classes of losses of your own, by their names */
  static fromConfig<T extends Task = 'classification'>(
    config: LayerConfig,
    losses: CustomLossClasses = {},
  ): TwoLayerNet<T> {
    const loss = lossFromConfig('TwoLayerNet.load', config.loss, losses);
    return new TwoLayerNet({ ...config, loss } as unknown as TwoLayerNetOptions<T>);
  }

  /**
   * Reads a net that `save` wrote.
   * @param options losses: the classes of losses of your own, by their names
   * @throws FormatError for a file that holds anything else
   */
  static async load<T extends Task = 'classification'>(
    path: string | URL,
    options: { readonly losses?: CustomLossClasses } = {},
  ): Promise<TwoLayerNet<T>> {
    const { description, tensors } = await readModel('TwoLayerNet.load', path);
    expectKind(String(path), description, 'TwoLayerNet');
    return restoreModel(String(path), description, tensors, (config) =>
      TwoLayerNet.fromConfig<T>(config, options.losses),
    );
  }

  override config(): LayerConfig {
    return this.#config;
  }

  /** Views of the gradients that the last step left, by the parameters' names. */
  override get grads(): NamedTensors {
    return this.memory.grads;
  }

  /** What the last call of `train` has recorded so far, also when it was aborted or diverged. */
  get history(): TwoLayerHistory {
    return this.#history;
  }

  /**
   * Stochastic gradient descent as in CS145 and Chula: each step draws `batchSize` rows with replacement from the net's generator; in
   * every iteration that N / batchSize (at least 1) divides, the accuracies are recorded and then the learning rate decays. Off
   * the main thread. With the loss `mse` and numbers to predict, loss and R² are recorded in place of accuracies.
   * @param X (N, inputSize) of float32, float64, int32 or uint8
   * @param y N class indices, one-hot rows, or what else the loss aims at: (N, numClasses) numbers for `mse`
   * @param XVal (M, inputSize); may be left out, with yVal
   * @param yVal as y
   * @throws the signal's reason when it is aborted; the net is as the last whole step left it
   * @throws DivergenceError when a loss is NaN or infinite, naming the iteration and where it began; the net has the parameters of the
   *   last loss that was finite
   * @throws ArgumentError for a NaN or an infinity in XVal, or a learning rate of the schedule's that is no number from 0 on
   * @throws StateError while another training of the net runs
   */
  train(
    X: TensorLike,
    y: LabelsLike | TensorLike,
    XVal: TensorLike | undefined,
    yVal: LabelsLike | TensorLike | undefined,
    options?: TwoLayerTrainOptions,
  ): Promise<TwoLayerHistory>;
  train(X: TensorLike, y: LabelsLike | TensorLike, options?: TwoLayerTrainOptions): Promise<TwoLayerHistory>;
  async train(X: TensorLike, y: LabelsLike | TensorLike, ...rest: unknown[]): Promise<TwoLayerHistory> {
    const who = 'TwoLayerNet.train';
    const [XVal, yVal, options] = isOptions(rest) ? [undefined, undefined, rest[0]] : rest;
    const checked = checkOptions(who, options, {
      learningRate: optional(nonNegative),
      learningRateDecay: optional(positive),
      schedule: optional(scheduleRule),
      reg: optional(nonNegative, 5e-6),
      sampleWeight: optional(any),
      gradientClip: gradientClipOption,
      numIters: optional(positiveInteger, 100),
      batchSize: optional(positiveInteger, 200),
      verbose: optional(boolean, false),
      signal: optional(abortSignal),
      onProgress: optional(fn<Callback<[progress: TwoLayerProgress]>>()),
    });
    const { sampleWeight, reg, gradientClip, numIters, batchSize, verbose, signal, onProgress } = checked;
    const schedule = scheduleOf(who, checked);
    const given = { X: XVal, y: yVal, names: ['XVal', 'yVal'] } as const;
    const data = trainingData(this, who, { X, y, sampleWeight, names: ['X', 'y'] }, given);
    const { train, val, measured } = data;
    const clip = checkGradientClip(who, gradientClip);
    signal?.throwIfAborted();
    const run = this.startTraining({
      X: train.X,
      y: targetOf(train),
      ...(sampleWeight === undefined ? {} : { sampleWeight: sampleWeight as TensorLike }),
      rule: { name: 'sgd' },
      batchSize,
      reg,
      ...(clip === undefined ? {} : { gradientClip: clip }),
    });
    const history = emptyHistory();
    this.#history = history;
    const { lossHistory } = history;
    const count = train.X.shape[0]!;
    const iterationsPerEpoch = Math.max(count / batchSize, 1);
    const mostSteps = Math.max(1, Math.min(maxSteps, Math.floor(maxIndices / batchSize)));
    // What was measured, once for each epoch that has ended.
    const checks: ScheduleCheck[] = [];
    try {
      while (lossHistory.length < numIters) {
        const first = lossHistory.length;
        // Up to the next iteration after which something is recorded and the learning rate changes.
        let last = first;
        while (last % iterationsPerEpoch !== 0 && last - first + 1 < mostSteps && last + 1 < numIters) last++;
        // Before the draw, so that a schedule that fails leaves the generator where it was.
        const rates =
          schedule.per === 'step'
            ? Float64Array.from({ length: last - first + 1 }, (_, i) =>
                rateAt(who, schedule, first + i, checks),
              )
            : rateAt(who, schedule, checks.length, checks);
        const indices = new Int32Array((last - first + 1) * batchSize);
        for (let at = 0; at < indices.length; at += batchSize)
          indices.set(this.rng.choice(count, batchSize), at);
        const { losses, error } = await run.steps(indices, rates, {
          ...(signal === undefined ? {} : { signal }),
          ...(onProgress === undefined
            ? {}
            : {
                onProgress: async (done, loss) => onProgress({ iteration: first + done, numIters, loss }),
              }),
        });
        lossHistory.push(...losses);
        if (verbose) printLosses(losses, first, numIters);
        signal?.throwIfAborted();
        if (error !== undefined) throw error;
        if (last % iterationsPerEpoch === 0) {
          await run.confirm();
          const batch = indices.subarray(indices.length - batchSize);
          const ofTrain = await measure(this, train, measured, batch, signal);
          const ofVal = val === undefined ? undefined : await measure(this, val, measured, undefined, signal);
          recordMeasure(history, 'train', ofTrain);
          if (ofVal !== undefined) recordMeasure(history, 'val', ofVal);
          checks.push({ ...measureOf('train', ofTrain), ...measureOf('val', ofVal) });
        }
      }
      await run.confirm();
    } finally {
      run.end();
    }
    return history;
  }
}

/** The schedule that was given, or that of a learning rate and its decay. */
function scheduleOf(
  who: string,
  given: {
    readonly schedule: MeasuredSchedule | undefined;
    readonly learningRate: number | undefined;
    readonly learningRateDecay: number | undefined;
  },
): MeasuredSchedule {
  const { schedule, learningRate, learningRateDecay } = given;
  if (schedule === undefined) return exponential(learningRate ?? 1e-3, learningRateDecay ?? 0.95);
  if (learningRate === undefined && learningRateDecay === undefined) return schedule;
  const other = learningRate === undefined ? 'learningRateDecay' : 'learningRate';
  throw new ArgumentError(
    `${who}: expected the option schedule, which tells every learning rate, or ${other} but received both`,
  );
}

/** Whether what follows y is options alone, and not a validation set. */
function isOptions(rest: readonly unknown[]): boolean {
  const [first] = rest;
  return rest.length < 2 && (first === undefined || (record.accepts(first) && !('shape' in first)));
}

type Mutable<History> = { -readonly [Name in keyof History]: number[] };

function emptyHistory(): Mutable<TwoLayerHistory> {
  return {
    lossHistory: [],
    trainAccHistory: [],
    valAccHistory: [],
    trainLossHistory: [],
    valLossHistory: [],
    trainR2History: [],
    valR2History: [],
  };
}

function recordMeasure(history: Mutable<TwoLayerHistory>, part: 'train' | 'val', measured: Measure): void {
  const { accuracy, loss, r2 } = measured;
  if (accuracy !== undefined) {
    history[`${part}AccHistory`].push(accuracy);
  } else {
    history[`${part}LossHistory`].push(loss);
    history[`${part}R2History`].push(r2);
  }
}

/** Every 100th iteration, as the courses print it. */
function printLosses(losses: Float64Array, first: number, numIters: number): void {
  for (const [i, loss] of losses.entries()) {
    if ((first + i) % 100 === 0) console.log(`iteration ${first + i} / ${numIters}: loss ${loss.toFixed(6)}`);
  }
}
