import type { FloatDtype } from '../core/dtype.js';
import {
  checkOptions,
  checkValue,
  instanceOf,
  nonNegative,
  optional,
  positive,
  positiveInteger,
} from '../core/options.js';
import { RandomState } from '../core/random-state.js';
import { formatShape } from '../core/shape.js';
import { offsetsOf } from '../core/strided.js';
import { asTensor, type LabelsLike, type Tensor, type TensorLike } from '../core/tensor.js';
import { LossInDouble } from '../models/loss-in-double.js';
import { type LossOptions, Model } from '../models/model.js';
import { better, type Measured, type MeasuredDerivative, measureDerivative } from './measured-derivative.js';

export interface GradCheckOptions {
  /** λ of the checked loss; default: the model's own. */
  readonly reg?: number;
  /**
   * The step to each side; default: chosen for each element, 1e-2 of the size that the parameter's elements have, and less where a
   * kink of the loss lies within it.
   */
  readonly h?: number;
  /** Elements checked in each parameter, drawn at random (seed 0); default: all. */
  readonly samples?: number;
  /** The relative error up to which a parameter passes; default 1e-6 for a float64 model, 1e-4 for a float32 one. */
  readonly tolerance?: number;
}

/** One parameter's result. */
export interface GradCheckRow {
  readonly name: string;
  readonly shape: readonly number[];
  /** Elements that were checked. */
  readonly checked: number;
  /**
   * Elements that were looked at in vain: the loss has a kink there (ReLU, hinge), or changes by less than it is rounded, and so no
   * derivative to compare with.
   */
  readonly leftOut: number;
  /**
   * The relative error of the gradient as a whole, ‖gradient − differences‖ / ‖differences‖, or that of its worst element if that is
   * larger, |gradient − difference| / the larger of them. Only what the differences are certain about counts as an error.
   */
  readonly maxRelError: number;
  /** No error above the tolerance, and no more elements left out than checked. */
  readonly ok: boolean;
}

/** The rows of a gradient check; `toString()` and string interpolation give a printable table. */
export interface GradCheckTable {
  readonly rows: readonly GradCheckRow[];
  readonly maxRelError: number;
  readonly ok: boolean;
  toString(): string;
}

/** The relative rounding of one operation. */
const epsilons = { float64: 2 ** -53, float32: 2 ** -24 } as const satisfies Record<FloatDtype, number>;
const tolerances = { float64: 1e-6, float32: 1e-4 } as const satisfies Record<FloatDtype, number>;
/** A gradient's rounding, in units of its largest element's: sums of many products, and what the scores' rounding does to a softmax. */
const roundedOperations = 256;
/** An uncertainty is too large from this part of the gradient's size on. */
const certainty = 1e-2;
/** Of the steps, each in terms of the one before, as far as rounding lets them have a meaning. */
const [largestStep, stepFactor, stepCount] = [1e-2, 1 / 8, 7];
/** How near to a kink float32 may land on its other side. */
const smallestStep = { float64: 0, float32: 1e-5 } as const satisfies Record<FloatDtype, number>;

/**
 * Compares a model's gradients, those of `model.loss(X, y)`, with central differences of its loss, parameter by parameter, as the
 * courses' notebooks do. The differences are those of a copy of the model in float64, whatever the model's dtype, so nothing of the model
 * moves. A model whose class computes another loss than its layers do is moved itself, and restored; in float32 such differences are
 * coarse, and the table says so.
 *
 * Where L2 stands in the gradient only (CS189's `regMode: 'gradient'`), the gradient is not the derivative of the loss by design:
 * check such a model with `reg: 0`.
 * @param X (N, D)
 * @param y N labels (or (N, C) targets, for the losses `mse` and `softmaxCrossEntropy`)
 * @throws ShapeError or LabelError for data that do not fit the model
 */
