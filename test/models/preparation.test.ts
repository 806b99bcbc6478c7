import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FormatError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import { Preparation } from '../../lib/data/preparation/preparation.js';
import { loadSafetensors, saveSafetensors } from '../../lib/io/arrays/safetensors.js';
import { loadModel } from '../../lib/models/files/load-model.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { NeuralNetwork } from '../../lib/models/neural-network.js';
import { Sequential } from '../../lib/models/sequential.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { Tanh } from '../../lib/nn/layers/activations/tanh.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import { gradCheck } from '../../lib/train/gradient-check.js';
import { evalNumericalGradientArray, relError } from '../../lib/train/numerical-gradient.js';
import { Solver } from '../../lib/train/solver.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gemmnet-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const rng = new RandomState(2);
const columns = 35;
const pixels = tensor(Uint8Array.from(rng.randint(256, 60 * columns)), [60, columns]);
const y = rng.randint(4, 60);

const shifted = Preparation.standardize(pixels);
/** Pixels come out of it at about 1. */
const projection = () => Preparation.project(rng.normal(0, 1e-3, [6, columns]));
const preparations = {
  shifted,
  projected: projection(),
  'shifted and projected': shifted.followedBy(Preparation.project(rng.normal(0, 0.2, [6, columns]))),
  'projected and shifted': projection().followedBy(Preparation.shiftScale(rng.randn(6), rng.rand(6))),
} as const;

function nets(preparation: Preparation, given: boolean, dtype: 'float32' | 'float64' = 'float64') {
  const size = preparation.outputSize;
  const options = { dtype, seed: 1, ...(given ? { preparation } : {}) };
  return [
    new TwoLayerNet({ inputSize: size, hiddenSize: 7, numClasses: 4, std: 0.1, ...options }),
    new FullyConnectedNet({
      inputDim: size,
      hiddenDims: [9, 5],
      numClasses: 4,
      init: 'he',
      reg: 0.1,
      ...options,
    }),
    new NeuralNetwork({ inputSize: size, hiddenSizes: [6], numClasses: 4, ...options }),
    new Sequential(
      [new Linear(size, 5, { init: 'he' }), new Tanh(), new Linear(5, 4, { init: 'he' })],
      options,
    ),
  ] as const;
}

/** Each net with the preparation and raw pixels, and without it on prepared rows. */
function pairs(preparation: Preparation) {
  const prepared = preparation.apply(pixels, { dtype: 'float64' });
  const without = nets(preparation, false);
  return nets(preparation, true).map((net, i) => ({ net, plain: without[i]!, prepared }));
}

function expectClose(got: Tensor, want: Tensor): void {
  expect(got.shape).toEqual(want.shape);
  expect(relError(got, want)).toBeLessThan(1e-9);
}

describe.each(Object.entries(preparations))('a model with a preparation that is %s', (_name, preparation) => {
  it('computes from raw rows what another does from prepared ones', () => {
    for (const { net, plain, prepared } of pairs(preparation)) {
      expect(net.inputSize).toBe(columns);
      expectClose(net.loss(pixels), plain.loss(prepared));
      expect(net.predict(pixels)).toEqual(plain.predict(prepared));
      const [got, want] = [net.loss(pixels, y), plain.loss(prepared, y)];
      expect(got.loss).toBeCloseTo(want.loss, 11);
      for (const [name, grad] of Object.entries(want.grads)) expectClose(got.grads[name]!, grad);
    }
  });

  it('learns from raw rows what another does from prepared ones', async () => {
    for (const { net, plain, prepared } of pairs(preparation)) {
      const options = { updateRule: 'adam', batchSize: 8, numEpochs: 3, verbose: false } as const;
      const solvers = [
        new Solver(net, { XTrain: pixels, yTrain: y, XVal: pixels, yVal: y }, options),
        new Solver(plain, { XTrain: prepared, yTrain: y, XVal: prepared, yVal: y }, options),
      ] as const;
      const [got, want] = [await solvers[0].train(), await solvers[1].train()];
      got.lossHistory.forEach((loss, i) => {
        expect(loss).toBeCloseTo(want.lossHistory[i]!, 9);
      });
      expect(got.valAccHistory).toEqual(want.valAccHistory);
    }
  });

  it('passes the gradient check, to its raw input as well', () => {
    const few = pixels.slice(0, 6);
    for (const { net } of pairs(preparation)) {
      if (net instanceof NeuralNetwork || net instanceof TwoLayerNet) continue;
      expect(gradCheck(net, few, y.subarray(0, 6), { samples: 20 }).maxRelError).toBeLessThan(1e-6);
    }
    const net = nets(preparation, true)[3];
    const x = tensor(few.toArray() as number[][]);
    const dout = rng.randn(6, 4);
    net.forward(x);
    const dx = net.backward(dout, { inputGradient: true });
    expect(dx.shape).toEqual([6, columns]);
    const wanted = evalNumericalGradientArray((at) => net.forward(at), x, dout, { h: 1e-3 });
    expect(relError(dx, wanted)).toBeLessThan(1e-6);
  });

  it('is the same model when it was saved and loaded', async () => {
    for (const dtype of ['float32', 'float64'] as const) {
      for (const net of nets(preparation, true, dtype)) {
        const path = join(folder, 'model.safetensors');
        await net.save(path);
        const loaded = await loadModel(path);
        expect(loaded.preparation?.steps).toEqual(preparation.steps);
        expect(loaded.loss(pixels).toArray()).toEqual(net.loss(pixels).toArray());
      }
    }
  });
});

