import { expectation } from '../../core/describe.js';
import { ArgumentError, ShapeError } from '../../core/errors.js';
import { formatShape } from '../../core/tensors/shape.js';
import { asTensor, type Tensor } from '../../core/tensors/tensor.js';
import { type GivenWeights, givenTarget } from '../../net/inputs.js';
import { sumOfShares } from '../../net/row-weights.js';
import type { Loss } from '../../nn/losses/index.js';
import { commonDtype } from './common-dtype.js';
import { type Given, resultIn } from './given-results.js';
import { lossCall } from './layer-call.js';

/** What a loss is computed of, as a caller gave it. */
export interface LossArguments {
  readonly loss: Loss;
  /** The caller's name, and those of its arguments. */
  readonly who: string;
  readonly names: { readonly scores: string; readonly target: string };
  readonly scores: unknown;
  readonly target: unknown;
  readonly sampleWeight?: GivenWeights;
  /** Default `'mean'`. */
  readonly reduction?: 'mean' | 'sum';
  /** Whether scores of one class are refused, whose loss is always 0; default false. */
  readonly severalClasses?: boolean;
  /** Where the gradient is to be written. */
  readonly results?: Given;
}

/**
 * A loss and its gradient by the scores, for criteria and loss functions.
 * @throws ShapeError, LabelError, ArgumentError for what does not fit
 */
export function lossAndGradient({
  loss,
  who,
  names,
  scores: x,
  target: y,
  sampleWeight,
  reduction = 'mean',
  severalClasses = false,
  results,
}: LossArguments): { readonly loss: number; readonly gradient: Tensor } {
  const what = `${who}: ${names.scores}`;
  const dtype = commonDtype(x);
  const scores = asTensor(x, what, { rank: 2, dtype, convert: true });
  const [count = 0, cols = 0] = scores.shape;
  if (scores.size === 0) {
    throw new ShapeError(
      expectation(what, 'to have at least one row and column', `shape ${formatShape(scores.shape)}`),
    );
  }
  if (cols === 1 && severalClasses && loss.target !== 'targets') {
    const expected = 'to have at least 2 columns, since of one class the loss is always 0,';
    throw new ShapeError(`${expectation(what, expected, '1')}; MSELoss is for numbers`);
  }
  const misfit = loss.misfit(cols);
  if (misfit !== undefined) throw new ArgumentError(`${who}: expected ${misfit}`);
  const target = givenTarget(y, count, cols, `${who}: ${names.target}`, loss, dtype, sampleWeight);
  // What the caller gives is not written before all is well.
  if (results !== undefined) target.check();
  const elements = scores.elements();
  const occupied = [
    { name: names.scores, data: elements },
    { name: names.target, data: target.data },
  ];
  const result = resultIn(who, results, 'dx', dtype, [count, cols], occupied);
  const mean = lossCall(loss, dtype, cols, target).run(count, elements, target, result.data);
  const factor = reduction === 'sum' ? sumOfShares(target.weights, count) * loss.rowDivisor(cols) : 1;
  if (factor !== 1) for (let i = 0; i < result.data.length; i++) result.data[i]! *= factor;
  result.deliver?.();
  return { loss: mean * factor, gradient: result.tensor };
}
