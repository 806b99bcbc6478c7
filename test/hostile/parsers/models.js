import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  FullyConnectedNet,
  Linear,
  loadModel,
  NeuralNetwork,
  Preparation,
  ReLU,
  Sequential,
  Softmax,
  serializeSafetensors,
  TwoLayerNet,
} from '../gemmnet.js';
import { padded, safetensors, safetensorsFieldsOf } from './safetensors.js';

const models = () => [
  new TwoLayerNet({ inputSize: 3, hiddenSize: 2, numClasses: 2, seed: 0 }),
  new FullyConnectedNet({
    inputDim: 2,
    hiddenDims: [3, 2],
    numClasses: 2,
    activation: 'tanh',
    loss: 'hinge',
    reg: 0.5,
    seed: 0,
  }),
  new NeuralNetwork({ inputSize: 2, hiddenSizes: [2], numClasses: 2, dtype: 'float64', seed: 0 }),
  new TwoLayerNet({
    inputSize: 2,
    hiddenSize: 2,
    numClasses: 2,
    seed: 0,
    preparation: Preparation.shiftScale([1, 2], [0.5, 2])
      .followedBy(Preparation.project([[1, 2]]))
      .followedBy(Preparation.project([[1], [2]])),
  }),
  new Sequential([new Linear(2, 3), new ReLU(), new Linear(3, 2), new Softmax()], { seed: 0 }),
];

