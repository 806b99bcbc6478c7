import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configure, currentBackend } from '../../lib/backend/index.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { uniform } from './random.js';

// On each backend: numbers that are drawn many at once, in runs between two twists, against the same drawn one by one.

/** How to draw so many numbers, at once and one after the other. */
interface Draw {
  readonly name: string;
  readonly many: (rng: RandomState, count: number) => ArrayLike<number>;
  readonly one: (rng: RandomState, count: number) => ArrayLike<number>;
}

const oneByOne = (count: number, draw: () => number) => Array.from({ length: count }, draw);

function elementByElement<Elements extends unknown[] | Float64Array>(
  rng: RandomState,
  elements: Elements,
): Elements {
  for (let i = elements.length - 1; i > 0; i--) {
    const j = rng.randint(i + 1);
    [elements[i], elements[j]] = [elements[j], elements[i]];
  }
  return elements;
}

function shuffled<Elements extends unknown[] | Float64Array>(rng: RandomState, elements: Elements): Elements {
  rng.shuffle(elements);
  return elements;
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const bounds = [1, 2, 3, 255, 256, 257, 50_000, 2 ** 30 + 1, 2 ** 31];

const draws: readonly Draw[] = [
  {
    name: 'rand',
    many: (rng, count) => rng.rand(count).data,
    one: (rng, count) => oneByOne(count, () => rng.rand()),
  },
  {
    name: 'randn',
    many: (rng, count) => rng.randn(count).data,
    one: (rng, count) => oneByOne(count, () => rng.randn()),
  },
  {
    name: 'uniform',
    many: (rng, count) => rng.uniform(-3.3, 7.1, count).data,
    one: (rng, count) => oneByOne(count, () => rng.uniform(-3.3, 7.1)),
  },
  {
    name: 'normal',
    many: (rng, count) => rng.normal(1.5, 3.1, count).data,
    one: (rng, count) => oneByOne(count, () => rng.normal(1.5, 3.1)),
  },
  ...bounds.map((n) => ({
    name: `randint ${n}`,
    many: (rng: RandomState, count: number) => rng.randint(n, count),
    one: (rng: RandomState, count: number) => oneByOne(count, () => rng.randint(n)),
  })),
  {
    name: 'permutation',
    many: (rng, count) => rng.permutation(count),
    one: (rng, count) => elementByElement(rng, range(count)) as number[],
  },
  {
    name: 'shuffle of an array',
    many: (rng, count) => shuffled(rng, range(count)) as number[],
    one: (rng, count) => elementByElement(rng, range(count)) as number[],
  },
  {
    name: 'shuffle of a typed array',
    many: (rng, count) => shuffled(rng, Float64Array.from(range(count))),
    one: (rng, count) => elementByElement(rng, Float64Array.from(range(count))),
  },
];

const before = currentBackend().name;
afterAll(() => {
  configure({ backend: before });
});

describe.each(['js', 'native'] as const)('RandomState with the %s backend', (backend) => {
  beforeAll(() => {
    configure({ backend });
  });

  test.each(draws)('$name: many at once as one by one', ({ many, one }) => {
    for (const count of [0, 1, 2, 3, 128, 311, 312, 313, 625, 9000]) {
      for (const words of [0, 1, 311, 623]) {
        const [a, b] = [new RandomState(count), new RandomState(count)];
        // Words one at a time, so that runs begin at odd positions too.
        for (const rng of [a, b]) for (let i = 0; i < words; i++) rng.randint(2 ** 31);
        expect(Array.from(many(a, count))).toEqual(Array.from(one(b, count)));
        expect(a.getState()).toEqual(b.getState());
      }
    }
  });

  test('draws one after the other in any order as one by one', () => {
    const next = uniform(5);
    const [a, b] = [new RandomState(5), new RandomState(5)];
    for (let i = 0; i < 400; i++) {
      const { name, many, one } = draws[Math.floor(next() * draws.length)]!;
      const count = Math.floor(next() ** 3 * 2000);
      expect(Array.from(many(a, count)), name).toEqual(Array.from(one(b, count)));
      expect(a.getState(), name).toEqual(b.getState());
    }
  });

  test('a kept normal that a state says is gone stays gone', () => {
    const [name, key, position] = new RandomState(1).getState();
    const rng = new RandomState();
    rng.setState([name, key, position, 0, 4.5]);
    expect([...rng.randn(2)]).toEqual([...new RandomState(1).randn(2)]);
    expect(rng.getState().slice(3)).toEqual([0, 0]);
  });
});
