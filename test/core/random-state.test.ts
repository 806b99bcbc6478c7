import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { ArgumentError, ShapeError } from '../../lib/core/errors.js';
import { fillNormal } from '../../lib/core/random/mersenne-twister.js';
import {
  javaScriptSource,
  RandomState,
  type RandomStateTuple,
  setRandomSource,
} from '../../lib/core/random/random-state.js';
import { Tensor } from '../../lib/core/tensors/tensor.js';

interface Oracle {
  readonly seed: number;
  readonly random_sample_6: number[];
  readonly randn_7: number[];
  readonly normal_2_3_size5: number[];
  readonly uniform_m1_1_size5: number[];
  readonly randint_3_size20: number[];
  readonly randint_50000_size8: number[];
  readonly choice_5_size12: number[];
  readonly permutation_17: number[];
  readonly shuffle_arange_9: number[];
  readonly mixed: { readonly values: number[][] };
}

const oracle = JSON.parse(
  readFileSync(new URL('../fixtures/oracle/numpy-random-state.json', import.meta.url), 'utf8'),
) as Oracle[];

function expectNear(actual: Iterable<number>, expected: readonly number[]): void {
  const values = [...actual];
  expect(values).toHaveLength(expected.length);
  values.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1e-15 * Math.abs(expected[i]!));
  });
}

describe.each(oracle)('RandomState($seed) draws what NumPy draws', (numpy) => {
  const rng = () => new RandomState(numpy.seed);

  test('rand', () => expect([...rng().rand(6)]).toEqual(numpy.random_sample_6));
  test('randn', () => expectNear(rng().randn(7), numpy.randn_7));
  test('normal', () => {
    const drawn = [...rng().normal(2, 3, 5)];
    // The sum 2 + 3·z takes over the error of z, whose size is not that of the sum.
    const errors = drawn.map((value, i) => Math.abs(value - numpy.normal_2_3_size5[i]!));
    expect(Math.max(...errors)).toBeLessThan(4e-15);
    expect(drawn).toHaveLength(5);
  });
  test('uniform', () => expect([...rng().uniform(-1, 1, 5)]).toEqual(numpy.uniform_m1_1_size5));
  test('randint', () => {
    expect([...rng().randint(3, 20)]).toEqual(numpy.randint_3_size20);
    expect([...rng().randint(50000, 8)]).toEqual(numpy.randint_50000_size8);
  });
  test('choice', () => expect([...rng().choice(5, 12)]).toEqual(numpy.choice_5_size12));
  test('permutation', () => expect([...rng().permutation(17)]).toEqual(numpy.permutation_17));
  test('shuffle', () => {
    const list = Array.from({ length: 9 }, (_, i) => i);
    const typed = Uint8Array.from(list);
    rng().shuffle(list);
    rng().shuffle(typed);
    expect(list).toEqual(numpy.shuffle_arange_9);
    expect([...typed]).toEqual(numpy.shuffle_arange_9);
  });

  test('one after the other', () => {
    const [normals, integers, uniforms, moreNormals, choice, permutation] = numpy.mixed.values;
    const stream = rng();
    expectNear(stream.randn(3), normals!);
    expect([...stream.randint(10, 3)]).toEqual(integers);
    expect([...stream.rand(2)]).toEqual(uniforms);
    expectNear(stream.randn(2), moreNormals!);
    expect([...stream.choice(7, 4)]).toEqual(choice);
    expect([...stream.permutation(5)]).toEqual(permutation);
  });

  test('one at a time as many at once', () => {
    const [single, many] = [rng(), rng()];
    expect([single.randn(), single.randn(), single.randn()]).toEqual([...many.randn(3)]);
    expect([single.rand(), single.rand()]).toEqual([...many.rand(2)]);
    expect([single.normal(1, 2), single.uniform(1, 2)]).toEqual([
      many.normal(1, 2, 1).get(0),
      many.uniform(1, 2, [1]).get(0),
    ]);
    expect([single.randint(9), single.choice(9)]).toEqual([...many.randint(9, 2)]);
  });
});