export function gradCheck(
  model: Model,
  X: TensorLike,
  y: LabelsLike | TensorLike,
  options: GradCheckOptions = {},
): GradCheckTable {
  checkValue('gradCheck: the model', model, instanceOf(Model));
  const { dtype } = model;
  const { reg, h, samples, tolerance } = checkOptions('gradCheck', options, {
    reg: optional(nonNegative),
    h: optional(positive),
    samples: optional(positiveInteger),
    tolerance: optional(positive, tolerances[dtype]),
  });
  const lossOptions: LossOptions = reg === undefined ? {} : { reg };
  const { loss, grads } = model.loss(X, y, lossOptions);
  const { params, measured, coarse } = lossToMeasure(model, X, y, lossOptions, loss);
  const rng = new RandomState(0);

  const rows = Object.entries(params).map(([name, param]): GradCheckRow => {
    const positions = [...offsetsOf(param)];
    const gradient = [...asTensor(grads[name], `gradCheck: grads.${name}`, { shape: param.shape })];
    const picked =
      samples === undefined || samples >= positions.length
        ? [...positions.keys()]
        : [...rng.choice(positions.length, samples, { replace: false })];
    const steps = h === undefined ? stepsFor(param, dtype) : [h];
    const derivatives = measureDerivatives(
      param,
      picked.map((i) => positions[i]!),
      steps,
      measured,
      tolerance,
    );
    const judged = judge(
      picked.map((i) => gradient[i]!),
      derivatives,
      { tolerance, epsilon: epsilons[dtype], coarse },
    );
    return { name, shape: param.shape, ...judged };
  });

  const maxRelError = Math.max(0, ...rows.map((row) => row.maxRelError));
  return {
    rows,
    maxRelError,
    ok: rows.every((row) => row.ok),
    toString: () => [formatRows(rows, tolerance), ...remarks(rows, tolerance, dtype, coarse)].join('\n'),
  };
}

/** The parameters to move, and the loss that follows them: those of the model in float64 if that has the model's loss, else the model's own. */
function lossToMeasure(
  model: Model,
  X: TensorLike,
  y: LabelsLike | TensorLike,
  options: LossOptions,
  loss: number,
): { params: Model['params']; measured: Measured; coarse: boolean } {
  const own = () => model.loss(X, y, options).loss;
  const { dtype } = model;
  const moved = { params: model.params, measured: { f: own, value: loss, epsilon: epsilons[dtype] } };
  try {
    const copy = LossInDouble.of(model);
    const f = copy.lossOf(X, y, options);
    const value = f();
    const same = Math.abs(value - loss) <= 1e4 * epsilons[dtype] * Math.max(1, Math.abs(value));
    if (same || Number.isNaN(value)) {
      return { params: copy.params, measured: { f, value, epsilon: epsilons.float64 }, coarse: false };
    }
  } catch {
    // A layer of the user's own that cannot compute in float64.
  }
  return { ...moved, coarse: dtype === 'float32' };
}

/** From large to small. */
function stepsFor(param: Tensor, dtype: FloatDtype): number[] {
  let squares = 0;
  for (const w of param) squares += w * w;
  const size = Math.max(1e-3, Math.sqrt(squares / param.size) || 1);
  return Array.from({ length: stepCount }, (_, i) => largestStep * stepFactor ** i)
    .filter((step) => step >= smallestStep[dtype])
    .map((step) => step * size);
}

/** Each element's with the steps at which it is most certain. */
function measureDerivatives(
  param: Tensor,
  offsets: readonly number[],
  steps: readonly number[],
  measured: Measured,
  tolerance: number,
): MeasuredDerivative[] {
  // An element's kinks are about as far as those of the one before.
  let first = 0;
  return offsets.map((offset) => {
    let best: MeasuredDerivative | undefined;
    let at = Math.max(0, first - 1);
    for (; at < steps.length; at++) {
      const found = measureDerivative(param, offset, steps[at]!, measured);
      best =
        best === undefined
          ? found
          : {
              central: better(best.central, found.central),
              right: better(best.right, found.right),
              left: better(best.left, found.left),
            };
      const { value, uncertainty, noise } = found.central;
      if (best.central === found.central) first = at;
      // Good enough, or such that a smaller step gives more rounding.
      if (uncertainty <= (tolerance / 4) * Math.abs(value) || uncertainty <= 4 * noise) break;
    }
    return best!;
  });
}

