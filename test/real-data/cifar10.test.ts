import { afterAll, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { backendInfo, configure } from '../../lib/backend/index.js';
import { Tensor } from '../../lib/core/tensors/tensor.js';
import { subtractMean } from '../../lib/data/preparation/standardize.js';
import { loadCifar10 } from '../../lib/data/sets/cifar10.js';
import { split } from '../../lib/data/split.js';
import { NeuralNetwork } from '../../lib/models/neural-network.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { realData, realDataMissing } from '../data/real-data.js';

const timeout = 600_000;
const before = backendInfo().backend;
beforeEach(() => {
  configure({ backend: 'native' });
});
afterAll(() => {
  configure({ backend: before });
});

/** 49,000 / 1,000 / 10,000 rows without the mean image. Skips the test where CIFAR-10 is not on this machine. */
async function centredCifar10(context: TestContext) {
  const folder = [
    ['cifar10', 'cifar-10-batches-bin'],
    ['cifar10', '.'],
  ].find((place) => realData(...place, 'data_batch_1.bin'));
  const place = folder && realData(...folder);
  if (place === undefined) {
    return context.skip(
      `${realDataMissing('cifar10/cifar-10-batches-bin/data_batch_1.bin')}; unpack.py there writes it`,
    );
  }
  const all = await loadCifar10(place);
  const { XTrain, yTrain, XVal, yVal } = split(all.XTrain, all.yTrain, { train: 49_000, val: 1_000 });
  return { ...subtractMean({ XTrain, XVal, XTest: all.XTest }), yTrain, yVal, yTest: all.yTest };
}

describe('CS145: 3072-50-10, mean squared error, 1,000 steps of 200', () => {
  async function train(context: TestContext, learningRate: number, reg: number) {
    const data = await centredCifar10(context);
    const net = new TwoLayerNet({
      inputSize: 3072,
      hiddenSize: 50,
      numClasses: 10,
      loss: 'mse',
      weightLayout: 'outIn',
      seed: 0,
    });
    const options = { learningRate, reg, learningRateDecay: 0.95, numIters: 1_000, batchSize: 200 };
    await net.train(data.XTrain, data.yTrain, data.XVal, data.yVal, options);
    return {
      val: await net.accuracy(data.XVal, data.yVal),
      test: await net.accuracy(data.XTest, data.yTest),
    };
  }

  it('lr 1e-5, reg 0.1: 15–18 % and a bit', { timeout }, async (context) => {
    const { val } = await train(context, 1e-5, 0.1);
    expect(val).toBeGreaterThan(0.15);
    expect(val).toBeLessThan(0.22);
  });

  it('lr 1e-3, reg 1e-4: 0.473 and 0.46 in the course', { timeout }, async (context) => {
    // Two standard errors of an accuracy on the course's 1,000 rows.
    const band = 0.032;
    const { val, test } = await train(context, 1e-3, 1e-4);
    expect(Math.abs(val - 0.473)).toBeLessThan(band);
    expect(Math.abs(test - 0.46)).toBeLessThan(band);
  });
});

describe('CS498: 3072-120-120-10, Adam', () => {
  it('reaches 0.52 on the validation rows within 12 epochs', { timeout }, async (context) => {
    const data = await centredCifar10(context);
    for (const { data: pixels } of [data.XTrain, data.XVal]) {
      for (let i = 0; i < pixels.length; i++) pixels[i] = pixels[i]! / 255;
    }
    const net = new NeuralNetwork({ inputSize: 3072, hiddenSizes: [120, 120], numClasses: 10, seed: 0 });
    const batchSize = 200;
    const batch = new Tensor(new Float32Array(batchSize * 3072), [batchSize, 3072]);
    let learningRate = 3e-4;
    let best = 0;
    for (let epoch = 1; epoch <= 12 && best < 0.52; epoch++) {
      const order = net.rng.permutation(data.yTrain.length);
      for (let step = 0; step < Math.floor(order.length / batchSize); step++) {
        const rows = order.subarray(step * batchSize, (step + 1) * batchSize);
        rows.forEach((row, i) => {
          batch.data.set(data.XTrain.data.subarray(row * 3072, (row + 1) * 3072), i * 3072);
        });
        net.forward(batch);
        net.backward(
          rows.map((row) => data.yTrain[row]!),
          1e-5,
        );
        net.update({ optimizer: 'adam', learningRate, beta1: 0.7, beta2: 0.79, epsilon: 1e-8, t: epoch });
      }
      learningRate *= 0.85;
      best = Math.max(best, await net.accuracy(data.XVal, data.yVal));
    }
    expect(best).toBeGreaterThanOrEqual(0.52);
  });
});
