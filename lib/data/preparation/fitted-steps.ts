import { ArgumentError } from '../../core/errors.js';
import { Tensor } from '../../core/tensors/tensor.js';
import type { ColumnStatistics } from './column-statistics.js';
import type { ShiftScale } from './preparation.js';

/** From this range on, a column is divided first: differences of its numbers may overflow, and reciprocals of them lose digits. */
const widest = 2 ** 1020;
/** What it is multiplied by then, a power of two. */
const narrowing = 2 ** -4;
/** Below this, a number has fewer digits than a double has. */
const smallestNormal = 2 ** -1022;

/** What a column's values are taken off and multiplied by. */
export interface ColumnConstants {
  readonly shift: number;
  readonly scale: number;
}

/** Of the numbers of one column, all finite. */
export interface ColumnFit {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** 1 for a constant column. */
  readonly deviation: number;
}

/**
 * The steps (x − shift)·scale for columns of training rows, whatever their range: those that are too wide for it are divided by 16 first.
 * @param who opens the message of an error
 * @param constantsOf of one column
 * @throws ArgumentError that names a column whose constants no double can hold
 */
export function fittedSteps(
  who: string,
  { mean, min, max }: ColumnStatistics,
  deviations: Float64Array | undefined,
  constantsOf: (fit: ColumnFit) => ColumnConstants,
): ShiftScale[] {
  const before = min.map((least, j) => (max[j]! - least < widest ? 1 : narrowing));
  const shift = mean.slice();
  const scale = mean.slice();
  for (const [j, factor] of before.entries()) {
    const constants = constantsOf({
      mean: mean[j]! * factor,
      min: min[j]! * factor,
      max: max[j]! * factor,
      deviation: (deviations?.[j] ?? 1) * factor,
    });
    if (!(constants.scale >= smallestNormal && constants.scale <= Number.MAX_VALUE)) {
      throw new ArgumentError(
        `${who}: expected column ${j} to have a range that float64 can scale but it reaches from ${min[j]} to ${max[j]}; ` +
          'multiply or divide it first, or leave it out',
      );
    }
    shift[j] = constants.shift;
    scale[j] = constants.scale;
  }
  const step = (off: Float64Array, by: Float64Array): ShiftScale => ({
    kind: 'shiftScale',
    shift: new Tensor(off),
    scale: new Tensor(by),
  });
  const narrow = before.every((factor) => factor === 1);
  return [...(narrow ? [] : [step(before.slice().fill(0), before)]), step(shift, scale)];
}

/** @throws ArgumentError that names a column whose numbers, less its mean, are beyond a double */
export function refuseWideColumns(who: string, { mean, min, max }: ColumnStatistics): void {
  const wide = mean.findIndex(
    (center, j) => !Number.isFinite(max[j]! - center) || !Number.isFinite(min[j]! - center),
  );
  if (wide < 0) return;
  throw new ArgumentError(
    `${who}: expected the numbers of column ${wide} less their mean to be ones that float64 can hold but it reaches from ` +
      `${min[wide]} to ${max[wide]}; divide it first`,
  );
}
