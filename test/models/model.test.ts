import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { backendInfo } from '../../lib/backend/index.js';
import { ArgumentError, LabelError, ShapeError, StateError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { type Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { NeuralNetwork } from '../../lib/models/neural-network.js';
import { Sequential } from '../../lib/models/sequential.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { ReLU } from '../../lib/nn/layers/activations/relu.js';
import { Linear } from '../../lib/nn/layers/linear.js';

const rng = new RandomState(2);
const X = rng.randn(40, 6);
const y = rng.randint(3, 40);

function makeNet(options: { dtype?: 'float32' | 'float64'; seed?: number } = {}): TwoLayerNet {
  return new TwoLayerNet({
    inputSize: 6,
    hiddenSize: 5,
    numClasses: 3,
    std: 0.5,
    seed: 0,
    dtype: 'float64',
    ...options,
  });
}

function values(net: { params: Readonly<Record<string, Tensor>> }): number[] {
  return Object.values(net.params).flatMap((param) => [...param]);
}

it('runs on the backend that this project of tests is for', () => {
  expect(backendInfo().backend).toBe(process.env.GEMMNET_BACKEND);
  expect(backendInfo().nativeError).toBeUndefined();
});

describe('params', () => {
  it('are views: what is written there is what the next loss uses', () => {
    const net = makeNet();
    const { W1 } = net.params;
    expect(W1!.shape).toEqual([6, 5]);
    expect(W1!.strides).toEqual([1, 6]);
    const before = net.loss(X, y).loss;
    W1!.set(2, 3, W1!.get(2, 3) + 1);
    expect(net.loss(X, y).loss).not.toBe(before);
    expect(net.params.W1).toBe(W1);
  });

  it('take values that are assigned to them, after a check', () => {
    const net = makeNet();
    const params = net.params as Record<string, unknown>;
    params.b1 = [1, 2, 3, 4, 5];
    params.W1 = tensor(
      Float32Array.from({ length: 30 }, (_, i) => i),
      [6, 5],
    );
    expect([...net.params.b1!]).toEqual([1, 2, 3, 4, 5]);
    expect(net.params.W1!.get(1, 2)).toBe(7);
    const before = values(net);
    expect(() => {
      params.b1 = [1, 2, 3];
    }).toThrow(ShapeError);
    expect(values(net)).toEqual(before);
  });

  it('begin at multiples of 64 bytes, with their gradients laid out alike', () => {
    const { params, grads } = makeNet({ dtype: 'float32' });
    const { length } = params.W1!.data;
    for (const name of Object.keys(params)) {
      expect((params[name]!.offset * 4) % 64).toBe(0);
      expect(grads[name]!.offset).toBe(params[name]!.offset + length / 2);
    }
  });

  it('are drawn again by the same seed, and by an rng that goes on', () => {
    expect(values(makeNet({ seed: 7 }))).toEqual(values(makeNet({ seed: 7 })));
    const shared = new RandomState(7);
    const options = {
      inputSize: 6,
      hiddenSize: 5,
      numClasses: 3,
      std: 0.5,
      dtype: 'float64',
      rng: shared,
    } as const;
    const first = values(new TwoLayerNet(options));
    expect(first).toEqual(values(makeNet({ seed: 7 })));
    expect(values(new TwoLayerNet(options))).not.toEqual(first);
    expect(() => new TwoLayerNet({ ...options, seed: 1 })).toThrow('expected the option seed or rng');
  });

  it('are copied by snapshotParams and written by restoreParams', () => {
    const net = makeNet();
    const snapshot = net.snapshotParams();
    const before = values(net);
    net.params.W1!.set(0, 0, 99);
    expect(snapshot.W1!.get(0, 0)).toBe(before[0]);
    net.restoreParams(snapshot);
    expect(values(net)).toEqual(before);
    const { W2: _, ...rest } = snapshot;
    expect(() => net.restoreParams(rest)).toThrow('W2 is missing');
    expect(() => net.restoreParams({ ...snapshot, W3: [1] })).toThrow(ArgumentError);
    expect(() => net.restoreParams({ ...snapshot, W1: snapshot.b1!, W2: [[0]] })).toThrow(ShapeError);
    expect(values(net)).toEqual(before);
  });
});

describe('loss and predict', () => {
  it('return fresh memory', () => {
    const net = makeNet();
    const { grads } = net.loss(X, y);
    const kept = [...grads.W1!];
    const scores = net.loss(X);
    const keptScores = [...scores];
    net.loss(X.slice(0, 20), y.subarray(0, 20), { reg: 1 });
    net.loss(X.slice(5, 15));
    expect([...grads.W1!]).toEqual(kept);
    expect([...scores]).toEqual(keptScores);
  });

  it('take batches of any size, one after another', () => {
    const net = makeNet();
    const single = [...y.keys()].flatMap((i) => [...net.loss(X.slice(i, i + 1))]);
    const all = [...net.loss(X)];
    for (const [i, score] of all.entries()) expect(score).toBeCloseTo(single[i]!, 12);
    const many = rng.randn(2500, 6);
    const predictions = net.predict(many);
    const scores = net.loss(many);
    expect(predictions).toHaveLength(2500);
    for (const row of [0, 1023, 1024, 2047, 2048, 2499]) {
      const of = [...scores.slice(row, row + 1)];
      expect(predictions[row]).toBe(of.indexOf(Math.max(...of)));
    }
  });

  it('give each row alone the class that it has among others', async () => {
    const net = makeNet();
    const alone = (i: number) => net.predict(X.slice(i, i + 1));
    const first = alone(0);
    expect([...y.keys()].map((i) => alone(i)[0])).toEqual([...net.predict(X)]);
    expect(first).toEqual(net.predict(X).slice(0, 1));
    // A training changes the parameters where they lie.
    const training = net.startTraining({ X, y, rule: { name: 'sgd' }, batchSize: 40 });
    await training.steps(Int32Array.from(y.keys()), 3);
    training.end();
    expect([...y.keys()].map((i) => alone(i)[0])).toEqual([...net.predict(X)]);
  });

  it.each(['float32', 'float64', 'uint8', 'int32'] as const)('take X of %s, nested or strided', (dtype) => {
    const net = makeNet();
    const whole = Array.from({ length: 4 }, (_, i) =>
      Array.from({ length: 6 }, (_, j) => (i * 7 + j * 3) % 11),
    );
    const expected = [...net.loss(whole)];
    const given = tensor(whole, undefined, { dtype });
    expect([...net.loss(given)]).toEqual(expected);
    expect([...net.loss(given.T.contiguous().T)]).toEqual(expected);
    expect([...net.loss({ data: given.data, shape: given.shape })]).toEqual(expected);
    const classes = [...net.predict(whole)];
    expect(classes.map((_, i) => net.predict(given.slice(i, i + 1))[0])).toEqual(classes);
    expect(classes.map((_, i) => net.predict(given.T.contiguous().T.slice(i, i + 1))[0])).toEqual(classes);
  });

  it('average the loss over chunks in evaluate, and count in accuracy', async () => {
    const net = makeNet();
    const { loss } = net.loss(X, y, { reg: 0.3 });
    const right = net.predict(X).filter((label, i) => label === y[i]).length / 40;
    const evaluated = await net.evaluate(X, y, { reg: 0.3, batchSize: 7 });
    expect(evaluated.loss).toBeCloseTo(loss, 12);
    expect(evaluated.accuracy).toBe(right);
    expect(await net.accuracy(X, y, { batchSize: 9 })).toBe(right);
    const rows = Int32Array.of(3, 3, 8, 39, 0);
    const some = [...rows].filter((row) => net.predict(X)[row] === y[row]).length / 5;
    expect(await net.accuracy(X, y, { rows, batchSize: 2 })).toBe(some);
    const often = new RandomState(1).choice(40, 90);
    const right90 = [...often].filter((row) => net.predict(X)[row] === y[row]).length;
    expect(await net.accuracy(X, y, { rows: often })).toBe(right90 / 90);
  });

  it('stop in accuracy when the signal is aborted', async () => {
    const controller = new AbortController();
    const accuracy = makeNet().accuracy(X, y, { batchSize: 1, signal: controller.signal });
    controller.abort(new RangeError('enough'));
    await expect(accuracy).rejects.toThrow('enough');
  });

  it('refuse what does not fit and change nothing', async () => {
    const net = makeNet();
    const before = values(net);
    expect(() => net.loss(rng.randn(4, 5))).toThrow(ShapeError);
    expect(() => net.loss(rng.randn(4, 5))).toThrow('TwoLayerNet.loss: expected X to have shape (N, 6)');
    expect(() => net.loss([])).toThrow(ShapeError);
    expect(() => net.loss('X' as never)).toThrow(ArgumentError);
    expect(() => net.loss(X, y.subarray(1))).toThrow(ShapeError);
    expect(() =>
      net.loss(
        X,
        Int32Array.from(y, (label) => label + 1),
      ),
    ).toThrow(LabelError);
    expect(() =>
      net.loss(
        X,
        Float64Array.from(y, (label) => label + 0.5),
      ),
    ).toThrow(LabelError);
    expect(() => net.loss(X, y, { reg: -1 })).toThrow(ArgumentError);
    expect(() => net.loss(X, y, { regg: 1 } as never)).toThrow('did you mean reg?');
    expect(() => net.predict(rng.randn(4, 7))).toThrow(ShapeError);
    await expect(net.accuracy(X, y, { rows: Int32Array.of(40) })).rejects.toThrow(ArgumentError);
    await expect(net.accuracy(X, [1, 2])).rejects.toThrow(ShapeError);
    expect(values(net)).toEqual(before);
  });

  it('refuse memory that is transferred away between two chunks', async () => {
    const data = Float64Array.from([...X]);
    const accuracy = makeNet().accuracy(tensor(data, [40, 6]), y, { batchSize: 1 });
    structuredClone(data.buffer, { transfer: [data.buffer] });
    await expect(accuracy).rejects.toThrow(StateError);
  });

  it('refuse memory that was transferred away', () => {
    const net = makeNet();
    const data = new Float64Array(12);
    const given = tensor(data, [2, 6]);
    structuredClone(data.buffer, { transfer: [data.buffer] });
    expect(() => net.loss(given)).toThrow(StateError);
    expect(() => net.loss({ data, shape: [2, 6] })).toThrow(ArgumentError);
  });
});

describe('constructors', () => {
  it('say which option is wrong, and how it was probably meant', () => {
    const good = { inputSize: 4, hiddenSize: 3, numClasses: 2 };
    expect(() => new TwoLayerNet({ ...good, hiddenSize: -3 })).toThrow(
      'TwoLayerNet: expected option hiddenSize to be a positive integer but received -3',
    );
    expect(() => new TwoLayerNet({ ...good, hidenSize: 3 } as never)).toThrow('did you mean hiddenSize?');
    expect(() => new TwoLayerNet({ ...good, loss: 'sofmax' } as never)).toThrow("did you mean 'softmax'?");
    expect(() => new TwoLayerNet({ ...good, std: Number.NaN })).toThrow(ArgumentError);
    expect(() => new TwoLayerNet(undefined as never)).toThrow(ArgumentError);
    const net = { inputDim: 4, hiddenDims: [3], numClasses: 2 };
    expect(() => new FullyConnectedNet({ ...net, hiddenDims: [3, 0] })).toThrow('hiddenDims');
    expect(() => new FullyConnectedNet({ ...net, init: 'he', weightScale: 1 })).toThrow(
      'weightScale or init',
    );
    expect(() => new FullyConnectedNet({ ...net, init: 'hee' as never })).toThrow(ArgumentError);
    expect(() => new NeuralNetwork({ inputSize: 4, hiddenSizes: 3 as never, numClasses: 2 })).toThrow(
      ArgumentError,
    );
  });

  it('of Sequential check that layers fit one another', () => {
    expect(() => new Sequential([])).toThrow(ArgumentError);
    expect(() => new Sequential([new Linear(4, 3), new Linear(4, 3)])).toThrow(ShapeError);
    expect(() => new Sequential([new Linear(4, 3), 'relu' as never])).toThrow(
      'expected layer 1 to be a layer',
    );
    expect(() => new Sequential([new ReLU()])).toThrow('inputSize');
    const twice = new Linear(3, 3);
    expect(() => new Sequential([twice, new ReLU(), twice])).toThrow('layer 2 is layer 0 again');
    expect(() => new Sequential([new Linear(3, 3)], { loss: 'crossEntropy' })).toThrow('Softmax');
    expect(() => new Linear(0, 3)).toThrow(ArgumentError);
  });
});

describe('summary', () => {
  it('counts the 557,057 parameters of a net 30-1024-512-1', () => {
    const net = new FullyConnectedNet({
      inputDim: 30,
      hiddenDims: [1024, 512],
      numClasses: 1,
      loss: 'mse',
      seed: 0,
    });
    const summary = net.summary();
    expect(net.numParameters).toBe(557_057);
    expect(summary).toMatch(/linear1 +\(N, 1024\) +31,744\n/);
    expect(summary).toMatch(/relu1 +\(N, 1024\) +0\n/);
    expect(summary).toMatch(/linear2 +\(N, 512\) +524,800\n/);
    expect(summary).toMatch(/linear3 +\(N, 1\) +513\n/);
    expect(summary).toMatch(/total +557,057$/);
  });
});

describe('dispose', () => {
  it('lets go of the memory; later calls say so', () => {
    const net = makeNet();
    net.predict(X);
    net.predict(X.slice(0, 1));
    net[Symbol.dispose]();
    net.dispose();
    expect(() => net.params).toThrow(StateError);
    expect(() => net.predict(X)).toThrow('the model was disposed of');
    expect(() => net.predict(X.slice(0, 1))).toThrow('the model was disposed of');
    expect(() => net.loss(X, y)).toThrow(StateError);
    expect(() => net.snapshotParams()).toThrow(StateError);
  });
});

describe('loops that a user writes', () => {
  it('need a forward pass before the backward pass', () => {
    const network = new NeuralNetwork({ inputSize: 6, hiddenSizes: [4], numClasses: 3, seed: 0 });
    expect(() => network.backward(y)).toThrow(StateError);
    const sequential = new Sequential([new Linear(6, 3)], { seed: 0 });
    expect(() => sequential.backward(X)).toThrow(StateError);
    sequential.forward(X);
    expect(() => sequential.backward(X)).toThrow(ShapeError);
  });

  it('keep what forward has left while something else is predicted', () => {
    const pixels = { data: Uint8Array.from(rng.randint(256, 60)), shape: [10, 6] };
    const others = { data: Uint8Array.from(rng.randint(256, 120)), shape: [20, 6] };
    const network = new NeuralNetwork({
      inputSize: 6,
      hiddenSizes: [4],
      numClasses: 3,
      seed: 0,
      dtype: 'float64',
    });
    network.forward(pixels);
    const loss = network.backward(y.subarray(0, 10), 0.1);
    const grads = [...network.grads.W1!];
    network.forward(pixels);
    network.predict(others);
    network.loss(others, y.subarray(0, 20));
    expect(network.backward(y.subarray(0, 10), 0.1)).toBe(loss);
    expect([...network.grads.W1!]).toEqual(grads);
  });
});
