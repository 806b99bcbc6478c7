import { expectation } from '../core/describe.js';
import type { TypedArray } from '../core/dtype.js';
import { ShapeError } from '../core/errors.js';
import { asLabels, asTensor, Tensor } from '../core/tensor.js';
import type { LabelledRows } from '../data/labelled-rows.js';
import { asTarget } from '../models/inputs.js';
import type { Model } from '../models/model.js';

/** The labels are what accuracies are measured by. */
export interface TrainingRows extends LabelledRows {
  /** What is trained for: the labels, or weights of the classes. */
  readonly target: Int32Array | Tensor;
}

/**
 * The training set as the solver's user gave it.
 * @throws ArgumentError, ShapeError, LabelError for what does not fit the model
 */
export function trainingRows(model: Model, rows: unknown, given: unknown): TrainingRows {
  const X = rowsOf(model, rows, 'Train');
  const [count = 0] = X.shape;
  const { kind, data } = asTarget(
    given,
    count,
    model.numClasses,
    'Solver: yTrain',
    model.objective.loss,
    model.dtype,
  );
  if (kind === 'labels') return { X, y: data as Int32Array, target: data as Int32Array };
  return { X, y: largestOfRows(data, count), target: new Tensor(data, [count, model.numClasses]) };
}

/** The validation set; throws as {@link trainingRows}. */
export function validationRows(model: Model, rows: unknown, labels: unknown): LabelledRows {
  const X = rowsOf(model, rows, 'Val');
  return { X, y: asLabels(labels, X.shape[0] ?? 0, model.numClasses, 'Solver: yVal') };
}

function rowsOf(model: Model, rows: unknown, part: 'Train' | 'Val'): Tensor {
  const X = asTensor(rows, `Solver: X${part}`, {
    shape: ['N', model.inputSize],
    dtype: [model.dtype, 'float32', 'float64', 'uint8'],
    contiguous: true,
  });
  if (X.shape[0] === 0)
    throw new ShapeError(expectation(`Solver: X${part}`, 'to have at least one row', 'none'));
  return X;
}

/** The first largest of each row. */
function largestOfRows(values: TypedArray, count: number): Int32Array {
  const cols = values.length / count;
  return Int32Array.from({ length: count }, (_, row) => {
    const start = row * cols;
    let best = 0;
    for (let j = 1; j < cols; j++) if (values[start + j]! > values[start + best]!) best = j;
    return best;
  });
}
