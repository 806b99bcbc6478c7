import { describe, expect, it } from 'vitest';
import { tensor } from '../../lib/core/tensors/tensor.js';
import { NeuralNetwork } from '../../lib/models/neural-network.js';
import { dtypes, expectClose, expectNumber, readOracle, tolerances } from './oracle.js';

interface Epoch {
  readonly loss: number;
  readonly scores: number[][];
  readonly W: number[][][];
  readonly b: number[][];
}

interface Cs498 {
  readonly seed: number;
  readonly dims: [number, number, number, number];
  readonly X: number[][];
  readonly y: number[];
  readonly W: number[][][];
  readonly reg: number;
  readonly SGD: { readonly config: Record<string, number>; readonly epochs: Epoch[] };
  readonly Adam: { readonly config: Record<string, number>; readonly epochs: Epoch[] };
}

const oracle = readOracle<Cs498>('cs498-neural-network');

describe.each(dtypes)('NeuralNetwork on the toy problem of CS498, %s', (dtype) => {
  const { step } = tolerances[dtype];
  const X = tensor(oracle.X, undefined, { dtype });
  const [inputSize, first, second, numClasses] = oracle.dims;
  const make = () =>
    new NeuralNetwork({ inputSize, hiddenSizes: [first, second], numClasses, dtype, seed: oracle.seed });
  const withWeights = () => {
    const net = make();
    for (const [i, W] of oracle.W.entries()) (net.params as Record<string, unknown>)[`W${i + 1}`] = W;
    return net;
  };

  it.each([
    ['sgd', oracle.SGD],
    ['adam', oracle.Adam],
  ] as const)('has scores, loss and weights of three steps of %s', (optimizer, { config, epochs }) => {
    const net = withWeights();
    expect(epochs).toHaveLength(3);
    for (const [i, epoch] of epochs.entries()) {
      expectClose(net.forward(X), epoch.scores, step);
      expectNumber(net.backward(oracle.y, oracle.reg), epoch.loss, step);
      net.update({ ...config, optimizer, t: i + 1 });
      for (const [layer, W] of epoch.W.entries()) expectClose(net.params[`W${layer + 1}`]!, W, step, 1e-6);
      for (const [layer, b] of epoch.b.entries()) expectClose(net.params[`b${layer + 1}`]!, b, step, 1e-6);
    }
  });

  it('draws randn / √in as weights and zeros as biases', () => {
    const net = make();
    const W1 = [...net.params.W1!];
    const variance = W1.reduce((sum, w) => sum + w * w, 0) / W1.length;
    expect(variance * inputSize).toBeGreaterThan(0.6);
    expect(variance * inputSize).toBeLessThan(1.5);
    expect([...net.params.b1!].every((b) => b === 0)).toBe(true);
  });
});
