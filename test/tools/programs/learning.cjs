/// <reference types="vitest/globals" />
// What is tried in test runners, which run each file in a vm context of its own, or in a thread, or in a process.
const { writeFileSync } = require('node:fs');
const gemmnet = require('gemmnet');

test('trains natively', async () => {
  expect(gemmnet.backendInfo()).toMatchObject({ backend: 'native' });
  const { XTrain, yTrain, XTest, yTest } = gemmnet.loadDigits();
  const net = new gemmnet.TwoLayerNet({ inputSize: 64, hiddenSize: 32, numClasses: 10, std: 0.1, seed: 0 });
  const options = { learningRate: 1e-2, numIters: 100, batchSize: 50 };
  const { lossHistory } = await net.train(XTrain, yTrain, XTest, yTest, options);
  expect(lossHistory.at(-1)).toBeLessThan(Number(lossHistory[0]) / 2);
});

test('has errors and tensors of its own classes', async () => {
  expect(gemmnet.tensor([[1, 2]])).toBeInstanceOf(gemmnet.Tensor);
  expect(gemmnet.tensor([[1, 2]]).data).toEqual(new Float64Array([1, 2]));
  expect(() => gemmnet.tensor(/** @type {never} */ ('one'))).toThrow(gemmnet.ArgumentError);
  await expect(gemmnet.loadImage('nowhere.png')).rejects.toThrow(gemmnet.ArgumentError);
});

test('takes the arrays of this context', () => {
  expect(gemmnet.accuracy(new Int32Array([1, 2]), [1, 2])).toBe(1);
});

test('loads what is loaded later: readers, threads', async () => {
  writeFileSync('learning.csv', 'a,b,y\n1,2,0\n3,4,1\n');
  expect((await gemmnet.loadCsv('learning.csv')).X.shape).toEqual([2, 3]);
  expect((await gemmnet.loadImage('picture.jpg')).shape).toEqual([1, 1, 3]);
  const { components } = await gemmnet.pca(gemmnet.loadDigits().XTrain, { numComponents: 2 });
  expect(components.shape).toEqual([2, 64]);
});
