import { describe, expectation } from '../../core/describe.js';
import { dtypeOf, type FloatDtype, type TypedArray } from '../../core/dtype.js';
import { ArgumentError, ShapeError } from '../../core/errors.js';
import { allocate } from '../../core/memory.js';
import { checkOptions, checkValue, number, oneOf, optional, positiveInteger } from '../../core/options.js';
import { firstNonFinite } from '../../core/tensors/finite.js';
import { formatShape } from '../../core/tensors/shape.js';
import { asTensor, Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import { type ColumnStatistics, columnDeviations, columnStatistics } from './column-statistics.js';
import { fittedSteps, refuseWideColumns } from './fitted-steps.js';
import { eachNonFiniteRow, fits, rangeOf, refuseOverflow } from './overflow.js';
import { runRows } from './row-programs.js';

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
   * @throws ArgumentError for a number in X that is not finite, naming its row and column, or a column whose range float64 cannot hold
   */
  static subtractMean(X: TensorLike): Preparation {
    const who = 'Preparation.subtractMean';
    const statistics = columnStatistics(asRows(X, `${who}: X`), `${who}: X`);
    refuseWideColumns(who, statistics);
    return Preparation.shiftScale(statistics.mean, statistics.mean.slice().fill(1));
  }

  /**
   * Takes the mean off every column and divides by the column's standard deviation (ddof 0); constant columns are not divided.
   * @param X (N, D), the training set
   * @throws ArgumentError for a number in X that is not finite, naming its row and column, or a column too narrow to be scaled
   */
  static standardize(X: TensorLike): Preparation {
    const who = 'Preparation.standardize';
    const rows = asRows(X, `${who}: X`);
    const statistics = columnStatistics(rows, `${who}: X`);
    return standardizing(who, statistics, columnDeviations(rows, statistics));
  }

  /**
   * Moves every column to the range from `low` to `high`; constant columns to `low`.
   * @param X (N, D), the training set
   * @throws ArgumentError for a number in X that is not finite, naming its row and column, or a column too narrow or wide to be scaled
   */
  static minMax(X: TensorLike, low = 0, high = 1): Preparation {
    const who = 'Preparation.minMax';
    checkValue(`${who}: low`, low, number);
    checkValue(`${who}: high`, high, number);
    if (!(low < high))
      throw new ArgumentError(`${who}: expected low to be below high but received ${low} and ${high}`);
    if (!Number.isFinite(high - low)) {
      throw new ArgumentError(
        `${who}: expected a range that float64 can hold but received ${low} and ${high}`,
      );
    }
    const rows = asRows(X, `${who}: X`);
    const steps = fittedSteps(who, columnStatistics(rows, `${who}: X`), undefined, ({ min, max }) => ({
      shift: min,
      scale: max > min ? (high - low) / (max - min) : 1,
    }));
    // On its own: beside large numbers, `low` would be lost in the first shift.
    const ones = new Float64Array(rows.shape[1]!).fill(1);
    const moved = Preparation.shiftScale(
      ones.map(() => -low),
      ones,
    );
    return low === 0 ? new Preparation(steps) : new Preparation([...steps, ...moved.steps]);
  }

  /** Divides `columns` columns by a number: pixels by 255. */
  static divide(columns: number, divisor: number): Preparation {
    checkValue('Preparation.divide: columns', columns, positiveInteger);
    checkValue('Preparation.divide: divisor', divisor, number);
    if (divisor === 0)
      throw new ArgumentError('Preparation.divide: expected a divisor other than 0 but received 0');
    if (!Number.isFinite(1 / divisor)) {
      throw new ArgumentError(
        `Preparation.divide: expected a divisor whose reciprocal float64 can hold but received ${divisor}`,
      );
    }
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
   * A prepared copy. NaN and infinity in X pass through.
   * @param X (N, inputSize)
   * @returns (N, outputSize), float32 unless asked otherwise, on shared memory
   * @throws ArgumentError where the dtype cannot hold what finite numbers become
   */
  apply(X: TensorLike, options: { readonly dtype?: FloatDtype } = {}): Tensor {
    const who = 'Preparation.apply';
    const { dtype } = checkOptions(who, options, {
      dtype: optional(oneOf<FloatDtype>('float32', 'float64'), 'float32'),
    });
    const rows = asTensor(X, `${who}: X`, { shape: ['N', this.inputSize] });
    const count = rows.shape[0]!;
    const data = rows.elements();
    const out = allocate(dtype, count * this.outputSize);
    if (this.steps.every((step) => step.kind === 'shiftScale')) {
      this.#shiftAndScale(this.steps, data, out);
      if (!this.#fits(data, dtype)) {
        eachNonFiniteRow(out, this.outputSize, (i) => {
          const given = data.subarray(i * this.inputSize, (i + 1) * this.inputSize);
          this.#forEachRow(given, (_, x, prepared) => refuseOverflow(who, 'X', i, x, prepared, dtype));
        });
      }
    } else {
      this.#forEachRow(data, (i, given, prepared) => {
        out.set(prepared, i * this.outputSize);
        refuseOverflow(who, 'X', i, given, prepared, dtype);
      });
    }
    return new Tensor(out, [count, this.outputSize]);
  }

  /**
   * @param rows (N · inputSize) elements
   * @throws ArgumentError where the dtype cannot hold what finite numbers become, naming the row
   * @internal
   */
  refuseOverflow(who: string, name: string, rows: TypedArray, dtype: FloatDtype): void {
    this.#forEachRow(rows, (i, given, prepared) => refuseOverflow(who, name, i, given, prepared, dtype));
  }

  /** All steps, column by column, in double precision. */
  #shiftAndScale(steps: readonly ShiftScale[], data: TypedArray, out: Float32Array | Float64Array): void {
    const width = this.inputSize;
    const rows = { data, count: data.length / width, width };
    runRows(rows, {
      dtype: dtypeOf(out) as FloatDtype,
      buffers: Object.fromEntries(
        steps.flatMap(({ shift, scale }, i) => [
          [`shift ${i}`, shift.data as Float64Array],
          [`scale ${i}`, scale.data as Float64Array],
        ]),
      ),
      output: { data: out, cols: width },
      between: (steps.length - 1) * width,
      emit: (builder, given, result) => {
        steps.reduce((x, _, i) => {
          const last = i === steps.length - 1;
          const y = last ? result! : builder.activation('shifted', 'batch', width, 'float64');
          const shift = builder.external(`shift ${i}`, 1, width, 'float64');
          const scale = builder.external(`scale ${i}`, 1, width, 'float64');
          builder.emit('normalize', { x, shift, scale, y }, {});
          return y;
        }, given);
      },
    });
  }

  /** Whether steps of shifts and scales make numbers that a dtype can hold of all data of a kind: of their least and their largest number. */
  #fits(data: TypedArray, dtype: FloatDtype): boolean {
    let fitting = true;
    for (const bound of rangeOf(data) ?? [Number.NaN]) {
      this.#forEachRow(new Float64Array(this.inputSize).fill(bound), (_, __, prepared) => {
        fitting &&= prepared.every((value) => fits(value, dtype));
      });
    }
    return fitting;
  }

  /** Each row goes through all steps in double precision. */
  #forEachRow(
    rows: TypedArray,
    use: (row: number, given: Float64Array, prepared: Float64Array) => void,
  ): void {
    // The columns before and after a step.
    const stages = [this.inputSize, ...this.steps.map((step) => widths(step).output)].map(
      (size) => new Float64Array(size),
    );
    const count = rows.length / this.inputSize;
    for (let i = 0; i < count; i++) {
      stages[0]!.set(rows.subarray(i * this.inputSize, (i + 1) * this.inputSize));
      for (const [index, step] of this.steps.entries()) run(step, stages[index]!, stages[index + 1]!);
      use(i, stages[0]!, stages.at(-1)!);
    }
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

/** Two shifts and scales in a row are one, where that computes the same but for rounding. */
function merged(steps: readonly PreparationStep[]): PreparationStep[] {
  const kept: PreparationStep[] = [];
  for (const step of steps) {
    const last = kept.at(-1);
    const both =
      last?.kind === 'shiftScale' && step.kind === 'shiftScale' ? mergedShiftScale(last, step) : undefined;
    if (both === undefined) kept.push(step);
    else kept[kept.length - 1] = both;
  }
  return kept;
}

/** (x − s₁)·k₁ − s₂ = (x − s₁ − s₂ / k₁)·k₁, unless a constant would over- or underflow or lose the digits of s₂. */
function mergedShiftScale(first: ShiftScale, second: ShiftScale): ShiftScale | undefined {
  const size = first.shift.size;
  if (second.shift.size !== size) return undefined;
  const [s1, k1] = [first.shift.data, first.scale.data];
  const [s2, k2] = [second.shift.data, second.scale.data];
  const shift = new Float64Array(size);
  const scale = new Float64Array(size);
  for (let j = 0; j < size; j++) {
    const more = s2[j]! / k1[j]!;
    shift[j] = s1[j]! + more;
    scale[j] = k1[j]! * k2[j]!;
    const lost = Math.abs(more - (shift[j]! - s1[j]!));
    // Beyond 2¹⁰²⁰, x − shift may overflow where (x − s₁)·k₁ does not.
    const right =
      k1[j] !== 0 && Math.abs(shift[j]!) < 2 ** 1020 && lost <= 4 * Number.EPSILON * Math.abs(more);
    const normal = Math.abs(scale[j]!) >= 2 ** -1022 && Math.abs(scale[j]!) <= Number.MAX_VALUE;
    if (!right || !(normal || k2[j] === 0)) return undefined;
  }
  return { kind: 'shiftScale', shift: new Tensor(shift), scale: new Tensor(scale) };
}

/** (x − mean) / deviation. @internal */
export function standardizing(
  who: string,
  statistics: ColumnStatistics,
  deviations: Float64Array,
): Preparation {
  return new Preparation(
    fittedSteps(who, statistics, deviations, ({ mean, deviation }) => ({
      shift: mean,
      scale: 1 / deviation,
    })),
  );
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
  const bad = firstNonFinite(data);
  if (bad >= 0) throw new ArgumentError(expectation(what, 'to be finite', `${data[bad]} at index ${bad}`));
  return new Tensor(data, given.shape);
}

function asRows(X: TensorLike, what: string): Tensor {
  const rows = asTensor(X, what, { rank: 2 });
  if (rows.size === 0) throw new ShapeError(expectation(what, 'to have rows and columns', describe(rows)));
  return rows;
}
