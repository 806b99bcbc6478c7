import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ArgumentError, StateError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { type Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import { Preparation } from '../../lib/data/preparation/preparation.js';
import { exportOnnx, type OnnxOptions, serializeOnnx } from '../../lib/interchange/export-onnx.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import type { Model } from '../../lib/models/model.js';
import { NeuralNetwork } from '../../lib/models/neural-network.js';
import { Sequential } from '../../lib/models/sequential.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { CustomLayer } from '../../lib/nn/custom-layer.js';
import type { LayerClass } from '../../lib/nn/layer.js';
import { ReLU } from '../../lib/nn/layers/activations/relu.js';
import { Sigmoid } from '../../lib/nn/layers/activations/sigmoid.js';
import { Softmax } from '../../lib/nn/layers/activations/softmax.js';
import { Tanh } from '../../lib/nn/layers/activations/tanh.js';
import { layers } from '../../lib/nn/layers/index.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import { temporaryFolder } from '../temporary-folder.js';

const onnxruntime = await import('onnxruntime-node').catch((cause: Error) => cause);
const missing = onnxruntime instanceof Error ? onnxruntime.message.split('\n')[0] : undefined;
const run = missing === undefined ? '' : ` (skipped: onnxruntime-node cannot be loaded: ${missing})`;

/** What onnxruntime computes of the file's contents. */
async function outputOf(
  bytes: Uint8Array,
  X: Tensor,
): Promise<{ name: string; dims: readonly number[]; data: ArrayLike<number> }> {
  const { InferenceSession, Tensor: OnnxTensor } = onnxruntime as typeof import('onnxruntime-node');
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  expect(session.inputNames).toEqual(['X']);
  const elements = X.dtype === 'float32' ? new Float32Array(X.elements()) : new Float64Array(X.elements());
  const input =
    elements instanceof Float32Array
      ? new OnnxTensor('float32', elements, X.shape)
      : new OnnxTensor('float64', elements, X.shape);
  const [name = ''] = session.outputNames;
  const output = (await session.run({ X: input }))[name]!;
  return { name, dims: output.dims, data: Array.from(output.data as never, Number) };
}

/** The largest difference, relative to the largest value. */
function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  const values = Array.from(expected);
  const largest = Math.max(...values.map(Math.abs));
  return Math.max(...values.map((value, i) => Math.abs(value - actual[i]!))) / largest;
}

const rng = new RandomState(4);

function batch({ dtype, inputSize }: Model, rows: number): Tensor {
  return tensor(rng.randn(rows, inputSize), [rows, inputSize], { dtype });
}

const he = { init: 'he' } as const;

/** Makes a model of either dtype. */
const models: Readonly<Record<string, (dtype: 'float32' | 'float64') => Model>> = {
  'a TwoLayerNet': (dtype) =>
    new TwoLayerNet({ inputSize: 12, hiddenSize: 9, numClasses: 4, std: 0.5, seed: 1, dtype }),
  'a FullyConnectedNet with tanh': (dtype) =>
    new FullyConnectedNet({
      inputDim: 30,
      hiddenDims: [20, 10, 7],
      numClasses: 5,
      activation: 'tanh',
      ...he,
      seed: 2,
      dtype,
    }),
  'a FullyConnectedNet with sigmoid': (dtype) =>
    new FullyConnectedNet({
      inputDim: 8,
      hiddenDims: [6],
      numClasses: 3,
      activation: 'sigmoid',
      ...he,
      seed: 3,
      dtype,
    }),
  'a NeuralNetwork': (dtype) =>
    new NeuralNetwork({ inputSize: 100, hiddenSizes: [64, 32], numClasses: 10, seed: 4, dtype }),
  'a linear FullyConnectedNet with one output': (dtype) =>
    new FullyConnectedNet({ inputDim: 3, hiddenDims: [], numClasses: 1, ...he, loss: 'mse', seed: 5, dtype }),
  'a Sequential that ends in Softmax': (dtype) =>
    new Sequential([new Linear(6, 5, he), new Sigmoid(), new Linear(5, 4, he), new Softmax()], {
      seed: 6,
      dtype,
    }),
  'a Sequential that begins with activations': (dtype) =>
    new Sequential([new Tanh(), new Softmax(), new Linear(5, 4, he), new ReLU()], {
      inputSize: 5,
      seed: 7,
      dtype,
    }),
};

const cases = Object.entries(models).flatMap(([name, make]) => [
  { name, dtype: 'float32' as const, make, limit: 1e-5 },
  { name, dtype: 'float64' as const, make, limit: 1e-12 },
]);

