import type { Checked, Rule, Schema } from '../../core/options.js';
import type { BuilderSlot, ProgramBuilder } from '../../ops/builder.js';
import type { Json } from '../layer.js';

/** What a loss emits: one value a row, and the gradient of their mean. */
export interface EmittedLoss {
  /** (batch, 1) */
  readonly losses: BuilderSlot;
  /** (batch, C), already divided by the number of rows. */
  readonly dscores: BuilderSlot;
}

/** What is measured beside a loss: accuracy of classes, R² of numbers, or the part of the yes-or-no answers that are right. */
export type Measured = 'classes' | 'numbers' | 'answers';

/** A loss as the ops that compute it. */
export interface LossDefinition<Options extends Schema = Schema> {
  /** Class indices (batch, 1), numbers (batch, targetCols), or whichever of them is given. */
  readonly target: 'labels' | 'targets' | 'either';
  readonly measured: Measured;
  /** What its options have to be. */
  readonly options: Options;
  /** What each number among the targets has to be, beside finite. */
  readonly eachTarget?: Rule<number>;
  /** Columns of the targets for so many scores; default: as many. */
  targetCols?(cols: number, options: Checked<Options>): number;
  /** Whether a row's loss is the mean over its columns; default false. */
  meanOverColumns?(options: Checked<Options>): boolean;
  /** What the options lack for so many scores, to follow "expected": `option weight to have 3 numbers, one a class,`. */
  misfit?(cols: number, options: Checked<Options>): string | undefined;
  /** What is predicted of target j for so many scores: that score, as a number of the targets' kind; default: score j. */
  prediction?(
    j: number,
    cols: number,
    options: Checked<Options>,
  ): { readonly col: number; of?(score: number): number };
  /**
   * Emits one value a row and the gradient of their mean.
   * @param scores (batch, C)
   */
  emit(
    builder: ProgramBuilder,
    scores: BuilderSlot,
    target: BuilderSlot,
    options: Checked<Options>,
  ): EmittedLoss;
}

/** A loss with its options: what models, criteria and loss functions compute with. */
export interface Loss {
  /** Its name among the losses, or that of a user's class. */
  readonly name: string;
  readonly target: LossDefinition['target'];
  readonly measured: Measured;
  readonly eachTarget: Rule<number> | undefined;
  /** What a file keeps: the name alone, or with the options that were given. */
  readonly config: Json;
  /** Equal for equal losses, and for no others. */
  readonly key: string;
  /** The weights of the classes, by which rows of labels are weighted. */
  readonly weight: readonly number[] | undefined;
  /** Whether `emit` itself puts the weights of the classes into rows of labels, so that they only count in what is divided by. */
  readonly weighsClasses: boolean;
  /** The label of rows that count for nothing. */
  readonly ignoreIndex: number | undefined;
  /** What a row's loss was divided by: the columns of which it is the mean, else 1. */
  rowDivisor(cols: number): number;
  targetCols(cols: number): number;
  /** @see LossDefinition.misfit */
  misfit(cols: number): string | undefined;
  /** @see LossDefinition.prediction */
  prediction(j: number, cols: number): { readonly col: number; of?(score: number): number };
  /** @see LossDefinition.emit */
  emit(builder: ProgramBuilder, scores: BuilderSlot, target: BuilderSlot): EmittedLoss;
}

/** The compiler's view of a definition: its options are those of its schema. */
export function defineLoss<const Options extends Schema>(
  definition: LossDefinition<Options>,
): LossDefinition<Options> {
  return definition;
}

/** The slots that a loss writes. */
export function outputsOf(builder: ProgramBuilder, scores: BuilderSlot): EmittedLoss {
  return {
    losses: builder.activation('losses', scores.rows, 1),
    dscores: builder.activation('dscores', scores.rows, scores.cols),
  };
}
