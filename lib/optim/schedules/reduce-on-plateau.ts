import { ArgumentError } from '../../core/errors.js';
import {
  belowOne,
  checkOptions,
  checkValue,
  nonNegative,
  nonNegativeInteger,
  oneOf,
  optional,
} from '../../core/options.js';
import { type MeasuredSchedule, named, type ScheduleCheck } from './schedule.js';

export interface ReduceOnPlateauOptions {
  /** What the learning rate is multiplied by, 0 … below 1; default 0.1. */
  readonly factor?: number;
  /** How many epochs without a better measure are borne; after one more, the rate is reduced. Default 10. */
  readonly patience?: number;
  /**
   * Whether less is better, `'min'`, of the loss, or more, `'max'`, of the accuracy or R². Default: `'max'` where accuracies are measured,
   * else `'min'`.
   */
  readonly mode?: 'min' | 'max';
  /** Better is below best·(1 − threshold), or above best·(1 + threshold); default 1e-4. */
  readonly threshold?: number;
  /** Epochs after a reduction that do not count; default 0. */
  readonly cooldown?: number;
  /** The lowest learning rate; default 0. */
  readonly min?: number;
}

/** What each mode goes by: the first that was measured. */
const measures = {
  max: ['valAcc', 'valR2', 'trainAcc', 'trainR2'],
  min: ['valLoss', 'trainLoss'],
} as const;

/**
 * Reduces the learning rate when the validation measure (without a validation set: that of the training set) has not become better for
 * `patience` epochs. PyTorch's ReduceLROnPlateau with relative thresholds, and without its `eps`.
 *
 * It keeps no state: the rate follows from the measures of all epochs before, so one schedule may serve many trainings, and a training that
 * goes on has the rate where it was. In a loop of your own: `schedule(epoch, losses.map((valLoss) => ({ valLoss })))`.
 * @throws ArgumentError, in a training, for a mode whose measure is not taken
 */
export function reduceOnPlateau(learningRate: number, options?: ReduceOnPlateauOptions): MeasuredSchedule {
  const who = 'reduceOnPlateau';
  checkValue(`${who}: learningRate`, learningRate, nonNegative);
  const { factor, patience, mode, threshold, cooldown, min } = checkOptions(who, options, {
    factor: optional(belowOne, 0.1),
    patience: optional(nonNegativeInteger, 10),
    mode: optional(oneOf('min', 'max')),
    threshold: optional(belowOne, 1e-4),
    cooldown: optional(nonNegativeInteger, 0),
    min: optional(nonNegative, 0),
  });
  return named<MeasuredSchedule>(`${who}(${learningRate})`, 'epoch', (epoch, checks = []) => {
    let rate = learningRate;
    let best: number | undefined;
    let bad = 0;
    let cooling = 0;
    for (const check of checks.slice(0, epoch)) {
      const direction = mode ?? (check.valAcc === undefined && check.trainAcc === undefined ? 'min' : 'max');
      const value = measureOf(check, direction);
      const isBetter =
        direction === 'min'
          ? value < (best ?? Number.POSITIVE_INFINITY) * (1 - threshold)
          : value > (best ?? Number.NEGATIVE_INFINITY) * (1 + threshold);
      if (isBetter) {
        best = value;
        bad = 0;
      } else bad++;
      if (cooling > 0) {
        cooling--;
        bad = 0;
      }
      if (bad > patience) {
        // A rate that begins below `min` is not raised to it.
        rate = Math.min(rate, Math.max(rate * factor, min));
        cooling = cooldown;
        bad = 0;
      }
    }
    return rate;
  });
}

function measureOf(check: ScheduleCheck, mode: 'min' | 'max'): number {
  for (const name of measures[mode]) {
    const value = check[name];
    if (value !== undefined) return value;
  }
  const given = Object.keys(check).filter((name) => /^(train|val)/.test(name));
  throw new ArgumentError(
    `reduceOnPlateau: expected a check with ${measures[mode].join(' or ')}, which mode '${mode}' goes by, ` +
      `but received one with ${given.join(', ') || 'no measure'}`,
  );
}