describe.skipIf(missing !== undefined)(`onnxruntime${run}`, () => {
  test.each(cases)('computes the scores of $name, $dtype', async ({ make, dtype, limit }) => {
    const model = make(dtype);
    // Biases that are not zero.
    for (const [name, parameter] of Object.entries(model.params)) {
      if (name.startsWith('b')) parameter.data.set(rng.randn(parameter.size).data, parameter.offset);
    }
    const bytes = serializeOnnx(model);
    for (const rows of [1, 7]) {
      const X = batch(model, rows);
      const { name, dims, data } = await outputOf(bytes, X);
      expect([name, dims]).toEqual(['scores', [rows, model.numClasses]]);
      expect(distance(data, model.loss(X).elements())).toBeLessThan(limit);
    }
  });

  test.each(Object.entries<LayerClass>(layers))('computes the layer %s', async (_, layer) => {
    const { example, exampleShape = [6] } = layer;
    const model = new Sequential([example(6)], { inputShape: exampleShape, seed: 0, loss: 'mse' });
    // What begins as zeros and ones is other numbers.
    const values = { ...model.params, ...model.state };
    for (const value of Object.values(values))
      for (let i = 0; i < value.size; i++) value.data[value.offset + i]! += 0.1 * (1 + (i % 5));
    const X = batch(model, 3);
    const { dims, data } = await outputOf(serializeOnnx(model), X);
    expect(dims).toEqual([3, model.numClasses]);
    expect(distance(data, model.loss(X).elements())).toBeLessThan(1e-5);
  });

  test('computes a net of pictures, with branches', async () => {
    const model = new Sequential(
      [
        new layers.Conv2d(2, 4, 3, { padding: 1, stride: [2, 1] }),
        new layers.PReLU({ numParameters: 4 }),
        new layers.Residual([
          new layers.Conv2d(4, 4, 3, { padding: 1 }),
          new layers.Residual([new layers.Tanh()]),
        ]),
        new layers.MaxPool2d(3, { stride: 2, padding: 1 }),
        new layers.Softmax(),
        new layers.AvgPool2d(2, { stride: 1, padding: 1 }),
      ],
      { inputShape: [2, 9, 6], seed: 0, loss: 'mse' },
    );
    const X = batch(model, 2);
    for (const opset of [13, 18, 22]) {
      const { dims, data } = await outputOf(serializeOnnx(model, { opset }), X);
      expect(dims).toEqual([2, model.numClasses]);
      expect(distance(data, model.loss(X).elements()), `opset ${opset}`).toBeLessThan(1e-5);
    }
  });

  test.each(['float32', 'float64'] as const)('computes what a model prepares, %s', async (dtype) => {
    const D = 20;
    const XTrain = tensor(rng.randn(50, D), [50, D]);
    const preparations = {
      shiftScale: Preparation.standardize(XTrain),
      project: Preparation.project(rng.randn(6, D)),
      both: Preparation.minMax(XTrain, -1, 1)
        .followedBy(Preparation.project(rng.randn(6, D)))
        .followedBy(Preparation.divide(6, 3)),
    };
    for (const [name, preparation] of Object.entries(preparations)) {
      const model = new NeuralNetwork({
        inputSize: preparation.outputSize,
        hiddenSizes: [8],
        numClasses: 3,
        preparation,
        dtype,
        seed: 0,
      });
      expect(model.inputSize).toBe(D);
      const X = batch(model, 5);
      const { data } = await outputOf(serializeOnnx(model), X);
      const limit = dtype === 'float32' ? 1e-5 : 1e-12;
      expect(distance(data, model.loss(X).elements()), name).toBeLessThan(limit);
      const classes = await outputOf(serializeOnnx(model, { output: 'classes' }), X);
      expect(classes.data).toEqual(Array.from(model.predict(X)));
    }
  });

  test('gives probabilities and classes', async () => {
    for (const dtype of ['float32', 'float64'] as const) {
      for (const name of ['a NeuralNetwork', 'a Sequential that ends in Softmax']) {
        const model = models[name]!(dtype);
        const X = batch(model, 7);
        const classes = await outputOf(serializeOnnx(model, { output: 'classes' }), X);
        expect(classes).toEqual({ name: 'classes', dims: [7], data: Array.from(model.predict(X)) });
        const {
          name: output,
          dims,
          data,
        } = await outputOf(serializeOnnx(model, { output: 'probabilities' }), X);
        expect([output, dims]).toEqual(['probabilities', [7, model.numClasses]]);
        const probabilities =
          model instanceof NeuralNetwork ? model.forward(X).elements() : model.loss(X).elements();
        expect(distance(data, probabilities)).toBeLessThan(1e-5);
      }
    }
  });

  test('takes other batches than a fixed one not', async () => {
    const model = models['a TwoLayerNet']!('float32');
    const bytes = serializeOnnx(model, { batchSize: 3 });
    const X = batch(model, 3);
    expect(distance((await outputOf(bytes, X)).data, model.loss(X).elements())).toBeLessThan(1e-5);
    await expect(outputOf(bytes, batch(model, 4))).rejects.toThrow(/dimensions/);
  });

  test.each([13, 14, 15, 17, 19, 21, 22])('reads operator set %d', async (opset) => {
    const model = models['a Sequential that ends in Softmax']!('float32');
    const X = batch(model, 2);
    const { data } = await outputOf(serializeOnnx(model, { opset }), X);
    expect(distance(data, model.loss(X).elements())).toBeLessThan(1e-5);
  });
});

