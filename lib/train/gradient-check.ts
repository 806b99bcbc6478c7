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
import { RandomState } from '../core/random/random-state.js';
import { formatShape } from '../core/tensors/shape.js';
import { offsetAt, offsetsOf } from '../core/tensors/strided.js';
import { asTensor, type LabelsLike, type Tensor, type TensorLike } from '../core/tensors/tensor.js';
import { type AnyModel, Model } from '../models/model.js';
import type { LossOptions } from '../models/model-options.js';
import type { NamedTensors } from '../net/parameter-memory.js';
import { gradientRounding, type PickedElements, type Problem, valuesAt } from './gradient-rounding.js';
import { LossInDouble } from './loss-in-double.js';
import { type Measured, type MeasuredDerivative, measureDerivative } from './measured-derivative.js';

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
  /** The relative error up to which a parameter passes; default 1e-6 for a float64 model, 5e-5 for a float32 one. */
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

/**
 * The rows of a gradient check; `toString()` and string interpolation give a printable table, with `ok`, `WRONG`, or where more was left
 * out than checked, `UNCHECKED`.
 */
export interface GradCheckTable {
  readonly rows: readonly GradCheckRow[];
  readonly maxRelError: number;
  readonly ok: boolean;
  toString(): string;
}

/** The relative rounding of one operation. */
const epsilons = { float64: 2 ** -53, float32: 2 ** -24 } as const satisfies Record<FloatDtype, number>;
const tolerances = { float64: 1e-6, float32: 5e-5 } as const satisfies Record<FloatDtype, number>;
/** From this part of the gradient's size on, an uncertainty is too large. */
const certainty = 1e-2;
/** In terms of the size that a parameter's elements have; each step in terms of the one before, as far as rounding gives it a meaning. */
const [largestStep, stepFactor, stepCount] = [1e-2, 1 / 8, 7];

/**
 * Compares a model's gradients, those of `model.loss(X, y)`, with central differences of its loss, parameter by parameter, as the
 * courses' notebooks do. Whatever the model's dtype, the differences are those of a copy of it in float64, so that a right gradient
 * passes and a slightly wrong one does not. Only where the class of the model computes another loss than its layers do, the model
 * itself is moved; in float32 such differences are coarse, and the table says what they leave out.
 *
 * A ReLU or hinge loss has no derivative at its kinks. Steps are as small as it takes to stay on one side of them; elements that lie
 * on one (an untrained bias at a row of zeros) are checked a little beside it. All parameters are as before afterwards.
 *
 * Where L2 stands in the gradient only (CS189's `regMode: 'gradient'`), the gradient is not the derivative of the loss by design:
 * check such a model with `reg: 0`.
 * @param X (N, D)
 * @param y N labels (or (N, C) targets, for the losses `mse` and `softmaxCrossEntropy`)
 * @throws ShapeError or LabelError for data that do not fit the model
 */
export function gradCheck(
  model: AnyModel,
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
  // The same masks in every call, and a state that none of them changes.
  const lossOptions: LossOptions = { step: model.chance.step, ...(reg === undefined ? {} : { reg }) };
  const problem = { X, y, options: lossOptions };
  const { loss, grads } = model.loss(X, y, lossOptions);
  const { moved, f, epsilon } = lossToMeasure(model, problem, loss);
  const coarse = epsilon === epsilons.float32;
  const rng = new RandomState(0);
  const picked = Object.entries(moved.params).map(
    ([name, { size }]): PickedElements => ({
      name,
      elements:
        samples === undefined || samples >= size
          ? Int32Array.from({ length: size }, (_, i) => i)
          : rng.choice(size, samples, { replace: false }),
    }),
  );

  const compareHere = (gradients: NamedTensors, of: readonly PickedElements[]) => {
    const measured = { f, value: f(), epsilon };
    const roundings = gradientRounding(moved, problem, of, epsilons[dtype]);
    return of.map(({ name, elements }, p) => {
      const param = moved.params[name]!;
      const gradient = asTensor(gradients[name], `gradCheck: grads.${name}`, { shape: param.shape });
      const values = valuesAt(gradient, elements);
      const derivatives = measureDerivatives(param, elements, h, measured, tolerance);
      return derivatives.map(
        (derivative, k): Comparison => ({
          gradient: values[k]!,
          rounding: roundings[p]![k]!,
          ...derivative,
        }),
      );
    });
  };
  const comparisons = compareHere(grads, picked).map((of) => certainOnes(of, coarse));
  const atKinks = picked.map(({ name, elements }, p) => ({
    name,
    elements: elements.filter((_, k) => comparisons[p]![k] === undefined),
  }));
  if (!coarse && atKinks.some(({ elements }) => elements.length > 0)) {
    const beside = besideKinks([...new Set([model, moved])], () =>
      compareHere(model.loss(X, y, lossOptions).grads, atKinks),
    ).map((of) => certainOnes(of, coarse));
    for (const [p, of] of comparisons.entries()) {
      let next = 0;
      for (const k of of.keys()) of[k] ??= beside[p]![next++];
    }
  }

  const rows = picked.map(({ name }, p): GradCheckRow => {
    const certain = comparisons[p]!.filter((comparison) => comparison !== undefined);
    const leftOut = comparisons[p]!.length - certain.length;
    const maxRelError = relativeError(certain, tolerance);
    const ok = maxRelError <= tolerance && certain.length >= leftOut;
    return { name, shape: moved.params[name]!.shape, checked: certain.length, leftOut, maxRelError, ok };
  });
  return {
    rows,
    maxRelError: Math.max(0, ...rows.map((row) => row.maxRelError)),
    ok: rows.every((row) => row.ok),
    toString: () => [formatRows(rows, tolerance), ...remarks(rows, tolerance, dtype, coarse)].join('\n'),
    // What console.log shows in Node.
    [Symbol.for('nodejs.util.inspect.custom')](): string {
      return this.toString();
    },
  };
}

