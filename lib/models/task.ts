import type { FloatDtype } from '../core/dtype.js';
import { ArgumentError } from '../core/errors.js';
import { allocateResult } from '../core/memory.js';
import { Tensor } from '../core/tensors/tensor.js';
import type { Json } from '../nn/layer.js';
import type { Loss } from '../nn/losses/index.js';
import { netLoss } from './loss-option.js';

/**
 * What a net is for. `classification`: one of C classes, by softmax cross-entropy. `binary`: yes or no, one output, and `multilabel`: C
 * questions at once, both by binary cross-entropy with logits. `regression`: C numbers, by squared error.
 */
export type Task = 'classification' | 'binary' | 'multilabel' | 'regression';

/** What `predict` gives: class numbers, 0 or 1, or a tensor (N, C) of zeros and ones or of numbers. */
export type PredictionOf<T extends Task> = T extends 'classification' | 'binary' ? Int32Array : Tensor;

export const taskNames = ['classification', 'binary', 'multilabel', 'regression'] as const;

const lossOfTask = {
  classification: 'softmax',
  binary: 'bceWithLogits',
  multilabel: 'bceWithLogits',
  regression: 'mse',
};

/** What each task's losses measure. A loss on numbers tells classes apart by their one-hot rows, too (CS145). */
const measuredOfTask = {
  classification: ['classes', 'numbers'],
  binary: ['answers'],
  multilabel: ['answers'],
  regression: ['numbers'],
} as const satisfies Record<Task, readonly Loss['measured'][]>;

/** Outputs and loss of a net, by its options. */
export interface TaskChoice {
  readonly outputs: number;
  readonly loss: Loss;
  /** What a file keeps of the loss. */
  readonly config: Json;
}

/**
 * @param who opens the messages: `TwoLayerNet`
 * @throws ArgumentError for options that contradict the task, and for outputs that nothing tells
 */
export function chooseByTask(
  who: string,
  task: Task | undefined,
  numClasses: number | undefined,
  given: unknown,
): TaskChoice {
  const { loss, config } = netLoss(who, given ?? (task === undefined ? undefined : lossOfTask[task]));
  if (task !== undefined && !(measuredOfTask[task] as readonly string[]).includes(loss.measured)) {
    throw new ArgumentError(
      `${who}: expected a loss for the task '${task}', such as '${lossOfTask[task]}', but received ${loss.name}`,
    );
  }
  if (task === 'binary' && numClasses !== undefined && numClasses !== 1) {
    throw new ArgumentError(
      `${who}: expected the option numClasses, the outputs, to be left out or 1 for the task 'binary' but received ${numClasses}`,
    );
  }
  const outputs =
    numClasses ??
    (task === 'binary' ? 1 : undefined) ??
    (task === 'regression' ? outputsOf(loss) : undefined);
  if (outputs === undefined) {
    throw new ArgumentError(`${who}: expected option numClasses to be a positive integer but it is missing`);
  }
  return { outputs, loss, config };
}

/** For one number: as many as the loss wants for it. */
function outputsOf(loss: Loss): number {
  let outputs = 1;
  while (loss.misfit(outputs) !== undefined && outputs < 1000) outputs++;
  return outputs;
}

/** Zeros and ones of logits: one where they are above 0. */
export function answersOf(scores: Tensor): Tensor {
  const values = scores.elements();
  const answers = Int32Array.from(values, (score) => (score > 0 ? 1 : 0));
  return new Tensor(answers, scores.shape);
}

/** What a loss on numbers predicts by scores (N, outputs), (N, targetCols). */
export function numbersOf(scores: Tensor, loss: Loss, dtype: FloatDtype): Tensor {
  const [count = 0, outputs = 0] = scores.shape;
  const cols = loss.targetCols(outputs);
  const predictions = Array.from({ length: cols }, (_, j) => loss.prediction(j, outputs));
  const values = scores.elements();
  const numbers = allocateResult(dtype, count * cols);
  for (let i = 0; i < numbers.length; i++) {
    const { col, of } = predictions[i % cols]!;
    const score = values[Math.floor(i / cols) * outputs + col]!;
    numbers[i] = of === undefined ? score : of(score);
  }
  return new Tensor(numbers, [count, cols]);
}

/** σ of logits (N, C); of one column both probabilities, (N, 2), of no and of yes. */
export function sigmoids(scores: Tensor, dtype: FloatDtype, both: boolean): Tensor {
  const [count = 0, cols = 0] = scores.shape;
  const values = scores.elements();
  const sigmoid = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
  const probs = allocateResult(dtype, count * (both ? 2 : cols));
  for (let i = 0; i < values.length; i++) {
    if (both) {
      probs[2 * i] = sigmoid(-values[i]!);
      probs[2 * i + 1] = sigmoid(values[i]!);
    } else {
      probs[i] = sigmoid(values[i]!);
    }
  }
  return new Tensor(probs, [count, both ? 2 : cols]);
}

/** The softmax of scores, row by row. */
export function softmaxes(scores: Tensor, dtype: FloatDtype): Tensor {
  const [count = 0, cols = 0] = scores.shape;
  const values = scores.elements();
  const probs = allocateResult(dtype, count * cols);
  for (let first = 0; first < values.length; first += cols) {
    let max = Number.NEGATIVE_INFINITY;
    for (let j = first; j < first + cols; j++) max = Math.max(max, values[j]!);
    let sum = 0;
    for (let j = first; j < first + cols; j++) sum += Math.exp(values[j]! - max);
    for (let j = first; j < first + cols; j++) probs[j] = Math.exp(values[j]! - max) / sum;
  }
  return new Tensor(probs, [count, cols]);
}
