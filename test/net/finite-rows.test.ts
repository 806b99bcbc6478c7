import { once } from 'node:events';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import type { Dtype, FloatDtype } from '../../lib/core/dtype.js';
import { ArgumentError, DivergenceError, StateError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import { Preparation } from '../../lib/data/preparation/preparation.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { NeuralNetwork } from '../../lib/models/neural-network.js';
import { Sequential } from '../../lib/models/sequential.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { Tanh } from '../../lib/nn/layers/activations/tanh.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import { gradCheck } from '../../lib/train/gradient-check.js';
import { Solver } from '../../lib/train/solver.js';

const count = 40;
const y = Int32Array.from({ length: count }, (_, i) => i % 3);

function rowsWith(value: number, dtype: FloatDtype = 'float64'): Tensor {
  const X = tensor([...new RandomState(2).randn(count, 4)], [count, 4], { dtype });
  X.set(17, 2, value);
  return X;
}

const netOf = (
  options: { dtype?: FloatDtype; preparation?: Preparation; activation?: 'relu' | 'tanh' } = {},
) => new FullyConnectedNet({ inputDim: 4, hiddenDims: [8], numClasses: 3, init: 'he', seed: 0, ...options });

const quiet = { verbose: false, batchSize: 10, numEpochs: 20 } as const;
const where = /row 17, column 2/;
const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

describe.each(bad)('%s in X', (value) => {
  it.each(['float32', 'float64'] as const)('is named by whatever computes with it, %s', async (dtype) => {
    const X = rowsWith(value, dtype);
    const net = netOf({ dtype });
    const before = Object.values(net.snapshotParams()).map((each) => [...each]);
    const message = new RegExp(`to hold finite numbers but received ${value} in row 17, column 2`);
    expect(() => net.loss(X)).toThrow(message);
    expect(() => net.loss(X, y)).toThrow(message);
    await expect(net.accuracy(X, y)).rejects.toThrow(message);
    await expect(net.accuracy(X, y, { batchSize: 3 })).rejects.toThrow(message);
    await expect(net.accuracy(X, y, { rows: Int32Array.of(3, 17) })).rejects.toThrow(message);
    await expect(net.evaluate(X, y)).rejects.toThrow(message);
    expect(() => gradCheck(net, X, y)).toThrow(ArgumentError);
    expect(Object.values(net.snapshotParams()).map((each) => [...each])).toEqual(before);
    expect(await net.accuracy(X, y, { rows: Int32Array.of(3, 4) })).toBeGreaterThanOrEqual(0);
  });

  it('ends a training, which names it and does not blame the learning rate', async () => {
    const net = netOf();
    const solver = new Solver(net, { XTrain: rowsWith(value), yTrain: y }, { ...quiet, numTrainSamples: 1 });
    const error = (await solver.train().catch((reason: unknown) => reason)) as DivergenceError;
    expect(error).toBeInstanceOf(DivergenceError);
    expect(error.message).toMatch(where);
    expect(error.message).toContain(String(value));
    expect(error.message).not.toMatch(/learning rate|smaller/);
    expect(error.iteration).toBe(solver.lossHistory.length);
    expect(net.loss(rowsWith(0), y).loss).toBeLessThan(10);
  });

  it('ends a training when the accuracy on XTrain meets it first', async () => {
    const solver = new Solver(
      netOf(),
      { XTrain: rowsWith(value), yTrain: y },
      { ...quiet, batchSize: 1, seed: 0 },
    );
    await expect(solver.train()).rejects.toThrow(where);
    await expect(
      new Solver(
        netOf(),
        { XTrain: rowsWith(value), yTrain: y },
        { ...quiet, batchSize: 1, seed: 0 },
      ).train(),
    ).rejects.toThrow(DivergenceError);
  });

  it('is named in XVal, too', async () => {
    const data = { XTrain: rowsWith(0), yTrain: y, XVal: rowsWith(value), yVal: y };
    await expect(new Solver(netOf(), data, quiet).train()).rejects.toThrow(
      `Solver: expected XVal to hold finite numbers but received ${value} in row 17, column 2`,
    );
    const two = new TwoLayerNet({ inputSize: 4, hiddenSize: 8, numClasses: 3, std: 0.3, seed: 0 });
    await expect(two.train(rowsWith(0), y, rowsWith(value), y)).rejects.toThrow(
      `TwoLayerNet.train: expected XVal to hold finite numbers but received ${value} in row 17, column 2`,
    );
    await expect(two.train(rowsWith(value), y)).rejects.toThrow(where);
  });

  it('is named behind a preparation', async () => {
    const net = netOf({
      preparation: Preparation.divide(4, 2).followedBy(Preparation.subtractMean(rowsWith(0))),
    });
    expect(() => net.loss(rowsWith(value))).toThrow(where);
    await expect(new Solver(net, { XTrain: rowsWith(value), yTrain: y }, quiet).train()).rejects.toThrow(
      where,
    );
  });

  it('gets no class from predict, which warns of it; alone it is an error', async () => {
    const net = netOf();
    const X = rowsWith(value);
    const expected = net.predict(rowsWith(0));
    const warned = once(process, 'warning') as Promise<Error[]>;
    const predicted = net.predict(X);
    expect([...predicted]).toEqual([...expected.with(17, -1)]);
    const [warning] = await warned;
    expect(warning?.name).toBe('GemmnetWarning');
    expect(warning?.message).toContain(
      `FullyConnectedNet.predict: expected X to hold finite numbers but received ${value} in row 17, column 2`,
    );
    expect(() => net.predict(X.slice(17, 18))).toThrow(
      `FullyConnectedNet.predict: expected X to hold finite numbers but received ${value} in row 0, column 2`,
    );
    expect(() => net.predict([1, 2, value, 4])).toThrow(ArgumentError);
    expect(net.predict(X.slice(0, 1))[0]).toBe(expected[0]);
  });

  it('is named by the forward passes of loops that a user writes', () => {
    const sequential = new Sequential([new Linear(4, 3)], { seed: 0 });
    expect(() => sequential.forward(rowsWith(value))).toThrow(where);
    expect(() => sequential.backward(new Tensor(new Float32Array(120), [40, 3]))).toThrow(StateError);
    const network = new NeuralNetwork({ inputSize: 4, hiddenSizes: [32], numClasses: 3, seed: 0 });
    expect(() => network.forward(rowsWith(value))).toThrow(where);
    expect(() => network.backward(y)).toThrow(StateError);
  });
});

describe('what is finite in X, and is not where it goes', () => {
  it('is named where float32 cannot hold it', () => {
    expect(() => netOf().loss(rowsWith(1e300))).toThrow(
      "expected X to hold numbers that a float32 net can hold but received 1e+300 in row 17, column 2; the option dtype: 'float64'",
    );
    expect(netOf({ dtype: 'float64' }).loss(rowsWith(1e300)).shape).toEqual([40, 3]);
  });

  it.each(['float32', 'float64'] as const)(
    'is named where a preparation makes too much of it, %s',
    async (dtype) => {
      const preparation = Preparation.divide(4, 1e-10);
      const net = netOf({ preparation, dtype });
      const X = rowsWith(1e300);
      const becomes = dtype === 'float32' ? /1e\+310|Infinity/ : /Infinity/;
      const message = new RegExp(
        `: expected row 17 of X to become numbers that ${dtype} can hold but column 2`,
      );
      expect(() => net.loss(X)).toThrow(message);
      expect(() => net.loss(X)).toThrow(becomes);
      expect(() => net.loss(X, y)).toThrow(message);
      expect(() => net.predict(X)).toThrow(message);
      expect(() => net.predict([1, 1, 1e300, 1])).toThrow(/row 0 of X .* column 2/);
      await expect(net.accuracy(X, y)).rejects.toThrow(message);
      await expect(net.evaluate(X, y)).rejects.toThrow(message);
      const data = { XTrain: rowsWith(1), yTrain: y, XVal: X, yVal: y };
      await expect(new Solver(net, data, quiet).train()).rejects.toThrow(/row 17 of XVal to become/);
    },
  );

  it('keeps its class where scores overflow', () => {
    const net = netOf({ dtype: 'float64' });
    expect(net.predict(rowsWith(1e308))[17]).toBeGreaterThanOrEqual(0);
  });

  it('is no reason: a parameter is, which predict and accuracy name', async () => {
    const net = netOf();
    net.params.W2!.set(1, 1, Number.NaN);
    expect(() => net.predict(rowsWith(0))).toThrow(StateError);
    expect(() => net.predict([1, 2, 3, 4])).toThrow(
      'FullyConnectedNet.predict: expected a model of finite parameters but the parameter W2 of layer linear2 is not finite',
    );
    await expect(net.accuracy(rowsWith(0), y)).rejects.toThrow('the parameter W2 of layer linear2');
    expect(net.loss(rowsWith(0), y).loss).toBeNaN();
  });
});

describe('bytes and integers', () => {
  it.each(['uint8', 'int32'] as const)(
    'of %s are trained and predicted as the same numbers',
    async (dtype: Dtype) => {
      const values = Array.from({ length: count }, (_, i) => [i % 7, (i * 3) % 5, i % 2, 255 - i]);
      const train = async (X: Tensor) => {
        const net = netOf({ dtype: 'float64', preparation: Preparation.divide(4, 255) });
        const { lossHistory } = await new Solver(
          net,
          { XTrain: X, yTrain: y, XVal: X, yVal: y },
          { ...quiet, numEpochs: 3 },
        ).train();
        return { lossHistory, predicted: net.predict(X), row: net.predict(X.slice(3, 4)) };
      };
      expect(await train(tensor(values, undefined, { dtype }))).toEqual(await train(tensor(values)));
    },
  );

  it('beyond float32 keep their digits in a float64 net', async () => {
    const X = tensor(Int32Array.of(16777217, -16777219, 2147483647, 5), [4, 1]);
    const net = new FullyConnectedNet({
      inputDim: 1,
      hiddenDims: [],
      numClasses: 2,
      loss: 'mse',
      dtype: 'float64',
      seed: 0,
    });
    net.restoreParams({ W1: [[1, 2]], b1: [0, 0] });
    expect(net.loss(X).toArray()).toEqual([...X].map((value) => [value, 2 * value]));
    const run = net.startTraining({
      X,
      y: [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      rule: { name: 'sgd' },
      batchSize: 1,
    });
    const { losses } = await run.steps(Int32Array.of(0), 0);
    run.end();
    expect(losses[0]).toBe(0.5 * 5 * 16777217 ** 2);
  });
});

describe('one row', () => {
  const row = [0.5, -1, 2, 0.25];

  it.each([
    ['numbers', row],
    ['Float32Array', Float32Array.from(row)],
    ['a tensor (4)', tensor(row)],
    ['{ data, shape }', { data: row, shape: [4] }],
  ])('may be an array of its own: %s', async (_name, given) => {
    const net = netOf({ dtype: 'float64' });
    expect(net.predict(given)).toEqual(net.predict([row]));
    expect(net.loss(given).toArray()).toEqual(net.loss([row]).toArray());
    expect(net.loss(given, [1]).loss).toBe(net.loss([row], [1]).loss);
    expect(await net.accuracy(given, net.predict([row]))).toBe(1);
  });

  it('has as many numbers as the net takes', () => {
    expect(() => netOf().predict([1, 2, 3])).toThrow(
      'expected X to have shape (N, 4) but received shape (3)',
    );
    expect(() => netOf().predict([1, 2, 3, 4, 5, 6, 7, 8])).toThrow('received shape (8)');
  });
});

it('swallows no infinity in a bounded activation while it is trained on', async () => {
  const net = new Sequential([new Linear(4, 6), new Tanh(), new Linear(6, 3)], { seed: 0 });
  const X = rowsWith(Number.POSITIVE_INFINITY);
  await expect(new Solver(net, { XTrain: X, yTrain: y }, quiet).train()).rejects.toThrow(where);
});
