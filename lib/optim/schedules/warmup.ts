import { checkOptions, checkValue, fraction, optional, positiveInteger } from '../../core/options.js';
import { type MeasuredSchedule, named, type Schedule, scheduleRule } from './schedule.js';

export interface WarmupOptions {
  /** The share of the schedule's first rate with which it begins, 0 … 1; default 1 / (steps + 1), so that all strides are the same. */
  readonly startFactor?: number;
}

/**
 * Rises in a straight line to the first rate of a schedule, which then begins: s(0) · (f + (1 − f)·t / steps) for t < steps, then
 * s(t − steps), where f is the `startFactor`. (PyTorch's SequentialLR of LinearLR and the schedule.)
 * @param steps as many steps as the schedule counts, or epochs: `warmup(500, cosine(0.1, 9500, { per: 'step' }))`
 */
export function warmup(steps: number, schedule: Schedule, options?: WarmupOptions): Schedule;
export function warmup(steps: number, schedule: MeasuredSchedule, options?: WarmupOptions): MeasuredSchedule;
export function warmup(steps: number, schedule: MeasuredSchedule, options?: WarmupOptions): MeasuredSchedule {
  const who = 'warmup';
  checkValue(`${who}: steps`, steps, positiveInteger);
  checkValue(`${who}: schedule`, schedule, scheduleRule);
  const { startFactor } = checkOptions(who, options, {
    startFactor: optional(fraction, 1 / (steps + 1)),
  });
  const { per = 'epoch' } = schedule;
  return named<MeasuredSchedule>(`warmup(${steps}, ${schedule.name})`, per, (at, checks) => {
    if (at < steps) return schedule(0, []) * (startFactor + ((1 - startFactor) * at) / steps);
    // A schedule of epochs has seen as many checks as epochs have ended in it. (`map` passes something else than checks.)
    const seen = Array.isArray(checks) ? checks : [];
    return schedule(at - steps, per === 'epoch' ? seen.slice(steps) : seen);
  });
}
