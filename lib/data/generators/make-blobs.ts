import { describe, expectation } from '../../core/describe.js';
import { ArgumentError } from '../../core/errors.js';
import { allocate } from '../../core/memory.js';
import {
  any,
  arrayOf,
  checkOptions,
  either,
  nonNegative,
  nonNegativeInteger,
  number,
  optional,
  positiveInteger,
} from '../../core/options.js';
import { asTensor, type Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import {
  asDtype,
  drawn,
  evenCounts,
  type GeneratedClasses,
  type GeneratorOptions,
  generatorOptions,
  labelsOf,
  orderRows,
  sampleCount,
} from './generator-options.js';

export interface BlobsOptions extends GeneratorOptions {
  /** Points in all, or those of each blob; default 100. */
  readonly numSamples?: number | readonly number[];
  /** D; default 2, or as the centers have. */
  readonly numFeatures?: number;
  /** How many centers are drawn (default 3, or one for each number of samples), or where they are, (C, D). */
  readonly centers?: number | TensorLike;
  /** Standard deviation of the blobs, or of each; default 1. */
  readonly clusterStd?: number | readonly number[];
  /** The range from which the coordinates of centers are drawn; default [-10, 10]. */
  readonly centerBox?: readonly [low: number, high: number];
}

export interface GeneratedBlobs extends GeneratedClasses {
  /** (C, D) float64. */
  readonly centers: Tensor;
}

/** Draws nothing before all is checked. */
interface Plan {
  readonly counts: readonly number[];
  readonly given: Tensor | undefined;
  readonly numFeatures: number;
}

/**
 * Normal clouds around centers: `sklearn.datasets.make_blobs`, which the same seed makes draw the same points.
 * @returns X (N, D), the classes y, and the centers (C, D)
 * @throws ArgumentError for options that are not as asked or do not fit together
 * @throws ShapeError for centers that are no matrix
 */
export function makeBlobs(options: BlobsOptions = {}): GeneratedBlobs {
  const { clusterStd, centerBox, seed, rng, shuffle, dtype, ...rest } = checkOptions('makeBlobs', options, {
    ...generatorOptions,
    numSamples: optional(either(sampleCount, arrayOf(nonNegativeInteger)), 100),
    numFeatures: optional(positiveInteger),
    centers: optional(any),
    clusterStd: optional(either(nonNegative, arrayOf(nonNegative)), 1),
    centerBox: optional(arrayOf(number), [-10, 10]),
  });
  const { counts, given, numFeatures } = plan(rest);
  const numCenters = counts.length;
  const deviations = typeof clusterStd === 'number' ? Array<number>(numCenters).fill(clusterStd) : clusterStd;
  if (deviations.length !== numCenters) {
    throw mismatch('clusterStd', `to be a number or one for each of the ${numCenters} centers`, clusterStd);
  }
  const [low, high] = centerBox;
  if (centerBox.length !== 2 || low! > high! || !Number.isFinite(high! - low!)) {
    throw mismatch('centerBox', 'to be the lowest and the highest coordinate', centerBox);
  }
  return drawn('makeBlobs', { seed, rng }, (random) => {
    const numSamples = counts.reduce((sum, count) => sum + count, 0);
    const X = allocate('float64', numSamples * numFeatures);
    const centers = given ?? random.uniform(low!, high!, [numCenters, numFeatures]);
    const middles = centers.elements();
    let at = 0;
    counts.forEach((count, center) => {
      const normals = random.randn(count, numFeatures).data;
      for (let i = 0; i < normals.length; i++, at++) {
        X[at] = middles[center * numFeatures + (i % numFeatures)]! + deviations[center]! * normals[i]!;
      }
    });
    const order = shuffle ? random.permutation(numSamples) : undefined;
    const points = asDtype('makeBlobs', orderRows(X, numFeatures, order), [numSamples, numFeatures], dtype);
    return { X: points, y: labelsOf(counts, order), centers };
  });
}

function plan(options: {
  readonly numSamples: number | readonly number[];
  readonly numFeatures: number | undefined;
  readonly centers: unknown;
}): Plan {
  const { numSamples, centers } = options;
  const asNumber = centers === undefined || typeof centers === 'number';
  const given = asNumber
    ? undefined
    : asTensor(centers, 'makeBlobs: centers', { rank: 2, dtype: 'float64', convert: true });
  const asked = given?.shape[0] ?? centers ?? (typeof numSamples === 'number' ? 3 : numSamples.length);
  if (!sampleCount.accepts(asked)) {
    throw mismatch('centers', 'to be how many there are, a positive integer, or where they are', centers);
  }
  const numFeatures = options.numFeatures ?? given?.shape[1] ?? 2;
  if (numFeatures === 0 || (given !== undefined && given.shape[1] !== numFeatures)) {
    throw mismatch('centers', `to have ${numFeatures || 'some'} features`, centers);
  }
  const counts = typeof numSamples === 'number' ? evenCounts(numSamples, asked) : numSamples;
  if (counts.length !== asked || !sampleCount.accepts(counts.reduce((sum, count) => sum + count, 0))) {
    throw mismatch(
      'numSamples',
      `to be a number of points, or one for each of the ${asked} centers`,
      numSamples,
    );
  }
  return { counts, given, numFeatures };
}

function mismatch(option: string, expected: string, received: unknown): ArgumentError {
  return new ArgumentError(expectation(`makeBlobs: option ${option}`, `${expected},`, describe(received)));
}
