import { allocate } from '../../core/memory.js';
import {
  checkOptions,
  nonNegative,
  nonNegativeInteger,
  number,
  optional,
  positiveInteger,
} from '../../core/options.js';
import { Tensor } from '../../core/tensors/tensor.js';
import {
  addNoise,
  asDtype,
  drawn,
  type GeneratorOptions,
  generatorOptions,
  orderRows,
  sampleCount,
} from './generator-options.js';

export interface RegressionOptions extends GeneratorOptions {
  /** N; default 100. */
  readonly numSamples?: number;
  /** D; default 100. */
  readonly numFeatures?: number;
  /** How many features have a coefficient that is not 0; default 10. More than there are means all. */
  readonly numInformative?: number;
  /** T; default 1. */
  readonly numTargets?: number;
  /** Added to every target; default 0. */
  readonly bias?: number;
  /** Standard deviation of the normals that are added to the targets; default 0. */
  readonly noise?: number;
}

export interface GeneratedRegression {
  /** (N, D) standard normals, on shared memory. */
  readonly X: Tensor;
  /** (N), or (N, T) for several targets: X · coef + bias, with noise. */
  readonly y: Tensor;
  /** (D), or (D, T): 0 … 100, and 0 for features that are not informative. float64. */
  readonly coef: Tensor;
}

/**
 * A linear model and samples of it: `sklearn.datasets.make_regression` without `effective_rank`. The same seed draws the same
 * numbers; the targets agree to rounding. With `shuffle`, the features are put into random order too.
 * @throws ArgumentError for options that are not as asked
 */
export function makeRegression(options: RegressionOptions = {}): GeneratedRegression {
  const who = 'makeRegression';
  const checked = checkOptions(who, options, {
    ...generatorOptions,
    numSamples: optional(sampleCount, 100),
    numFeatures: optional(positiveInteger, 100),
    numInformative: optional(nonNegativeInteger, 10),
    numTargets: optional(positiveInteger, 1),
    bias: optional(number, 0),
    noise: optional(nonNegative, 0),
  });
  const { numSamples: N, numFeatures: D, numTargets: T, bias, noise, seed, rng, shuffle, dtype } = checked;
  return drawn(who, { seed, rng }, (random) => {
    const informative = Math.min(D, checked.numInformative);
    let y = allocate('float64', N * T);
    let coef = allocate('float64', D * T);
    let X = random.randn(N, D).data as Float64Array;
    const uniforms = random.rand(informative, T).data;
    for (let i = 0; i < uniforms.length; i++) coef[i] = 100 * uniforms[i]!;
    for (let n = 0; n < N; n++) {
      for (let t = 0; t < T; t++) {
        let sum = 0;
        for (let d = 0; d < informative; d++) sum += X[n * D + d]! * coef[d * T + t]!;
        y[n * T + t] = sum + bias;
      }
    }
    addNoise(y, noise, random);
    if (shuffle) {
      const order = random.permutation(N);
      const columns = random.permutation(D);
      X = takeColumns(orderRows(X, D, order), columns);
      y = orderRows(y, T, order);
      coef = orderRows(coef, T, columns);
    }
    return {
      X: asDtype(who, X, [N, D], dtype),
      y: asDtype(who, y, T === 1 ? [N] : [N, T], dtype),
      coef: new Tensor(coef, T === 1 ? [D] : [D, T]),
    };
  });
}

/** The columns in an order, in place. */
function takeColumns(X: Float64Array, order: Int32Array): Float64Array {
  const width = order.length;
  const row = new Float64Array(width);
  for (let at = 0; at < X.length; at += width) {
    row.set(X.subarray(at, at + width));
    for (let j = 0; j < width; j++) X[at + j] = row[order[j]!]!;
  }
  return X;
}
