import { afterEach, describe, expect, it } from 'vitest';
import { backendInfo, configure, currentBackend } from '../../lib/backend/index.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { NeuralNetwork } from '../../lib/models/neural-network.js';
import { Solver } from '../../lib/train/solver.js';

const original = currentBackend().name;
afterEach(() => {
  configure({ backend: original });
});

const other = original === 'native' ? 'js' : 'native';
const rng = new RandomState(5);
const X = rng.randn(20, 6);
const y = rng.randint(3, 20);
const options = { dtype: 'float64', seed: 0 } as const;

describe('a model whose backend is changed', () => {
  it('goes on with the same parameters', () => {
    const net = new FullyConnectedNet({
      inputDim: 6,
      hiddenDims: [5],
      numClasses: 3,
      weightScale: 0.4,
      ...options,
    });
    const before = net.loss(X, y, { reg: 0.1 });
    const first = net.predict(X.slice(0, 1));
    configure({ backend: other });
    expect(backendInfo().backend).toBe(other);
    expect(net.predict(X.slice(0, 1))).toEqual(first);
    const after = net.loss(X, y, { reg: 0.1 });
    expect(after.loss).toBeCloseTo(before.loss, 12);
    for (const [name, grad] of Object.entries(before.grads)) {
      const same = [...after.grads[name]!];
      for (const [i, value] of [...grad].entries()) expect(same[i]).toBeCloseTo(value, 12);
    }
    net.predict(X);
    configure({ backend: original });
    expect(net.loss(X, y, { reg: 0.1 })).toEqual(before);
  });

  it('goes on between forward and backward', () => {
    const net = new NeuralNetwork({ inputSize: 6, hiddenSizes: [5], numClasses: 3, ...options });
    net.forward(X);
    const loss = net.backward(y, 0.1);
    const grads = [...net.grads.W1!];
    net.forward(X);
    configure({ backend: other });
    expect(net.backward(y, 0.1)).toBeCloseTo(loss, 12);
    for (const [i, grad] of [...net.grads.W1!].entries()) expect(grad).toBeCloseTo(grads[i]!, 12);
  });

  it('trains to the same losses', async () => {
    const histories: (readonly number[])[] = [];
    for (const backend of ['native', 'js'] as const) {
      configure({ backend });
      const net = new FullyConnectedNet({
        inputDim: 6,
        hiddenDims: [5],
        numClasses: 3,
        weightScale: 0.4,
        ...options,
      });
      const solver = new Solver(
        net,
        { XTrain: X, yTrain: y },
        { numEpochs: 5, batchSize: 4, verbose: false },
      );
      histories.push((await solver.train()).lossHistory);
    }
    const [native, js] = histories;
    for (const [i, loss] of native!.entries()) expect(loss).toBeCloseTo(js![i]!, 10);
  });
});
