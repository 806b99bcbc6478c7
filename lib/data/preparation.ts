import { describe, expectation } from '../core/describe.js';
import type { FloatDtype } from '../core/dtype.js';
import { ArgumentError, ShapeError } from '../core/errors.js';
import { allocate } from '../core/memory.js';
import { checkOptions, checkValue, number, oneOf, optional, positiveInteger } from '../core/options.js';
import { formatShape } from '../core/shape.js';
import { asTensor, Tensor, type TensorLike } from '../core/tensor.js';
import { columnDeviations, columnMeans, columnRanges } from './column-statistics.js';

/** y = (x − shift)·scale, column by column. */
export interface ShiftScale {
  readonly kind: 'shiftScale';
  /** (D), float64. */
  readonly shift: Tensor;
  /** (D), float64. */
  readonly scale: Tensor;
}

/** y = x·componentsᵀ, what PCA does to centred rows. */
export interface Projection {
  readonly kind: 'project';
  /** (K, D), float64. */
  readonly components: Tensor;
}

export type PreparationStep = ShiftScale | Projection;

/**
 * What happens to rows of data before a net sees them: steps that were fitted to the training set and are kept for whatever comes
 * later. Given to a model (`preparation`), it becomes part of it: training, predictions and files take raw rows, uint8 pixels stay
 * uint8 in memory, and each batch is shifted and scaled while it is gathered.
 *
 * ```ts
 * const preparation = Preparation.subtractMean(XTrain).followedBy(Preparation.divide(784, 255));
 * const net = new TwoLayerNet({ inputSize: 784, hiddenSize: 50, numClasses: 10, preparation });
 * ```
 */
export class Preparation {
  readonly steps: readonly PreparationStep[];
  /** Columns that it takes. */
  readonly inputSize: number;
  /** Columns that it gives. */
  readonly outputSize: number;

  /**
   * @param steps one or more; tensors are copied
   * @throws ArgumentError for no steps, an unknown one, or numbers that are not finite
   * @throws ShapeError where a step does not take as many columns as the one before it gives
   */
  constructor(steps: readonly PreparationStep[]) {
    if (!Array.isArray(steps) || steps.length === 0) {
      throw new ArgumentError(
        expectation('Preparation: the steps', 'to be an array of at least one', describe(steps)),
      );
    }
    this.steps = Object.freeze(merged(steps.map(checkedStep)));
    this.inputSize = widths(this.steps[0]!).input;
    let size = this.inputSize;
    for (const [index, step] of this.steps.entries()) {
      const { input, output } = widths(step);
      if (input !== size) {
        throw new ShapeError(
          `Preparation: expected step ${index} to take ${size} columns, as the one before it gives, but it takes ${input}`,
        );
      }
      size = output;
    }
    this.outputSize = size;
  }

  /**
   * y = (x − shift)·scale, column by column.
   * @param shift (D)
   * @param scale (D)
   */
  static shiftScale(shift: TensorLike, scale: TensorLike): Preparation {
    return new Preparation([{ kind: 'shiftScale', shift: shift as Tensor, scale: scale as Tensor }]);
  }

  /**
   * y = x·componentsᵀ
   * @param components (K, D)
   */
  static project(components: TensorLike): Preparation {
    return new Preparation([{ kind: 'project', components: components as Tensor }]);
  }

  /**
   * Takes the mean of the training rows off every row.
   * @param X (N, D), the training set
   */
  static subtractMean(X: TensorLike): Preparation {
    const rows = asRows(X, 'Preparation.subtractMean: X');
    const shift = columnMeans(rows);
    return Preparation.shiftScale(shift, shift.slice().fill(1));
  }

  /**
   * Takes the mean off every column and divides by the column's standard deviation (ddof 0); constant columns are not divided.
   * @param X (N, D), the training set
   */
  static standardize(X: TensorLike): Preparation {
    const rows = asRows(X, 'Preparation.standardize: X');
    const shift = columnMeans(rows);
    return Preparation.shiftScale(
      shift,
      columnDeviations(rows, shift).map((deviation) => 1 / deviation),
    );
  }

  /**
   * Moves every column to the range from `low` to `high`; constant columns to `low`.
   * @param X (N, D), the training set
   */
  static minMax(X: TensorLike, low = 0, high = 1): Preparation {
    const who = 'Preparation.minMax';
    checkValue(`${who}: low`, low, number);
    checkValue(`${who}: high`, high, number);
    if (!(low < high))
      throw new ArgumentError(`${who}: expected low to be below high but received ${low} and ${high}`);
    const { min, max } = columnRanges(asRows(X, `${who}: X`));
    const scale = min.map((least, j) => (max[j]! > least ? (high - low) / (max[j]! - least) : 1));
    return Preparation.shiftScale(
      min.map((least, j) => least - low / scale[j]!),
      scale,
    );
  }

  /** Divides `columns` columns by a number: pixels by 255. */
  static divide(columns: number, divisor: number): Preparation {
    checkValue('Preparation.divide: columns', columns, positiveInteger);
    checkValue('Preparation.divide: divisor', divisor, number);
    if (divisor === 0)
      throw new ArgumentError('Preparation.divide: expected a divisor other than 0 but received 0');
    const zeros = new Float64Array(columns);
    return Preparation.shiftScale(zeros, zeros.slice().fill(1 / divisor));
  }

