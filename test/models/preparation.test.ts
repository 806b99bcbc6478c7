import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FormatError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random-state.js';
import { type Tensor, tensor } from '../../lib/core/tensor.js';
import { Preparation } from '../../lib/data/preparation.js';
import { loadSafetensors, saveSafetensors } from '../../lib/io/safetensors.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { loadModel } from '../../lib/models/load-model.js';
import { NeuralNetwork } from '../../lib/models/neural-network.js';
import { Sequential } from '../../lib/models/sequential.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import { Tanh } from '../../lib/nn/layers/tanh.js';
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

describe('the preparation of a model', () => {
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
