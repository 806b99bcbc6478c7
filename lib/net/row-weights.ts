import { describe, expectation } from '../core/describe.js';
import type { FloatDtype, TypedArray } from '../core/dtype.js';
import { ArgumentError } from '../core/errors.js';
import { allocate } from '../core/memory.js';
import { asTensor, Tensor } from '../core/tensors/tensor.js';
import type { Loss } from '../nn/losses/index.js';

/**
 * Labels with 0 for those that the loss ignores, and which rows it heeds; as they were given where it ignores none.
 * @param what names them in errors
 */
export function heededLabels(
  labels: unknown,
  { ignoreIndex }: Loss,
  what: string,
): { readonly labels: unknown; readonly heeded?: readonly boolean[] } {
  if (ignoreIndex === undefined) return { labels };
  const given = labels instanceof Tensor ? labels : asTensor(labels, what);
  // Rows that are one-hot have no label to ignore.
  if (given.rank === 2 && given.shape[1] !== 1) return { labels, heeded: [] };
  const values = Array.from(given.elements());
  const heeded = values.map((label) => label !== ignoreIndex);
  return { labels: values.map((label, i) => (heeded[i] ? label : 0)), heeded };
}

/**
 * What rows count, (count, 2): the weight w that a row's loss is multiplied by, and the share d that it has in what the sum is divided by.
 * The loss of a batch is Σ w·loss / Σ d. With weights of classes, w and d are that of the label; of an ignored row both are 0 (so PyTorch's
 * reduction 'mean'). A sample weight multiplies w and not d: Σ w·loss / N, as Keras has it.
 * @param labels undefined for a target of numbers
 * @param heeded rows that are not are ignored; undefined where the loss ignores none
 * @returns undefined where all rows count alike
 * @throws ArgumentError, ShapeError for sample weights that are not `count` finite numbers from 0 on
 */
export function rowWeights(
  { loss, count, dtype }: { readonly loss: Loss; readonly count: number; readonly dtype: FloatDtype },
  labels: TypedArray | undefined,
  heeded: readonly boolean[] | undefined,
  sampleWeight: { readonly values: unknown; readonly what: string } | undefined,
): TypedArray | undefined {
  const ofClass = labels === undefined ? undefined : loss.weight;
  if (ofClass === undefined && heeded === undefined && sampleWeight?.values === undefined) return undefined;
  const ofSample = sampleWeight?.values === undefined ? undefined : sampleWeights(sampleWeight, count, dtype);
  const weights = allocate(dtype, 2 * count);
  for (let i = 0; i < count; i++) {
    const isHeeded = heeded?.[i] ?? true;
    const own = isHeeded ? (ofClass?.[labels![i]!] ?? 1) : 0;
    const inLoss = loss.weighsClasses && isHeeded ? 1 : own;
    weights[2 * i] = inLoss * (ofSample?.[i] ?? 1);
    weights[2 * i + 1] = own;
  }
  return weights;
}

function sampleWeights(
  { values, what }: { readonly values: unknown; readonly what: string },
  count: number,
  dtype: FloatDtype,
): TypedArray {
  const weights = asTensor(values, what, { shape: [count], dtype, convert: true }).elements();
  const bad = weights.findIndex((weight) => !(weight >= 0 && Number.isFinite(weight)));
  if (bad >= 0) {
    const expected = 'to be a finite number from 0 on';
    throw new ArgumentError(expectation(`${what}[${bad}]`, expected, describe(weights[bad])));
  }
  return weights;
}

/**
 * What the sum over rows is divided by: Σ d, or how many they are where all count alike.
 * @param rowOf which of the weights' rows each is
 */
export function sumOfShares(
  weights: TypedArray | undefined,
  count: number,
  rowOf: (i: number) => number = (i) => i,
): number {
  if (weights === undefined) return count;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += weights[2 * rowOf(i) + 1]!;
  return sum;
}
