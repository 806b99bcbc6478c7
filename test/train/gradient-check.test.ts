import { describe, expect, it } from 'vitest';
import { ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random-state.js';
import { type Tensor, tensor } from '../../lib/core/tensor.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { gradCheck } from '../../lib/train/gradient-check.js';
import {
  evalNumericalGradient,
  evalNumericalGradientArray,
  relError,
} from '../../lib/train/numerical-gradient.js';

describe('evalNumericalGradient', () => {
  it('differentiates by the argument', () => {
    const gradient = evalNumericalGradient(
      (x) => x.get(0, 0) ** 3 + 5 * x.get(1, 1),
      [
        [2, 0],
        [0, 7],
      ],
    );
    expect(gradient.shape).toEqual([2, 2]);
    expect(
      relError(gradient, [
        [12, 0],
        [0, 5],
      ]),
    ).toBeLessThan(1e-9);
  });

  it('differentiates by memory that f sees otherwise, a strided view too, and restores it', () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const before = [...x];
    const gradient = evalNumericalGradient(() => x.get(0, 1) * x.get(1, 2), x.T);
    expect(gradient.shape).toEqual([3, 2]);
    expect(
      relError(gradient, [
        [0, 0],
        [6, 0],
        [0, 2],
      ]),
    ).toBeLessThan(1e-9);
    expect([...x]).toEqual(before);
  });

  it('restores x when f throws', () => {
    const x = tensor([1, 2]);
    const failing = () => {
      throw new RangeError('no');
    };
    expect(() => evalNumericalGradient(failing, x)).toThrow(RangeError);
    expect([...x]).toEqual([1, 2]);
  });

  it('divides by the step that float32 really takes', () => {
    const x = tensor(Float32Array.of(1000.3));
    const gradient = evalNumericalGradient((v) => 3 * v.get(0), x, { h: 1e-4 });
    expect(gradient.get(0)).toBeCloseTo(3, 9);
  });
});

describe('evalNumericalGradientArray', () => {
  it('is the transposed Jacobian times the upstream gradient', () => {
    const w = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const times = (x: Tensor) =>
      tensor([0, 1].map((j) => [0, 1, 2].reduce((sum, i) => sum + x.get(i) * w.get(i, j), 0)));
    const gradient = evalNumericalGradientArray(times, [1, 1, 1], [10, 100]);
    expect(relError(gradient, [210, 430, 650])).toBeLessThan(1e-9);
  });

  it('refuses an upstream gradient of another shape', () => {
    expect(() => evalNumericalGradientArray((x) => x, [1, 2], [1, 2, 3])).toThrow(ShapeError);
  });
});

describe('relError', () => {
  it('is cs231n’s: the largest |a − b| / max(1e-8, |a| + |b|)', () => {
    expect(relError([1, 2], [1, 3])).toBeCloseTo(0.2, 15);
    expect(relError([0], [1e-9])).toBeCloseTo(0.1, 15);
    expect(relError([0, 5], [0, 5])).toBe(0);
    expect(relError([Number.NaN], [1])).toBeNaN();
  });
});

describe('gradCheck', () => {
  const rng = new RandomState(4);
  const X = rng.randn(6, 5);
  const y = rng.randint(3, 6);

  it('passes a net of each activation, with L2', () => {
    for (const activation of ['relu', 'sigmoid', 'tanh'] as const) {
      const net = new FullyConnectedNet({
        inputDim: 5,
        hiddenDims: [7, 4],
        numClasses: 3,
        activation,
        weightScale: 0.5,
        dtype: 'float64',
        seed: 0,
      });
      const before = net.snapshotParams();
      const table = gradCheck(net, X, y, { reg: 0.3 });
      expect(table.ok, `${activation}\n${table}`).toBe(true);
      expect(table.maxRelError).toBeLessThan(1e-6);
      expect(table.rows.map(({ name }) => name)).toEqual(['W1', 'b1', 'W2', 'b2', 'W3', 'b3']);
      expect(table.rows[0]).toMatchObject({ shape: [5, 7], checked: 35 });
      for (const [name, values] of Object.entries(before))
        expect([...net.params[name]!]).toEqual([...values]);
    }
  });

  it('passes a float32 net with its own step and tolerance', () => {
    const net = new TwoLayerNet({
      inputSize: 5,
      hiddenSize: 6,
      numClasses: 3,
      std: 0.5,
      loss: 'mse',
      seed: 0,
    });
    const table = gradCheck(net, X, y);
    expect(table.ok, String(table)).toBe(true);
  });

  it('finds a wrong gradient: L2 that is in the gradient only', () => {
    const net = new FullyConnectedNet({
      inputDim: 5,
      hiddenDims: [4],
      numClasses: 3,
      weightScale: 0.5,
      reg: 1,
      regMode: 'gradient',
      dtype: 'float64',
      seed: 0,
    });
    const wrong = gradCheck(net, X, y);
    expect(wrong.ok).toBe(false);
    expect(wrong.rows.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['W1', 'W2']);
    expect(String(wrong)).toMatch(/W1 +\(5, 4\) +20 .*WRONG/);
    expect(gradCheck(net, X, y, { reg: 0 }).ok).toBe(true);
  });

  it('checks a sample of each parameter', () => {
    const net = new TwoLayerNet({
      inputSize: 5,
      hiddenSize: 6,
      numClasses: 3,
      std: 0.5,
      dtype: 'float64',
      seed: 0,
    });
    const table = gradCheck(net, X, y, { samples: 10 });
    expect(table.rows.map(({ checked }) => checked)).toEqual([10, 6, 10, 3]);
    expect(table.ok).toBe(true);
  });
});
