import type { FloatDtype, TypedArray } from '../../core/dtype.js';
import { ArgumentError } from '../../core/errors.js';
import { allocate } from '../../core/memory.js';
import { boolean, integerIn, oneOf, optional } from '../../core/options.js';
import { type RandomOptions, randomOptions, rngOf } from '../../core/random/random-options.js';
import type { RandomState } from '../../core/random/random-state.js';
import { firstNonFinite } from '../../core/tensors/finite.js';
import { Tensor } from '../../core/tensors/tensor.js';
import { pickRows } from '../pick-rows.js';

/** What every generator of data takes. */
export interface GeneratorOptions extends RandomOptions {
  /** Put the rows into random order; default true, for makeSpirals false. */
  readonly shuffle?: boolean;
  /** Of X, and of the targets of makeRegression; default float64. The draws are the same. */
  readonly dtype?: FloatDtype;
}

/** Points in classes. */
export interface GeneratedClasses {
  /** (N, D), on shared memory. */
  readonly X: Tensor;
  /** N class indices, on shared memory. */
  readonly y: Int32Array;
}

export const generatorOptions = {
  ...randomOptions,
  shuffle: optional(boolean, true),
  dtype: optional(oneOf<FloatDtype>('float32', 'float64'), 'float64'),
} as const;

/**
 * What `make` draws, where a failure leaves a given generator as it was.
 * @throws ArgumentError for both a seed and a generator, and whatever `make` throws
 */
export function drawn<Result>(
  who: string,
  source: Parameters<typeof rngOf>[1],
  make: (random: RandomState) => Result,
): Result {
  const random = rngOf(who, source);
  const before = random.getState();
  try {
    return make(random);
  } catch (error) {
    random.setState(before);
    throw error;
  }
}

/** How many rows can be asked for. */
export const sampleCount = integerIn(1, 2 ** 28);

/** numpy.linspace. */
export function linspace(start: number, stop: number, count: number, endpoint = true): Float64Array {
  const values = new Float64Array(count);
  const steps = endpoint ? count - 1 : count;
  const step = steps > 0 ? (stop - start) / steps : 0;
  for (let i = 0; i < count; i++) values[i] = i * step + start;
  if (endpoint && count > 1) values[count - 1] = stop;
  return values;
}

/** Splits rows evenly; the first classes take one more each where it does not come out even. */
export function evenCounts(total: number, classes: number): number[] {
  return Array.from(
    { length: classes },
    (_, i) => Math.floor(total / classes) + (i < total % classes ? 1 : 0),
  );
}

/** The classes of rows that were written one class after the other, and then put into an order. */
export function labelsOf(counts: readonly number[], order: Int32Array | undefined): Int32Array {
  const labels = allocate(
    'int32',
    counts.reduce((sum, count) => sum + count, 0),
  );
  let at = 0;
  counts.forEach((count, label) => {
    labels.fill(label, at, at + count);
    at += count;
  });
  return orderRows(labels, 1, order);
}

/** The rows in an order: a copy, or without one the array itself. */
export function orderRows<Elements extends TypedArray>(
  X: Elements,
  width: number,
  order: Int32Array | undefined,
): Elements {
  return order === undefined ? X : pickRows(X, width, order);
}

/**
 * A copy in float32 where that is asked for.
 * @param who opens the message of an error
 * @throws ArgumentError for numbers that became infinite: options may be as large as they like, what is made of them may not
 */
export function asDtype(who: string, X: Float64Array, shape: readonly number[], dtype: FloatDtype): Tensor {
  const made = dtype === 'float64' ? X : allocate('float32', X.length);
  if (made !== X) made.set(X);
  const bad = firstNonFinite(made);
  if (bad >= 0) {
    const expected = `options that make numbers which ${dtype} can hold`;
    throw new ArgumentError(`${who}: expected ${expected} but received ones that make ${X[bad]}`);
  }
  return new Tensor(made, shape);
}

/** Adds normals to all elements, drawn in their order. */
export function addNoise(values: Float64Array, noise: number, rng: RandomState): void {
  if (noise === 0) return;
  const drawn = rng.normal(0, noise, values.length).data;
  for (let i = 0; i < values.length; i++) values[i] = values[i]! + drawn[i]!;
}
