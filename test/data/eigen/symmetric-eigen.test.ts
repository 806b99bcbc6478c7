import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backendInfo, configure } from '../../../lib/backend/index.js';
import { allocate } from '../../../lib/core/memory.js';
import { RandomState } from '../../../lib/core/random/random-state.js';
import { largestEigenpairs } from '../../../lib/data/pca/eigen/symmetric-eigen.js';

type Element = (i: number, j: number) => number;

/** Row by row; `element` is asked for j ≤ i. */
function symmetric(n: number, element: Element): Float64Array {
  const matrix = allocate('float64', n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const value = element(i, j);
      matrix[i * n + j] = value;
      matrix[j * n + i] = value;
    }
  }
  return matrix;
}

function decompose(matrix: Float64Array, n: number, k = n) {
  const pairs = { values: new Float64Array(k), vectors: new Float64Array(k * n) };
  const copy = allocate('float64', n * n);
  copy.set(matrix);
  largestEigenpairs(copy, n, pairs);
  return pairs;
}

const tridiagonal =
  (diagonal: (i: number) => number, beside: (i: number) => number): Element =>
  (i, j) =>
    i === j ? diagonal(i) : i - j === 1 ? beside(j) : 0;

/** The largest distances from orthonormal vectors, and from vectors of these values (where the matrix has a Frobenius norm of 1), in units of n·ε. */
function errors(matrix: Float64Array, n: number, { values, vectors }: ReturnType<typeof decompose>) {
  const largest = matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const scaled = matrix.map((value) => value / largest);
  const norm = Math.sqrt(scaled.reduce((sum, value) => sum + value * value, 0)) || 1;
  const row = (i: number) => vectors.subarray(i * n, (i + 1) * n);
  const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  let orthogonality = 0;
  let residual = 0;
  for (let i = 0; i < values.length; i++) {
    for (let j = 0; j <= i; j++) {
      orthogonality = Math.max(orthogonality, Math.abs(dot(row(i), row(j)) - (i === j ? 1 : 0)));
    }
    for (let j = 0; j < n; j++) {
      const image = dot(scaled.subarray(j * n, (j + 1) * n), row(i));
      residual = Math.max(residual, Math.abs(image - (values[i]! / largest) * row(i)[j]!) / norm);
    }
  }
  const unit = n * Number.EPSILON;
  return { orthogonality: orthogonality / unit, residual: residual / unit };
}

const random = (seed: number) => {
  const rng = new RandomState(seed);
  return (count: number) => rng.randn(count).data;
};

/** I·shift + X·Xᵀ with X (n, rank). */
function lowRank(n: number, rank: number, shift: number): Element {
  const X = random(2)(n * rank);
  return (i, j) => {
    let sum = i === j ? shift : 0;
    for (let k = 0; k < rank; k++) sum += X[i * rank + k]! * X[j * rank + k]!;
    return sum;
  };
}

function ofRandom(n: number, factor = 1): Element {
  const values = random(n)(n * n);
  return (i, j) => values[i * n + j]! * factor;
}