/** An element of a gradient beside its difference. */
interface Comparison extends MeasuredDerivative {
  readonly gradient: number;
  /** How far the gradient may be off by the model's rounding. */
  readonly rounding: number;
}

/** The loss to take differences of: that of the model in float64 if it is the model's loss, else the model's own. */
function lossToMeasure(
  model: AnyModel,
  { X, y, options }: Problem,
  loss: number,
): { readonly moved: AnyModel; readonly f: () => number; readonly epsilon: number } {
  const epsilon = epsilons[model.dtype];
  try {
    const moved = LossInDouble.of(model);
    const f = moved.lossOf(X, y, options);
    const exact = f();
    const same = Math.abs(exact - loss) <= 1e4 * epsilon * Math.max(1, Math.abs(exact));
    if (same || Number.isNaN(exact)) return { moved, f, epsilon: epsilons.float64 };
  } catch {
    // A layer of the user's own that cannot compute in float64.
  }
  return { moved: model, f: () => model.loss(X, y, options).loss, epsilon };
}

/** The size that the elements of a parameter have; 1 where all are zero. */
function sizeOfElements(param: Tensor): number {
  return Math.max(1e-3, rootMeanSquare([...param]) || 1);
}

/** Each element's derivative with the step at which it is most certain. */
function measureDerivatives(
  param: Tensor,
  elements: Int32Array,
  h: number | undefined,
  measured: Measured,
  tolerance: number,
): MeasuredDerivative[] {
  const size = sizeOfElements(param);
  const steps =
    h === undefined ? Array.from({ length: stepCount }, (_, i) => size * largestStep * stepFactor ** i) : [h];
  // The kinks are about as far as those of the element before.
  let first = 0;
  return Array.from(elements, (i) => {
    let best: MeasuredDerivative | undefined;
    for (let at = Math.max(0, first - 1); at < steps.length; at++) {
      const found = measureDerivative(param, offsetAt(param, i), steps[at]!, measured);
      if (best === undefined || !(found.uncertainty >= best.uncertainty)) {
        best = found;
        first = at;
      }
      // Good enough, or such that a smaller step brings more rounding.
      const { value, uncertainty, noise } = found;
      if (uncertainty <= Math.max((tolerance / 4) * Math.abs(value), 4 * noise)) break;
    }
    return best!;
  });
}

/** Does something with the parameters of models, equal ones, moved at random by as much as the largest step. */
function besideKinks<Result>(models: readonly AnyModel[], act: () => Result): Result {
  const kept = models.map((model) => model.snapshotParams());
  try {
    for (const model of models) {
      const rng = new RandomState(0);
      for (const param of Object.values(model.params)) {
        const reach = largestStep * sizeOfElements(param);
        for (const at of offsetsOf(param)) param.data[at]! += rng.uniform(-reach, reach);
      }
    }
    return act();
  } finally {
    for (const [i, model] of models.entries()) model.restoreParams(kept[i]!);
  }
}

/** Those whose derivatives are known well enough to judge by; undefined for the others. */
function certainOnes(comparisons: readonly Comparison[], coarse: boolean): (Comparison | undefined)[] {
  const size = Math.max(
    rootMeanSquare(comparisons.map(({ gradient }) => gradient)),
    rootMeanSquare(comparisons.map(({ value }) => value)),
  );
  return comparisons.map((comparison) => {
    const { gradient, value, uncertainty, noise } = comparison;
    if (!(uncertainty > certainty * Math.max(size, Math.abs(gradient), Math.abs(value)))) return comparison;
    // What float64's rounding hides is too little to matter; a kink is not.
    return coarse || uncertainty > 16 * noise ? undefined : comparison;
  });
}

/**
 * The error by norm or that of the worst element, whichever is larger, both beyond what is uncertain: an element's error is what exceeds
 * that, and to the norm of the differences is added what makes an error that is all uncertainty as large as the tolerance.
 */
function relativeError(comparisons: readonly Comparison[], tolerance: number): number {
  let worst = 0;
  const squares = { error: 0, difference: 0, doubt: 0 };
  for (const { gradient, value, uncertainty, rounding } of comparisons) {
    const error = Math.abs(gradient - value);
    const doubt = 2 * uncertainty + rounding;
    worst = maximum(worst, Math.max(0, error - doubt) / (Math.max(Math.abs(gradient), Math.abs(value)) || 1));
    squares.error += error ** 2;
    squares.difference += value ** 2;
    squares.doubt += doubt ** 2;
  }
  const norm = Math.sqrt(squares.difference) + Math.sqrt(squares.doubt) / tolerance;
  return maximum(worst, norm === 0 ? 0 : Math.sqrt(squares.error) / norm);
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
