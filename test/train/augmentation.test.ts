import { describe, expect, it, onTestFinished } from 'vitest';
import { ArgumentError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { Tensor } from '../../lib/core/tensors/tensor.js';
import { Augmentation } from '../../lib/data/pictures/augmentation.js';
import { mixup } from '../../lib/data/pictures/mixup.js';
import { loadDigits } from '../../lib/data/sets/digits.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { Solver } from '../../lib/train/solver.js';
import type { SolverOptions } from '../../lib/train/solver-options.js';

const digits = { height: 8, width: 8 } as const;
const { XTrain, yTrain, XTest, yTest } = loadDigits();
const data = { XTrain, yTrain, XVal: XTest, yVal: yTest };
const training: SolverOptions = {
  verbose: false,
  updateRule: 'adam',
  optimConfig: { learningRate: 3e-3 },
  numEpochs: 6,
  batchSize: 50,
};

const net = () =>
  new FullyConnectedNet({ inputDim: 64, hiddenDims: [64], numClasses: 10, init: 'he', seed: 1 });

/** How many worker threads this process has. */
const threads = () => (process.report.getReport() as { readonly workers: unknown[] }).workers.length;

async function train(options: SolverOptions) {
  const model = net();
  const solver = new Solver(model, data, { ...training, ...options });
  const history = await solver.train();
  return { ...history, W1: [...model.params.W1!] };
}

describe('Solver with augmentation', () => {
  it('learns the digits, repeats a run bit for bit from one seed, and leaves the data alone', async () => {
    const before = [[...XTrain], [...XTest]];
    const augmentation = { ...digits, shift: 1 };
    const first = await train({ augmentation, numEpochs: 20 });
    expect(await train({ augmentation, numEpochs: 20 })).toEqual(first);
    expect(first.valAccHistory.at(-1)).toBeGreaterThan(0.85);
    expect([[...XTrain], [...XTest]]).toEqual(before);
    const { lossHistory } = await train({ augmentation, numEpochs: 20, seed: 7 });
    expect(lossHistory).not.toEqual(first.lossHistory);
  });

  it('is a training without one where nothing is changed', async () => {
    const augmentation = new Augmentation(digits, { seed: 0 });
    onTestFinished(() => augmentation.dispose());
    expect(await train({ augmentation })).toEqual(await train({}));
  });

  it('trains each epoch on a copy of its own', async () => {
    const changes = { ...digits, shift: 1, elastic: { alpha: 5, sigma: 2 } };
    const reference = new Augmentation(changes, { seed: 5 });
    const augmentation = new Augmentation(changes, { seed: 5 });
    onTestFinished(async () => {
      await Promise.all([reference.dispose(), augmentation.dispose()]);
    });
    const [X, y] = [new Tensor(Float64Array.from(XTrain.slice(0, 40)), [40, 64]), yTrain.subarray(0, 40)];
    const model = new FullyConnectedNet({
      inputDim: 64,
      hiddenDims: [8],
      numClasses: 10,
      weightScale: 0.1,
      dtype: 'float64',
      seed: 2,
    });
    const expected: number[] = [];
    for (let epoch = 0; epoch < 5; epoch++) expected.push(model.loss(await reference.apply(X), y).loss);
    expect(new Set(expected).size).toBe(5);
    const solver = new Solver(
      model,
      { XTrain: X, yTrain: y },
      {
        verbose: false,
        augmentation,
        optimConfig: { learningRate: 0 },
        sampling: 'permutation',
        batchSize: 40,
        numEpochs: 5,
      },
    );
    const { lossHistory, trainAccHistory } = await solver.train();
    expect(lossHistory).toHaveLength(5);
    for (const [epoch, loss] of lossHistory.entries()) expect(loss).toBeCloseTo(expected[epoch]!, 12);
    // Accuracies are of the rows as they are.
    expect(trainAccHistory).toEqual(Array(5).fill(await model.accuracy(X, y)));
  });

  it('goes on when train is called again', async () => {
    const options = { ...training, numTrainSamples: null, augmentation: { ...digits, shift: 1 } };
    const [once, twice] = [
      new Solver(net(), { XTrain, yTrain }, options),
      new Solver(net(), { XTrain, yTrain }, { ...options, numEpochs: 3 }),
    ];
    await once.train();
    await twice.train();
    await twice.train();
    expect(twice.lossHistory).toEqual(once.lossHistory);
  });

  it('stops on an AbortSignal before, while a copy is made and in an epoch, and leaves no thread behind', async () => {
    await train({ augmentation: digits, numEpochs: 1 });
    const before = threads();
    for (const moment of ['copy', 'epoch'] as const) {
      const model = net();
      const stop = new AbortController();
      const solver = new Solver(model, data, {
        ...training,
        numEpochs: 1000,
        augmentation: { ...digits, shift: 1, elastic: { alpha: 34, sigma: 8 } },
      });
      if (moment === 'copy') setTimeout(() => stop.abort('enough'), 5);
      const running = solver.train({
        signal: stop.signal,
        onProgress: ({ epoch }) => {
          if (epoch >= 2) stop.abort('enough');
        },
      });
      await expect(running).rejects.toBe('enough');
      expect(threads()).toBe(before);
      expect(solver.lossHistory.length > 0).toBe(moment === 'epoch');
      // The model is free.
      expect(model.loss(XTest, yTest).loss).toBeGreaterThan(0);
    }
    await train({ augmentation: { ...digits, shift: 1 }, numEpochs: 2 });
    expect(threads()).toBe(before);
  });

  it('hands on the error of a copy that cannot be made, and frees the model', async () => {
    const model = net();
    const solver = new Solver(model, data, { ...training, augmentation: { ...digits, fill: -1 } });
    await expect(solver.train()).rejects.toThrow(ArgumentError);
    expect(model.loss(XTest, yTest).loss).toBeGreaterThan(0);
  });

  it('refuses what is no augmentation of its rows, and draws nothing', () => {
    const model = net();
    const state = model.rng.getState();
    const make = (augmentation: unknown) => () =>
      new Solver(model, data, { ...training, augmentation: augmentation as never });
    expect(make({ height: 7, width: 8 })).toThrow(ShapeError);
    expect(make({ height: 7, width: 8 })).toThrow('pictures of 64 values, as XTrain has, but received 56');
    expect(make(new Augmentation({ height: 7, width: 8 }))).toThrow(ShapeError);
    expect(make({ ...digits, shfit: 1 })).toThrow('did you mean shift?');
    expect(make(3)).toThrow('an instance of Augmentation or an object but received 3');
    expect(model.rng.getState()).toEqual(state);
  });
});

describe('mixup', () => {
  it('makes targets that a model with the loss mse learns from', async () => {
    const rng = new RandomState(4);
    const model = new TwoLayerNet({
      inputSize: 64,
      hiddenSize: 40,
      numClasses: 10,
      std: 0.05,
      loss: 'mse',
      seed: 4,
    });
    for (let epoch = 0; epoch < 15; epoch++) {
      const mixed = mixup(XTrain, yTrain, 10, { alpha: 0.2, rng });
      const run = model.startTraining({
        ...mixed,
        rule: { name: 'adam', config: { learningRate: 3e-3 } },
        batchSize: 50,
      });
      await run.steps(rng.permutation(1500), 3e-3);
      run.end();
    }
    expect(await model.accuracy(XTest, yTest)).toBeGreaterThan(0.85);
  });
});
