import type { SolverProgress } from '../train/solver-options.js';
import { type LinePart, linePart } from './line-parts.js';
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
    this.#line.show(progressParts(progress), progress.epoch > this.#shownEpoch);
    this.#shownEpoch = progress.epoch;
  }

  /** Leaves the line on the screen. */
  end(): void {
    this.#line.end();
  }
}

/** What is told, the loss and the accuracies of the validation first. */
function progressParts(progress: SolverProgress): readonly LinePart[] {
  const { iteration, numIterations, epoch, numEpochs, loss, stepsPerSecond } = progress;
  const { trainAcc, valAcc, valLoss, trainR2, valR2 } = progress;
  const rest = (numIterations - iteration) / stepsPerSecond;
  return [
    linePart(9, `epoch ${epoch}/${numEpochs}`),
    linePart(3, `step ${iteration}/${numIterations}`),
    linePart(8, `loss ${loss.toFixed(4)}`),
    ...(trainAcc === undefined ? [] : [linePart(5, `train ${percent(trainAcc)}`)]),
    ...(valAcc === undefined ? [] : [linePart(7, `val ${percent(valAcc)}`)]),
    ...(trainR2 === undefined ? [] : [linePart(4, `train R² ${trainR2.toFixed(4)}`)]),
    ...(valLoss === undefined ? [] : [linePart(5, `val loss ${valLoss.toFixed(4)}`)]),
    ...(valR2 === undefined ? [] : [linePart(7, `val R² ${valR2.toFixed(4)}`)]),
    linePart(2, `${Math.round(stepsPerSecond).toLocaleString('en')} steps/s`),
    ...(rest >= 1 ? [linePart(6, `${Math.round(rest)} s left`)] : []),
  ];
}

/** `97.3 %` */
export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}
