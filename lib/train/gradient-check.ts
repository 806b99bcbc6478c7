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
import { type LabelsLike, type Tensor, type TensorLike, tensor } from '../core/tensor.js';
import { Model } from '../models/model.js';
import { numericalDerivative, relError } from './numerical-gradient.js';

export interface GradCheckOptions {
  /** λ of the checked loss; default: the model's own. */
  readonly reg?: number;
  /** The step to each side; default 1e-5 for a float64 model, 1e-2 for a float32 one. */
  readonly h?: number;
  /** Elements checked in each parameter, drawn at random (seed 0); default: all. */
  readonly samples?: number;
  /** The relative error up to which a parameter passes; default 1e-6 for a float64 model, 5e-2 for a float32 one. */
  readonly tolerance?: number;
}

/** One parameter's result. */
export interface GradCheckRow {
  readonly name: string;
  readonly shape: readonly number[];
  /** Elements that were checked. */
  readonly checked: number;
  /** `relError` of the gradient against central differences. */
  readonly maxRelError: number;
  readonly ok: boolean;
}

/** The rows of a gradient check; `toString()` and string interpolation give a printable table. */
export interface GradCheckTable {
  readonly rows: readonly GradCheckRow[];
  readonly maxRelError: number;
  readonly ok: boolean;
  toString(): string;
}

/**
 * Compares a model's gradients with central differences of its loss, parameter by parameter, as the courses' notebooks do.
 * The parameters are moved and restored; nothing else changes.
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
  const precise = model.dtype === 'float64';
  const { reg, h, samples, tolerance } = checkOptions('gradCheck', options, {
    reg: optional(nonNegative),
    h: optional(positive, precise ? 1e-5 : 1e-2),
    samples: optional(positiveInteger),
    tolerance: optional(positive, precise ? 1e-6 : 5e-2),
  });
  const lossOptions = reg === undefined ? {} : { reg };
  const { grads } = model.loss(X, y, lossOptions);
  const loss = () => model.loss(X, y, lossOptions).loss;
  const rng = new RandomState(0);

  const rows = Object.entries(model.params).map(([name, param]): GradCheckRow => {
    const positions = [...offsetsOf(param)];
    const flatGradient = [...(grads[name] as Tensor)];
    const picked =
      samples === undefined || samples >= positions.length
        ? positions.keys()
        : rng.choice(positions.length, samples, { replace: false });
    const numerical: number[] = [];
    const analytical: number[] = [];
    for (const i of picked) {
      numerical.push(numericalDerivative(param, positions[i]!, h, loss));
      analytical.push(flatGradient[i]!);
    }
    const maxRelError = relError(tensor(analytical), tensor(numerical));
    return { name, shape: param.shape, checked: numerical.length, maxRelError, ok: maxRelError <= tolerance };
  });

  return {
    rows,
    maxRelError: Math.max(0, ...rows.map((row) => row.maxRelError)),
    ok: rows.every((row) => row.ok),
    toString: () => formatRows(rows),
  };
}

function formatRows(rows: readonly GradCheckRow[]): string {
  const cells = [
    ['parameter', 'shape', 'checked', 'max relative error', ''],
    ...rows.map((row) => [
      row.name,
      formatShape(row.shape),
      String(row.checked),
      row.maxRelError.toExponential(2),
      row.ok ? 'ok' : 'WRONG',
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
