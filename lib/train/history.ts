import { checkValue, type Rule } from '../core/options.js';

/** What was measured at one moment of a training: accuracies of classes, or loss and R² of numbers. */
export interface HistoryCheck {
  /** Steps done by then. */
  readonly iteration: number;
  /** Epochs done by then. */
  readonly epoch: number;
  /** The learning rate of the step just before. */
  readonly learningRate: number;
  /** Fraction right in (a sample of) the training set, 0 … 1; absent where numbers are predicted. */
  readonly trainAcc?: number;
  /** Fraction right in the validation set; absent when there is none. */
  readonly valAcc?: number;
  /** Where numbers are predicted: the mean loss over (a sample of) the training set, without regularization. */
  readonly trainLoss?: number;
  /** The same of the validation set. */
  readonly valLoss?: number;
  /** Where numbers are predicted: R² on (a sample of) the training set, at most 1. */
  readonly trainR2?: number;
  /** The same of the validation set. */
  readonly valR2?: number;
}

/** The measures of a check, as columns of a table: of classes, and of numbers. */
const measures = {
  classes: ['trainAcc', 'valAcc'],
  numbers: ['trainLoss', 'valLoss', 'trainR2', 'valR2'],
} as const;

export type MeasureName = (typeof measures)['classes' | 'numbers'][number];

/** What a training leaves behind, as in the courses, and when each measure was taken. */
export interface History extends Readonly<Record<`${MeasureName}History`, readonly number[]>> {
  /** The loss of every step. */
  readonly lossHistory: readonly number[];
  readonly checks: readonly HistoryCheck[];
}

/** What a training leaves behind, without what follows from it. */
export type RecordedHistory = Pick<History, 'lossHistory' | 'checks'>;

/** Which measures the checks have: those of classes, or those of numbers. */
export function measuresOf(checks: readonly HistoryCheck[]): readonly MeasureName[] {
  return checks.some(({ trainR2 }) => trainR2 !== undefined) ? measures.numbers : measures.classes;
}

/** Each measure of the checks in an array of its own. */
export function wholeHistory({ lossHistory, checks }: RecordedHistory): History {
  const of = (name: MeasureName) => checks.flatMap((check) => check[name] ?? []);
  return {
    lossHistory,
    trainAccHistory: of('trainAcc'),
    valAccHistory: of('valAcc'),
    trainLossHistory: of('trainLoss'),
    valLossHistory: of('valLoss'),
    trainR2History: of('trainR2'),
    valR2History: of('valR2'),
    checks,
  };
}

/** A solver, or what its `train` returned. */
export const historyRule: Rule<RecordedHistory> = {
  expected: 'an object with the arrays lossHistory and checks',
  plural: 'objects with the arrays lossHistory and checks',
  accepts: (value): value is RecordedHistory => {
    const { lossHistory, checks } = (value ?? {}) as Partial<History>;
    return Array.isArray(lossHistory) && Array.isArray(checks);
  },
};

/**
 * A history as CSV: one row a step (`iteration,loss,epoch,learningRate,trainAcc,valAcc`; where numbers are predicted, `trainLoss,valLoss,
 * trainR2,valR2` in place of the accuracies), all but the first two columns filled where something was measured. Numbers are written
 * in full, so that they read back bit-exactly.
 * @throws ArgumentError for what is no history
 */
export function historyToCsv(history: RecordedHistory): string {
  return [...historyLines(checkValue('historyToCsv: the history', history, historyRule))].join('');
}

/** Lines that are made at once: some milliseconds. */
const linesAtOnce = 1 << 12;

/** The lines of {@link historyToCsv}, some thousand at a time. */
export function* historyLines({ lossHistory, checks: measured }: RecordedHistory): Generator<string> {
  const checks = new Map(measured.map((check) => [check.iteration, check]));
  const columns = ['epoch', 'learningRate', ...measuresOf(measured)] as const;
  const none = columns.map(() => ',').join('');
  yield `${['iteration', 'loss', ...columns].join(',')}\n`;
  for (let start = 0; start < lossHistory.length; start += linesAtOnce) {
    const end = Math.min(lossHistory.length, start + linesAtOnce);
    let text = '';
    for (let step = start; step < end; step++) {
      const check = checks.get(step + 1);
      const cells = check === undefined ? none : columns.map((name) => `,${check[name] ?? ''}`).join('');
      text += `${step + 1},${lossHistory[step]}${cells}\n`;
    }
    yield text;
  }
}
