import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { ArgumentError, GemmnetError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import type { Tensor } from '../../lib/core/tensors/tensor.js';
import { makeCircles, makeMoons, makeSpirals } from '../../lib/data/generators/generators.js';
import { makeBlobs } from '../../lib/data/generators/make-blobs.js';
import { makeRegression } from '../../lib/data/generators/make-regression.js';
import { fixture } from '../fixtures/index.js';

const generators = { makeMoons, makeCircles, makeSpirals, makeBlobs, makeRegression };
type Generator = (options?: object) => {
  readonly X: Tensor;
  readonly y: Tensor | Int32Array;
  readonly centers?: Tensor;
  readonly coef?: Tensor;
};
const makers = Object.entries(generators) as unknown as [string, Generator][];

interface Case {
  readonly make: keyof typeof generators;
  readonly options: Readonly<Record<string, unknown>>;
  /** X, y, and centers or coefficients. */
  readonly result: readonly [X: number[][], y: number[] | number[][], more?: number[] | number[][]];
}

const cases = JSON.parse(readFileSync(fixture('generators/generators.json'), 'utf8')) as Case[];

/** Of shape and values, to a few roundings: sines, logarithms and products may differ in their last bit. */
function expectNear(actual: Tensor, expected: readonly unknown[]): void {
  const values = expected.flat() as number[];
  const shape = Array.isArray(expected[0]) ? [expected.length, expected[0].length] : [expected.length];
  expect(actual.shape).toEqual(shape);
  [...actual].forEach((value, i) => {
    expect(Math.abs(value - values[i]!)).toBeLessThanOrEqual(4e-15 * Math.max(1, Math.abs(values[i]!)));
  });
}

describe('draws what scikit-learn and cs231n draw:', () => {
  test.each(cases)('$make($options)', ({ make, options, result: [X, y, more] }) => {
    const made = (generators[make] as unknown as Generator)(options);
    expectNear(made.X, X);
    if (made.y instanceof Int32Array) expect([...made.y]).toEqual(y);
    else expectNear(made.y, y);
    expect(more === undefined).toBe(made.centers === undefined && made.coef === undefined);
    if (more !== undefined) expectNear((made.centers ?? made.coef)!, more);
  });

  test('every generator, with and without a shuffle', () => {
    for (const [name] of makers) expect(cases.some(({ make }) => make === name)).toBe(true);
    expect(cases.some(({ options }) => options.shuffle === false)).toBe(true);
  });
});

describe.each(makers)('%s', (_name, make) => {
  test('repeats from a seed, and goes on in a stream', () => {
    const first = make({ seed: 4 });
    expect(make({ seed: 4 })).toEqual(first);
    expect([...make({ seed: 5 }).X]).not.toEqual([...first.X]);
    const rng = new RandomState(4);
    expect(make({ rng })).toEqual(first);
    expect([...make({ rng }).X]).not.toEqual([...first.X]);
    expect([...make().X]).not.toEqual([...make({ shuffle: true }).X]);
  });

  test('gives arrays on shared memory, in float32 too', () => {
    const double = make({ seed: 1 });
    const single = make({ seed: 1, dtype: 'float32' });
    expect([double.X.dtype, single.X.dtype]).toEqual(['float64', 'float32']);
    expect([...single.X]).toEqual([...double.X].map(Math.fround));
    for (const { X, y } of [double, single]) {
      expect(X.data.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect((y instanceof Int32Array ? y : y.data).buffer).toBeInstanceOf(SharedArrayBuffer);
    }
    if (!(double.y instanceof Int32Array)) expect((single.y as Tensor).dtype).toBe('float32');
  });

  test.each<[object, string]>([
    [{ seed: -1 }, 'expected option seed to be an integer in 0 … 4294967295 but received -1'],
    [{ rng: 3 }, 'expected option rng to be an instance of RandomState but received 3'],
    [{ seed: 0, rng: new RandomState(0) }, 'expected the option seed or rng but received both'],
    [{ shuffle: 1 }, 'expected option shuffle to be true or false but received 1'],
    [{ dtype: 'float16' }, "expected option dtype to be 'float32' or 'float64' but received 'float16'"],
    [{ numSamples: 0 }, 'received 0'],
    [{ numSamples: 2.5 }, 'received 2.5'],
    [{ numSamples: 2 ** 40 }, 'received 1099511627776'],
    [{ n_samples: 3 }, 'unknown option n_samples; did you mean numSamples?'],
    [[] as object, 'expected the options to be an object but received []'],
  ])('refuses %j', (options, message) => {
    expect(() => make(options)).toThrow(ArgumentError);
    expect(() => make(options)).toThrow(message);
  });
});

describe('bad options', () => {
  test.each<[string, () => unknown, string]>([
    [
      'noise below 0',
      () => makeMoons({ noise: -1 }),
      'option noise to be a number from 0 on but received -1',
    ],
    [
      'three counts',
      () => makeMoons({ numSamples: [1, 2, 3] as never }),
      'one for each of the two shapes, but received [1, 2, 3]',
    ],
    ['one count', () => makeCircles({ numSamples: [1] as never }), 'but received [1]'],
    ['counts of nothing', () => makeCircles({ numSamples: [0, 0] }), 'but received [0, 0]'],
    [
      'a factor of 1',
      () => makeCircles({ factor: 1 }),
      'option factor to be a number from 0 on and below 1 but received 1',
    ],
    [
      'more arms than points',
      () => makeSpirals({ numSamples: 2 }),
      'option numClasses to be at most 2, as there are points, but received 3',
    ],
    ['no centers', () => makeBlobs({ centers: 0 }), 'option centers to be how many there are'],
    [
      'centers that are words',
      () => makeBlobs({ centers: 'two' as never }),
      'expected centers to be a tensor',
    ],
    [
      'centers in a row',
      () => makeBlobs({ centers: [1, 2] as never }),
      'expected centers to have shape (N, M) but received shape (2)',
    ],
    ['an empty matrix of centers', () => makeBlobs({ centers: [[]] }), 'to have some features'],
    [
      'other features',
      () => makeBlobs({ centers: [[1, 2]], numFeatures: 3 }),
      'option centers to have 3 features',
    ],
    [
      'other deviations',
      () => makeBlobs({ clusterStd: [1, 2] }),
      'one for each of the 3 centers, but received [1, 2]',
    ],
    [
      'other counts',
      () => makeBlobs({ numSamples: [1, 2], centers: 3 }),
      'one for each of the 3 centers, but received [1, 2]',
    ],
    [
      'a box upside down',
      () => makeBlobs({ centerBox: [1, 0] }),
      'option centerBox to be the lowest and the highest',
    ],
    [
      'an infinite bias',
      () => makeRegression({ bias: Number.POSITIVE_INFINITY }),
      'option bias to be a finite number',
    ],
    ['no features', () => makeRegression({ numFeatures: 0 }), 'option numFeatures to be a positive integer'],
    [
      'more than memory holds',
      () => makeRegression({ numSamples: 2 ** 28, numFeatures: 2 ** 40 }),
      'to fit into memory',
    ],
  ])('%s', (_name, call, message) => {
    expect(call).toThrow(GemmnetError);
    expect(call).toThrow(message);
  });

  test('that make infinite numbers', () => {
    const calls: [() => unknown, string][] = [
      [
        () => makeMoons({ noise: 1e308, seed: 0 }),
        'makeMoons: expected options that make numbers which float64 can hold',
      ],
      [() => makeMoons({ noise: 1e39, dtype: 'float32', seed: 0 }), 'numbers which float32 can hold'],
      [() => makeSpirals({ noise: 1e308, seed: 0 }), 'makeSpirals: expected options that make numbers'],
      [() => makeBlobs({ clusterStd: 1.7e308, seed: 0 }), 'makeBlobs: expected options that make numbers'],
      [() => makeBlobs({ centers: [[Number.NaN]], seed: 0 }), 'received ones that make NaN'],
      [
        () => makeBlobs({ centers: 2, centerBox: [-1e308, 1e308] }),
        'option centerBox to be the lowest and the highest',
      ],
      [
        () => makeRegression({ bias: 1e39, dtype: 'float32', seed: 0 }),
        'makeRegression: expected options that make numbers',
      ],
      [
        () => makeRegression({ noise: 1.7e308, seed: 0 }),
        'makeRegression: expected options that make numbers',
      ],
    ];
    for (const [call, message] of calls) {
      expect(call).toThrow(ArgumentError);
      expect(call).toThrow(message);
    }
    expect(makeMoons({ noise: 1e300, seed: 0 }).X.data.every(Number.isFinite)).toBe(true);
  });

  test('draw nothing', () => {
    const rng = new RandomState(3);
    expect(() => makeBlobs({ rng, clusterStd: [1] })).toThrow(ArgumentError);
    expect(() => makeSpirals({ rng, numSamples: 1 })).toThrow(ArgumentError);
    expect(() => makeSpirals({ rng, noise: 1e308 })).toThrow(ArgumentError);
    expect(() => makeMoons({ rng, noise: 1e308 })).toThrow(ArgumentError);
    expect(() => makeBlobs({ rng, clusterStd: 1.7e308 })).toThrow(ArgumentError);
    expect(() => makeRegression({ rng, noise: 1.7e308 })).toThrow(ArgumentError);
    expect(() => makeRegression({ rng, numSamples: 2 ** 28, numFeatures: 2 ** 40 })).toThrow(GemmnetError);
    expect(rng.rand()).toBe(new RandomState(3).rand());
  });
});

test('every point lies where it should', () => {
  const radius = (X: Tensor, i: number) => Math.hypot(X.get(i, 0), X.get(i, 1));
  const circles = makeCircles({ numSamples: 50, factor: 0.25, seed: 1 });
  for (const [i, label] of circles.y.entries())
    expect(radius(circles.X, i)).toBeCloseTo(label === 0 ? 1 : 0.25, 14);
  const spirals = makeSpirals({ numSamples: 10, numClasses: 4, noise: 0, seed: 1 });
  expect([...spirals.y]).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 3, 3]);
  expect([0, 1, 2].map((i) => radius(spirals.X, i))).toEqual([
    0,
    expect.closeTo(0.5, 14),
    expect.closeTo(1, 14),
  ]);
  const { X, y, coef } = makeRegression({
    numSamples: 20,
    numFeatures: 6,
    numInformative: 3,
    bias: 2,
    seed: 1,
  });
  expect([...coef].filter((c) => c !== 0)).toHaveLength(3);
  for (let i = 0; i < 20; i++) {
    const sum = [...coef].reduce((total, c, j) => total + c * X.get(i, j), 2);
    expect(y.get(i)).toBeCloseTo(sum, 11);
  }
  expectTypeOf(y).toEqualTypeOf<Tensor>();
});
