import {
  arrayOf,
  checkOptions,
  checkValue,
  nonNegative,
  nonNegativeInteger,
  positive,
  positiveInteger,
} from '../../core/options.js';
import { named, type Schedule, type ScheduleOptions, scheduleOptions } from './schedule.js';

/** The same learning rate for ever. */
export function constant(learningRate: number, options?: ScheduleOptions): Schedule {
  const who = 'constant';
  checkValue(`${who}: learningRate`, learningRate, nonNegative);
  const { per } = checkOptions(who, options, scheduleOptions);
  return named(`constant(${learningRate})`, per, () => learningRate);
}

/**
 * learningRate · decayᵗ, multiplied up epoch by epoch as the courses' loops do it, so to the same last bits: the Solver's `lrDecay`.
 * (PyTorch's ExponentialLR.)
 */
export function exponential(learningRate: number, decay: number, options?: ScheduleOptions): Schedule {
  const who = 'exponential';
  checkValue(`${who}: learningRate`, learningRate, nonNegative);
  checkValue(`${who}: decay`, decay, positive);
  const { per } = checkOptions(who, options, scheduleOptions);
  // Where the last call ended: a training asks for one rate after the other.
  let reached = { t: 0, rate: learningRate };
  return named(`exponential(${learningRate}, ${decay})`, per, (at) => {
    let { t, rate } = reached.t <= at ? reached : { t: 0, rate: learningRate };
    for (; t < at; t++) rate *= decay;
    reached = { t, rate };
    return rate;
  });
}

/**
 * learningRate · gammaᵏ, k = ⌊t / size⌋: less by a factor every `size` epochs or steps. (PyTorch's StepLR.)
 * @param gamma default 0.1
 */
export function step(learningRate: number, size: number, gamma = 0.1, options?: ScheduleOptions): Schedule {
  const who = 'step';
  checkValue(`${who}: learningRate`, learningRate, nonNegative);
  checkValue(`${who}: size`, size, positiveInteger);
  checkValue(`${who}: gamma`, gamma, positive);
  const { per } = checkOptions(who, options, scheduleOptions);
  return named(
    `step(${learningRate}, ${size}, ${gamma})`,
    per,
    (at) => learningRate * gamma ** Math.floor(at / size),
  );
}

/**
 * learningRate · gammaᵏ, k the number of milestones up to t, t included. (PyTorch's MultiStepLR.)
 * @param milestones epochs or steps, in any order
 * @param gamma default 0.1
 */
export function multiStep(
  learningRate: number,
  milestones: readonly number[],
  gamma = 0.1,
  options?: ScheduleOptions,
): Schedule {
  const who = 'multiStep';
  checkValue(`${who}: learningRate`, learningRate, nonNegative);
  const at = checkValue(`${who}: milestones`, milestones, arrayOf(nonNegativeInteger));
  checkValue(`${who}: gamma`, gamma, positive);
  const { per } = checkOptions(who, options, scheduleOptions);
  return named(`multiStep(${learningRate}, [${at.join(', ')}], ${gamma})`, per, (t) => {
    return learningRate * gamma ** at.filter((milestone) => milestone <= t).length;
  });
}

/** learningRate / (1 + decay·t). (Keras's InverseTimeDecay, with decay = decay_rate / decay_steps.) */
export function inverseTime(learningRate: number, decay: number, options?: ScheduleOptions): Schedule {
  const who = 'inverseTime';
  checkValue(`${who}: learningRate`, learningRate, nonNegative);
  checkValue(`${who}: decay`, decay, nonNegative);
  const { per } = checkOptions(who, options, scheduleOptions);
  return named(`inverseTime(${learningRate}, ${decay})`, per, (at) => learningRate / (1 + decay * at));
}

/**
 * learningRate · (1 − t / total)ᵖᵒʷᵉʳ, and 0 from `total` on. (PyTorch's PolynomialLR.)
 * @param power default 1: a straight line
 */
export function polynomial(
  learningRate: number,
  total: number,
  power = 1,
  options?: ScheduleOptions,
): Schedule {
  const who = 'polynomial';
  checkValue(`${who}: learningRate`, learningRate, nonNegative);
  checkValue(`${who}: total`, total, positiveInteger);
  checkValue(`${who}: power`, power, positive);
  const { per } = checkOptions(who, options, scheduleOptions);
  return named(`polynomial(${learningRate}, ${total}, ${power})`, per, (at) => {
    return learningRate * (1 - Math.min(at, total) / total) ** power;
  });
}
