import type { Callback } from '../core/callback.js';
import { describe, expectation } from '../core/describe.js';
import { ArgumentError } from '../core/errors.js';
import {
  abortSignal,
  belowOne,
  checkOptions,
  checkValue,
  fn,
  instanceOf,
  integerIn,
  nonNegative,
  oneOf,
  optional,
  positive,
  positiveInteger,
  record,
} from '../core/options.js';
import { RandomState } from '../core/random/random-state.js';
import type { LabelsLike, TensorLike } from '../core/tensors/tensor.js';
import { type AnyModel, Model } from '../models/model.js';
import { targetOf, trainingData } from '../models/training-data.js';
import type { TrainingRun } from '../net/training/training-run.js';
import { type Hyperparameters, type UpdateRuleName, updateRules } from '../optim/update-rules.js';
import { BatchSampler } from './batches.js';
import {
  type FindLearningRateProgress,
  GrowingCurve,
  type LearningRateCurve,
} from './learning-rate-curve.js';

/** An update rule, default `'sgd'`, and its hyper-parameters without the learning rate. */
export type LearningRateRule =
  | {
      [Name in UpdateRuleName]: {
        readonly updateRule: Name;
        readonly optimConfig?: Omit<Hyperparameters<Name>, 'learningRate'>;
      };
    }[UpdateRuleName]
  | { readonly updateRule?: never; readonly optimConfig?: Omit<Hyperparameters<'sgd'>, 'learningRate'> };

export type FindLearningRateOptions = LearningRateRule & FindLearningRateSettings;

export interface FindLearningRateSettings {
  /** The first learning rate; default 1e-7. */
  readonly min?: number;
  /** The last one; default 10. */
  readonly max?: number;
  /** Steps from the first to the last; default 100. */
  readonly steps?: number;
  /** Default 100. */
  readonly batchSize?: number;
  /** λ; default: the model's own. */
  readonly reg?: number;
  /** β of the moving average of the losses, 0 … below 1; default 0.98. */
  readonly smoothing?: number;
  /** Ends where the smoothed loss is above so many times its least; default 4. */
  readonly stopFactor?: number;
  /** Seed of the batches; by default they are those that the model's generator would draw next, which it will draw all the same. */
  readonly seed?: number;
  /** Stops the search; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called about ten times a second. The search waits for a promise that it returns, and rejects with it. */
  readonly onProgress?: Callback<[progress: FindLearningRateProgress]>;
}

/**
 * Smith's range test (2017): trains for some steps with learning rates that grow exponentially, rate i = min·(max/min)^(i/(steps−1)), and
 * records the loss. It ends early where the smoothed loss explodes, or a loss is NaN or infinite.
 *
 * As fastai has it (`steep` of its suggestions): smoothed loss i = aᵢ / (1 − βⁱ⁺¹), aᵢ = β·aᵢ₋₁ + (1 − β)·lossᵢ; the end is where it is
 * above 4 times its least; and the suggestion is the rate at the steepest descent, the least (sᵢ₊₁ − sᵢ) / (ln rᵢ₊₁ − ln rᵢ), leaving out
 * the first tenth of the steps and the last five that were done.
 *
 * Off the main thread, as trainings are. The model is locked meanwhile, as in a training; afterwards, however it ends, its parameters and
 * its random stream are what they were before. Optimizers and solvers keep their own state, which a search does not see.
 *
 * ```ts
 * const { suggestion } = await findLearningRate(net, XTrain, yTrain, { updateRule: 'adam' });
 * ```
 * @param X (N, D), as the model's trainings take it
 * @param y N class indices, one-hot rows, or numbers to predict
 * @throws ArgumentError, ShapeError, LabelError for what does not fit the model; the signal's reason when it is aborted
 * @throws StateError while a training of the model runs
 */
export async function findLearningRate(
  model: AnyModel,
  X: TensorLike,
  y: LabelsLike | TensorLike,
  options: FindLearningRateOptions = {},
): Promise<LearningRateCurve> {
  const who = 'findLearningRate';
  checkValue(`${who}: the model`, model, instanceOf(Model));
  const checked = checkOptions(who, options, {
    updateRule: optional(oneOf(...(Object.keys(updateRules) as UpdateRuleName[])), 'sgd'),
    optimConfig: optional(record, {}),
    min: optional(positive, 1e-7),
    max: optional(positive, 10),
    steps: optional(integerIn(2, 1_000_000), 100),
    batchSize: optional(positiveInteger, 100),
    reg: optional(nonNegative, model.reg),
    smoothing: optional(belowOne, 0.98),
    stopFactor: optional(positive, 4),
    seed: optional(integerIn(0, 2 ** 32 - 1)),
    signal: optional(abortSignal),
    onProgress: optional(fn<Callback<[progress: FindLearningRateProgress]>>()),
  });
  const { updateRule, optimConfig, min, max, steps, seed, reg, signal } = checked;
  if (min >= max) {
    throw new ArgumentError(`${who}: expected option min to be below max, ${max}, but received ${min}`);
  }
  if (optimConfig.learningRate !== undefined) {
    const expected = 'to hold no learning rate, which min and max tell,';
    throw new ArgumentError(
      expectation(`${who}: option optimConfig`, expected, describe(optimConfig.learningRate)),
    );
  }
  const rng = seed === undefined ? model.rng.clone() : new RandomState(seed);
  const { train } = trainingData(
    model,
    who,
    { X, y, names: ['X', 'y'] },
    { X: undefined, y: undefined, names: ['XVal', 'yVal'] },
  );
  signal?.throwIfAborted();
  const batches = new BatchSampler(train.X.shape[0]!, checked.batchSize, 'permutation', rng);
  const before = model.snapshotParams();
  const run = model.startTraining({
    X: train.X,
    y: targetOf(train),
    rule: { name: updateRule, config: optimConfig },
    batchSize: batches.batchSize,
    reg,
  });
  const curve = new GrowingCurve(min, max, steps, checked.smoothing, checked.stopFactor);
  try {
    await climb(run, batches, curve, checked);
  } finally {
    run.end();
    model.restoreParams(before);
  }
  return curve.result();
}

/** Steps with one rate after the other, to the end of the curve. */
async function climb(
  run: TrainingRun,
  batches: BatchSampler,
  curve: GrowingCurve,
  {
    signal,
    onProgress,
  }: {
    readonly signal: AbortSignal | undefined;
    readonly onProgress: FindLearningRateSettings['onProgress'] | undefined;
  },
): Promise<void> {
  while (!curve.ended) {
    const rates = curve.next(run.stepsWithin(curve.remaining));
    const { losses, reason } = await run.steps(
      batches.draw(rates.length),
      rates,
      signal === undefined ? {} : { signal },
    );
    signal?.throwIfAborted();
    curve.record(losses);
    if (reason !== 'finished') curve.explode();
    const last = curve.last();
    if (last !== undefined) await onProgress?.(last);
  }
}
