import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backendInfo, configure } from '../../lib/backend/index.js';
import { ArgumentError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { type NestedArray, Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import { pca } from '../../lib/data/pca/pca.js';
import { loadDigits } from '../../lib/data/sets/digits.js';
import { fixture } from '../fixtures/index.js';

interface Fitted {
  readonly mean: number[];
  readonly components: number[][];
  readonly explainedVariance: number[];
  readonly explainedVarianceRatio: number[];
  readonly singularValues: number[];
  readonly transformed: number[][];
  readonly whitened: number[][];
  readonly restored: number[][];
}

type Golden = Readonly<Record<'digits' | 'tall' | 'wide' | 'large' | 'largeWide', Fitted>> & {
  readonly digitsFractions: Readonly<Record<string, number>>;
};

const golden = JSON.parse(readFileSync(fixture('scikit-learn/pca.json'), 'utf8')) as Golden;

/** What pca.py makes of the same random numbers. */
function lowRank(rows: number, columns: number, rank: number, noise: number, seed: number): Tensor {
  const rng = new RandomState(seed);
  const factors = rng.randn(rows, rank);
  const loads = rng.randn(rank, columns);
  const rest = rng.randn(rows, columns);
  const X = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = noise * rest.get(i, j) + 3;
      for (let k = 0; k < rank; k++) sum += (factors.get(i, k) / (k + 1)) * loads.get(k, j);
      X[i * columns + j] = sum;
    }
  }
  return new Tensor(X, [rows, columns]);
}

/** The largest difference, relative to the largest expected value. */
function difference(actual: Tensor, expected: NestedArray): number {
  const right = tensor(expected);
  expect(actual.shape).toEqual(right.shape);
  const wanted = [...right];
  const largest = Math.max(...wanted.map(Math.abs));
  return Math.max(...[...actual].map((value, i) => Math.abs(value - wanted[i]!))) / largest;
}

const sets: Readonly<Record<'digits' | 'tall' | 'wide' | 'large' | 'largeWide', () => Tensor>> = {
  digits: () => loadDigits().X,
  tall: () => lowRank(300, 30, 6, 0.01, 1),
  wide: () => lowRank(25, 70, 6, 0.01, 2),
  // These two are iterated on: the covariance, and the Gram matrix.
  large: () => lowRank(400, 300, 8, 0.05, 3),
  largeWide: () => lowRank(280, 320, 8, 0.05, 4),
};

describe.each(['native', 'js'] as const)('pca on %s', (backend) => {
  const before = backendInfo().backend;
  beforeAll(() => void configure({ backend }));
  afterAll(() => void configure({ backend: before }));

  test.each(Object.keys(sets) as (keyof typeof sets)[])('finds what scikit-learn finds: %s', async (name) => {
    const X = sets[name]();
    const expected = golden[name];
    const numComponents = expected.components.length;
    const found = await pca(X, { numComponents, dtype: 'float64' });
    for (const field of ['mean', 'explainedVariance', 'explainedVarianceRatio', 'singularValues'] as const) {
      expect(difference(found[field], expected[field]), field).toBeLessThan(1e-9);
    }
    expect(difference(found.components, expected.components)).toBeLessThan(1e-6);
    const some = X.slice(0, 3);
    expect(difference(await found.transform(some), expected.transformed)).toBeLessThan(1e-6);
    const restored = await found.inverseTransform(await found.transform(X.slice(0, 1)));
    expect(difference(restored, expected.restored)).toBeLessThan(1e-6);

    const white = await pca(X, { numComponents, dtype: 'float64', whiten: true });
    expect(difference(await white.transform(some), expected.whitened)).toBeLessThan(1e-6);
    const prepared = white.preparation.apply(some, { dtype: 'float64' });
    expect(difference(prepared, expected.whitened)).toBeLessThan(1e-6);
    const back = await white.inverseTransform(await white.transform(X.slice(0, 1)));
    expect(difference(back, expected.restored)).toBeLessThan(1e-6);
  });

  test('takes as many components as a fraction of the variance needs', async () => {
    const { X } = loadDigits();
    for (const [fraction, count] of Object.entries(golden.digitsFractions)) {
      const { components } = await pca(X, { numComponents: Number(fraction) });
      expect(components.shape[0]).toBe(count);
    }
    // Iterated: first loosely, to find out how many.
    const large = sets.large();
    const all = [...(await pca(large)).explainedVarianceRatio];
    for (const fraction of [0.5, 0.95, 0.9999]) {
      let sum = 0;
      const count = all.findIndex((ratio) => {
        sum += ratio;
        return sum > fraction;
      });
      const found = await pca(large, { numComponents: fraction });
      expect(found.components.shape).toEqual([count + 1, 300]);
    }
  });

  test('repeats bit for bit', async () => {
    const X = sets.large();
    const [one, two] = [await pca(X, { numComponents: 4 }), await pca(X, { numComponents: 4 })];
    expect([...two.components]).toEqual([...one.components]);
  });
});