describe('an ONNX file', () => {
  const model = models['a TwoLayerNet']!('float32');

  test('is the bytes of serializeOnnx, with the names of the net in it', async () => {
    const path = join(await temporaryFolder(), 'net.onnx');
    await exportOnnx(model, path);
    const bytes = await readFile(path);
    expect(new Uint8Array(bytes)).toEqual(serializeOnnx(model));
    // ir_version 7, then producer_name.
    expect([...bytes.subarray(0, 4)]).toEqual([0x08, 7, 0x12, 7]);
    const text = bytes.toString('latin1');
    for (const word of [
      'gemmnet',
      '0.1.0',
      'TwoLayerNet',
      'W1',
      'b2',
      'linear1',
      'relu1',
      'scores',
      'transB',
    ]) {
      expect(text).toContain(word);
    }
  });

  test('holds the parameters at the call', () => {
    const changing = models['a TwoLayerNet']!('float32');
    const before = serializeOnnx(changing);
    const copy = before.slice();
    changing.params.W1!.data.fill(0);
    expect(before).toEqual(copy);
    expect(serializeOnnx(changing)).not.toEqual(copy);
  });

  test('cannot hold a layer written in JavaScript', () => {
    // Even one that has the name of a layer of the package.
    class ReLU extends CustomLayer {
      override forward(x: Tensor) {
        return x;
      }
      override backward(dout: Tensor) {
        return dout;
      }
    }
    const custom = new Sequential([new Linear(3, 2), new ReLU()], { seed: 0 });
    expect(() => serializeOnnx(custom)).toThrow(ArgumentError);
    expect(() => serializeOnnx(custom)).toThrow(/layer 1 \(ReLU\) is a CustomLayer/);
  });

  test.each<[string, unknown, OnnxOptions | unknown, RegExp]>([
    ['no model', {}, {}, /the model to be an instance of Model but received an empty object/],
    ['an unknown option', model, { ouput: 'scores' }, /unknown option ouput; did you mean output\?/],
    ['an unknown output', model, { output: 'probs' }, /'probabilities'/],
    ['no rows', model, { batchSize: 0 }, /batchSize to be a positive integer but received 0/],
    ['an old operator set', model, { opset: 12 }, /an integer in 13 … 22 but received 12/],
  ])('is refused for %s', async (_name, given, options, message) => {
    expect(() => serializeOnnx(given as Model, options as OnnxOptions)).toThrow(ArgumentError);
    expect(() => serializeOnnx(given as Model, options as OnnxOptions)).toThrow(message);
    await expect(exportOnnx(given as Model, '/nowhere/x.onnx', options as OnnxOptions)).rejects.toThrow(
      message,
    );
  });

  test('needs a path, probabilities a loss that has them, and a model its memory', async () => {
    await expect(exportOnnx(model, 3 as never)).rejects.toThrow('expected a path but received 3');
    await expect(exportOnnx(model, `${process.execPath}/x.onnx`)).rejects.toThrow(/exportOnnx: cannot write/);
    const hinge = new FullyConnectedNet({
      inputDim: 3,
      hiddenDims: [],
      numClasses: 2,
      loss: 'hinge',
      seed: 0,
    });
    expect(() => serializeOnnx(hinge, { output: 'probabilities' })).toThrow(/its loss is hinge/);
    hinge.dispose();
    expect(() => serializeOnnx(hinge)).toThrow(StateError);
  });
});
