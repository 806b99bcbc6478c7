import { describe } from '../../core/describe.js';
import { ArgumentError } from '../../core/errors.js';
import { checkValue, nonNegative, oneOf, optional, type Rule } from '../../core/options.js';

/** Whether a schedule counts epochs, the default, or steps. */
export type Per = 'epoch' | 'step';

export interface ScheduleOptions {
  /** What the schedule counts, from 0: epochs, the default, or steps. */
  readonly per?: Per;
}

/**
 * The learning rate of an epoch or, with `per: 'step'`, of a step, counted from 0. A plain function of your own counts epochs, and steps by
 * way of {@link perStep}.
 */
export interface Schedule {
  (at: number): number;
  readonly per?: Per;
}

/** What was measured at the end of an epoch; a {@link HistoryCheck} is one. */
export interface ScheduleCheck {
  readonly trainAcc?: number;
  readonly valAcc?: number;
  readonly trainLoss?: number;
  readonly valLoss?: number;
  readonly trainR2?: number;
  readonly valR2?: number;
}

/**
 * A schedule that goes by what was measured too.
 * @param checks one for each epoch that has ended, so `epoch` of them where it counts epochs
 */
export interface MeasuredSchedule {
  (at: number, checks: readonly ScheduleCheck[]): number;
  readonly per?: Per;
}

const per = oneOf('epoch', 'step');

/** The schema of {@link ScheduleOptions}. */
export const scheduleOptions = { per: optional(per, 'epoch') };

/** What is a schedule: a function, with a `per` that is known. */
export const scheduleRule: Rule<MeasuredSchedule> = {
  expected: 'a schedule, a function of the epoch or step,',
  plural: 'schedules',
  accepts: (value): value is MeasuredSchedule => {
    if (typeof value !== 'function') return false;
    const given = (value as Partial<Schedule>).per;
    return given === undefined || per.accepts(given);
  },
  explain: (value) =>
    typeof value === 'function'
      ? `one with per: ${describe((value as Partial<Record<'per', unknown>>).per)}`
      : describe(value),
};

/**
 * A function of your own that counts steps: `perStep((step) => 0.1 / Math.sqrt(1 + step))`. (The schedules of the package take
 * `{ per: 'step' }`.)
 * @param schedule stays as it is
 * @throws ArgumentError for what is no function
 */
export function perStep(schedule: (step: number) => number): Schedule;
export function perStep(
  schedule: (step: number, checks: readonly ScheduleCheck[]) => number,
): MeasuredSchedule;
export function perStep(schedule: MeasuredSchedule): MeasuredSchedule {
  checkValue('perStep: schedule', schedule, scheduleRule);
  const counted: MeasuredSchedule = (step, checks) => schedule(step, checks);
  return named(schedule.name, 'step', counted);
}

/** A schedule of this package: its name, with which errors call it, and what it counts. */
export function named<S extends MeasuredSchedule>(name: string, counts: Per, schedule: S): S {
  Object.defineProperties(schedule, { name: { value: name }, per: { value: counts, enumerable: true } });
  return schedule;
}

/**
 * The learning rate that a schedule gives.
 * @param who opens the message: `Solver`
 * @throws ArgumentError for a rate that is no number from 0 on, naming the schedule and the epoch or step
 */
export function rateAt(
  who: string,
  schedule: MeasuredSchedule,
  at: number,
  checks: readonly ScheduleCheck[],
): number {
  const rate: unknown = schedule(at, checks);
  if (nonNegative.accepts(rate)) return rate;
  const name = schedule.name === '' ? 'the schedule' : `the schedule ${schedule.name}`;
  throw new ArgumentError(
    `${who}: expected ${name} to give ${nonNegative.expected} at ${schedule.per ?? 'epoch'} ${at} ` +
      `but received ${describe(rate)}`,
  );
}
