import { afterEach, describe, expect, it } from 'vitest';
import { backendInfo, configure } from '../../lib/backend/index.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { type Tensor, zeros } from '../../lib/core/tensors/tensor.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { Sequential } from '../../lib/models/sequential.js';
import { layers } from '../../lib/nn/layers/index.js';
import { Solver } from '../../lib/train/solver.js';

const { backend, threads } = backendInfo();
const ones = (...shape: number[]) => {
  const made = zeros(shape, { dtype: 'float64' });
  made.data.fill(1);
  return made;
};
const dropNet = (seed = 3) =>
  new Sequential([new layers.Dropout(0.25), new layers.Dropout({ keep: 0.5 })], {
    inputSize: 1000,
    loss: 'mse',
    dtype: 'float64',
    seed,
  });
const kept = (out: Tensor) => [...out].filter((value) => value !== 0).length / out.size;

afterEach(() => {
  if (backend === 'native') configure({ threads });
});

describe('Dropout', () => {
  it('keeps the share that it says, and scales what it keeps', () => {
    const out = dropNet().forward(ones(100, 1000), { training: true });
    expect(new Set(out)).toEqual(new Set([0, 1 / 0.375]));
    // Two masks, of 3/4 and 1/2; 4σ of 100,000 draws.
    expect(Math.abs(kept(out) - 0.375)).toBeLessThan(4 * Math.sqrt((0.375 * 0.625) / 100_000));
  });

  it('drops nothing in predictions', () => {
    const net = dropNet();
    expect(new Set(net.forward(ones(3, 1000)))).toEqual(new Set([1]));
    expect(new Set(net.loss(ones(3, 1000)))).toEqual(new Set([1]));
  });

  it('draws another mask in each step and each layer, and the same one for the same step', () => {
    const net = dropNet();
    const first = [...net.forward(ones(2, 1000), { training: true })];
    const second = [...net.forward(ones(2, 1000), { training: true })];
    expect(second).not.toEqual(first);
    net.chance.step = 0;
    expect([...net.forward(ones(2, 1000), { training: true })]).toEqual(first);
    expect([...dropNet().forward(ones(2, 1000), { training: true })]).toEqual(first);
    expect([...dropNet(4).forward(ones(2, 1000), { training: true })]).not.toEqual(first);
    const twice = new Sequential([new layers.Dropout(0.5), new layers.Dropout(0.5)], {
      inputSize: 1000,
      loss: 'mse',
      seed: 3,
    });
    // Were they the same mask, half would be left.
    expect(Math.abs(kept(twice.forward(ones(100, 1000), { training: true })) - 0.25)).toBeLessThan(0.01);
  });

  it('lets the gradient through where it kept', () => {
    const net = dropNet();
    const out = net.forward(ones(2, 1000), { training: true });
    const dx = net.backward(ones(2, 1000), { inputGradient: true });
    expect([...dx]).toEqual([...out]);
  });

  it.runIf(backend === 'native')('trains to the same bits with one thread and two', async () => {
    const trained = [];
    for (const count of [1, 2]) {
      configure({ threads: count });
      trained.push(
        await train(new FullyConnectedNet({ ...sizes, dropout: 0.4, normalization: 'batchnorm' })),
      );
    }
    expect(trained[1]).toEqual(trained[0]);
  });

  it('is counted by training steps: a training that goes on is the one that did not stop', async () => {
    const whole = new FullyConnectedNet({ ...sizes, dropout: 0.4, normalization: 'batchnorm' });
    const parts = new FullyConnectedNet({ ...sizes, dropout: 0.4, normalization: 'batchnorm' });
    const rows = Int32Array.from({ length: 12 * 5 }, (_, i) => (i * 7) % 40);
    const options = { X, y, rule: { name: 'adam' }, batchSize: 5 } as const;
    const one = whole.startTraining(options);
    await one.steps(rows, 1e-2);
    one.end();
    const first = parts.startTraining(options);
    await first.steps(rows.slice(0, 25), 1e-2);
    first.end();
    const second = parts.startTraining({ ...options, state: first.state });
    await second.steps(rows.slice(25), 1e-2);
    second.end();
    expect(parts.snapshotParams()).toEqual(whole.snapshotParams());
    expect(whole.chance.step).toBe(12);
  });
});

describe('model.loss of a net with dropout and batch norm', () => {
  it('draws one mask after another, and moves the running statistics; with a step it changes nothing', () => {
    const net = new FullyConnectedNet({ ...sizes, dropout: 0.5, normalization: 'batchnorm' });
    const still = net.snapshotParams();
    const at = net.loss(X, y, { step: 0 }).loss;
    expect(net.loss(X, y, { step: 0 }).loss).toBe(at);
    expect(net.snapshotParams()).toEqual(still);
    expect(net.loss(X, y).loss).toBe(at);
    expect(net.snapshotParams()).not.toEqual(still);
    expect(net.loss(X, y).loss).not.toBe(at);
  });
});

describe('running statistics', () => {
  it('are part of the best parameters, and of a training that goes back after a divergence', async () => {
    const net = new FullyConnectedNet({ ...sizes, normalization: 'batchnorm' });
    const solver = new Solver(
      net,
      { XTrain: X, yTrain: y, XVal: X, yVal: y },
      { numEpochs: 4, batchSize: 10, verbose: false },
    );
    await solver.train();
    expect(Object.keys(solver.bestParams)).toEqual(
      expect.arrayContaining(['W1', 'gamma1', 'runningMean1', 'runningVar1']),
    );
    expect([...net.state.runningMean1!]).toEqual([...solver.bestParams.runningMean1!]);

    const before = net.snapshotParams();
    const bad = X.clone();
    bad.set(7, 0, Number.NaN);
    const run = net.startTraining({ X: bad, y, rule: { name: 'sgd' }, batchSize: 5 });
    const ended = await run.steps(Int32Array.of(7, 1, 2, 3, 4), 0.1);
    run.end();
    expect(ended.reason).toBe('nonFinite');
    expect(net.snapshotParams()).toEqual(before);
  });
});

const rng = new RandomState(5);
const X = rng.randn(40, 6);
const y = rng.randint(3, 40);
const sizes = {
  inputDim: 6,
  hiddenDims: [8, 8],
  numClasses: 3,
  init: 'he',
  seed: 2,
  dtype: 'float32',
} as const;

async function train(net: FullyConnectedNet) {
  const options = { updateRule: 'adam', numEpochs: 5, batchSize: 10, verbose: false } as const;
  await new Solver(net, { XTrain: X, yTrain: y }, options).train();
  return net.snapshotParams();
}