function judge(
  gradient: readonly number[],
  derivatives: readonly MeasuredDerivative[],
  { tolerance, epsilon, coarse }: { tolerance: number; epsilon: number; coarse: boolean },
): Pick<GradCheckRow, 'checked' | 'leftOut' | 'maxRelError' | 'ok'> {
  const differences = derivatives.map(({ central }) => central.value);
  const size = Math.max(rootMeanSquare(gradient), rootMeanSquare(differences));
  const rounding = roundedOperations * epsilon * Math.max(...differences.map(Math.abs));
  let leftOut = 0;
  let worst = 0;
  const squares = { error: 0, difference: 0, uncertainty: 0 };
  for (const [i, { central, right, left }] of derivatives.entries()) {
    const g = gradient[i]!;
    const beyond = (measurement: typeof central) =>
      Math.max(0, Math.abs(g - measurement.value) - 2 * measurement.uncertainty - rounding);
    const certain = (measurement: typeof central) =>
      !(measurement.uncertainty > certainty * Math.max(size, Math.abs(g), Math.abs(measurement.value)));
    let taken = central;
    // Rounding that hides an element in float64 does not matter: it is as little to a training.
    if (!certain(central) && (coarse || central.uncertainty > 16 * central.noise)) {
      // Whatever a layer takes as the derivative at its kink, one of the slopes beside it is right.
      const side = [right, left].find((slope) => certain(slope) && beyond(slope) <= tolerance * Math.abs(g));
      if (side === undefined) {
        leftOut++;
        continue;
      }
      taken = side;
    }
    worst = maximum(worst, beyond(taken) / (Math.max(Math.abs(g), Math.abs(taken.value)) || 1));
    squares.error += (g - taken.value) ** 2;
    squares.difference += taken.value ** 2;
    squares.uncertainty += (2 * taken.uncertainty + rounding) ** 2;
  }
  const norm = Math.sqrt(squares.difference) + Math.sqrt(squares.uncertainty) / tolerance;
  const maxRelError = maximum(worst, norm === 0 ? 0 : Math.sqrt(squares.error) / norm);
  const checked = derivatives.length - leftOut;
  return { checked, leftOut, maxRelError, ok: maxRelError <= tolerance && checked >= leftOut };
}

/** NaN if either is: a loss or gradient that is none passes no check. */
function maximum(a: number, b: number): number {
  return Number.isNaN(a) || a > b ? a : b;
}

function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / (values.length || 1));
}

function formatRows(rows: readonly GradCheckRow[], tolerance: number): string {
  const cells = [
    ['parameter', 'shape', 'checked', 'max relative error', ''],
    ...rows.map((row) => [
      row.name,
      formatShape(row.shape),
      String(row.checked),
      row.maxRelError.toExponential(2),
      row.ok ? 'ok' : row.maxRelError <= tolerance ? 'UNCHECKED' : 'WRONG',
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What the rows cannot say: how much was left out and why, and where the dtype is the reason. */
function remarks(
  rows: readonly GradCheckRow[],
  tolerance: number,
  dtype: FloatDtype,
  coarse: boolean,
): string[] {
  const left = rows.filter(({ leftOut }) => leftOut > 0);
  const counts = left.map(({ name, leftOut, checked }) => `${leftOut} of ${leftOut + checked} in ${name}`);
  const wrong = rows.filter(({ maxRelError }) => !(maxRelError <= tolerance));
  return [
    ...(left.length === 0
      ? []
      : [
          coarse
            ? `Left out, lost in float32's rounding of the loss: ${counts.join(', ')}. Check a model with dtype: 'float64'.`
            : `Left out, at a kink of the loss (ReLU, hinge), where it has no derivative: ${counts.join(', ')}.`,
        ]),
    ...(dtype === 'float32' && !coarse && wrong.length > 0 && wrong.every((row) => row.maxRelError < 1e-2)
      ? [`So small an error may be float32's rounding: check a model with dtype: 'float64', which tells.`]
      : []),
  ];
}
