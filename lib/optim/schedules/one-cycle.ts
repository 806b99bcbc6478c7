import {
  boolean,
  checkOptions,
  checkValue,
  fraction,
  nonNegative,
  oneOf,
  optional,
  positive,
  positiveInteger,
} from '../../core/options.js';
import { alongCosine } from './cosine.js';
import { named, type Schedule, type ScheduleOptions, scheduleOptions } from './schedule.js';

export interface OneCycleOptions extends ScheduleOptions {
  /** The share of the cycle in which the learning rate rises; default 0.3. */
  readonly pctStart?: number;
  /** It begins with learningRate / divFactor; default 25. */
  readonly divFactor?: number;
  /** It ends with that beginning / finalDivFactor; default 1e4. */
  readonly finalDivFactor?: number;
  /** Along a cosine, the default, or a straight line. */
  readonly annealing?: 'cos' | 'linear';
  /** Falls as it rose, back to the beginning, and then on to the end; default false: at once to the end. */
  readonly threePhase?: boolean;
}

/**
 * Smith & Topin's one cycle (2018): up from learningRate / divFactor to the learning rate, and down to far below the beginning in the last
 * of `total` epochs or steps; that end from then on. PyTorch's OneCycleLR without the momentum's cycle.
 *
 * `oneCycle(0.1, numEpochs * stepsPerEpoch, { per: 'step' })` is how it is meant.
 * @param learningRate the highest one
 */
export function oneCycle(learningRate: number, total: number, options?: OneCycleOptions): Schedule {
  const who = 'oneCycle';
  checkValue(`${who}: learningRate`, learningRate, nonNegative);
  checkValue(`${who}: total`, total, positiveInteger);
  const { pctStart, divFactor, finalDivFactor, annealing, threePhase, per } = checkOptions(who, options, {
    ...scheduleOptions,
    pctStart: optional(fraction, 0.3),
    divFactor: optional(positive, 25),
    finalDivFactor: optional(positive, 1e4),
    annealing: optional(oneOf('cos', 'linear'), 'cos'),
    threePhase: optional(boolean, false),
  });
  const along = annealing === 'cos' ? alongCosine : alongLine;
  const beginning = learningRate / divFactor;
  const end = beginning / finalDivFactor;
  // Each phase ends at a place that need not be a whole number.
  const phases = threePhase
    ? [
        { until: pctStart * total - 1, from: beginning, to: learningRate },
        { until: 2 * pctStart * total - 2, from: learningRate, to: beginning },
        { until: total - 1, from: beginning, to: end },
      ]
    : [
        { until: pctStart * total - 1, from: beginning, to: learningRate },
        { until: total - 1, from: learningRate, to: end },
      ];
  return named(`oneCycle(${learningRate}, ${total})`, per, (at) => {
    if (at >= total - 1) return end;
    let start = 0;
    for (const { until, from, to } of phases) {
      if (at <= until) return until === start ? to : along(from, to, (at - start) / (until - start));
      start = until;
    }
    return end;
  });
}

function alongLine(start: number, end: number, share: number): number {
  return start + (end - start) * share;
}
