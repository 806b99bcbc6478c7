import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../../lib/core/errors.js';
import { type Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import { loadSafetensors, saveSafetensors } from '../../lib/io/arrays/safetensors.js';
import { loadModel } from '../../lib/models/files/load-model.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { NeuralNetwork } from '../../lib/models/neural-network.js';
import { Sequential } from '../../lib/models/sequential.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { CustomLayer } from '../../lib/nn/custom-layer.js';
import { fixture } from '../fixtures/index.js';
import { temporaryFolder } from '../temporary-folder.js';

interface SavedModel {
  readonly class: 'TwoLayerNet' | 'FullyConnectedNet' | 'NeuralNetwork' | 'Sequential';
  readonly dtype: 'float32' | 'float64';
  readonly scores: readonly (readonly number[])[];
  readonly predictions: readonly number[];
  readonly loss: number;
}

// Saved by version 0.1.0: test/fixtures/models/make.js.
const { X, y, files } = JSON.parse(await readFile(fixture('models/expected.json'), 'utf8')) as {
  readonly X: number[][];
  readonly y: number[];
  readonly files: Readonly<Record<string, SavedModel>>;
};
const classes = { TwoLayerNet, FullyConnectedNet, NeuralNetwork, Sequential };
const pathOf = (name: string) => fixture(`models/${name}.safetensors`);

test('there is a saved model of each class, one of float64, and one with a preparation', async () => {
  const saved = Object.values(files);
  expect(new Set(saved.map((file) => file.class))).toEqual(new Set(Object.keys(classes)));
  expect(new Set(saved.map((file) => file.dtype))).toEqual(new Set(['float32', 'float64']));
  expect((await loadModel(pathOf('prepared'))).preparation?.inputSize).toBe(4);
});

describe.each(Object.entries(files))('the saved model %s', (name, file) => {
  test('opens and computes what it did when it was saved', async () => {
    const path = pathOf(name);
    // Backends differ in the last bits.
    const limit = file.dtype === 'float32' ? 1e-6 : 1e-14;
    for (const model of [await loadModel(path), await classes[file.class].load(path)]) {
      expect(model).toBeInstanceOf(classes[file.class]);
      expect(model.dtype).toBe(file.dtype);
      const scores = model.loss(X).elements();
      for (const [i, score] of file.scores.flat().entries()) {
        expect(Math.abs(scores[i]! - score)).toBeLessThan(limit * Math.max(1, Math.abs(score)));
      }
      expect([...model.predict(X)]).toEqual(file.predictions);
      expect(Math.abs(model.loss(X, y).loss - file.loss)).toBeLessThan(4 * limit * Math.max(1, file.loss));
    }
  });

  test('has just the parameters of the file', async () => {
    const { params } = await loadModel(pathOf(name));
    const { tensors } = await loadSafetensors(pathOf(name));
    const names = Object.keys(tensors).filter((key) => !key.startsWith('preparation.'));
    expect(Object.keys(params)).toEqual(names);
    for (const key of names) expect(params[key]!.toArray()).toEqual(tensors[key]!.toArray());
  });

  test.each([3, 17])('is refused as of version %s of the format', async (version) => {
    const { tensors, metadata } = await loadSafetensors(pathOf(name));
    const description = JSON.stringify({ ...JSON.parse(metadata.gemmnet!), version });
    const path = join(await temporaryFolder(), 'newer.safetensors');
    await saveSafetensors(path, tensors, { gemmnet: description });
    await expect(loadModel(path)).rejects.toThrow(FormatError);
    await expect(loadModel(path)).rejects.toThrow(
      `${path}: expected version 1 … 2 of the model format but received ${version}: a newer gemmnet wrote it, update gemmnet to read it`,
    );
  });
});

test.each([0, -1, 1.5])('version %s of the format, which never was, is refused', async (version) => {
  const path = join(await temporaryFolder(), 'older.safetensors');
  await saveSafetensors(path, {}, { gemmnet: JSON.stringify({ format: 'gemmnet', version }) });
  await expect(loadModel(path)).rejects.toThrow(FormatError);
  await expect(loadModel(path)).rejects.toThrow(new RegExp(`but received ${version}$`));
});

test('a file whose parameters are numbered by layers opens: test/fixtures/models/former/make.js', async () => {
  class Gain extends CustomLayer {
    override parameters(inputSize: number) {
      return { gain: { shape: [inputSize] } };
    }
    override forward(x: Tensor): Tensor {
      const { gain } = this.params;
      return tensor((x.toArray() as number[][]).map((row) => row.map((value, j) => value * gain!.get(j))));
    }
    override backward(dout: Tensor): Tensor {
      return this.forward(dout);
    }
  }
  const path = fixture('models/former/numbered-by-layer.safetensors');
  const net = await Sequential.load(path, { layers: { Gain } });
  expect(Object.keys(net.params)).toEqual(['W1', 'b1', 'gain1', 'W2', 'b2']);
  expect([...net.params.gain1!]).toEqual([10, 100]);
  // (1 0 1)·W1 + b1 = (6.5, 7.5), times the gains (65, 750).
  expect(net.loss([[1, 0, 1]]).toArray()).toEqual([[815, 751]]);
});
