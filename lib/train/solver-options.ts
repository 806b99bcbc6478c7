import type { Callback } from '../core/callback.js';
import {
  abortSignal,
  boolean,
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
import { RandomState } from '../core/random/random-state.js';
import type { LabelsLike, TensorLike } from '../core/tensors/tensor.js';
import { Augmentation } from '../data/pictures/augmentation.js';
import type { AugmentationOptions } from '../data/pictures/augmentation-options.js';
import { type GradientClip, gradientClipOption } from '../optim/gradient-clip.js';
import { type MeasuredSchedule, scheduleRule } from '../optim/schedules/schedule.js';
import { type Hyperparameters, type UpdateRuleName, updateRules } from '../optim/update-rules.js';
import type { Sampling } from './batches.js';

/** The data of a training, as cs231n's solver names them. */
export interface SolverData {
  /** (N, D) of float32, float64, int32 or uint8; used where it lies if on a SharedArrayBuffer, else copied once. */
  readonly XTrain: TensorLike;
  /**
   * N class indices or one-hot rows; for softmax losses also (N, C) weights of the classes, as `mixup` makes them, with accuracies by
   * the largest of each row; for `mse` also (N, C) numbers to predict, or N of them where there is one output.
   */
  readonly yTrain: LabelsLike | TensorLike;
  /**
   * N numbers from 0 on, one for each row of XTrain, that the losses of the rows are multiplied by: the loss of a batch is
   * Σ weight·loss / rows, as Keras has it. What is measured counts all rows alike.
   */
  readonly sampleWeight?: TensorLike;
  /** (M, D); without a validation set the last parameters stay, instead of the best ones. */
  readonly XVal?: TensorLike;
  /** As yTrain. */
  readonly yVal?: LabelsLike | TensorLike;
  /** What loaders and `split` give beside the training set; a training leaves it alone. */
  readonly XTest?: TensorLike;
  readonly yTest?: LabelsLike | TensorLike;
  /** All rows, as `loadDigits` gives them; a training leaves them alone. */
  readonly X?: TensorLike;
  readonly y?: LabelsLike | TensorLike;
}

/** An update rule, default `'sgd'`, and its hyper-parameters beside `learningRate`; defaults by rule. */
export type SolverRule =
  | {
      [Name in UpdateRuleName]: { readonly updateRule: Name; readonly optimConfig?: Hyperparameters<Name> };
    }[UpdateRuleName]
  | { readonly updateRule?: never; readonly optimConfig?: Hyperparameters<'sgd'> };

export type SolverOptions = SolverRule & SolverSettings;

/** The options of a solver beside its update rule. */
export interface SolverSettings {
  /** Of the first epoch; the same as `learningRate` in `optimConfig`, where cs231n has it. Default by rule. */
  readonly learningRate?: number;
  /** The learning rate is multiplied by this at each epoch's end; default 1. */
  readonly lrDecay?: number;
  /**
   * The learning rate of each epoch or step, in place of `learningRate` and `lrDecay`: `cosine(0.1, 20)`, `oneCycle(0.1, 2000, { per: 'step' })`,
   * `reduceOnPlateau(0.1)`, a function of your own. It counts from the first epoch or step of the solver, also where `train` is called again.
   */
  readonly schedule?: MeasuredSchedule;
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
  /** Clips the gradients of each step, all as one vector or each number; default: they are left as they are. */
  readonly gradientClip?: GradientClip;
  /** Rows drawn for each measure on the training set; default 1000, null for all. */
  readonly numTrainSamples?: number | null;
  /** Rows drawn for each measure on the validation set; default null: all. */
  readonly numValSamples?: number | null;
  /** Every how many steps a line with the loss is printed; default 10. */
  readonly printEvery?: number;
  /** Default true. */
  readonly verbose?: boolean;
  /** Receives the lines; default `console.log`. The training waits for a promise that it returns. */
  readonly log?: Callback<[line: string]>;
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
  /** The last measured ones: accuracies of classes, or loss and R² of numbers. */
  readonly trainAcc?: number;
  readonly valAcc?: number;
  readonly trainLoss?: number;
  readonly valLoss?: number;
  readonly trainR2?: number;
  readonly valR2?: number;
}

export interface SolverTrainOptions {
  /** Stops the training; `train` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Called about ten times a second and at each epoch's end. The training waits for a promise that it returns, and rejects with it.
   */
  readonly onProgress?: Callback<[progress: SolverProgress]>;
}

/** A number of rows, or null for all. */
const sampleSize: Rule<number | null> = {
  expected: 'a positive integer or null',
  plural: 'positive integers or null',
  accepts: (value): value is number | null => value === null || positiveInteger.accepts(value),
};

/** Its hyper-parameters are typed by `updateRule`, and checked with it. */
export const solverOptions = {
  updateRule: optional(oneOf(...(Object.keys(updateRules) as UpdateRuleName[])), 'sgd'),
  optimConfig: optional(record, {}),
  learningRate: optional(nonNegative),
  lrDecay: optional(positive),
  schedule: optional(scheduleRule),
  numEpochs: optional(positiveInteger, 10),
  batchSize: optional(positiveInteger, 100),
  sampling: optional(oneOf('replacement', 'permutation'), 'replacement'),
  augmentation: optional(either(instanceOf(Augmentation), record)),
  reg: optional(nonNegative),
  gradientClip: gradientClipOption,
  numTrainSamples: optional(sampleSize, 1000),
  numValSamples: optional(sampleSize, null),
  printEvery: optional(positiveInteger, 10),
  verbose: optional(boolean, true),
  log: optional(fn<Callback<[line: string]>>(), (line) => console.log(line)),
  seed: optional(integerIn(0, 2 ** 32 - 1)),
  rng: optional(instanceOf(RandomState)),
};

export const trainOptions = {
  signal: optional(abortSignal),
  onProgress: optional(fn<Callback<[progress: SolverProgress]>>()),
};

/** What is written inside `optimConfig`, but often looked for beside it. */
export const insideOptimConfig = Object.fromEntries(
  Object.values(updateRules).flatMap(({ hyperparameters }) =>
    Object.keys(hyperparameters).map((name) => [name, `optimConfig: { ${name} }`]),
  ),
);