/** Rows with large offsets, as seconds since 1970 are, in every dtype that can tell them apart. */
const far = (() => {
  const values = rng.randn(40, 3);
  const at = (offset: number, step: number) =>
    Float64Array.from(values.elements(), (value, i) => offset * (1 + (i % 3)) + step * value);
  const shape = [40, 3];
  return {
    'float64 at 1e3': tensor(at(1e3, 1), shape),
    'float64 at 1e8': tensor(at(1e8, 1), shape),
    'float64 at 1e15': tensor(at(1e15, 1e8), shape),
    'float64 at 1e150': tensor(at(1e150, 1e143), shape),
    'float32 at 1e6': tensor(Float32Array.from(at(1e6, 1)), shape),
    'float32 at 1e30': tensor(Float32Array.from(at(1e30, 1e26)), shape),
    'int32 at 5e8': tensor(Int32Array.from(at(5e8, 3)), shape),
    'int32 near 0': tensor(Int32Array.from(at(0, 3)), shape),
    'uint8 at 80': tensor(Uint8Array.from(at(80, 2)), shape),
  } as const;
})();

const directions = tensor([
  [0.6, -0.8, 0.1],
  [0.3, 0.2, -0.9],
]);
const thenStandardize = (first: Preparation, X: Tensor) =>
  first.followedBy(Preparation.standardize(first.apply(X, { dtype: 'float64' })));

/** What stands in front of the net, each step fitted to what the one before it gives. */
const fitted: Readonly<Record<string, (X: Tensor) => Preparation>> = {
  standardize: (X) => Preparation.standardize(X),
  minMax: (X) => Preparation.minMax(X, -1, 1),
  'subtractMean, then standardize': (X) => thenStandardize(Preparation.subtractMean(X), X),
  'divide, then standardize': (X) => thenStandardize(Preparation.divide(3, 86_400), X),
  'project, then standardize': (X) => thenStandardize(Preparation.project(directions), X),
  'standardize, then project': (X) => Preparation.standardize(X).followedBy(Preparation.project(directions)),
  'divide, project, then standardize': (X) =>
    thenStandardize(Preparation.divide(3, 60).followedBy(Preparation.project(directions)), X),
};

function expectNear(got: Iterable<number>, want: Iterable<number>): void {
  const [values, wanted] = [[...got], [...want]];
  expect(values.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries())
    expect(Math.abs(values[i]! - value)).toBeLessThan(1e-5 * (1 + Math.abs(value)));
}

describe.each(Object.keys(far) as (keyof typeof far)[])('raw rows of %s, in a net of float32', (kind) => {
  const X = far[kind];
  const labels = rng.randint(3, 40);

  it.each(Object.keys(fitted))('are prepared in double by %s, wherever they go', async (name) => {
    const preparation = fitted[name]!(X);
    const prepared = preparation.apply(X);
    const options = { inputDim: preparation.outputSize, hiddenDims: [4], numClasses: 3, seed: 1 } as const;
    const net = new FullyConnectedNet({ ...options, init: 'he', preparation });
    const plain = new FullyConnectedNet({ ...options, init: 'he' });

    expectNear(net.loss(X), plain.loss(prepared));
    const [got, want] = [net.loss(X, labels), plain.loss(prepared, labels)];
    expectNear([got.loss], [want.loss]);
    for (const [parameter, grad] of Object.entries(want.grads)) expectNear(got.grads[parameter]!, grad);
    const predictions = plain.predict(prepared);
    expect(net.predict(X)).toEqual(predictions);
    expect(net.predict(X.toArray() as number[][])).toEqual(predictions);
    for (const row of [0, 7, 39]) expect(net.predict(X.slice(row, row + 1))[0]).toBe(predictions[row]);
    for (const given of [{}, { rows: Int32Array.of(3, 1, 20) }, { batchSize: 7 }]) {
      const right = await plain.accuracy(prepared, labels, given);
      expect(await net.accuracy(X, labels, given)).toBe(right);
    }
    expectNear([(await net.evaluate(X, labels)).loss], [(await plain.evaluate(prepared, labels)).loss]);

    const order = Int32Array.from({ length: 40 }, (_, i) => 39 - i);
    const losses: number[] = [];
    for (const [model, data] of [[net, X] as const, [plain, prepared] as const]) {
      const run = model.startTraining({ X: data, y: labels, rule: { name: 'sgd' }, batchSize: 40 });
      losses.push((await run.steps(order, 0.1)).losses[0]!);
      run.end();
    }
    expectNear(losses, [got.loss, got.loss]);
    for (const [parameter, values] of Object.entries(plain.params))
      expectNear(net.params[parameter]!, values);
  });

  it('give the scores and gradients of prepared ones in loops of the user', () => {
    const preparation = Preparation.standardize(X);
    const prepared = preparation.apply(X);
    const nets = [{ preparation }, {}].map(
      (given) =>
        new Sequential([new Linear(3, 5, { init: 'he' }), new Tanh(), new Linear(5, 2, { init: 'he' })], {
          seed: 3,
          ...given,
        }),
    );
    expectNear(nets[0]!.forward(X), nets[1]!.forward(prepared));
    const dout = tensor(new Float32Array(80).fill(0.5), [40, 2]);
    const [dx, dprepared] = nets.map((net) => net.backward(dout, { inputGradient: true }));
    const scale = (preparation.steps[0] as { readonly scale: Tensor }).scale.elements();
    const divided = [...dx!].map((value, i) => value / scale[i % 3]!);
    // Gradients by rows of this size are below the smallest number of float32.
    if (!kind.endsWith('1e150')) expectNear(divided, dprepared!);

    const classifiers = [{ preparation }, {}].map(
      (given) => new NeuralNetwork({ inputSize: 3, hiddenSizes: [4], numClasses: 2, seed: 5, ...given }),
    );
    expectNear(classifiers[0]!.forward(X), classifiers[1]!.forward(prepared));
    const two = labels.map((label) => label % 2);
    expectNear([classifiers[0]!.backward(two)], [classifiers[1]!.backward(two)]);
  });
});