describe('pca', () => {
  const times = (X: Tensor, factor: number) =>
    new Tensor(
      Float64Array.from(X, (value) => value * factor),
      X.shape,
    );
  const doubled = (X: Tensor) => new Tensor(Float64Array.from([...X, ...X]), [2 * X.shape[0]!, X.shape[1]!]);
  const withConstants = (X: Tensor) =>
    new Tensor(
      Float64Array.from(X, (value, i) => (i % 3 === 0 ? 0.1 : value)),
      X.shape,
    );

  test.each<[string, () => Tensor, number, number]>([
    ['digits, all', () => loadDigits().X, 64, 61],
    ['fewer rows than columns, all', () => lowRank(20, 50, 3, 0, 5), 20, 3],
    ['fewer rows than columns, iterated on', () => lowRank(270, 300, 3, 0, 5), 12, 3],
    ['columns, iterated on', () => lowRank(300, 270, 3, 0, 6), 20, 3],
    ['one more than the rank', () => lowRank(300, 270, 9, 0, 6), 10, 9],
    ['columns, all', () => lowRank(70, 60, 2, 0, 6), 60, 2],
    ['nothing but zeros', () => new Tensor(new Float64Array(12), [3, 4]), 3, 0],
    ['nothing but zeros, iterated on', () => new Tensor(new Float64Array(300 * 270), [300, 270]), 8, 0],
    ['a constant', () => new Tensor(new Float64Array(300 * 270).fill(0.1), [300, 270]), 8, 0],
    ['a constant of float32', () => new Tensor(new Float32Array(12).fill(0.7), [3, 4]), 3, 0],
    ['every third column constant', () => withConstants(lowRank(300, 270, 4, 0, 7)), 10, 4],
    ['rows that come twice', () => doubled(lowRank(6, 40, 40, 0, 8)), 12, 5],
    ['large numbers', () => times(lowRank(300, 270, 3, 0, 6), 1e100), 8, 3],
    ['small numbers', () => times(lowRank(300, 270, 3, 0, 6), 1e-100), 8, 3],
    ['the smallest numbers', () => times(lowRank(20, 50, 3, 0, 5), 1e-250), 20, 3],
  ])('axes are orthonormal, and those beyond the rank have variance 0: %s', async (_name, make, K, rank) => {
    const X = make();
    const [N = 0, D = 0] = X.shape;
    const { components, mean, singularValues, explainedVariance, explainedVarianceRatio } = await pca(X, {
      numComponents: K,
    });
    let worst = 0;
    for (let i = 0; i < K; i++) {
      for (let j = 0; j <= i; j++) {
        let dot = 0;
        for (let d = 0; d < D; d++) dot += components.data[i * D + d]! * components.data[j * D + d]!;
        worst = Math.max(worst, Math.abs(dot - (i === j ? 1 : 0)));
      }
    }
    expect(worst).toBeLessThan(1e-12);
    expect([...singularValues].filter((value) => value > 0)).toHaveLength(rank);
    expect(
      [...explainedVariance.slice(rank), ...explainedVarianceRatio.slice(rank)].every((v) => v === 0),
    ).toBe(true);
    // What the axes leave of the first rows is rounding.
    const largest = Math.max(...[...X].map((value, i) => Math.abs(value - mean.data[i % D]!)));
    for (const row of [0, 1, N - 1]) {
      const centred = Array.from({ length: D }, (_, d) => X.get(row, d) - mean.get(d));
      const left = [...centred];
      for (let i = 0; i < K; i++) {
        const axis = components.data.subarray(i * D, (i + 1) * D);
        const along = centred.reduce((sum, value, d) => sum + value * axis[d]!, 0);
        axis.forEach((value, d) => {
          left[d] = left[d]! - along * value;
        });
      }
      expect(Math.max(...left.map(Math.abs))).toBeLessThanOrEqual(1e-8 * largest);
    }
  });

  test('explains the whole variance with all components', async () => {
    const all = await pca(loadDigits().X);
    expect(all.components.shape).toEqual([64, 64]);
    expect([...all.explainedVarianceRatio].reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });

  test('whitening gives variance 1, and 0 where there is none', async () => {
    const { X } = loadDigits();
    const white = await pca(X, { whiten: true });
    const Z = await white.transform(X);
    expect(Z.dtype).toBe('float32');
    expect(Z.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    const N = X.shape[0]!;
    const variances = Array.from({ length: 64 }, (_, k) => {
      let squares = 0;
      for (let i = 0; i < N; i++) squares += Z.get(i, k) ** 2;
      return squares / (N - 1);
    });
    // Three pixels are the same in all pictures.
    for (const variance of variances.slice(0, 61)) expect(variance).toBeCloseTo(1, 4);
    expect(variances.slice(61)).toEqual([0, 0, 0]);
  });

  test('takes any rows: uint8, float32, strided, nested; none to transform', async () => {
    const X = loadDigits().X.slice(0, 100);
    const { explainedVariance } = await pca(X, { numComponents: 3 });
    const floats = new Tensor(Float32Array.from(X), [100, 64]);
    const columns = new Tensor(Float64Array.from(floats), [100, 64]).T.contiguous().T;
    for (const same of [floats, columns, X.toArray() as number[][]]) {
      const found = await pca(same, { numComponents: 3 });
      expect(difference(found.explainedVariance, [...explainedVariance])).toBeLessThan(1e-12);
    }
    const none = await (await pca(X)).transform(new Tensor(new Uint8Array(0), [0, 64]));
    expect(none.shape).toEqual([0, 64]);
  });

  test('leaves the event loop free', async () => {
    const X = new RandomState(0).randn(1500, 500);
    let longest = 0;
    let last = performance.now();
    let ticks = 0;
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
      ticks++;
    }, 2);
    const started = performance.now();
    await pca(X);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(10);
    expect(longest).toBeLessThan((performance.now() - started) / 2);
  });

  test('stops on an AbortSignal at any time', async () => {
    const X = new RandomState(0).randn(1000, 500);
    await expect(pca(X, { signal: AbortSignal.abort('at once') })).rejects.toBe('at once');
    for (const delay of [0, 20, 200]) {
      const stop = new AbortController();
      const running = pca(X, { signal: stop.signal }).catch((error: unknown) => error);
      await wait(delay);
      stop.abort('enough');
      expect(await running).toBe('enough');
    }
  });

  test.each<[string, unknown, object, new (message: string) => Error, string]>([
    [
      'one row',
      [[1, 2]],
      {},
      ShapeError,
      'expected X to have at least two rows and a column but received shape (1, 2)',
    ],
    ['no columns', new Tensor(new Float64Array(0), [3, 0]), {}, ShapeError, 'shape (3, 0)'],
    ['another rank', [1, 2, 3], {}, ShapeError, 'to have shape (N, D)'],
    [
      'NaN',
      [
        [1, 2],
        [3, Number.NaN],
      ],
      {},
      ArgumentError,
      'expected X[1][1] to be a finite number but received NaN',
    ],
    ['Infinity', [[1], [Number.POSITIVE_INFINITY]], {}, ArgumentError, 'X[1][0] to be a finite number'],
    [
      'overflow',
      [[1e300], [-1e300]],
      {},
      ArgumentError,
      'whose squares float64 can hold but column 0 reaches from -1e+300 to 1e+300',
    ],
    ['too many', [[1], [2], [4]], { numComponents: 2 }, ArgumentError, 'an integer in 1 … 1 but received 2'],
    [
      'zero',
      [[1], [2]],
      { numComponents: 0 },
      ArgumentError,
      'a positive integer, or a fraction between 0 and 1',
    ],
    ['1.5', [[1], [2]], { numComponents: 1.5 }, ArgumentError, 'but received 1.5'],
    ['a misspelling', [[1], [2]], { whitten: true }, ArgumentError, 'did you mean whiten?'],
  ])('refuses %s', async (_, X, options, type, message) => {
    const error: unknown = await pca(X as never, options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toContain(message);
  });

  test('refuses rows of another width to transform', async () => {
    const found = await pca(loadDigits().X, { numComponents: 2 });
    await expect(found.transform([[1, 2, 3]])).rejects.toThrow('expected X to have shape (N, 64)');
    await expect(found.inverseTransform([[1, 2, 3]])).rejects.toThrow('expected Z to have shape (N, 2)');
  });
});
