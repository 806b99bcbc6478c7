import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ArgumentError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { Tensor } from '../../lib/core/tensors/tensor.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { Sequential } from '../../lib/models/sequential.js';
import { CustomLayer, type CustomParameter } from '../../lib/nn/custom-layer.js';
import { orthogonal } from '../../lib/nn/initializers/orthogonal.js';
import {
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  xavierNormal,
  xavierUniform,
} from '../../lib/nn/initializers/scaled.js';
import { sparse } from '../../lib/nn/initializers/sparse.js';
import {
  constantInit,
  drawWhole,
  type Fan,
  fanIn,
  fansOf,
  he,
  type Initializer,
  type InitializerFunction,
  initializers,
  normal,
  truncatedNormal,
  uniform,
  xavier,
} from '../../lib/nn/initializers.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import { fixture } from '../fixtures/index.js';

const fan: Fan = { in: 300, out: 200 };
const draw = (init: Initializer, seed = 0) => init.draw(new RandomState(seed), [300, 200], fan);

function moments(values: Float64Array) {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  const size = Math.max(...values.map(Math.abs));
  return { mean, std: Math.sqrt(variance), size };
}

/** √(1 − 4φ(2) / (2Φ(2) − 1)), of normals cut off at ±2. */
const truncated = 0.8796256610342398;

describe('the distribution of', () => {
  it.each([
    ['normal', normal(0.3), 0.3, undefined],
    ['truncatedNormal', truncatedNormal(0.3), 0.3 * truncated, 0.6],
    ['xavierNormal', xavierNormal(), Math.sqrt(2 / 500), undefined],
    ['xavierNormal, gain', xavierNormal({ gain: 5 / 3 }), (5 / 3) * Math.sqrt(2 / 500), undefined],
    ['heNormal', heNormal(), Math.sqrt(2 / 300), undefined],
    ['heNormal, fanOut', heNormal({ mode: 'fanOut' }), Math.sqrt(2 / 200), undefined],
    ['heNormal, gain', heNormal({ gain: 1 }), Math.sqrt(1 / 300), undefined],
    ['lecunNormal', lecunNormal(), Math.sqrt(1 / 300), undefined],
    ['xavierUniform', xavierUniform(), Math.sqrt(2 / 500), Math.sqrt(6 / 500)],
    ['xavierUniform, gain', xavierUniform({ gain: 2 }), 2 * Math.sqrt(2 / 500), 2 * Math.sqrt(6 / 500)],
    ['heUniform', heUniform(), Math.sqrt(2 / 300), Math.sqrt(6 / 300)],
    ['heUniform, fanOut', heUniform({ mode: 'fanOut' }), Math.sqrt(2 / 200), Math.sqrt(6 / 200)],
    ['heUniform, gain', heUniform({ gain: 3 }), 3 / Math.sqrt(300), 3 * Math.sqrt(3 / 300)],
    ['lecunUniform', lecunUniform(), Math.sqrt(1 / 300), Math.sqrt(3 / 300)],
    ['uniform of two bounds', uniform(-1.5, 1.5), 1.5 / Math.sqrt(3), 1.5],
  ] as const)('%s has its mean, deviation and bounds', (_name, init, std, bound) => {
    const { mean, std: found, size } = moments(draw(init));
    // Of 60 000 values, within four standard errors.
    expect(Math.abs(mean)).toBeLessThan((4 * std) / Math.sqrt(60_000));
    expect(Math.abs(found / std - 1)).toBeLessThan(4 / Math.sqrt(2 * 60_000));
    if (bound === undefined) expect(size).toBeGreaterThan(3.5 * std);
    else {
      expect(size).toBeLessThanOrEqual(bound);
      expect(size).toBeGreaterThan(0.999 * bound);
    }
  });

  it('uniform lies between its bounds', () => {
    const { mean, std } = moments(draw(uniform(2, 5)));
    expect(mean).toBeCloseTo(3.5, 1);
    expect(std).toBeCloseTo(3 / Math.sqrt(12), 1);
    const values = draw(uniform(2, 5));
    expect(values.every((x) => x >= 2 && x < 5)).toBe(true);
    expect(draw(uniform(3, 3)).every((x) => x === 3)).toBe(true);
  });

  it('constantInit is the value, and draws nothing', () => {
    const rng = new RandomState(1);
    const before = rng.getState();
    expect([...constantInit(0.25).draw(rng, [2, 2], fan)]).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(rng.getState()).toEqual(before);
  });

  it('those of two names is the same to the last bit', () => {
    expect(draw(heNormal())).toEqual(draw(he));
    expect(draw(xavierNormal())).toEqual(draw(xavier));
    expect(moments(draw(lecunNormal())).std).toBeCloseTo(moments(draw(fanIn)).std, 12);
    for (const [name, made] of Object.entries({
      heNormal,
      heUniform,
      xavierNormal,
      xavierUniform,
      lecunNormal,
      lecunUniform,
      orthogonal,
    })) {
      expect(draw(initializers[name as keyof typeof initializers])).toEqual(draw(made()));
    }
  });
});

