import { describe, expect, it } from 'vitest';
import { DivergenceError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import type { Model } from '../../lib/models/model.js';
import { Sequential } from '../../lib/models/sequential.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { CustomLayer } from '../../lib/nn/custom-layer.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import { type UpdateRuleName, updateRules } from '../../lib/optim/update-rules.js';
import { Solver } from '../../lib/train/solver.js';

const rng = new RandomState(6);
const count = 30;
const X = rng.randn(count, 8);
const y = rng.randint(4, count);
const batchSize = 5;
const indices = new RandomState(1).choice(count, 40 * batchSize);
const ruleNames = Object.keys(updateRules) as UpdateRuleName[];

const makeNet = (dtype: 'float32' | 'float64' = 'float32') =>
  new FullyConnectedNet({
    inputDim: 8,
    hiddenDims: [7],
    numClasses: 4,
    weightScale: 0.3,
    reg: 0.01,
    seed: 0,
    dtype,
  });

const values = ({ params }: Model) => Object.values(params).flatMap((param) => [...param]);
const batch = (step: number) => {
  const rows = indices.subarray(step * batchSize, (step + 1) * batchSize);
  return [
    tensor(Array.from(rows, (row) => [...X.slice(row, row + 1)])),
    Array.from(rows, (row) => y[row]!),
  ] as const;
};

/** Small steps, and from one on such that destroy the parameters. */
const ratesUntil = (good: number) => Float64Array.from({ length: 40 }, (_, i) => (i < good ? 0.01 : 1e30));

describe.each(ruleNames)('after a divergence under %s', (name) => {
  /** The parameters after so many steps. */
  async function after(steps: number, good: number): Promise<{ params: number[]; moments: number[] }> {
    const net = makeNet();
    const run = net.startTraining({ X, y, rule: { name }, batchSize });
    if (steps > 0) await run.steps(indices.subarray(0, steps * batchSize), ratesUntil(good).slice(0, steps));
    run.end();
    return { params: values(net), moments: [...run.state.moments] };
  }

  it.each([
    ['in one call', 40],
    ['in calls of single steps', 1],
    ['in calls of three steps', 3],
  ])('the model holds the parameters of the last finite loss, %s', async (_name, perCall) => {
    const net = makeNet();
    const run = net.startTraining({ X, y, rule: { name }, batchSize });
    const losses: number[] = [];
    let error: DivergenceError | undefined;
    for (let at = 0; error === undefined && at < 40; at += perCall) {
      const rates = ratesUntil(12).slice(at, at + perCall);
      const result = await run.steps(
        indices.subarray(at * batchSize, (at + rates.length) * batchSize),
        rates,
      );
      losses.push(...result.losses);
      error = result.error;
    }
    run.end();
    expect(error).toBeInstanceOf(DivergenceError);
    expect(error?.iteration).toBe(losses.length);
    expect(losses.every(Number.isFinite)).toBe(true);
    const updates = losses.length - 1;
    expect(updates).toBeGreaterThanOrEqual(12);
    const expected = await after(updates, 12);
    expect(values(net)).toEqual(expected.params);
    expect([...run.state.moments]).toEqual(expected.moments);
    expect(run.state.t).toBe(updates);
    expect(values(net).every(Number.isFinite)).toBe(true);
    expect(net.loss(...batch(updates)).loss).toBe(losses.at(-1));
  });
});

describe('after a divergence', () => {
  it('a training goes on from the parameters that the model got back', async () => {
    const net = makeNet('float64');
    const run = net.startTraining({ X, y, rule: { name: 'adam' }, batchSize });
    const { done, error } = await run.steps(
      indices,
      ratesUntil(12).map((rate) => (rate === 0.01 ? rate : 1e300)),
    );
    expect(error).toBeDefined();
    const next = await run.steps(indices.subarray(0, 5 * batchSize), 0.01);
    run.end();
    expect(next.reason).toBe('finished');
    expect(run.state.t).toBe(done - 1 + 5);
    expect(values(net).every(Number.isFinite)).toBe(true);
  });

  it('that comes with the first loss, nothing is changed', async () => {
    const net = makeNet();
    net.params.W2!.set(0, 0, Number.NaN);
    const before = values(net);
    const run = net.startTraining({ X, y, rule: { name: 'sgd' }, batchSize });
    const { done, error } = await run.steps(indices, 0.1);
    run.end();
    expect(done).toBe(0);
    expect(error?.message).toContain('the parameter W2 of layer linear2');
    expect(values(net)).toEqual(before);
  });

  it('right after other rows took the place of the first ones, the last copy is put back', async () => {
    const net = makeNet();
    const before = values(net);
    const run = net.startTraining({
      X: tensor(Float32Array.from(X), [count, 8]),
      y,
      rule: { name: 'sgd' },
      batchSize,
    });
    const first = await run.steps(indices.subarray(0, 3 * batchSize), Float64Array.of(0.01, 0.01, 1e30));
    expect(first.reason).toBe('finished');
    const other = new Tensor(new Float32Array(new SharedArrayBuffer(4 * count * 8)).fill(1), [count, 8]);
    run.replaceRows(other);
    const { error } = await run.steps(indices.subarray(0, 3 * batchSize), 0.01);
    run.end();
    expect(error).toBeDefined();
    expect(values(net)).toEqual(before);
    expect(run.state.t).toBe(0);
  });

  it('of parameters that somebody wrote meanwhile, the last copy is put back', async () => {
    const net = makeNet();
    const before = values(net);
    const run = net.startTraining({ X, y, rule: { name: 'sgd' }, batchSize });
    await run.steps(indices.subarray(0, 2 * batchSize), 0.01);
    net.params.b1!.set(3, 0.5);
    await run.steps(indices.subarray(2 * batchSize, 4 * batchSize), Float64Array.of(0.01, 1e30));
    const { error } = await run.steps(indices.subarray(0, batchSize), 0.01);
    run.end();
    expect(error).toBeDefined();
    expect(values(net)).toEqual(before);
  });

  it.each([
    ['is the same twice', false],
    ['is not', true],
  ])('of a net with a layer of the user’s own that %s', async (_name, fickle) => {
    class Twice extends CustomLayer {
      calls = 0;
      override forward(x: Tensor): Tensor {
        const factor = fickle ? 2 + 0.01 * this.calls++ : 2;
        return tensor(
          [...x].map((value) => factor * value),
          x.shape,
          { dtype: x.dtype },
        );
      }
      override backward(dout: Tensor): Tensor {
        return tensor(
          [...dout].map((value) => 2 * value),
          dout.shape,
          { dtype: dout.dtype },
        );
      }
    }
    const linear = (from: number, to: number) => new Linear(from, to, { init: 'he' });
    const make = () => new Sequential([linear(8, 5), new Twice(), linear(5, 4)], { seed: 0 });
    const net = make();
    const before = values(net);
    const run = net.startTraining({ X, y, rule: { name: 'sgd' }, batchSize });
    const { done, error } = await run.steps(indices, ratesUntil(6));
    run.end();
    expect(error).toBeDefined();
    if (fickle) {
      expect(values(net)).toEqual(before);
      return;
    }
    const other = make();
    const again = other.startTraining({ X, y, rule: { name: 'sgd' }, batchSize });
    await again.steps(indices.subarray(0, (done - 1) * batchSize), ratesUntil(6).slice(0, done - 1));
    again.end();
    expect(values(net)).toEqual(values(other));
  });

  it('Solver leaves finite parameters, a finite loss, histories of as many steps, and may go on', async () => {
    const net = makeNet();
    const solver = new Solver(
      net,
      { XTrain: X, yTrain: y },
      { learningRate: 1e18, batchSize, numEpochs: 50, verbose: false },
    );
    const error = (await solver.train().catch((reason: unknown) => reason)) as DivergenceError;
    expect(error).toBeInstanceOf(DivergenceError);
    expect(error.message).toMatch(/smaller learning rate/i);
    expect(solver.lossHistory).toHaveLength(error.iteration);
    expect(solver.lossHistory.every(Number.isFinite)).toBe(true);
    expect(values(net).every(Number.isFinite)).toBe(true);
    expect(net.loss(X, y).loss).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(net.predict(X)).toHaveLength(count);
    solver.learningRate = 1e-3;
    expect((await solver.train()).lossHistory.at(-1)).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('with the last step, Solver and TwoLayerNet.train still notice it', async () => {
    const large = tensor(
      [...X].map((x) => 100 * x),
      X.shape,
    );
    const net = makeNet();
    const before = values(net);
    const options = { learningRate: 1e38, batchSize: count, numEpochs: 1, verbose: false };
    await expect(new Solver(net, { XTrain: large, yTrain: y }, options).train()).rejects.toThrow(
      'after iteration 0, the parameter W1 of layer linear1 is not finite',
    );
    expect(values(net)).toEqual(before);
    const two = new TwoLayerNet({ inputSize: 8, hiddenSize: 6, numClasses: 4, std: 1, seed: 0 });
    const first = values(two);
    const training = two.train(large, y, { learningRate: 1e38, numIters: 1, batchSize: 10 });
    await expect(training).rejects.toThrow(DivergenceError);
    expect(values(two)).toEqual(first);
  });

  it('TwoLayerNet.train leaves the parameters of the last finite loss', async () => {
    const net = new TwoLayerNet({ inputSize: 8, hiddenSize: 6, numClasses: 4, std: 0.1, seed: 0 });
    const training = net.train(X, y, X, y, { numIters: 500, learningRate: 1e20 });
    await expect(training).rejects.toThrow(DivergenceError);
    expect(values(net).every(Number.isFinite)).toBe(true);
    expect(net.loss(X, y).loss).toBeLessThan(Number.POSITIVE_INFINITY);
  });
});