async function samples() {
  const folder = mkdtempSync(join(tmpdir(), 'gemmnet-'));
  try {
    const files = [];
    for (const [index, model] of models().entries()) {
      const path = join(folder, `${index}.safetensors`);
      await model.save(path);
      files.push(padded(new Uint8Array(readFileSync(path))));
    }
    return files;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const words = (
  'TwoLayerNet FullyConnectedNet NeuralNetwork Sequential Linear ReLU Softmax \\"class\\": \\"config\\": \\"layers\\": \\"kind\\": \\"dtype\\": ' +
  '\\"inputSize\\": \\"hiddenDims\\": \\"hiddenSizes\\": \\"numClasses\\": \\"rng\\": \\"seed\\": \\"init\\": \\"__proto__\\": null [] {} [[]] [null] -1 1e9 \\" W1 b1 float32 float64'
)
  .split(' ')
  .map((word) => Buffer.from(word));

/**
 * A model's file with a description and no tensors.
 *
 * @param {unknown} description an object, or JSON as text
 */
function described(description) {
  const text = typeof description === 'string' ? description : JSON.stringify(description);
  return safetensors({ __metadata__: { gemmnet: text } });
}

const of = (/** @type {string} */ kind, /** @type {unknown} */ config, rest = {}) =>
  described({ format: 'gemmnet', version: 1, class: kind, dtype: 'float32', config, ...rest });

/** A model's file of 24 MiB. */
const large = () =>
  serializeSafetensors(
    {
      W1: { data: new Float32Array(3000 * 2000), shape: [3000, 2000] },
      b1: new Float32Array(2000),
      W2: { data: new Float32Array(2000 * 10), shape: [2000, 10] },
      b2: new Float32Array(10),
    },
    {
      gemmnet: JSON.stringify({
        format: 'gemmnet',
        version: 1,
        class: 'TwoLayerNet',
        dtype: 'float32',
        config: { inputSize: 3000, hiddenSize: 2000, numClasses: 10 },
      }),
    },
  );

const many = new Array(1_000_000).fill(1);

/** @type {readonly import('./index.js').Parser[]} */
export const modelParsers = [
  {
    name: 'loadModel',
    fieldsOf: safetensorsFieldsOf,
    parse: async (bytes) => {
      const { params } = await loadModel(bytes);
      return Object.values(params);
    },
    samples,
    dictionary: () => words,
    crafted: () => [
      ['6 million parameters', large, 'sound'],
      ['a net of 10⁹ × 10⁹', of('TwoLayerNet', { inputSize: 1e9, hiddenSize: 1e9, numClasses: 10 })],
      [
        'a net of 20,000 × 20,000',
        of('TwoLayerNet', { inputSize: 20_000, hiddenSize: 20_000, numClasses: 10 }),
      ],
      [
        'a net of 2⁵³−1 inputs',
        of('NeuralNetwork', { inputSize: 2 ** 53 - 1, hiddenSizes: [], numClasses: 2 }),
      ],
      ['a million hidden layers', of('FullyConnectedNet', { inputDim: 1, hiddenDims: many, numClasses: 2 })],
      [
        'a million hidden layers of the other class',
        of('NeuralNetwork', { inputSize: 1, hiddenSizes: many, numClasses: 2 }),
      ],
      [
        '100,000 layers',
        of('Sequential', { layers: many.slice(0, 100_000).fill({ kind: 'ReLU', config: {} }), inputSize: 1 }),
      ],
      [
        '10,000 hidden layers',
        of('NeuralNetwork', { inputSize: 1, hiddenSizes: many.slice(0, 10_000), numClasses: 2 }),
      ],
      [
        'a million steps of preparation',
        described({
          format: 'gemmnet',
          version: 2,
          class: 'TwoLayerNet',
          dtype: 'float32',
          config: {},
          preparation: many.map(() => 'project'),
        }),
      ],
      [
        'a step of preparation named __proto__',
        of('TwoLayerNet', {}, { version: 2, preparation: ['__proto__'] }),
      ],
      [
        'a preparation without tensors',
        of(
          'TwoLayerNet',
          { inputSize: 1, hiddenSize: 1, numClasses: 2 },
          { version: 2, preparation: ['shiftScale'] },
        ),
      ],
      ['layers that are no array', of('Sequential', { layers: 3 })],
      ['layers that are null', of('Sequential', { layers: [null] })],
      ['no layers', of('Sequential', {})],
      ['a layer without a config', of('Sequential', { layers: [{ kind: 'Linear' }] })],
      ['a layer whose kind is an object', of('Sequential', { layers: [{ kind: {}, config: {} }] })],
      ['a layer named __proto__', of('Sequential', { layers: [{ kind: '__proto__', config: {} }] })],
      ['a layer named constructor', of('Sequential', { layers: [{ kind: 'constructor', config: {} }] })],
      [
        'a Linear layer of 10⁶ × 10⁶',
        of('Sequential', { layers: [{ kind: 'Linear', config: { inputSize: 1e6, outputSize: 1e6 } }] }),
      ],
      [
        'ReLU of 10⁹ features',
        of('Sequential', { layers: [{ kind: 'ReLU', config: {} }], inputSize: 1e9 }),
        'either',
      ],
      ['a class named __proto__', of('__proto__', {})],
      ['a class named constructor', of('constructor', {})],
      [
        'a generator',
        of('NeuralNetwork', { inputSize: 1, hiddenSizes: [], numClasses: 2, rng: { randn: 1 } }),
      ],
      ['null', described('null')],
      ['a number', described('3')],
      ['10⁵ brackets', described('['.repeat(100_000))],
      [
        '10⁵ brackets in the config',
        described(
          `{"format":"gemmnet","version":1,"class":"Sequential","dtype":"float32","config":{"layers":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
        ),
      ],
      ['a class of 1 MiB', of('x'.repeat(2 ** 20), {})],
      ['a layer kind of 1 MiB', of('Sequential', { layers: [{ kind: 'x'.repeat(2 ** 20), config: {} }] })],
      [
        'a loss of 1 MiB',
        of('TwoLayerNet', { inputSize: 1, hiddenSize: 1, numClasses: 2, loss: 'x'.repeat(2 ** 20) }),
      ],
      ['an option of 1 MiB', of('TwoLayerNet', { ['x'.repeat(2 ** 20)]: 1 })],
      ['a description of 8 MiB of arrays', described(`[${'[],'.repeat(2.6 * 2 ** 20)}[]]`)],
      ['a version of 1e308', of('TwoLayerNet', {}, { version: 1e308 })],
    ],
  },
];
