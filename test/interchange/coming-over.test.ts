import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { ArgumentError, FormatError, GemmnetError, ShapeError, StateError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { type Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import { loadKerasWeights } from '../../lib/interchange/keras-weights.js';
import { loadSklearnWeights } from '../../lib/interchange/sklearn-weights.js';
import { loadTorchStateDict, saveTorchStateDict } from '../../lib/interchange/torch-state-dict.js';
import { loadSafetensors, saveSafetensors, serializeSafetensors } from '../../lib/io/arrays/safetensors.js';
import { loadModel } from '../../lib/models/files/load-model.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import type { Model } from '../../lib/models/model.js';
import { NeuralNetwork } from '../../lib/models/neural-network.js';
import { Sequential } from '../../lib/models/sequential.js';
import { CustomLayer } from '../../lib/nn/custom-layer.js';
import { Softmax } from '../../lib/nn/layers/activations/softmax.js';
import { Tanh } from '../../lib/nn/layers/activations/tanh.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import { fixture } from '../fixtures/index.js';
import { zip } from '../io/zip-bytes.js';
import { hasPython, python } from '../python.js';
import { temporaryFolder } from '../temporary-folder.js';

// Made by PyTorch, scikit-learn and h5py: test/fixtures/coming-over/make.py.
const from = (name: string) => fixture(`coming-over/${name}`);
const expected = JSON.parse(await readFile(from('expected.json'), 'utf8')) as Readonly<
  Record<string, number[][]>
>;
const X = expected.X!;
// Made by Keras 3: test/fixtures/coming-over/make-keras.py.
const keras3 = JSON.parse(await readFile(from('keras-expected.json'), 'utf8')) as typeof expected;

type Activation = 'relu' | 'sigmoid' | 'tanh';

function net(
  hiddenDims: number[],
  activation: Activation = 'tanh',
  dtype: 'float32' | 'float64' = 'float64',
  numClasses = 3,
): FullyConnectedNet {
  return new FullyConnectedNet({ inputDim: 6, hiddenDims, numClasses, activation, dtype, seed: 0 });
}

/** The largest difference between the two, element by element. */
function difference(actual: Tensor, values: readonly (number | readonly number[])[]): number {
  const flat = values.flat();
  expect(actual.size).toBe(flat.length);
  return Math.max(...actual.elements().map((value, i) => Math.abs(value - flat[i]!)));
}

/** The model after `call` has failed: as it was before. */
async function refused(
  model: Model,
  call: () => Promise<void>,
  error: new (...args: never[]) => Error,
  message: string | RegExp,
): Promise<void> {
  const before = Object.values(model.snapshotParams()).map((param) => param.toArray());
  await expect(call()).rejects.toThrow(error);
  await expect(call()).rejects.toThrow(message);
  expect(Object.values(model.params).map((param) => param.toArray())).toEqual(before);
}

describe('loadTorchStateDict', () => {
  test.each([
    ['torch-float32.safetensors', 'float64', 1e-12],
    ['torch-float32.safetensors', 'float32', 1e-6],
    ['torch-float32.npz', 'float64', 1e-12],
    ['torch-float64.safetensors', 'float64', 1e-12],
    ['torch-float64.safetensors', 'float32', 1e-6],
    ['torch-float16.safetensors', 'float64', 1e-12],
    ['torch-bfloat16.safetensors', 'float64', 1e-12],
  ] as const)('makes a model of %s compute in %s what PyTorch does', async (file, dtype, limit) => {
    const model = net([5, 4], 'tanh', dtype);
    await loadTorchStateDict(model, from(file));
    const [name] = file.split('.');
    expect(difference(model.loss(X), expected[name!]!)).toBeLessThan(limit);
  });

  test('takes bytes, and any class of model', async () => {
    const model = new Sequential(
      [new Linear(6, 5), new Tanh(), new Linear(5, 4), new Tanh(), new Linear(4, 3)],
      { dtype: 'float64' },
    );
    await loadTorchStateDict(model, await readFile(from('torch-float64.safetensors')));
    expect(difference(model.loss(X), expected['torch-float64']!)).toBeLessThan(1e-12);
  });

  test('counts 10 after 2, whatever the order of the file', async () => {
    const layers = Array.from({ length: 12 }, () => new Linear(6, 6));
    const model = new Sequential(layers, { dtype: 'float64' });
    expect(Object.keys((await loadSafetensors(from('torch-deep.safetensors'))).tensors)[2]).toBe('1.bias');
    await loadTorchStateDict(model, from('torch-deep.safetensors'));
    expect(difference(model.loss(X), expected['torch-deep']!)).toBeLessThan(1e-12);
  });

  test('orders names by shapes and numbers, and takes zeros for a bias that there is not', async () => {
    const model = net([5, 5, 5], 'relu');
    for (const name of ['b1', 'b2', 'b3', 'b4']) model.params[name]!.data.fill(7);
    await loadTorchStateDict(model, from('torch-named.safetensors'));
    expect(difference(model.loss(X), expected['torch-named']!)).toBeLessThan(1e-12);
  });

  test('takes names where nothing tells the order, and leaves other tensors alone', async () => {
    const model = net([6], 'sigmoid', 'float64', 6);
    const path = from('torch-swappable.safetensors');
    await refused(model, () => loadTorchStateDict(model, path), FormatError, /but received steps; say which/);
    for (const names of [
      { W1: 'first.weight', W2: 'last.weight' },
      { W1: 'first.weight', b1: 'first.bias', W2: 'last.weight', b2: 'last.bias' },
    ]) {
      await loadTorchStateDict(model, path, { names });
      expect(difference(model.loss(X), expected['torch-swappable']!)).toBeLessThan(1e-12);
    }
  });

  test('asks for names where layers could be swapped', async () => {
    const model = net([6], 'sigmoid', 'float64', 6);
    const { tensors } = await loadSafetensors(from('torch-swappable.safetensors'));
    const { mask: _mask, steps: _steps, ...weights } = tensors;
    const bytes = serializeSafetensors(weights);
    const message = /but first\.weight \(6 → 6\), last\.weight \(6 → 6\) could be swapped; .* option names/;
    await refused(model, () => loadTorchStateDict(model, bytes), ShapeError, message);
  });

  test.each<[string, RegExp, Record<string, string>]>([
    ['a missing weight', /expected names\.W2 to be a string but it is missing/, { W1: 'first.weight' }],
    [
      'no such tensor',
      /expected the tensor fc\.weight for W1 but received .*first\.weight/,
      { W1: 'fc.weight', W2: 'last.weight' },
    ],
    [
      'no such bias',
      /expected the tensor fc\.bias for b2/,
      { W1: 'first.weight', W2: 'last.weight', b2: 'fc.bias' },
    ],
    [
      'a bias that is not beside its weight',
      /expected names\.b1 to be a string but it is missing/,
      { W1: 'steps', W2: 'last.weight' },
    ],
    ['an unknown parameter', /unknown names\.W3/, { W1: 'first.weight', W2: 'last.weight', W3: 'x' }],
  ])('refuses names with %s', async (_name, message, names) => {
    const model = net([6], 'sigmoid', 'float64', 6);
    const call = () => loadTorchStateDict(model, from('torch-swappable.safetensors'), { names });
    await refused(model, call, ArgumentError, message);
  });

  const W = (rows: number, cols: number) => new RandomState(1).randn(rows, cols);
  test.each<[string, Record<string, Tensor>, new (...args: never[]) => Error, RegExp]>([
    ['no tensors', {}, ShapeError, /of 2 Linear layers, as the model has, but received 0: none/],
    [
      'a layer too few',
      { '0.weight': W(5, 6) },
      ShapeError,
      /of 2 Linear layers, as the model has, but received 1: 0\.weight \(6 → 5\)/,
    ],
    [
      'other sizes',
      { '0.weight': W(6, 5), '2.weight': W(3, 6) },
      ShapeError,
      /expected 0\.weight to have 6 inputs and 5 outputs, as linear1 has, but received 5 inputs and 6 outputs/,
    ],
    [
      'other sizes under names without numbers',
      { 'a.weight': W(6, 5), 'b.weight': W(3, 6) },
      ShapeError,
      /expected a weight with 6 inputs and 5 outputs for linear1 but received a\.weight \(5 → 6\), b\.weight/,
    ],
    [
      'a bias of another length',
      { '0.weight': W(5, 6), '0.bias': tensor([1, 2, 3]), '2.weight': W(3, 5) },
      FormatError,
      /expected 0\.bias to have shape \(5\), as 0\.weight has 5 outputs, but received shape \(3\)/,
    ],
    [
      'a convolution',
      { '0.weight': tensor(new Float32Array(30), [5, 6, 1]), '2.weight': W(3, 5) },
      FormatError,
      /expected 0\.weight to be the matrix of a Linear layer but received shape \(5, 6, 1\)/,
    ],
    [
      'quantized weights',
      { '0.weight': tensor(new Uint8Array(30), [5, 6]), '2.weight': W(3, 5) },
      FormatError,
      /to be of dtype float32 or float64 but received uint8/,
    ],
    [
      'a bias without a weight',
      { '0.weight': W(5, 6), '2.bias': tensor([1]) },
      FormatError,
      /alone but received 2\.bias/,
    ],
  ])('refuses a file with %s', async (_name, tensors, error, message) => {
    const model = net([5]);
    await refused(model, () => loadTorchStateDict(model, serializeSafetensors(tensors)), error, message);
  });

  test('is what loadModel names for a file of PyTorch', async () => {
    const load = loadModel(from('torch-float32.safetensors'));
    await expect(load).rejects.toThrow(/expected a gemmnet model.*; loadTorchStateDict reads/);
  });

  test('refuses a batch normalization, and what is no file of weights', async () => {
    const model = net([5]);
    const batchNorm = from('torch-batch-norm.safetensors');
    await refused(model, () => loadTorchStateDict(model, batchNorm), FormatError, batchNorm);
    await refused(model, () => loadTorchStateDict(model, batchNorm), FormatError, '1.num_batches_tracked');
    await refused(model, () => loadTorchStateDict(model, from('make.py')), FormatError, 'make.py');
    const saved = () => loadTorchStateDict(model, from('torch-float32.pt'));
    await refused(model, saved, FormatError, /it is a file of torch\.save.*; in Python, safetensors\.torch/);
    const pickle = () => loadTorchStateDict(model, Buffer.from('gAKKCmz8nEb5IGqoUBku', 'base64'));
    await refused(model, pickle, FormatError, /it is a file of torch\.save/);
    await refused(model, () => loadTorchStateDict(model, '/nowhere/x'), ArgumentError, '/nowhere/x');
    await refused(model, () => loadTorchStateDict(model, 3 as never), ArgumentError, 'received 3');
    const misspelled = () => loadTorchStateDict(model, batchNorm, { name: {} } as never);
    await refused(model, misspelled, ArgumentError, /did you mean names\?/);
    const noModel = loadTorchStateDict({} as never, batchNorm);
    await expect(noModel).rejects.toThrow(/expected the model to be an instance of Model/);
  });

  test('refuses a model that another layer learns in, and one that is gone', async () => {
    class Scale extends CustomLayer {
      override parameters(inputSize: number) {
        return { gain: { shape: [inputSize] } };
      }
      override forward(x: Tensor) {
        return x;
      }
      override backward(dout: Tensor) {
        return dout;
      }
    }
    const custom = new Sequential([new Linear(6, 3), new Scale()], { seed: 0 });
    const path = join(await temporaryFolder(), 'x.safetensors');
    for (const call of [
      () => loadTorchStateDict(custom, from('torch-float32.safetensors')),
      () => loadSklearnWeights(custom, from('sklearn-named.npz')),
      () => loadKerasWeights(custom, from('keras.npz')),
      () => saveTorchStateDict(custom, path),
    ]) {
      await refused(custom, call, ArgumentError, /but layer 1 \(Scale\) has parameters too/);
    }
    const disposed = net([5, 4]);
    disposed.dispose();
    await expect(loadTorchStateDict(disposed, from('torch-float32.safetensors'))).rejects.toThrow(StateError);
  });
});

describe('saveTorchStateDict', () => {
  const model = new Sequential(
    [new Tanh(), new Linear(6, 5, { init: 'he' }), new Tanh(), new Linear(5, 3, { init: 'he' })],
    { seed: 1 },
  );

  test('writes the keys, shapes and metadata of PyTorch', async () => {
    const path = join(await temporaryFolder(), 'net.safetensors');
    await saveTorchStateDict(model, path);
    const { tensors, metadata } = await loadSafetensors(path);
    expect({ ...metadata }).toEqual({ format: 'pt' });
    expect(Object.entries(tensors).map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
      ['1.weight', 'float32', [5, 6]],
      ['1.bias', 'float32', [5]],
      ['3.weight', 'float32', [3, 5]],
      ['3.bias', 'float32', [3]],
    ]);
    expect(tensors['1.weight']!.toArray()).toEqual(model.params.W1!.T.toArray());
  });

  test.each([undefined, { W1: 'fc1.weight', W2: 'out.kernel', b2: 'out.shift' }])(
    'comes back with names %j',
    async (names) => {
      const path = join(await temporaryFolder(), 'net.safetensors');
      const options = names === undefined ? {} : { names };
      await saveTorchStateDict(model, path, options);
      if (names !== undefined) {
        const { tensors } = await loadSafetensors(path);
        expect(Object.keys(tensors)).toEqual(['fc1.weight', 'fc1.bias', 'out.kernel', 'out.shift']);
      }
      const copy = Sequential.fromConfig(model.config() as never);
      await loadTorchStateDict(copy, path, options);
      expect(copy.loss(X).toArray()).toEqual(model.loss(X).toArray());
    },
  );

  test('refuses names that are missing, unknown or given twice', async () => {
    const path = join(await temporaryFolder(), 'net.safetensors');
    const save = (names: Record<string, string>) => saveTorchStateDict(model, path, { names });
    await expect(save({ W1: 'a.weight' })).rejects.toThrow(/expected names\.W2/);
    await expect(save({ W1: 'a.weight', W2: 'b.weight', W3: 'x' })).rejects.toThrow(/unknown names\.W3/);
    await expect(save({ W1: 'a.weight', W2: 'a.weight' })).rejects.toThrow(/another name/);
    await expect(saveTorchStateDict(model, 3 as never)).rejects.toThrow(ArgumentError);
    await expect(readFile(path)).rejects.toThrow(/ENOENT/);
  });

  const hasTorch = hasPython('torch', 'numpy');
  test.skipIf(!hasTorch)(
    `PyTorch computes the same${hasTorch ? '' : ' (skipped: no Python with torch)'}`,
    async () => {
      const path = join(await temporaryFolder(), 'net.safetensors');
      for (const dtype of ['float32', 'float64'] as const) {
        const exported = new FullyConnectedNet({
          inputDim: 6,
          hiddenDims: [5, 4],
          numClasses: 3,
          init: 'he',
          dtype,
          seed: 2,
        });
        exported.params.b2!.data.fill(0.5, exported.params.b2!.offset, exported.params.b2!.offset + 4);
        await saveTorchStateDict(exported, path);
        const printed = python(
          `
import json, struct, sys
import numpy as np, torch
from torch import nn
data = open(sys.argv[1], 'rb').read()
length, = struct.unpack('<Q', data[:8])
header = json.loads(data[8:8 + length])
assert header.pop('__metadata__') == {'format': 'pt'}
types = {'F32': np.float32, 'F64': np.float64}
state = {}
for name, entry in header.items():
    start, end = (8 + length + offset for offset in entry['data_offsets'])
    array = np.frombuffer(data[start:end], types[entry['dtype']]).reshape(entry['shape'])
    state[name] = torch.tensor(array)
dtype = getattr(torch, sys.argv[2])
net = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3)).to(dtype)
net.load_state_dict(state)
print(json.dumps(net(torch.tensor(json.loads(sys.argv[3]), dtype=dtype)).tolist()))
`,
          [path, dtype, JSON.stringify(X)],
        );
        const limit = dtype === 'float32' ? 1e-6 : 1e-12;
        expect(difference(exported.loss(X), JSON.parse(printed))).toBeLessThan(limit);
      }
    },
  );
});

describe('loadSklearnWeights', () => {
  const probabilities = (model: Model) => {
    const scores = model.loss(X).toArray() as number[][];
    return scores.map((row) => {
      const exps = row.map((score) => Math.exp(score - Math.max(...row)));
      const sum = exps.reduce((a, b) => a + b);
      return exps.map((value) => value / sum);
    });
  };

  test.each(['sklearn-named.npz', 'sklearn-positions.npz'])(
    'makes a model of %s compute what scikit-learn does',
    async (file) => {
      const model = net([5, 4], 'relu');
      await loadSklearnWeights(model, from(file));
      expect(difference(tensor(probabilities(model)), expected.sklearn!)).toBeLessThan(1e-12);
      const network = new NeuralNetwork({ inputSize: 6, hiddenSizes: [5, 4], numClasses: 3 });
      await loadSklearnWeights(network, await readFile(from(file)));
      expect(difference(network.forward(X), expected.sklearn!)).toBeLessThan(1e-6);
    },
  );

  test('gives a model of two classes the probabilities of one logistic output', async () => {
    const model = net([5, 4], 'sigmoid', 'float64', 2);
    await loadSklearnWeights(model, from('sklearn-binary.npz'));
    expect(difference(tensor(probabilities(model)), expected['sklearn-binary']!)).toBeLessThan(1e-12);
    expect([...model.predict(X)]).toEqual(expected['sklearn-binary-classes']);
    expect([...model.params.W3!.T.slice(0, 1)]).toEqual([0, 0, 0, 0]);
  });

  test('takes a regressor with one output as it is', async () => {
    const model = new FullyConnectedNet({
      inputDim: 6,
      hiddenDims: [5, 4],
      numClasses: 1,
      activation: 'tanh',
      loss: 'mse',
      dtype: 'float64',
    });
    await loadSklearnWeights(model, from('sklearn-regressor.npz'));
    expect(difference(model.loss(X), expected['sklearn-regressor'] as never)).toBeLessThan(1e-12);
  });

  test.each<[string, Record<string, Tensor>, new (...args: never[]) => Error, RegExp]>([
    ['no arrays', {}, FormatError, /but received no arrays/],
    [
      'other names',
      { w: tensor([1]), b: tensor([1]) },
      FormatError,
      /with arr_0 among them, but received \['w', 'b'\]/,
    ],
    [
      'no intercepts',
      { coefs_0: tensor([[1]]) },
      FormatError,
      /with intercepts_0 among them, but received \['coefs_0'\]/,
    ],
    [
      'an odd number of arrays',
      { arr_0: tensor([[1]]), arr_1: tensor([1]), arr_2: tensor([1]) },
      FormatError,
      /with arr_3 among them, but received \['arr_0', 'arr_1', 'arr_2'\]/,
    ],
    [
      'coefficients of rank 1',
      { arr_0: tensor([1]), arr_1: tensor([1]) },
      FormatError,
      /arr_0 to be the matrix/,
    ],
    [
      'other sizes',
      {
        arr_0: new RandomState(0).randn(5, 6),
        arr_1: new RandomState(0).randn(6, 3),
        arr_2: tensor([1, 2, 3, 4, 5, 6]),
        arr_3: tensor([1, 2, 3]),
      },
      ShapeError,
      /expected arr_0 to have 6 inputs and 5 outputs, as linear1 has, but received 5 inputs and 6 outputs/,
    ],
  ])('refuses a file with %s', async (_name, tensors, error, message) => {
    const model = net([5]);
    await refused(model, () => loadSklearnWeights(model, serializeSafetensors(tensors)), error, message);
  });
});

describe('loadKerasWeights', () => {
  test.each(['keras.npz', 'keras.weights.h5'])(
    'makes a model of %s compute what Keras does',
    async (file) => {
      const model = net([5, 4], 'relu');
      await loadKerasWeights(model, from(file));
      expect(difference(model.loss(X), expected.keras!)).toBeLessThan(1e-12);
      const single = net([5, 4], 'relu', 'float32');
      await loadKerasWeights(single, await readFile(from(file)));
      expect(difference(single.loss(X), expected.keras!)).toBeLessThan(5e-6);
    },
  );

  test('counts dense_10 after dense_2, and takes layers without biases', async () => {
    const layers = Array.from({ length: 12 }, () => [new Linear(6, 6), new Tanh()]).flat();
    const model = new Sequential(layers, { dtype: 'float64' });
    await loadKerasWeights(model, from('keras-deep.weights.h5'));
    expect(difference(model.loss(X), expected['keras-deep']!)).toBeLessThan(1e-12);
  });

  test.each([
    ['keras-3.keras', 1e-12],
    ['keras-float16.keras', 1e-12],
    ['keras-float16.weights.h5', 1e-12],
    ['keras-bfloat16.weights.h5', 1e-12],
  ])('makes a model of %s compute what Keras does', async (file, most) => {
    const model = net([5, 4], 'relu');
    await loadKerasWeights(model, from(file));
    expect(difference(model.loss(X), keras3[file]!)).toBeLessThan(most);
    const again = net([5, 4], 'relu');
    await loadKerasWeights(again, await readFile(from(file)));
    expect(difference(again.loss(X), keras3[file]!)).toBeLessThan(most);
  });

  test.each([
    ['keras-normalization.keras', /model\.weights\.h5: expected variables of Dense layers alone/],
    ['keras-normalization.keras', /\['dense', 'normalization'\].*isinstance.*preparation of their mean/],
    ['keras-normalization.weights.h5', /\['dense', 'normalization'\]/],
    ['keras-normalization-alone.keras', /\['normalization'\]/],
    ['keras-nested.keras', /those of \['sequential'\]/],
    ['keras-older.h5', /older format; write model\.save_weights\('model\.weights\.h5'\)/],
  ])('names what it cannot take of %s', async (file, message) => {
    const model = net([5, 4], 'relu');
    await refused(model, () => loadKerasWeights(model, from(file)), FormatError, message);
  });

  test('refuses a .keras archive that lacks the weights, is cut off or damaged', async () => {
    const model = net([5, 4], 'relu');
    const whole = await readFile(from('keras-3.keras'));
    const json = { name: 'metadata.json', data: Buffer.from('{}') };
    for (const [bytes, message] of [
      [zip([json]), /archive with model\.weights\.h5 in it.*but received members \['metadata\.json'\]/],
      [zip([json, { name: 'model.weights.h5', data: Buffer.from('h5') }]), /weights\.h5: .*HDF5/],
      [
        zip([json, { name: 'model.weights.h5', data: Buffer.alloc(9), deflate: true, size: 2 ** 31 }]),
        /claim of 2147483648/,
      ],
      [whole.subarray(0, 20_000), /a sound ZIP archive/],
      [Buffer.from(whole).fill(1, 12_000, 12_500), /CRC-32/],
    ] as const) {
      await refused(model, () => loadKerasWeights(model, bytes), FormatError, message);
    }
  });

  test('refuses other layers, another number of them, and damaged files', async () => {
    const model = net([5]);
    const load = (name: string) => () => loadKerasWeights(model, from(name));
    const message = /Dense layers alone in layers but received those of .*batch_normalization/;
    await refused(model, load('keras-batch-norm.weights.h5'), FormatError, message);
    await refused(
      model,
      load('keras.weights.h5'),
      ShapeError,
      /2 Linear layers, as the model has, but received 3: layers\/dense\/vars\/0 \(6 → 5\)/,
    );
    await refused(model, load('keras.npz'), ShapeError, /but received 3: arr_0 \(6 → 5\), arr_2/);
    await refused(model, load('sklearn-named.npz'), FormatError, /arrays arr_0 … arr_5, as np\.savez/);
    const whole = await readFile(from('keras.weights.h5'));
    for (const bytes of [whole.subarray(0, 8), whole.subarray(0, 5000)]) {
      await refused(
        model,
        () => loadKerasWeights(model, bytes),
        FormatError,
        /a sound HDF5 file but received a fault/,
      );
    }
    await refused(model, () => loadKerasWeights(model, new Uint8Array(0)), FormatError, /0 bytes/);
    const biasFirst = serializeSafetensors({ arr_0: tensor([1]), arr_1: tensor([[1]]) });
    await refused(model, () => loadKerasWeights(model, biasFirst), FormatError, /arr_0 to be the matrix/);
    // And after all these, a good file is read as before.
    const good = net([5, 4], 'relu');
    await loadKerasWeights(good, whole);
    expect(difference(good.loss(X), expected.keras!)).toBeLessThan(1e-12);
  });

  test('says what to do without the package h5wasm, which .npz files do not need', async () => {
    vi.resetModules();
    vi.doMock('h5wasm', () => {
      throw new Error('Cannot find package');
    });
    try {
      const fresh = await import('../../lib/interchange/keras-weights.js');
      const { FullyConnectedNet: Net } = await import('../../lib/models/fully-connected-net.js');
      const model = new Net({ inputDim: 6, hiddenDims: [5, 4], numClasses: 3 });
      await expect(fresh.loadKerasWeights(model, from('keras.weights.h5'))).rejects.toThrow(
        /expected the package h5wasm.*npm install h5wasm, or save with np\.savez/,
      );
      await fresh.loadKerasWeights(model, from('keras.npz'));
    } finally {
      vi.doUnmock('h5wasm');
    }
  });

  test('survives files with bytes changed at random', { timeout: 120_000 }, async () => {
    const whole = await readFile(from('keras.weights.h5'));
    const rng = new RandomState(3);
    const model = net([5, 4]);
    let faults = 0;
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.from(whole);
      for (const at of rng.randint(bytes.length, 20)) bytes[at] = rng.randint(256, 1)[0]!;
      await loadKerasWeights(model, bytes).catch((error: unknown) => {
        expect(error).toBeInstanceOf(GemmnetError);
        faults++;
      });
    }
    expect(faults).toBeGreaterThan(30);
    const good = net([5, 4], 'relu');
    await loadKerasWeights(good, whole);
    expect(difference(good.loss(X), expected.keras!)).toBeLessThan(1e-12);
  });
});

test('safetensors with the names of another library are read as well', async () => {
  const path = join(await temporaryFolder(), 'mlp.safetensors');
  const arrays = { coefs_0: new RandomState(5).randn(6, 3), intercepts_0: tensor([1, 2, 3]) };
  await saveSafetensors(path, arrays);
  const model = net([]);
  await loadSklearnWeights(model, path);
  expect(model.params.W1!.toArray()).toEqual(arrays.coefs_0.toArray());
  const softmax = new Sequential([new Linear(6, 3), new Softmax()], { dtype: 'float64' });
  await loadSklearnWeights(softmax, path);
  expect(softmax.params.b1!.toArray()).toEqual([1, 2, 3]);
});
