import { describe, expectation } from '../../core/describe.js';
import { ArgumentError } from '../../core/errors.js';
import { allocate } from '../../core/memory.js';
import {
  arrayOf,
  boolean,
  type Checked,
  checkOptions,
  either,
  nonNegative,
  nonNegativeInteger,
  optional,
  positiveInteger,
  type Rule,
} from '../../core/options.js';
import {
  addNoise,
  asDtype,
  drawn,
  evenCounts,
  type GeneratedClasses,
  type GeneratorOptions,
  generatorOptions,
  labelsOf,
  linspace,
  orderRows,
  sampleCount,
} from './generator-options.js';

export interface MoonsOptions extends GeneratorOptions {
  /** Points in all, or those of each of the two shapes; default 100. An odd point is in the second one. */
  readonly numSamples?: number | readonly [number, number];
  /** Standard deviation of the normals that are added; default 0. */
  readonly noise?: number;
}

export interface CirclesOptions extends MoonsOptions {
  /** The inner radius, the outer one being 1: from 0 on, below 1; default 0.8. */
  readonly factor?: number;
}

export interface SpiralsOptions extends GeneratorOptions {
  /** Points of all arms together; default 300. */
  readonly numSamples?: number;
  /** Arms; default 3. */
  readonly numClasses?: number;
  /** Standard deviation of the angle, in radians; default 0.2. */
  readonly noise?: number;
}

const twoCounts = either(sampleCount, arrayOf(nonNegativeInteger));
const shapeOptions = {
  ...generatorOptions,
  numSamples: optional(twoCounts, 100),
  noise: optional(nonNegative, 0),
};

const belowOne: Rule<number> = {
  expected: 'a number from 0 on and below 1',
  plural: 'numbers from 0 on and below 1',
  accepts: (value): value is number => typeof value === 'number' && value >= 0 && value < 1,
};

/**
 * Two interleaving half circles: `sklearn.datasets.make_moons`, which the same seed makes draw the same points.
 * @returns X (N, 2); y is 0 for the upper moon and 1 for the lower one
 * @throws ArgumentError for options that are not as asked
 */
export function makeMoons(options: MoonsOptions = {}): GeneratedClasses {
  const { numSamples, ...rest } = checkOptions('makeMoons', options, shapeOptions);
  const [upper, lower] = bothCounts('makeMoons', numSamples);
  return scatter('makeMoons', rest, [
    { angles: linspace(0, Math.PI, upper), x: Math.cos, y: Math.sin },
    { angles: linspace(0, Math.PI, lower), x: (t) => 1 - Math.cos(t), y: (t) => 1 - Math.sin(t) - 0.5 },
  ]);
}

/**
 * A circle inside another: `sklearn.datasets.make_circles`, which the same seed makes draw the same points.
 * @returns X (N, 2); y is 0 for the outer circle and 1 for the inner one
 * @throws ArgumentError for options that are not as asked
 */
export function makeCircles(options: CirclesOptions = {}): GeneratedClasses {
  const { numSamples, factor, ...rest } = checkOptions('makeCircles', options, {
    ...shapeOptions,
    factor: optional(belowOne, 0.8),
  });
  const [outer, inner] = bothCounts('makeCircles', numSamples);
  return scatter('makeCircles', rest, [
    { angles: linspace(0, 2 * Math.PI, outer, false), x: Math.cos, y: Math.sin },
    {
      angles: linspace(0, 2 * Math.PI, inner, false),
      x: (t) => Math.cos(t) * factor,
      y: (t) => Math.sin(t) * factor,
    },
  ]);
}

/**
 * Arms of a spiral from the origin to radius 1: the toy data of cs231n's neural network case study, whose 100 points a class are
 * `makeSpirals({ numSamples: 300, seed })` after `np.random.seed(seed)`.
 * @returns X (N, 2), an arm after the other unless `shuffle` is set; y is the arm
 * @throws ArgumentError for options that are not as asked
 */
export function makeSpirals(options: SpiralsOptions = {}): GeneratedClasses {
  const { numSamples, numClasses, noise, seed, rng, shuffle, dtype } = checkOptions('makeSpirals', options, {
    ...generatorOptions,
    numSamples: optional(sampleCount, 300),
    numClasses: optional(positiveInteger, 3),
    noise: optional(nonNegative, 0.2),
    shuffle: optional(boolean, false),
  });
  if (numClasses > numSamples) {
    throw new ArgumentError(
      expectation(
        'makeSpirals: option numClasses',
        `to be at most ${numSamples}, as there are points,`,
        describe(numClasses),
      ),
    );
  }
  const counts = evenCounts(numSamples, numClasses);
  return drawn('makeSpirals', { seed, rng }, (random) => {
    const X = allocate('float64', 2 * numSamples);
    let at = 0;
    counts.forEach((count, arm) => {
      const radii = linspace(0, 1, count);
      const angles = linspace(4 * arm, 4 * (arm + 1), count);
      const normals = random.randn(count).data;
      for (let i = 0; i < count; i++) {
        const angle = angles[i]! + normals[i]! * noise;
        X[at++] = radii[i]! * Math.sin(angle);
        X[at++] = radii[i]! * Math.cos(angle);
      }
    });
    const order = shuffle ? random.permutation(numSamples) : undefined;
    return {
      X: asDtype('makeSpirals', orderRows(X, 2, order), [numSamples, 2], dtype),
      y: labelsOf(counts, order),
    };
  });
}

function bothCounts(who: string, numSamples: number | readonly number[]): readonly [number, number] {
  if (typeof numSamples === 'number') {
    const first = Math.floor(numSamples / 2);
    return [first, numSamples - first];
  }
  const [first, second, ...more] = numSamples;
  if (
    first === undefined ||
    second === undefined ||
    more.length > 0 ||
    !sampleCount.accepts(first + second)
  ) {
    throw new ArgumentError(
      expectation(
        `${who}: option numSamples`,
        'to be a number of points, or one for each of the two shapes,',
        describe(numSamples),
      ),
    );
  }
  return [first, second];
}

interface Curve {
  readonly angles: Float64Array;
  readonly x: (angle: number) => number;
  readonly y: (angle: number) => number;
}

/** Scikit-learn's order of draws: first the shuffle, then the noise. */
function scatter(
  who: string,
  { seed, rng, shuffle, noise, dtype }: Omit<Checked<typeof shapeOptions>, 'numSamples'>,
  curves: readonly Curve[],
): GeneratedClasses {
  return drawn(who, { seed, rng }, (random) => {
    const counts = curves.map(({ angles }) => angles.length);
    const numSamples = counts.reduce((sum, count) => sum + count, 0);
    const X = allocate('float64', 2 * numSamples);
    let at = 0;
    for (const { angles, x, y } of curves) {
      for (let i = 0; i < angles.length; i++) {
        X[at++] = x(angles[i]!);
        X[at++] = y(angles[i]!);
      }
    }
    const order = shuffle ? random.permutation(numSamples) : undefined;
    const points = orderRows(X, 2, order);
    addNoise(points, noise, random);
    return { X: asDtype(who, points, [numSamples, 2], dtype), y: labelsOf(counts, order) };
  });
}
