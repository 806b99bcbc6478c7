import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ArgumentError, DivergenceError, StateError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import type { Tensor } from '../../lib/core/tensors/tensor.js';
import { LBFGS } from '../../lib/models/by-hand/optimizers/index.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { Sequential } from '../../lib/models/sequential.js';
import { CustomLayer, type CustomParameter } from '../../lib/nn/custom-layer.js';
import { fixture } from '../fixtures/index.js';

interface Golden {
  readonly X: number[][];
  readonly y: number[];
  readonly reg: number;
  readonly convex: { readonly loss: number; readonly W: number[][]; readonly iterations: number };
  readonly net: { readonly W: number[][][]; readonly loss: number; readonly iterations: number };
}

const golden: Golden = JSON.parse(readFileSync(fixture('scikit-learn/lbfgs.json'), 'utf8'));
const { X, y, reg } = golden;
const exact = { gradientTolerance: 1e-9, lossTolerance: 0, maxIterations: 1000 };

function regression(dtype: 'float32' | 'float64' = 'float64'): FullyConnectedNet {
  return new FullyConnectedNet({ inputDim: 4, hiddenDims: [], numClasses: 3, weightScale: 0, reg, dtype });
}

function tanhNet(): FullyConnectedNet {
  const sizes = { inputDim: 4, hiddenDims: [6], numClasses: 3 };
  const net = new FullyConnectedNet({ ...sizes, activation: 'tanh', reg, dtype: 'float64' });
  net.restoreParams({ W1: golden.net.W[0]!, b1: new Array(6).fill(0), W2: golden.net.W[1]!, b2: [0, 0, 0] });
  return net;
}

const valuesOf = (net: FullyConnectedNet) => Object.values(net.params).flatMap((each) => [...each]);

/** A layer that is a point. */
class Point extends CustomLayer {
  override parameters(): Record<string, CustomParameter> {
    return { w: { shape: [6] } };
  }
  override forward(x: Tensor): Tensor {
    return x;
  }
  override backward(dout: Tensor): Tensor {
    return dout;
  }
}

/** Σ 100·(w₍ᵢ₊₁₎ − wᵢ²)² + (1 − wᵢ)², in a net's parameters and gradients. */
function rosenbrock(net: Sequential): number {
  const [w, g] = [net.parameters[0]!, net.grads[0]!];
  net.zeroGrad();
  let sum = 0;
  for (let i = 0; i + 1 < 6; i++) {
    const [a, b] = [w.get(i), w.get(i + 1)];
    sum += 100 * (b - a * a) ** 2 + (1 - a) ** 2;
    g.set(i, g.get(i) - 400 * a * (b - a * a) - 2 * (1 - a));
    g.set(i + 1, g.get(i + 1) + 200 * (b - a * a));
  }
  return sum;
}

function rosenbrockNet(dtype: 'float32' | 'float64' = 'float64'): Sequential {
  const net = new Sequential([new Point()], { inputSize: 2, dtype });
  net.restoreParams({ w1: [-1.2, 1, -1.2, 1, -1.2, 1] });
  return net;
}

