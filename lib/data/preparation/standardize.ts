import { describe, expectation } from '../../core/describe.js';
import type { FloatDtype } from '../../core/dtype.js';
import { ArgumentError, ShapeError } from '../../core/errors.js';
import { allocate } from '../../core/memory.js';
import { checkOptions, oneOf, optional } from '../../core/options.js';
import { asTensor, Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import { type ColumnStatistics, columnDeviations, columnStatistics } from './column-statistics.js';
import { refuseWideColumns } from './fitted-steps.js';
import { eachNonFiniteRow, fits, rangeOf, refuseOverflow } from './overflow.js';
import { Preparation, standardizing } from './preparation.js';
import { runRows } from './row-programs.js';

/** What has an `XTrain`; whatever else is called X… (`XVal`, `XTest`, `XDev`) is a set of rows of the same width. */
export interface Sets {
  readonly XTrain: TensorLike;
}

/** The sets with tensors in place of every X…, and all else as it was. */
export type Transformed<S> = {
  readonly [Name in keyof S]: Name extends `X${string}` ? Tensor : S[Name];
};

export interface TransformOptions {
  /** Of the new sets; default float32. */
  readonly dtype?: FloatDtype;
}

/** The transformed sets, what was taken off, and the same as a {@link Preparation} of raw rows. */
export type MeanSubtracted<S> = Transformed<S> & { readonly mean: Tensor; readonly preparation: Preparation };

export type Standardized<S> = MeanSubtracted<S> & { readonly std: Tensor };

/**
 * Takes the mean training image off all images: `subtractMean({ XTrain, XVal, XTest })`. Every entry whose name begins with X
 * is such a set; others (`yTrain`) are passed on.
 *
 * These are copies. To keep uint8 pixels as they are and have each batch shifted while it is gathered, give a model the option
 * `preparation: Preparation.subtractMean(XTrain)`.
 * @returns copies of shape (N, …), and `mean`, float64 of the shape of a row, to be taken off what comes later
 * @throws ShapeError for sets whose rows are of other shapes, or an XTrain without rows
 * @throws ArgumentError without an XTrain, for a number in it that is not finite (naming where), or numbers that the dtype cannot hold
 */
export function subtractMean<S extends Sets>(sets: S, options: TransformOptions = {}): MeanSubtracted<S> {
  const { dtype, tensors, train } = readSets('subtractMean', sets, options);
  const who = 'subtractMean';
  const statistics = columnStatistics(train, `${who}: XTrain`);
  refuseWideColumns(who, statistics);
  const { mean } = statistics;
  const changed = transformAll(who, tensors, statistics, undefined, dtype);
  return {
    ...sets,
    ...changed,
    mean: rowTensor(mean, train),
    preparation: Preparation.shiftScale(mean, mean.slice().fill(1)),
  } as unknown as MeanSubtracted<S>;
}

/**
 * Takes the training mean off every column of all sets and divides by the column's standard deviation in the training set (of the
 * population, ddof 0). A column that is constant there is not divided.
 * @returns as {@link subtractMean}, and `std`, float64 of the shape of a row, with a 1 for constant columns
 * @throws as subtractMean
 */
export function standardize<S extends Sets>(sets: S, options: TransformOptions = {}): Standardized<S> {
  const { dtype, tensors, train } = readSets('standardize', sets, options);
  const who = 'standardize';
  const statistics = columnStatistics(train, `${who}: XTrain`);
  const { mean } = statistics;
  const std = columnDeviations(train, statistics);
  const preparation = standardizing(who, statistics, std);
  const changed = transformAll(who, tensors, statistics, std, dtype);
  return {
    ...sets,
    ...changed,
    mean: rowTensor(mean, train),
    std: rowTensor(std, train),
    preparation,
  } as unknown as Standardized<S>;
}

interface ReadSets {
  readonly dtype: FloatDtype;
  readonly tensors: readonly (readonly [name: string, set: Tensor])[];
  readonly train: Tensor;
}

function readSets(who: string, sets: unknown, options: TransformOptions): ReadSets {
  const { dtype } = checkOptions(who, options, {
    dtype: optional(oneOf<FloatDtype>('float32', 'float64'), 'float32'),
  });
  if (typeof sets !== 'object' || sets === null || !('XTrain' in sets)) {
    throw new ArgumentError(expectation(`${who}: the sets`, 'to be an object with XTrain', describe(sets)));
  }
  const train = asTensor(sets.XTrain, `${who}: XTrain`);
  const [rows, ...rowShape] = train.shape;
  if (rows === undefined || rows === 0 || rowShape.length === 0) {
    throw new ShapeError(expectation(`${who}: XTrain`, 'to have rows and columns', describe(train)));
  }
  const tensors = Object.entries(sets)
    .filter(([name, set]) => name.startsWith('X') && set !== undefined)
    .map(([name, set]) => {
      const checked =
        name === 'XTrain' ? train : asTensor(set, `${who}: ${name}`, { shape: ['N', ...rowShape] });
      return [name, checked] as const;
    });
  return { dtype, tensors, train };
}

function transformAll(
  who: string,
  tensors: ReadSets['tensors'],
  { mean, min, max }: ColumnStatistics,
  std: Float64Array | undefined,
  dtype: FloatDtype,
): Record<string, Tensor> {
  const width = mean.length;
  const scale = std ?? new Float64Array(width).fill(1);
  const row = new Float64Array(width);
  // What is between two numbers that fit when they are transformed, fits too.
  const holds = (low: (j: number) => number, high: (j: number) => number) =>
    mean.every((center, j) => [low(j), high(j)].every((x) => fits((x - center) / scale[j]!, dtype)));
  return Object.fromEntries(
    tensors.map(([name, X]) => {
      const data = X.elements();
      const out = allocate(dtype, data.length);
      const rows = { data, count: X.shape[0]!, width };
      runRows(rows, {
        dtype,
        buffers: { shift: mean, scale },
        output: { data: out, cols: width },
        emit: (builder, x, y) => {
          const shift = builder.external('shift', 1, width, 'float64');
          const by = builder.external('scale', 1, width, 'float64');
          builder.emit(std === undefined ? 'normalize' : 'standardize', { x, shift, scale: by, y: y! }, {});
        },
      });
      const range = rangeOf(data);
      const known =
        name === 'XTrain'
          ? holds(
              (j) => min[j]!,
              (j) => max[j]!,
            )
          : range !== undefined &&
            holds(
              () => range[0],
              () => range[1],
            );
      if (!known) {
        eachNonFiniteRow(out, width, (i) => {
          const given = data.subarray(i * width, (i + 1) * width);
          for (let j = 0; j < width; j++) row[j] = transformed(given[j]!, mean[j]!, std?.[j]);
          out.set(row, i * width);
          refuseOverflow(who, name, i, given, row, dtype);
        });
      }
      return [name, new Tensor(out, X.shape)];
    }),
  );
}

/** By a detour where x − mean is more than a double holds. */
function transformed(x: number, mean: number, std: number | undefined): number {
  const centred = x - mean;
  if (std === undefined) return centred;
  return Number.isFinite(centred) ? centred / std : (x / 4 - mean / 4) / (std / 4);
}

function rowTensor(values: Float64Array, X: Tensor): Tensor {
  return new Tensor(values, X.shape.slice(1));
}
