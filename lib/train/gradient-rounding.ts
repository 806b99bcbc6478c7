import { RandomState } from '../core/random/random-state.js';
import { offsetAt, offsetsOf } from '../core/tensors/strided.js';
import { asTensor, type LabelsLike, type Tensor, type TensorLike } from '../core/tensors/tensor.js';
import type { AnyModel } from '../models/model.js';
import type { LossOptions } from '../models/model-options.js';

/** What gradients are of. */
export interface Problem {
  readonly X: TensorLike;
  readonly y: LabelsLike | TensorLike;
  readonly options: LossOptions;
}

/** Some elements of a parameter, by their row-major numbers. */
export interface PickedElements {
  readonly name: string;
  readonly elements: Int32Array;
}

/**
 * Roundings that a sum of rows' shares collects: in terms of the shares, those of their own products and of the sum; in terms of the largest
 * element of the gradient, that of factors such as the 1 − y² of a tanh, which for a saturated unit is rounded as 1 is.
 */
const [ownRoundings, largestRoundings] = [8, 16];
/** So many rows tell how large the shares are. */
const mostRows = 64;
/** Parameters are moved by so many roundings, at random and several times, to see what the rounding of every layer does. */
const [moves, draws] = [4, 6];

/**
 * How far elements of a model's gradients may be off when they are computed with the relative rounding `epsilon`: by rounding of the
 * rows' shares, which may be much larger than their sum, and by what rounding does on the way to them. That is little, but where scores
 * are large, or an activation is as near to its kink as its rounding.
 * @returns for each of `picked`, in the order of its elements
 */
export function gradientRounding(
  model: AnyModel,
  problem: Problem,
  picked: readonly PickedElements[],
  epsilon: number,
): Float64Array[] {
  const { grads } = model.loss(problem.X, problem.y, problem.options);
  const here = picked.map((one) => valuesAt(grads[one.name]!, one.elements));
  const shares = sharesOfRows(model, problem, picked);
  const moved = changesByMoves(model, problem, picked, here, moves * epsilon);
  return picked.map(({ name }, p) => {
    let largest = shares[p]!.reduce((most, share) => Math.max(most, share), 0);
    for (const value of grads[name]!) largest = Math.max(largest, Math.abs(value));
    return shares[p]!.map(
      (share, k) => epsilon * (ownRoundings * share + largestRoundings * largest) + 2 * moved[p]![k]!,
    );
  });
}

/** The elements with those row-major numbers. */
export function valuesAt(tensor: Tensor, elements: Int32Array): Float64Array {
  return Float64Array.from(elements, (i) => tensor.data[offsetAt(tensor, i)]!);
}

/** The sum of the magnitudes of what each row adds to the gradient. */
function sharesOfRows(
  model: AnyModel,
  { X, y, options }: Problem,
  picked: readonly PickedElements[],
): Float64Array[] {
  const sums = picked.map(({ elements }) => new Float64Array(elements.length));
  const [rows, targets] = [asTensor(X, 'gradCheck: X'), asTensor(y, 'gradCheck: y')];
  const count = rows.shape[0]!;
  const looked = Math.min(count, mostRows);
  // Batch norm has no variance of a single row.
  const size = model.network.leastRows.count;
  for (let k = 0; k < looked; k++) {
    const row = Math.min(Math.floor((k * count) / looked), count - size);
    const { grads } = model.loss(rows.slice(row, row + size), targets.slice(row, row + size), options);
    for (const [p, { name, elements }] of picked.entries()) {
      valuesAt(grads[name]!, elements).forEach((share, i) => {
        sums[p]![i]! += Math.abs(share) / looked;
      });
    }
  }
  return sums;
}

/** The largest change of each element over some moves of all parameters, by that part of each at most. */
function changesByMoves(
  model: AnyModel,
  { X, y, options }: Problem,
  picked: readonly PickedElements[],
  here: readonly Float64Array[],
  part: number,
): Float64Array[] {
  const changes = picked.map(({ elements }) => new Float64Array(elements.length));
  const kept = model.snapshotParams();
  const rng = new RandomState(0);
  try {
    for (let draw = 0; draw < draws; draw++) {
      for (const param of Object.values(model.params)) {
        for (const at of offsetsOf(param)) param.data[at]! *= 1 + part * rng.uniform(-1, 1);
      }
      const { grads } = model.loss(X, y, options);
      for (const [p, { name, elements }] of picked.entries()) {
        valuesAt(grads[name]!, elements).forEach((value, i) => {
          changes[p]![i] = Math.max(changes[p]![i]!, Math.abs(value - here[p]![i]!));
        });
      }
      model.restoreParams(kept);
    }
  } finally {
    model.restoreParams(kept);
  }
  return changes;
}