interface Case {
  readonly name: 'orthogonal' | 'sparse' | 'truncatedNormal';
  readonly arguments: readonly number[];
  readonly shape: readonly number[];
  readonly seed: number;
  readonly values: readonly number[];
  readonly next: number;
}

const makers = { orthogonal, sparse, truncatedNormal };
const cases = JSON.parse(readFileSync(fixture('initializers/initializers.json'), 'utf8')) as Case[];

it.each(cases.map((each) => [each.name, each.shape, each] as const))(
  '%s of shape %j draws what its definition draws in NumPy',
  (name, shape, { arguments: given, seed, values, next }) => {
    const rng = new RandomState(seed);
    const made = (makers[name] as (...given: number[]) => Initializer)(...given);
    const drawn = made.draw(rng, shape, fansOf(shape));
    expect(drawn).toHaveLength(values.length);
    for (const [i, expected] of values.entries()) {
      expect(Math.abs(drawn[i]! - expected)).toBeLessThanOrEqual(1e-12 * Math.max(Math.abs(expected), 1e-2));
    }
    expect(rng.rand()).toBe(next);
  },
);

describe('orthogonal', () => {
  it.each([
    [[120, 40], 1],
    [[40, 120], Math.SQRT2],
    [[64, 64], 3],
    [[8, 3, 5, 5], 1],
    [[1, 1], 1],
  ] as const)('of shape %j and gain %d has orthogonal rows or columns of that length', (shape, gain) => {
    const rows = shape[0];
    const values = orthogonal(gain).draw(new RandomState(7), shape, fansOf(shape));
    const cols = values.length / rows;
    const wide = rows < cols;
    const at = (vector: number, i: number) => values[wide ? vector * cols + i : i * cols + vector]!;
    const [count, length] = wide ? [rows, cols] : [cols, rows];
    let worst = 0;
    for (let a = 0; a < count; a++) {
      for (let b = 0; b <= a; b++) {
        let product = 0;
        for (let i = 0; i < length; i++) product += at(a, i) * at(b, i);
        worst = Math.max(worst, Math.abs(product / gain ** 2 - (a === b ? 1 : 0)));
      }
    }
    expect(worst).toBeLessThan(1e-12);
  });

  it('has no sign that it prefers', () => {
    const rng = new RandomState(3);
    const init = orthogonal();
    let positive = 0;
    for (let i = 0; i < 400; i++) if (init.draw(rng, [3, 3], fan)[0]! > 0) positive++;
    expect(Math.abs(positive - 200)).toBeLessThan(4 * 10);
  });

  it('is for weights', () => {
    expect(() => orthogonal().draw(new RandomState(0), [5], fan)).toThrow(
      'orthogonal: expected the parameter to have at least two axes but received shape (5); zeros are for biases',
    );
    const net = new Sequential([new Linear(6, 4, { init: 'orthogonal' })], { seed: 0, dtype: 'float64' });
    const gram = Array.from({ length: 4 }, (_, j) =>
      Array.from({ length: 6 }, (_, i) => net.params.W1.get(i, j) ** 2).reduce((a, b) => a + b),
    );
    for (const square of gram) expect(square).toBeCloseTo(1, 12);
  });
});

describe('sparse', () => {
  it.each([
    [0.9, 270],
    [0.333, 100],
    [0, 0],
    [1, 300],
  ])('%d has so many zeros in every column', (sparsity, expected) => {
    const values = draw(sparse(sparsity, 0.5));
    const zeros = Array.from({ length: 200 }, (_, col) => {
      return Array.from({ length: 300 }, (_, row) => values[row * 200 + col]!).filter((x) => x === 0).length;
    });
    expect(new Set(zeros)).toEqual(new Set([expected]));
    const others = values.filter((x) => x !== 0);
    if (others.length > 0) expect(moments(others).std).toBeCloseTo(0.5, 1);
    // Not the same rows in every column.
    if (expected > 0 && expected < 300) {
      const rows = (col: number) => Array.from({ length: 300 }, (_, row) => values[row * 200 + col] === 0);
      expect(rows(0)).not.toEqual(rows(1));
    }
  });

  it('is for matrices', () => {
    expect(() => sparse(0.5).draw(new RandomState(0), [2, 3, 4], fan)).toThrow(ShapeError);
    expect(() => sparse(1.5)).toThrow(ArgumentError);
  });
});