describe('RandomState', () => {
  test('draws float64 tensors of any shape', () => {
    const t = new RandomState(0).randn(2, 3);
    expect(t).toBeInstanceOf(Tensor);
    expect(t).toMatchObject({ shape: [2, 3], dtype: 'float64' });
    expect([...t]).toEqual([...new RandomState(0).randn(6)]);
    expect(new RandomState(0).uniform(0, 1, [2, 0]).size).toBe(0);
    expect(new RandomState(0).rand(0).shape).toEqual([0]);
  });

  test('draws nothing from the stream for a choice of one', () => {
    const [a, b] = [new RandomState(3), new RandomState(3)];
    expect([...a.randint(1, 5)]).toEqual([0, 0, 0, 0, 0]);
    expect(a.permutation(1)).toEqual(Int32Array.of(0));
    expect(a.permutation(0)).toHaveLength(0);
    expect(a.rand()).toBe(b.rand());
  });

  test('reaches both ends of the widest range', () => {
    const drawn = new RandomState(1).randint(2 ** 31, 2000);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeGreaterThan(2 ** 31 * 0.99);
  });

  test('chooses without replacement the first of a permutation', () => {
    const order = new RandomState(5).permutation(10);
    expect(new RandomState(5).choice(10, 4, { replace: false })).toEqual(order.slice(0, 4));
    expect(() => new RandomState(5).choice(3, 4, { replace: false })).toThrow(ArgumentError);
    expect(() => new RandomState(5).choice(3, 4, { repalce: false } as never)).toThrow(
      'did you mean replace?',
    );
  });

  test('stores its state and goes on from it', () => {
    const rng = new RandomState(11);
    rng.randn(625);
    const state = rng.getState();
    expect(state[0]).toBe('MT19937');
    expect(state[1]).toHaveLength(624);
    expect(state[3]).toBe(1);
    const ahead = [...rng.randn(5), ...rng.rand(700), ...rng.permutation(9)];
    const draw = (other: RandomState) => [...other.randn(5), ...other.rand(700), ...other.permutation(9)];
    rng.setState(state);
    const clone = rng.clone();
    expect(draw(rng)).toEqual(ahead);
    expect(draw(clone)).toEqual(ahead);
    const other = new RandomState();
    other.setState(['MT19937', Array.from(state[1]) as never, ...state.slice(2)] as never);
    expect(draw(other)).toEqual(ahead);
  });

  test('refuses a state that is none, and stays as it was', () => {
    const [name, key, position] = new RandomState(0).getState();
    const rng = new RandomState(7);
    const next = new RandomState(7).rand();
    for (const bad of [
      undefined,
      [],
      ['PCG64', key, position, 0, 0],
      [name, key.slice(1), position, 0, 0],
      [name, Array(624).fill(-1), position, 0, 0],
      [name, key, 625, 0, 0],
      [name, key, 1.5, 0, 0],
      [name, key, position, 2, 0],
      [name, key, position, 1, Number.NaN],
    ]) {
      expect(() => rng.setState(bad as unknown as RandomStateTuple)).toThrow(ArgumentError);
    }
    expect(rng.rand()).toBe(next);
  });

  test.each([-1, 1.5, 2 ** 32, Number.NaN, '1' as never, null as never])('refuses the seed %s', (seed) => {
    expect(() => new RandomState(seed)).toThrow(ArgumentError);
  });

  test('without a seed, two generators differ', () => {
    expect(new RandomState().rand(4).toArray()).not.toEqual(new RandomState().rand(4).toArray());
    expect(new RandomState(2 ** 32 - 1).rand()).toBeLessThan(1);
  });

  test('refuses bad arguments and draws nothing for them', () => {
    const rng = new RandomState(1);
    for (const draw of [
      () => rng.randint(0),
      () => rng.randint(2 ** 31 + 1),
      () => rng.randint(2.5, 3),
      () => rng.randint(2, -1),
      () => rng.choice(Number.NaN, 3),
      () => rng.permutation(-1),
      () => rng.normal(0, -1),
      () => rng.normal(Number.NaN, 1),
      () => rng.uniform(0, Number.POSITIVE_INFINITY),
      () => rng.uniform(-1e308, 1e308),
      () => rng.shuffle('abc' as never),
      () => rng.randn('3' as never),
    ]) {
      expect(draw).toThrow(ArgumentError);
    }
    expect(() => rng.randn(-1)).toThrow(ShapeError);
    expect(() => rng.rand(1.5)).toThrow(ShapeError);
    expect(rng.rand()).toBe(new RandomState(1).rand());
  });
});

describe('setRandomSource', () => {
  afterEach(() => setRandomSource(undefined));

  test('lets others compute the numbers of the same stream', () => {
    const stream = () => new RandomState(4);
    const expected = [...stream().randn(5)];
    let calls = 0;
    setRandomSource({
      ...javaScriptSource,
      fillNormal(key, meta, out) {
        expect([key.length, meta.length]).toEqual([624, 3]);
        calls++;
        fillNormal(key, meta, out);
        for (let i = 0; i < out.length; i++) out[i] = -out[i]!;
      },
    });
    const rng = stream();
    expect([...rng.randn(4), rng.randn()]).toEqual(expected.map((z) => -z));
    expect(calls).toBe(2);
    setRandomSource(undefined);
    expect([...stream().randn(5)]).toEqual(expected);
  });
});