describe('LBFGS.minimize', () => {
  it('finds the minimum of softmax regression that SciPy’s L-BFGS-B finds', async () => {
    const net = regression();
    const { loss, gradientNorm, iterations, reason } = await new LBFGS(net, exact).minimize(X, y);
    expect(reason).toBe('gradient');
    expect(gradientNorm).toBeLessThanOrEqual(1e-9);
    expect(loss).toBeCloseTo(golden.convex.loss, 12);
    for (const [i, row] of golden.convex.W.entries()) {
      for (const [j, value] of row.entries()) expect(net.params.W1.get(i, j)).toBeCloseTo(value, 7);
    }
    expect(iterations).toBeLessThan(2 * golden.convex.iterations);
    expect(net.loss(X, y).loss).toBeCloseTo(loss, 14);
  });

  it('finds the minimum of a tanh net that scikit-learn’s MLPClassifier finds', async () => {
    const { loss, iterations } = await new LBFGS(tanhNet(), exact).minimize(X, y);
    // Which ends by SciPy's tolerance of the loss.
    expect(loss).toBeCloseTo(golden.net.loss, 8);
    expect(loss).toBeLessThanOrEqual(golden.net.loss);
    expect(iterations).toBeLessThan(2 * golden.net.iterations);
  });

  it('ends by the default tolerances near the minimum, in float32 too', async () => {
    for (const dtype of ['float64', 'float32'] as const) {
      const { loss, reason } = await new LBFGS(regression(dtype)).minimize(X, y);
      expect(loss).toBeCloseTo(golden.convex.loss, dtype === 'float64' ? 7 : 5);
      expect(['gradient', 'loss', 'precision']).toContain(reason);
    }
  });

  it('gives the same bits again, and reports each iteration', async () => {
    const runs = await Promise.all(
      [1, 2].map(async () => {
        const net = tanhNet();
        const losses: number[] = [];
        const onProgress = async (progress: { readonly iteration: number; readonly loss: number }) => {
          losses.push(progress.loss);
          await nextTurn();
          expect(progress.iteration).toBe(losses.length);
        };
        const result = await new LBFGS(net, { maxIterations: 12 }).minimize(X, y, { onProgress });
        return { losses, result, values: valuesOf(net) };
      }),
    );
    expect(runs[0]).toEqual(runs[1]);
    const { losses, result } = runs[0]!;
    expect(result).toMatchObject({ iterations: 12, reason: 'maxIterations', loss: losses.at(-1) });
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
  });

  it('takes the reg that it is given, and another loss', async () => {
    const net = regression();
    const { loss } = await new LBFGS(net, exact).minimize(X, y, { reg: 1 });
    expect(net.loss(X, y, { reg: 1 }).loss).toBeCloseTo(loss, 14);
    expect(loss).toBeGreaterThan(golden.convex.loss);
    const line = new FullyConnectedNet({
      inputDim: 1,
      hiddenDims: [],
      numClasses: 1,
      loss: 'mse',
      dtype: 'float64',
    });
    await new LBFGS(line, exact).minimize([[0], [1], [2]], [1, 3, 5]);
    expect(line.params.W1.get(0, 0)).toBeCloseTo(2, 8);
    expect(line.params.b1.get(0)).toBeCloseTo(1, 8);
  });

  it('leaves the last iteration’s net when it is aborted, and frees it', async () => {
    const net = tanhNet();
    const controller = new AbortController();
    let seen: number[] = [];
    const onProgress = ({ iteration }: { readonly iteration: number }) => {
      expect(() => net.loss(X, y)).toThrow(StateError);
      seen = valuesOf(net);
      if (iteration === 5) controller.abort(new Error('enough'));
    };
    const { signal } = controller;
    await expect(new LBFGS(net, exact).minimize(X, y, { signal, onProgress })).rejects.toThrow('enough');
    expect(valuesOf(net)).toEqual(seen);
    expect(Number.isFinite(net.loss(X, y).loss)).toBe(true);
    await expect(new LBFGS(net).minimize(X, y, { signal })).rejects.toThrow('enough');
  });

  it('does not hold up the event loop', async () => {
    let turns = 0;
    let running = true;
    const count = async () => {
      while (running) {
        await nextTurn();
        turns++;
      }
    };
    const counting = count();
    await new LBFGS(tanhNet(), exact).minimize(X, y);
    running = false;
    await counting;
    expect(turns).toBeGreaterThan(1);
  });

  it('says where a loss that is not finite begins, and leaves the net as it is', async () => {
    const net = regression();
    const rows = X.map((row) => [...row]);
    rows[7]![2] = Number.NaN;
    const before = valuesOf(net);
    await expect(new LBFGS(net).minimize(rows, y)).rejects.toThrow(DivergenceError);
    await expect(new LBFGS(net).minimize(rows, y)).rejects.toThrow('row 7, column 2');
    net.params.W1.set(0, 0, Number.POSITIVE_INFINITY);
    await expect(new LBFGS(net).minimize(X, y)).rejects.toThrow('the parameter W1 of layer linear1');
    net.params.W1.set(0, 0, before[0]!);
    expect(valuesOf(net)).toEqual(before);
  });

  it('refuses a net whose gradients are not those of its loss', async () => {
    const net = new FullyConnectedNet({
      inputDim: 4,
      hiddenDims: [],
      numClasses: 3,
      reg,
      regMode: 'gradient',
    });
    await expect(new LBFGS(net).minimize(X, y)).rejects.toThrow(ArgumentError);
    await expect(new LBFGS(net).minimize(X, y, { reg: 0 })).resolves.toHaveProperty('reason');
  });
});

