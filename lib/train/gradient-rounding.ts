import { RandomState } from '../core/random-state.js';
import { offsetsOf } from '../core/strided.js';
import { asTensor, type LabelsLike, type TensorLike } from '../core/tensor.js';
import type { LossOptions, Model } from '../models/model.js';

/**
 * Roundings that a sum of rows' shares collects: in terms of the shares, those of their own products and of the sum; in terms of the largest
 * sum in the parameter, that of factors such as the 1 − y² of a tanh, which for a saturated unit is rounded as 1 is.
 */
const [ownRoundings, largestRoundings] = [8, 16];
/** Parameters are moved by so many roundings, at random and several times, to see what the rounding of every layer does. */
const [moves, draws] = [4, 6];

/** What gradients are of. */
export interface Problem {
  readonly X: TensorLike;
  readonly y: LabelsLike | TensorLike;
  readonly options: LossOptions;
}

/**
 * How far each element of a model's gradients may be off when it is computed with the relative rounding `epsilon`: by rounding of the
 * rows' shares, which may be much larger than their sum, and by what rounding does on the way to them. That is little, but where scores
 * are large, or an activation is as near to its kink as its rounding.
 * @returns by parameter, in the order of its elements
 */
export function gradientRounding(
  model: Model,
  { X, y, options }: Problem,
  epsilon: number,
): Readonly<Record<string, Float64Array>> {
  const sizes = Object.entries(model.params).map(([name, { size }]) => [name, size] as const);
  const rounding = Object.fromEntries(sizes.map(([name, size]) => [name, new Float64Array(size)]));

  const [rows, targets] = [asTensor(X, 'gradCheck: X'), asTensor(y, 'gradCheck: y')];
  const count = rows.shape[0]!;
  for (let row = 0; row < count; row++) {
    const { grads } = model.loss(rows.slice(row, row + 1), targets.slice(row, row + 1), options);
    for (const [name] of sizes) {
      let i = 0;
      for (const share of grads[name]!) rounding[name]![i++]! += Math.abs(share) / count;
    }
  }
  for (const sums of Object.values(rounding)) {
    const largest = sums.reduce((most, sum) => Math.max(most, sum), 0);
    sums.forEach((sum, i) => {
      sums[i] = epsilon * (ownRoundings * sum + largestRoundings * largest);
    });
  }

  const kept = model.snapshotParams();
  const { grads: here } = model.loss(X, y, options);
  const moved = Object.fromEntries(sizes.map(([name, size]) => [name, new Float64Array(size)]));
  const rng = new RandomState(0);
  try {
    for (let draw = 0; draw < draws; draw++) {
      for (const param of Object.values(model.params)) {
        for (const at of offsetsOf(param)) param.data[at]! *= 1 + moves * epsilon * rng.uniform(-1, 1);
      }
      const { grads } = model.loss(X, y, options);
      for (const [name] of sizes) {
        const values = [...here[name]!];
        let i = 0;
        for (const value of grads[name]!) {
          moved[name]![i] = Math.max(moved[name]![i]!, Math.abs(value - values[i]!));
          i++;
        }
      }
      model.restoreParams(kept);
    }
  } finally {
    model.restoreParams(kept);
  }
  for (const [name] of sizes)
    moved[name]!.forEach((change, i) => {
      rounding[name]![i]! += 2 * change;
    });
  return rounding;
}
