import { checkValue, type Rule } from '../core/options.js';

/** The accuracies measured at one moment of a training. */
export interface AccuracyCheck {
  /** Steps done by then. */
  readonly iteration: number;
  /** Epochs done by then. */
  readonly epoch: number;
  /** The learning rate of the step just before. */
  readonly learningRate: number;
  /** Fraction right in (a sample of) the training set, 0 … 1. */
  readonly trainAcc: number;
  /** Fraction right in the validation set; absent when there is none. */
  readonly valAcc?: number;
}

/** What a training leaves behind, as in the courses, and when each accuracy was measured. */
export interface History {
  /** The loss of every step. */
  readonly lossHistory: readonly number[];
  readonly trainAccHistory: readonly number[];
  readonly valAccHistory: readonly number[];
  readonly checks: readonly AccuracyCheck[];
}

/** A solver, or what its `train` returned. */
export const historyRule: Rule<Pick<History, 'lossHistory' | 'checks'>> = {
  expected: 'an object with the arrays lossHistory and checks',
  plural: 'objects with the arrays lossHistory and checks',
  accepts: (value): value is Pick<History, 'lossHistory' | 'checks'> => {
    const { lossHistory, checks } = (value ?? {}) as Partial<History>;
    return Array.isArray(lossHistory) && Array.isArray(checks);
  },
};

/**
 * A history as CSV: one row a step (`iteration,loss,epoch,learningRate,trainAcc,valAcc`), the last four columns
 * filled where the accuracies were measured. Numbers are written in full, so that they read back bit-exactly.
 * @throws ArgumentError for what is no history
 */
export function historyToCsv(history: Pick<History, 'lossHistory' | 'checks'>): string {
  const { lossHistory, checks: measured } = checkValue('historyToCsv: the history', history, historyRule);
  const checks = new Map(measured.map((check) => [check.iteration, check]));
  const lines = ['iteration,loss,epoch,learningRate,trainAcc,valAcc'];
  lossHistory.forEach((loss, index) => {
    const check = checks.get(index + 1);
    const cells = check
      ? [check.epoch, check.learningRate, check.trainAcc, check.valAcc ?? '']
      : ['', '', '', ''];
    lines.push([index + 1, loss, ...cells].join(','));
  });
  return `${lines.join('\n')}\n`;
}