it('fansOf knows vectors, matrices and the weights of convolutions', () => {
  expect(fansOf([7])).toEqual({ in: 7, out: 7 });
  expect(fansOf([5, 3])).toEqual({ in: 5, out: 3 });
  expect(fansOf([16, 6, 5, 5])).toEqual({ in: 150, out: 400 });
  expect(fansOf([16, 6, 3])).toEqual({ in: 18, out: 48 });
  expect(fansOf([])).toEqual({ in: 1, out: 1 });
});

describe('a function as initializer', () => {
  const net = (init: InitializerFunction, options: object = {}) =>
    new FullyConnectedNet({
      inputDim: 3,
      hiddenDims: [2],
      numClasses: 2,
      init,
      dtype: 'float64',
      seed: 5,
      ...options,
    });

  it('draws the weights, with the generator, shape and fans', () => {
    const seen: unknown[] = [];
    const scaled: InitializerFunction = (rng, shape, fans) => {
      seen.push([shape, fans]);
      return rng.normal(0, 1 / Math.sqrt(fans.in), shape).elements() as Float64Array;
    };
    const made = net(scaled);
    expect(seen).toEqual([
      [[3, 2], { in: 3, out: 2 }],
      [[2, 2], { in: 2, out: 2 }],
    ]);
    const rng = new RandomState(5);
    expect(made.params.W1.toArray()).toEqual(rng.normal(0, 1 / Math.sqrt(3), [3, 2]).toArray());
    expect(made.params.W2.toArray()).toEqual(rng.normal(0, 1 / Math.SQRT2, [2, 2]).toArray());
    expect(made.rng.getState()).toEqual(rng.getState());
  });

  it('may give an array or a tensor, of any layout', () => {
    const values = [1, 2, 3, 4, 5, 6];
    const [W, T] = [
      new Tensor(Float64Array.from(values), [3, 2]),
      new Tensor(Float32Array.from([1, 3, 5, 2, 4, 6]), [2, 3]).T,
    ];
    for (const given of [values, Float64Array.from(values), W, T]) {
      const layer = new Linear(3, 2, { init: () => given, biasInit: () => [7, 8] });
      const { params } = new Sequential([layer], { dtype: 'float32' });
      expect(params.W1.toArray()).toEqual([
        [1, 2],
        [3, 4],
        [5, 6],
      ]);
      expect(params.b1.toArray()).toEqual([7, 8]);
    }
  });

  it('serves layers of one’s own', () => {
    class Shift extends CustomLayer {
      override parameters(size: number): Record<string, CustomParameter> {
        return {
          shift: { shape: [size], init: (_rng, [count]) => Array.from({ length: count! }, (_, i) => i) },
        };
      }
      override forward(x: Tensor): Tensor {
        return x;
      }
      override backward(dout: Tensor): Tensor {
        return dout;
      }
    }
    const { params } = new Sequential([new Shift()], { inputSize: 3 });
    expect(params.shift1!.toArray()).toEqual([0, 1, 2]);
  });

  it('is asked for as many finite numbers as there are weights', () => {
    const mine = (result: unknown) => ({ mine: () => result as number[] }).mine;
    expect(() => net(mine([1, 2, 3]))).toThrow(
      'mine: expected the initial values to be 6 numbers for shape (3, 2) but received 3',
    );
    expect(() => net(mine(new Float64Array(7)))).toThrow(ShapeError);
    expect(() => net(mine([1, 2, 3, Number.NaN, 5, 6]))).toThrow(
      'mine: expected the initial values to be finite numbers but received NaN at index 3',
    );
    expect(() => net(mine([1, 2, 3, '4', 5, 6]))).toThrow("received '4' at index 3");
    expect(() => net(mine(undefined))).toThrow('to be an array of numbers but received undefined');
    expect(() => net(mine(new Tensor(new Float64Array(6), [2, 3])))).toThrow('to have shape (3, 2)');
    expect(() => net(heNormal as never)).toThrow('did you mean heNormal()?');
    // So are initializers that are objects.
    const object: Initializer = { name: 'object', draw: () => new Float64Array(1) };
    expect(() => drawWhole(object, new RandomState(0), [3], fan)).toThrow(
      'object: expected the initial values',
    );
  });
});
