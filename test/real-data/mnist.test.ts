import { afterAll, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { backendInfo, configure } from '../../lib/backend/index.js';
import { subtractMean } from '../../lib/data/preparation/standardize.js';
import { loadMnist } from '../../lib/data/sets/mnist.js';
import { split } from '../../lib/data/split.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { TwoLayerNet, type TwoLayerTrainOptions } from '../../lib/models/two-layer-net.js';
import { Solver } from '../../lib/train/solver.js';
import { realData, realDataMissing } from '../data/real-data.js';

const timeout = 600_000;
const before = backendInfo().backend;
beforeEach(() => {
  configure({ backend: 'native' });
});
afterAll(() => {
  configure({ backend: before });
});

/** Skips the test where MNIST is not on this machine. */
async function mnist(context: TestContext) {
  const found = ['train-images-idx3-ubyte.gz', 'train-images-idx3-ubyte'].some((name) =>
    realData('mnist', name),
  );
  const folder = realData('mnist');
  if (!found || folder === undefined)
    return context.skip(realDataMissing('mnist/train-images-idx3-ubyte(.gz)'));
  return loadMnist(folder);
}

describe('Chula: the mean image taken off, the first 5,000 rows validate', () => {
  async function train(context: TestContext, hiddenSize: number, options: TwoLayerTrainOptions) {
    const all = await mnist(context);
    const { XTrain, yTrain, XVal, yVal } = split(all.XTrain, all.yTrain, { val: 5_000, train: 55_000 });
    const data = subtractMean({ XTrain, XVal, XTest: all.XTest });
    const net = new TwoLayerNet({ inputSize: 784, hiddenSize, numClasses: 10, seed: 0 });
    await net.train(data.XTrain, yTrain, data.XVal, yVal, options);
    return { val: await net.accuracy(data.XVal, yVal), test: await net.accuracy(data.XTest, all.yTest) };
  }

  const small = { numIters: 2_000, batchSize: 200, reg: 5e-6 };

  for (const backend of ['native', 'js'] as const) {
    it(`784-50-10, lr 1e-4 fixed, on ${backend}: 0.8922 in the course`, { timeout }, async (context) => {
      configure({ backend });
      const { val } = await train(context, 50, { ...small, learningRate: 1e-4, learningRateDecay: 1 });
      expect(val).toBeGreaterThan(0.8822);
      expect(val).toBeLessThan(0.9022);
    });
  }

  it('784-50-10, lr 5e-4, decay 0.95: 0.9432 in the course', { timeout }, async (context) => {
    const { val } = await train(context, 50, { ...small, learningRate: 5e-4, learningRateDecay: 0.95 });
    expect(val).toBeGreaterThan(0.9372);
    expect(val).toBeLessThan(0.9492);
  });

  it('784-150-10, batches of 1,024: 0.9828 and 0.9791 in the course', { timeout }, async (context) => {
    const { val, test } = await train(context, 150, {
      numIters: 6_000,
      batchSize: 1_024,
      learningRate: 0.01,
      learningRateDecay: 0.82,
      reg: 0.1,
    });
    expect(val).toBeGreaterThanOrEqual(0.979);
    expect(test).toBeGreaterThanOrEqual(0.979);
  });
});

describe('CS189: raw pixels, batches of 4', () => {
  it('784-250-10 for 4 epochs: 0.9269, 0.9472 and 0.9492 after three in the course', {
    timeout,
  }, async (context) => {
    const all = await mnist(context);
    const net = new FullyConnectedNet({
      inputDim: 784,
      hiddenDims: [250],
      numClasses: 10,
      weightScale: 0.1,
      reg: 1,
      regMode: 'gradient',
      seed: 0,
    });
    // The first rows of the file validate: the last 10,000 are easier, by almost a point.
    const solver = new Solver(net, split(all.XTrain, all.yTrain, { val: 10_000, train: 50_000 }), {
      optimConfig: { learningRate: 1e-4 },
      lrDecay: 0.95,
      numEpochs: 4,
      batchSize: 4,
      verbose: false,
    });
    const { lossHistory, valAccHistory } = await solver.train();
    expect(lossHistory[0]).toBeGreaterThan(200);
    expect(lossHistory[0]).toBeLessThan(600);
    expect(lossHistory.every(Number.isFinite)).toBe(true);
    for (const [epoch, course] of [
      [1, 0.9269],
      [2, 0.9472],
      [3, 0.9492],
    ] as const) {
      expect(Math.abs(valAccHistory[epoch]! - course)).toBeLessThan(0.008);
    }
    expect(solver.bestValAcc).toBeGreaterThanOrEqual(0.945);
  });
});