describe('int32 rows', () => {
  const X = tensor(Int32Array.from(rng.randint(9, 80)), [20, 4]);
  const same = tensor(Float32Array.from(X.elements()), [20, 4]);
  const labels = rng.randint(3, 20);

  it('are taken by every call, as the same numbers of float32', async () => {
    const make = () => new FullyConnectedNet({ inputDim: 4, hiddenDims: [5], numClasses: 3, seed: 1 });
    const [net, other] = [make(), make()];
    expect(net.loss(X)).toEqual(other.loss(same));
    expect(net.loss(X, labels)).toEqual(other.loss(same, labels));
    expect(net.predict(X)).toEqual(other.predict(same));
    expect(net.predict(X.slice(3, 4))).toEqual(other.predict(same.slice(3, 4)));
    expect(await net.accuracy(X, labels)).toBe(await other.accuracy(same, labels));
    expect(await net.evaluate(X, labels)).toEqual(await other.evaluate(same, labels));
    const order = Int32Array.from({ length: 40 }, (_, i) => (i * 7) % 20);
    const losses: Float64Array[] = [];
    for (const [model, data] of [[net, X] as const, [other, same] as const]) {
      const run = model.startTraining({ X: data, y: labels, rule: { name: 'adam' }, batchSize: 10 });
      losses.push((await run.steps(order, 0.01)).losses);
      run.end();
    }
    expect(losses[0]).toEqual(losses[1]);
    expect(net.snapshotParams()).toEqual(other.snapshotParams());
  });
});

describe('the preparation of a model', () => {
  it('trains on replaced rows with an offset as on the first ones', async () => {
    const X = far['float64 at 1e8'];
    const preparation = Preparation.standardize(X);
    const net = new FullyConnectedNet({ inputDim: 3, hiddenDims: [], numClasses: 2, seed: 1, preparation });
    const labels = rng.randint(2, 40);
    const before = net.loss(X, labels).loss;
    const run = net.startTraining({ X, y: labels, rule: { name: 'sgd' }, batchSize: 40 });
    const copy = new Float64Array(new SharedArrayBuffer(8 * X.size));
    copy.set(X.elements());
    run.replaceRows(new Tensor(copy, X.shape));
    const { losses } = await run.steps(
      Int32Array.from({ length: 40 }, (_, i) => i),
      0,
    );
    run.end();
    expect(losses[0]).toBeCloseTo(before, 5);
  });

  it('must give what the first layer takes', () => {
    const options = { inputSize: 4, hiddenSize: 3, numClasses: 2, preparation: Preparation.divide(3, 255) };
    expect(() => new TwoLayerNet(options)).toThrow(ShapeError);
    expect(() => new TwoLayerNet(options)).toThrow(
      'TwoLayerNet: expected option preparation to give 4 columns, as the first layer takes, but it gives 3',
    );
  });

  it('must be whole in a file', async () => {
    const path = join(folder, 'whole.safetensors');
    const [net] = nets(shifted, true);
    await net.save(path);
    const { tensors, metadata } = await loadSafetensors(path);
    const { 'preparation.0.scale': scale, ...rest } = tensors;
    const description = JSON.parse(metadata.gemmnet ?? '') as Record<string, unknown>;
    const files: readonly [Readonly<Record<string, Tensor>>, unknown][] = [
      [rest, description.preparation],
      [{ ...rest, 'preparation.0.scale': scale!.slice(0, 3) }, description.preparation],
      [tensors, ['twist']],
      [tensors, []],
      [tensors, { length: 1 }],
      [tensors, null],
    ];
    for (const [contents, preparation] of files) {
      await saveSafetensors(path, contents, { gemmnet: JSON.stringify({ ...description, preparation }) });
      await expect(loadModel(path)).rejects.toThrow(FormatError);
    }
  });
});
