import { ArgumentError } from '../../core/errors.js';
import { checkOptions, checkValue, nonNegative, optional, positiveInteger } from '../../core/options.js';
import { named, type Schedule, type ScheduleOptions, scheduleOptions } from './schedule.js';

export interface CosineOptions extends ScheduleOptions {
  /** The learning rate at the end of the curve, at most that of its beginning; default 0. */
  readonly min?: number;
}

const cosineOptions = { ...scheduleOptions, min: optional(nonNegative, 0) };

/** From `start` at 0 to `end` at 1, along half a period of the cosine. */
export function alongCosine(start: number, end: number, share: number): number {
  return end + ((start - end) / 2) * (1 + Math.cos(Math.PI * share));
}

/**
 * min + ½(learningRate − min)(1 + cos πt/total), and `min` from `total` on (Loshchilov & Hutter 2017). PyTorch's CosineAnnealingLR up to
 * `total`, after which that rises again.
 * @throws ArgumentError for a `min` above the learning rate
 */
export function cosine(learningRate: number, total: number, options?: CosineOptions): Schedule {
  const who = 'cosine';
  checkValue(`${who}: learningRate`, learningRate, nonNegative);
  checkValue(`${who}: total`, total, positiveInteger);
  const { min, per } = checkedOptions(who, options, learningRate);
  return named(`cosine(${learningRate}, ${total})`, per, (at) =>
    at >= total ? min : alongCosine(learningRate, min, at / total),
  );
}

/**
 * The cosine from the learning rate to `min` again and again, with warm restarts (SGDR, Loshchilov & Hutter 2017): the first curve takes
 * `first` epochs or steps, each later one `multiple` times as many as the one before. (PyTorch's CosineAnnealingWarmRestarts.)
 * @param multiple a positive integer; default 1
 * @throws ArgumentError for a `min` above the learning rate
 */
export function cosineRestarts(
  learningRate: number,
  first: number,
  multiple = 1,
  options?: CosineOptions,
): Schedule {
  const who = 'cosineRestarts';
  checkValue(`${who}: learningRate`, learningRate, nonNegative);
  checkValue(`${who}: first`, first, positiveInteger);
  checkValue(`${who}: multiple`, multiple, positiveInteger);
  const { min, per } = checkedOptions(who, options, learningRate);
  return named(`cosineRestarts(${learningRate}, ${first}, ${multiple})`, per, (at) => {
    let [t, length] = multiple === 1 ? [at % first, first] : [at, first];
    while (t >= length) {
      t -= length;
      length *= multiple;
    }
    return alongCosine(learningRate, min, t / length);
  });
}

function checkedOptions(who: string, options: unknown, learningRate: number) {
  const checked = checkOptions(who, options, cosineOptions);
  if (checked.min > learningRate) {
    throw new ArgumentError(
      `${who}: expected option min to be at most the learning rate, ${learningRate}, but received ${checked.min}`,
    );
  }
  return checked;
}