describe('LBFGS.step', () => {
  it('goes down Rosenbrock’s valley', async () => {
    const net = rosenbrockNet();
    const { loss, iterations, reason } = await new LBFGS(net, exact).step(() => rosenbrock(net));
    expect(reason).toBe('gradient');
    expect(loss).toBeLessThan(1e-16);
    expect([...net.parameters[0]!].map((w) => Math.round(w * 1e6) / 1e6)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(iterations).toBeLessThan(100);
  });

  it('goes on from what earlier calls have learnt', async () => {
    const net = rosenbrockNet();
    const optimizer = new LBFGS(net, { ...exact, maxIterations: 5 });
    let calls = 0;
    for (; calls < 100; calls++) {
      const { reason } = await optimizer.step(async () => rosenbrock(net));
      if (reason === 'gradient') break;
    }
    const whole = rosenbrockNet();
    const { iterations } = await new LBFGS(whole, exact).step(() => rosenbrock(whole));
    expect(calls * 5).toBeLessThanOrEqual(iterations);
    expect([...net.parameters[0]!]).toEqual([...whole.parameters[0]!]);
  });

  it('takes shorter steps where the loss is not finite', async () => {
    const net = rosenbrockNet();
    // Finite only within a ball around the start.
    const closure = () => {
      const loss = rosenbrock(net);
      return [...net.parameters[0]!].some((w) => Math.abs(w) > 1.3) ? Number.NaN : loss;
    };
    const start = rosenbrock(net);
    const { loss } = await new LBFGS(net, { maxIterations: 20 }).step(closure);
    expect(loss).toBeLessThan(start / 2);
    expect(closure()).toBe(loss);
  });

  it('throws where no loss is finite, and leaves the last good parameters', async () => {
    const net = rosenbrockNet();
    const before = [...net.parameters[0]!];
    await expect(new LBFGS(net).step(() => Number.NaN)).rejects.toThrow(
      'at the start, where the loss is NaN',
    );
    let calls = 0;
    const once = () => (calls++ === 0 ? rosenbrock(net) : Number.POSITIVE_INFINITY);
    const diverging = new LBFGS(net).step(once);
    await expect(diverging).rejects.toThrow(DivergenceError);
    await expect(diverging).rejects.toThrow('after 0 iterations');
    expect([...net.parameters[0]!]).toEqual(before);
  });

  it('passes on what the closure throws, and refuses what is no loss', async () => {
    const net = rosenbrockNet();
    let calls = 0;
    const failing = () => {
      if (calls++ === 4) throw new Error('no more');
      return rosenbrock(net);
    };
    await expect(new LBFGS(net).step(failing)).rejects.toThrow('no more');
    expect([...net.parameters[0]!].every(Number.isFinite)).toBe(true);
    await expect(new LBFGS(net).step((() => ({ loss: 1 })) as never)).rejects.toThrow('the loss, a number');
    await expect(new LBFGS(net).step(7 as never)).rejects.toThrow('a function');
  });

  it('is the fit of a net whose loss is computed by hand', async () => {
    const net = regression();
    const { loss } = await new LBFGS(net, exact).step(() => net.loss(X, y).loss);
    expect(loss).toBeCloseTo(golden.convex.loss, 12);
  });
});

describe('LBFGS with many parameters', () => {
  it('fits digits-like blobs to the last row', async () => {
    const rng = new RandomState(1);
    const centers = rng.randn(5, 30);
    const labels = rng.randint(5, 200);
    const rows = [...labels].map((label) =>
      [...rng.randn(30)].map((z, j) => centers.get(label, j) + 0.7 * z),
    );
    const net = new FullyConnectedNet({ inputDim: 30, hiddenDims: [40], numClasses: 5, init: 'he', seed: 0 });
    await new LBFGS(net, { maxIterations: 60 }).minimize(rows, labels);
    expect(await net.accuracy(rows, labels)).toBe(1);
  });
});