const matrices: readonly (readonly [name: string, n: number, element: Element])[] = [
  ...[1, 2, 3, 4, 7, 32, 33, 34, 35, 65, 150].map((n) => [`random (${n}, ${n})`, n, ofRandom(n)] as const),
  ['a number below zero', 1, () => -3],
  ['the smallest number', 1, () => 5e-324],
  ['zeros', 100, () => 0],
  [
    'the identity',
    100,
    tridiagonal(
      () => 1,
      () => 0,
    ),
  ],
  [
    'a diagonal',
    100,
    tridiagonal(
      (i) => ((i * 37) % 100) - 50,
      () => 0,
    ),
  ],
  [
    'two values all over, nearly the same',
    120,
    tridiagonal(
      (i) => (i % 2 === 0 ? 1 : 1 + 4e-16),
      () => 0,
    ),
  ],
  ['ones', 130, () => 1],
  ['Hilbert’s', 100, (i, j) => 1 / (i + j + 1)],
  ['rank 7', 140, lowRank(140, 7, 0)],
  ['one value 133 times', 140, lowRank(140, 7, 1)],
  [
    'blocks that come again and again',
    160,
    (i, j) => (i >> 4 === j >> 4 ? 1 / (1 + (i & 15) + (j & 15)) : 0),
  ],
  [
    'second differences',
    200,
    tridiagonal(
      () => 2,
      () => -1,
    ),
  ],
  // Pairs of values that differ by less than rounding, and the same glued together.
  [
    'Wilkinson’s',
    101,
    tridiagonal(
      (i) => Math.abs(i - 50),
      () => 1,
    ),
  ],
  ...[1e-4, 1e-8, 1e-14, 1e-17].map((glue): readonly [string, number, Element] => [
    `Wilkinson’s ten times, glued with ${glue}`,
    210,
    tridiagonal(
      (i) => Math.abs((i % 21) - 10),
      (i) => (i % 21 === 20 ? glue : 1),
    ),
  ]),
  ['orders of magnitude', 120, (i, j) => 10 ** (-(i + j) / 8)],
  ['orders of magnitude, upwards', 120, (i, j) => 10 ** ((i + j) / 8)],
  ['large numbers', 90, ofRandom(90, 1e150)],
  ['the largest numbers', 20, ofRandom(20, 1e307)],
  ['small numbers', 90, ofRandom(90, 1e-150)],
  ['denormal numbers', 90, ofRandom(90, 1e-309)],
];

describe.each(['native', 'js'] as const)('largestEigenpairs on %s', (backend) => {
  const before = backendInfo().backend;
  beforeAll(() => void configure({ backend }));
  afterAll(() => void configure({ backend: before }));

  test.each(matrices)('values descend, vectors are orthonormal and theirs: %s', (_, n, element) => {
    const matrix = symmetric(n, element);
    const pairs = decompose(matrix, n);
    const sorted = pairs.values.toSorted().reverse();
    expect(pairs.values).toEqual(sorted);
    const { orthogonality, residual } = errors(matrix, n, pairs);
    expect(orthogonality).toBeLessThan(3);
    expect(residual).toBeLessThan(3);
  });

  test('finds values that are known', () => {
    const n = 200;
    const { values } = decompose(
      symmetric(
        n,
        tridiagonal(
          () => 2,
          () => -1,
        ),
      ),
      n,
    );
    for (let i = 0; i < n; i++) {
      const expected = 2 - 2 * Math.cos(((n - i) * Math.PI) / (n + 1));
      expect(Math.abs(values[i]! - expected)).toBeLessThan(n * Number.EPSILON);
    }
    const two = decompose(
      symmetric(2, (i, j) => (i === j ? 2 : 1)),
      2,
    );
    expect(two.values[0]).toBeCloseTo(3, 14);
    expect(two.values[1]).toBeCloseTo(1, 14);
    const reversed = symmetric(
      60,
      tridiagonal(
        (i) => i,
        () => 0,
      ),
    );
    expect([...decompose(reversed, 60).values]).toEqual(Array.from({ length: 60 }, (_, i) => 59 - i));
  });

  test('of a few there are the same as of all, but for rounding', () => {
    const matrix = symmetric(120, ofRandom(120));
    const [few, all] = [decompose(matrix, 120, 5), decompose(matrix, 120)];
    expect(few.values).toEqual(all.values.slice(0, 5));
    expect(errors(matrix, 120, few).residual).toBeLessThan(3);
    for (const [i, value] of few.vectors.entries()) expect(value).toBeCloseTo(all.vectors[i]!, 11);
  });

  test('repeats bit for bit', () => {
    const matrix = symmetric(100, ofRandom(100));
    expect(decompose(matrix, 100)).toEqual(decompose(matrix, 100));
  });
});
