import type { SolverProgress } from '../train/solver.js';
import { RewrittenLine } from './rewritten-line.js';
import type { Terminal } from './terminal.js';

/** Shows how far a training is: one line that is rewritten in place on a terminal, else one line an epoch. */
export class ProgressLine {
  readonly #line: RewrittenLine;
  #shownEpoch = 0;

  constructor(terminal: Terminal) {
    this.#line = new RewrittenLine(terminal);
  }

  show(progress: SolverProgress): void {
    this.#line.show(formatProgress(progress), progress.epoch > this.#shownEpoch);
    this.#shownEpoch = progress.epoch;
  }

  /** Leaves the line on the screen. */
  end(): void {
    this.#line.end();
  }
}

export function formatProgress(progress: SolverProgress): string {
  const { iteration, numIterations, epoch, numEpochs, loss, stepsPerSecond } = progress;
  const { trainAcc, valAcc, valLoss, trainR2, valR2 } = progress;
  const rest = (numIterations - iteration) / stepsPerSecond;
  return [
    `epoch ${epoch}/${numEpochs}`,
    `step ${iteration}/${numIterations}`,
    `loss ${loss.toFixed(4)}`,
    ...(trainAcc === undefined ? [] : [`train ${percent(trainAcc)}`]),
    ...(valAcc === undefined ? [] : [`val ${percent(valAcc)}`]),
    ...(trainR2 === undefined ? [] : [`train R² ${trainR2.toFixed(4)}`]),
    ...(valLoss === undefined ? [] : [`val loss ${valLoss.toFixed(4)}`]),
    ...(valR2 === undefined ? [] : [`val R² ${valR2.toFixed(4)}`]),
    `${Math.round(stepsPerSecond).toLocaleString('en')} steps/s`,
    ...(rest >= 1 ? [`${Math.round(rest)} s left`] : []),
  ].join('  ');
}

/** `97.3 %` */
export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}