  /**
   * This, and then that.
   * @throws ShapeError when `next` takes other columns than this gives
   */
  followedBy(next: Preparation): Preparation {
    if (!(next instanceof Preparation)) {
      throw new ArgumentError(
        `Preparation.followedBy: expected a Preparation but received ${describe(next)}`,
      );
    }
    return new Preparation([...this.steps, ...next.steps]);
  }

  /**
   * A prepared copy.
   * @param X (N, inputSize)
   * @returns (N, outputSize), float32 unless asked otherwise, on shared memory
   */
  apply(X: TensorLike, options: { readonly dtype?: FloatDtype } = {}): Tensor {
    const who = 'Preparation.apply';
    const { dtype } = checkOptions(who, options, {
      dtype: optional(oneOf<FloatDtype>('float32', 'float64'), 'float32'),
    });
    const rows = asTensor(X, `${who}: X`, { shape: ['N', this.inputSize] });
    const count = rows.shape[0]!;
    const from = rows.elements();
    const out = allocate(dtype, count * this.outputSize);
    // Each row goes through all steps in double precision; the columns before and after a step.
    const stages = [this.inputSize, ...this.steps.map((step) => widths(step).output)].map(
      (size) => new Float64Array(size),
    );
    for (let i = 0; i < count; i++) {
      stages[0]!.set(from.subarray(i * this.inputSize, (i + 1) * this.inputSize));
      for (const [index, step] of this.steps.entries()) run(step, stages[index]!, stages[index + 1]!);
      out.set(stages.at(-1)!, i * this.outputSize);
    }
    return new Tensor(out, [count, this.outputSize]);
  }
}

/** One step on one row. */
function run(step: PreparationStep, x: Float64Array, y: Float64Array): void {
  if (step.kind === 'shiftScale') {
    const [shift, scale] = [step.shift.data, step.scale.data];
    for (let j = 0; j < x.length; j++) y[j] = (x[j]! - shift[j]!) * scale[j]!;
    return;
  }
  const components = step.components.data;
  for (let k = 0, at = 0; k < y.length; k++) {
    let sum = 0;
    for (let j = 0; j < x.length; j++) sum += x[j]! * components[at++]!;
    y[k] = sum;
  }
}

function widths(step: PreparationStep): { readonly input: number; readonly output: number } {
  if (step.kind === 'shiftScale') return { input: step.shift.size, output: step.shift.size };
  return { input: step.components.shape[1]!, output: step.components.shape[0]! };
}

/** Two shifts and scales in a row are one. */
function merged(steps: readonly PreparationStep[]): PreparationStep[] {
  const kept: PreparationStep[] = [];
  for (const step of steps) {
    const last = kept.at(-1);
    if (last?.kind === 'shiftScale' && step.kind === 'shiftScale' && last.shift.size === step.shift.size) {
      const [first, second] = [last.scale.data, step.scale.data];
      // (x − s₁)·k₁ − s₂ = (x − s₁ − s₂ / k₁)·k₁
      if (first.every((scale) => scale !== 0)) {
        const shift = Float64Array.from(
          last.shift.data,
          (value, j) => value + step.shift.data[j]! / first[j]!,
        );
        const scale = Float64Array.from(first, (value, j) => value * second[j]!);
        kept[kept.length - 1] = { kind: 'shiftScale', shift: new Tensor(shift), scale: new Tensor(scale) };
        continue;
      }
    }
    kept.push(step);
  }
  return kept;
}

function checkedStep(step: unknown, index: number): PreparationStep {
  const what = `Preparation: step ${index}`;
  const { kind, shift, scale, components } = (step ?? {}) as Readonly<Record<string, unknown>>;
  if (kind === 'shiftScale') {
    const checkedShift = constants(shift, `${what}: shift`, ['D']);
    return {
      kind,
      shift: checkedShift,
      scale: constants(scale, `${what}: scale`, [checkedShift.size]),
    };
  }
  if (kind === 'project')
    return { kind, components: constants(components, `${what}: components`, ['K', 'D']) };
  throw new ArgumentError(
    expectation(what, "to be of kind 'shiftScale' or 'project'", describe(kind === undefined ? step : kind)),
  );
}

/** A copy that nobody changes. */
function constants(values: unknown, what: string, shape: readonly (number | string)[]): Tensor {
  const given = asTensor(values, what, { shape, dtype: 'float64', convert: true });
  if (given.size === 0)
    throw new ShapeError(expectation(what, 'to have elements', `shape ${formatShape(given.shape)}`));
  const data = Float64Array.from(given.elements());
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new ArgumentError(expectation(what, 'to be finite', `${data[bad]} at index ${bad}`));
  return new Tensor(data, given.shape);
}

function asRows(X: TensorLike, what: string): Tensor {
  const rows = asTensor(X, what, { rank: 2 });
  if (rows.size === 0) throw new ShapeError(expectation(what, 'to have rows and columns', describe(rows)));
  return rows;
}
