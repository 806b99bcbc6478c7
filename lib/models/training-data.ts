import { ArgumentError } from '../core/errors.js';
import { shared } from '../core/memory.js';
import { type LabelsLike, Tensor, type TensorLike } from '../core/tensors/tensor.js';
import type { Regression } from '../net/evaluation/evaluation.js';
import { asRows, asTarget, classesOf, measuredOf, type Target } from '../net/inputs.js';
import type { Measured } from '../nn/losses/index.js';
import type { ScheduleCheck } from '../optim/schedules/schedule.js';
import type { AnyModel } from './model.js';

/** Rows and what they aim at. */
export interface TrainingPart {
  /** What errors call the rows: `Solver: XTrain`. */
  readonly name: string;
  /** (N, D) of any dtype. */
  readonly X: Tensor;
  /** What they aim at, as it was given. */
  readonly y: unknown;
  readonly target: Target;
}

/** What a training learns from, and what measures it. */
export interface TrainingData {
  readonly train: TrainingPart;
  readonly val: TrainingPart | undefined;
  /** Whether classes are predicted, numbers, or yes-or-no answers. */
  readonly measured: Measured;
}

/** Rows and targets as a caller gave them, and their names. */
export interface GivenPart {
  readonly X: unknown;
  readonly y: unknown;
  readonly sampleWeight?: unknown;
  readonly names: readonly [X: string, y: string];
}

/** Of classes the accuracy, of numbers the loss and R². */
export type Measure =
  | ({ readonly accuracy?: undefined } & Regression)
  | { readonly accuracy: number; readonly loss?: undefined; readonly r2?: undefined };

/**
 * A training set and, where one is given, a validation set.
 * @param who opens the messages: `Solver`
 * @throws ArgumentError, ShapeError, LabelError for what does not fit the model, and for rows without targets or the reverse
 */
export function trainingData(model: AnyModel, who: string, train: GivenPart, val: GivenPart): TrainingData {
  const parts = [partOf(model, who, train)];
  if ((val.X === undefined) !== (val.y === undefined)) {
    const [X, y] = val.names;
    const given = val.X === undefined ? y : X;
    throw new ArgumentError(`${who}: expected both ${X} and ${y}, or neither, but received only ${given}`);
  }
  if (val.X !== undefined) parts.push(partOf(model, who, val));
  const targets = parts.map(({ target }) => target);
  const measured = measuredOf(model.objective.loss, targets, model.numClasses, model.measured);
  return { train: parts[0]!, val: parts[1], measured };
}

/** What `startTraining` takes as y. */
export function targetOf({ X, y, target }: TrainingPart): LabelsLike | TensorLike {
  const { kind, data, weights } = target;
  const count = X.shape[0]!;
  // Labels that the loss ignores are others in `data`.
  if (kind === 'labels') return weights === undefined ? (data as Int32Array) : (y as LabelsLike);
  return new Tensor(data, [count, data.length / count]);
}

/** @param rows which of them; undefined for all */
export async function measure(
  model: AnyModel,
  { name, X, target }: TrainingPart,
  measured: Measured,
  rows: Int32Array | undefined,
  signal: AbortSignal | undefined,
): Promise<Measure> {
  const all = asRows(X, model.network, name);
  const chunks = { picked: rows, batchSize: 1000, signal };
  if (measured === 'numbers') {
    // What rows count for in the training is no matter here.
    const { kind, data } = target;
    return await model.evaluation.regression(all, { kind, data }, name, chunks);
  }
  if (measured === 'answers') {
    const { accuracy } = await model.evaluation.answers(all, target, name, chunks);
    return { accuracy };
  }
  const classes = classesOf(target, model.numClasses);
  return { accuracy: await model.evaluation.accuracy(all, classes, name, chunks) };
}

/** What was measured of one part, under the names of a check. */
export function measureOf(part: 'train' | 'val', measured: Measure | undefined): ScheduleCheck {
  if (measured === undefined) return {};
  const { accuracy, loss, r2 } = measured;
  return accuracy === undefined ? { [`${part}Loss`]: loss, [`${part}R2`]: r2 } : { [`${part}Acc`]: accuracy };
}

function partOf(model: AnyModel, who: string, { X, y, sampleWeight, names }: GivenPart): TrainingPart {
  const [nameOfX, nameOfY] = names.map((name) => `${who}: ${name}`) as [string, string];
  const { data, count, cols } = asRows(X, model.network, nameOfX);
  const { numClasses, objective, dtype } = model;
  const weights = { values: sampleWeight, what: `${who}: sampleWeight` };
  const target = asTarget(y, count, numClasses, nameOfY, objective.loss, dtype, weights);
  // Where another thread may read it, training and measuring alike.
  return { name: nameOfX, X: new Tensor(shared(data), [count, cols]), y, target };
}
