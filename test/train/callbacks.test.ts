import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { RandomState } from '../../lib/core/random/random-state.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { Solver } from '../../lib/train/solver.js';

const rng = new RandomState(1);
const X = rng.randn(30, 4);
const y = rng.randint(3, 30);
const fullyConnected = () => new FullyConnectedNet({ inputDim: 4, hiddenDims: [5], numClasses: 3, seed: 0 });

/** Every training that takes a function, and calls it more than once. */
const trainings: Readonly<
  Record<string, (callback: () => void | Promise<void>, signal?: AbortSignal) => Promise<unknown>>
> = {
  'Solver.train: onProgress': (onProgress, signal) =>
    new Solver(fullyConnected(), { XTrain: X, yTrain: y }, { verbose: false, batchSize: 10 }).train({
      onProgress: () => onProgress(),
      ...(signal === undefined ? {} : { signal }),
    }),
  'Solver: log': (log) =>
    new Solver(fullyConnected(), { XTrain: X, yTrain: y }, { log: () => log() }).train(),
  'TwoLayerNet.train: onProgress': (onProgress) =>
    new TwoLayerNet({ inputSize: 4, hiddenSize: 5, numClasses: 3, seed: 0 }).train(X, y, {
      numIters: 100,
      batchSize: 10,
      onProgress: () => onProgress(),
    }),
  'steps: onProgress': async (onProgress) => {
    const run = fullyConnected().startTraining({ X, y, rule: { name: 'sgd' }, batchSize: 3 });
    try {
      return await run.steps(rng.choice(30, 300), 0.1, { onProgress: () => onProgress() });
    } finally {
      run.end();
    }
  },
};

describe.each(Object.entries(trainings))('%s', (_name, train) => {
  it('that is async and rejects makes the training reject, at once', async () => {
    let calls = 0;
    const training = train(async () => {
      calls++;
      await sleep(1);
      throw new RangeError('disk full');
    });
    await expect(training).rejects.toThrow('disk full');
    expect(calls).toBe(1);
  });

  it('that throws makes it reject, too', async () => {
    const training = train(() => {
      throw new RangeError('disk full');
    });
    await expect(training).rejects.toThrow('disk full');
  });

  it('that is async is waited for before the next call', async () => {
    let [calls, running, most] = [0, 0, 0];
    await train(async () => {
      calls++;
      running++;
      most = Math.max(most, running);
      await sleep(1);
      running--;
    });
    expect(calls).toBeGreaterThan(1);
    expect(most).toBe(1);
    expect(running).toBe(0);
  });
});

it('an async onProgress of Solver may abort the training', async () => {
  const stop = new AbortController();
  const training = trainings['Solver.train: onProgress']!(async () => {
    await sleep(1);
    stop.abort(new RangeError('enough'));
  }, stop.signal);
  await expect(training).rejects.toThrow('enough');
});
