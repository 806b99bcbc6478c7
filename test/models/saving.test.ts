import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArgumentError, FormatError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { tensor } from '../../lib/core/tensors/tensor.js';
import { loadSafetensors, saveSafetensors } from '../../lib/io/arrays/safetensors.js';
import { loadModel } from '../../lib/models/files/load-model.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import type { Model } from '../../lib/models/model.js';
import { NeuralNetwork } from '../../lib/models/neural-network.js';
import { Sequential } from '../../lib/models/sequential.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import type { LayerClass } from '../../lib/nn/layer.js';
import { Softmax } from '../../lib/nn/layers/activations/softmax.js';
import { Tanh } from '../../lib/nn/layers/activations/tanh.js';
import { layers } from '../../lib/nn/layers/index.js';
import { Linear } from '../../lib/nn/layers/linear.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gemmnet-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const rng = new RandomState(9);
const X = rng.randn(7, 6);
const y = rng.randint(4, 7);
const sizes = { inputSize: 6, numClasses: 4, seed: 5 } as const;

const models = [
  new TwoLayerNet({
    ...sizes,
    hiddenSize: 3,
    std: 0.5,
    loss: 'mse',
    regMode: 'lossFull',
    weightLayout: 'outIn',
  }),
  new TwoLayerNet({ ...sizes, hiddenSize: 3, std: 0.5, dtype: 'float64' }),
  new FullyConnectedNet({
    inputDim: 6,
    hiddenDims: [5, 4],
    numClasses: 4,
    activation: 'tanh',
    init: 'xavier',
    loss: 'hinge',
    reg: 0.2,
    regMode: 'gradient',
    seed: 1,
  }),
  new NeuralNetwork({ ...sizes, hiddenSizes: [8], dtype: 'float64' }),
  new Sequential(
    [new Linear(6, 5, { init: 'he' }), new Tanh(), new Linear(5, 4, { init: 'he' }), new Softmax()],
    {
      seed: 3,
      reg: 0.1,
    },
  ),
] as const;

it.each(Object.entries(layers))(
  'a saved Sequential with %s is the same model when it is loaded',
  async (kind, { example, exampleShape = [5] }: LayerClass) => {
    const net = new Sequential([example(5)], {
      inputShape: exampleShape,
      seed: 3,
      dtype: 'float64',
      loss: 'mse',
    });
    // What training changes is in the file, too.
    for (const state of Object.values(net.state))
      for (let i = 0; i < state.size; i++) state.set(i, state.get(i) + 0.5 + i);
    const path = join(folder, `${kind}.safetensors`);
    await net.save(path);
    const loaded = await loadModel(path);
    expect(loaded.config()).toEqual(net.config());
    const values = (of: Model) =>
      Object.entries(of.snapshotParams()).map(([name, each]) => [name, [...each]]);
    expect(values(loaded)).toEqual(values(net));
    const rows = rng.randn(3, net.inputSize);
    expect(loaded.loss(rows).toArray()).toEqual(net.loss(rows).toArray());
  },
);

describe.each(models.map((model, i) => ({ kind: model.kind, dtype: model.dtype, model, i })))(
  'a saved $kind, $dtype',
  ({ model, i }) => {
    const loaders = { TwoLayerNet, FullyConnectedNet, NeuralNetwork, Sequential };

    it('is the same model when it is loaded', async () => {
      const path = join(folder, `model${i}.safetensors`);
      await model.save(path);
      const loader = loaders[model.kind as keyof typeof loaders];
      for (const loaded of [await loader.load(path), await loadModel(path)]) {
        expect(loaded).toBeInstanceOf(loader);
        expect(loaded.dtype).toBe(model.dtype);
        expect(loaded.config()).toEqual(model.config());
        expect([...loaded.predict(X)]).toEqual([...model.predict(X)]);
        const before = model.loss(X, y);
        const after = loaded.loss(X, y);
        expect(after.loss).toBe(before.loss);
        for (const name of Object.keys(before.grads)) {
          expect([...after.grads[name]!]).toEqual([...before.grads[name]!]);
        }
      }
    });
  },
);

describe('save and load', () => {
  it('keep metadata and tensors of the caller', async () => {
    const path = join(folder, 'extra.safetensors');
    await models[0].save(path, { metadata: { note: 'hello' }, tensors: { mean: tensor([1, 2, 3]) } });
    const { metadata, tensors } = await loadSafetensors(path);
    expect(metadata.note).toBe('hello');
    expect([...tensors.mean!]).toEqual([1, 2, 3]);
    expect(tensors.W1!.shape).toEqual([6, 3]);
    expect((await loadModel(path)).kind).toBe('TwoLayerNet');
    await expect(models[0].save(path, { tensors: { W1: tensor([1]) } })).rejects.toThrow(ArgumentError);
    await expect(models[0].save(path, { metadata: { gemmnet: 'x' } })).rejects.toThrow(ArgumentError);
  });

  it('name the class where a file holds another', async () => {
    const path = join(folder, 'two-layer.safetensors');
    await models[0].save(path);
    await expect(Sequential.load(path)).rejects.toThrow(FormatError);
    await expect(Sequential.load(path)).rejects.toThrow(/to hold a Sequential but it holds a TwoLayerNet/);
  });

  const description = {
    format: 'gemmnet',
    version: 1,
    class: 'TwoLayerNet',
    dtype: 'float32',
    config: models[0].config(),
  };
  const values = Object.fromEntries(Object.entries(models[0].params));
  const { W1: _, ...withoutW1 } = values;
  const files = {
    'no description': { tensors: values, text: undefined, message: /expected a gemmnet model/ },
    'no JSON': { tensors: values, text: '{', message: /is not JSON/ },
    null: { tensors: values, text: 'null', message: /description of a gemmnet model/ },
    'a newer version': {
      tensors: values,
      text: JSON.stringify({ ...description, version: 3 }),
      message: /newer/,
    },
    'no config': { tensors: values, text: JSON.stringify({ ...description, config: [] }), message: /config/ },
    'a bad dtype': {
      tensors: values,
      text: JSON.stringify({ ...description, dtype: 'int32' }),
      message: /dtype/,
    },
    'a config that is wrong': {
      tensors: values,
      text: JSON.stringify({ ...description, config: { ...description.config, hiddenSize: -1 } }),
      message: /hiddenSize/,
    },
    'a config that does not fit': {
      tensors: values,
      text: JSON.stringify({ ...description, config: { ...description.config, hiddenSize: 4 } }),
      message: /W1/,
    },
    'an unknown class': {
      tensors: values,
      text: JSON.stringify({ ...description, class: 'Nope' }),
      message: /Nope/,
    },
    'a missing tensor': { tensors: withoutW1, text: JSON.stringify(description), message: /W1 is missing/ },
  };

  it.each(Object.entries(files))('refuse a file with %s', async (name, { tensors, text, message }) => {
    const path = join(folder, `${name}.safetensors`);
    await saveSafetensors(path, tensors, text === undefined ? {} : { gemmnet: text });
    await expect(loadModel(path)).rejects.toThrow(FormatError);
    await expect(loadModel(path)).rejects.toThrow(message);
  });

  it('refuse a file of anything else', async () => {
    const path = join(folder, 'text.safetensors');
    await writeFile(path, 'not a model');
    await expect(TwoLayerNet.load(path)).rejects.toThrow(FormatError);
    await expect(TwoLayerNet.load(join(folder, 'nowhere'))).rejects.toThrow(/nowhere/);
  });
});
