import { FullyConnectedNet, loadKerasWeights, loadSklearnWeights, loadTorchStateDict } from '../gemmnet.js';
import { zipFieldsOf, zipOf } from '../zip-bytes.js';
import { bytesOfFixture } from './fixture.js';
import { padded, safetensors, safetensorsFieldsOf } from './safetensors.js';

const weightsMember = 'model.weights.h5';

/** @type {FullyConnectedNet | undefined} */
let model;

/**
 * The same model for all files, as a program has it that tries one after the other.
 *
 * @param {(model: FullyConnectedNet, bytes: Uint8Array) => Promise<void>} load
 */
function into(load) {
  return async (/** @type {Uint8Array} */ bytes) => {
    model ??= new FullyConnectedNet({
      inputDim: 6,
      hiddenDims: [5, 4],
      numClasses: 3,
      activation: 'tanh',
      seed: 0,
    });
    await load(model, bytes);
    return Object.values(model.params);
  };
}

/** @param {string} name */
const from = (name) => bytesOfFixture(`coming-over/${name}`);

/** @param {readonly string[]} words */
const list = (...words) => words.map((word) => Buffer.from(word));

const u8 = (/** @type {readonly number[]} */ shape) => ({ dtype: 'U8', shape, data_offsets: [0, 0] });

/** @type {readonly import('./index.js').Parser[]} */
export const weightParsers = [
  {
    name: 'loadTorchStateDict',
    fieldsOf: safetensorsFieldsOf,
    parse: into(loadTorchStateDict),
    samples: () => [padded(from('torch-float32.safetensors')), padded(from('torch-bfloat16.safetensors'))],
    dictionary: () =>
      list('0.weight', '0.bias', 'weight', 'bias', '"F32"', '"BF16"', '"__proto__"', '1e9', '.running_mean'),
    crafted: () => [
      [
        '10⁵ layers',
        safetensors(
          Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`${i}.weight`, u8([0, 6])])),
        ),
      ],
      ['a layer of a name of 1 MiB', safetensors({ [`${'x'.repeat(2 ** 20)}.weight`]: u8([0, 6]) })],
      ['a layer number of 10⁵ digits', safetensors({ [`${'9'.repeat(100_000)}.weight`]: u8([0, 6]) })],
      ['10⁵ dots in a name', safetensors({ [`${'0.'.repeat(100_000)}weight`]: u8([0, 6]) })],
      ['the file of torch.save', from('torch-float32.pt')],
    ],
  },
  {
    name: 'loadSklearnWeights',
    fieldsOf: zipFieldsOf,
    parse: into(loadSklearnWeights),
    samples: () => [from('sklearn-named.npz')],
    dictionary: () =>
      list(
        'coefs_0',
        'coefs_1',
        'intercepts_0',
        'arr_0',
        '.npy',
        '<f8',
        'PK\x01\x02',
        'PK\x03\x04',
        'PK\x05\x06',
      ),
  },
  {
    name: 'loadKerasWeights',
    fieldsOf: zipFieldsOf,
    parse: into(loadKerasWeights),
    samples: () => [from('keras.npz')],
    dictionary: () => list('arr_0', 'arr_1', '.npy', '<f4', 'PK\x01\x02', 'PK\x03\x04', 'PK\x05\x06'),
    crafted: () => [
      ['a .keras archive without weights', zipOf([{ name: 'metadata.json', contents: Buffer.from('{}') }])],
      [
        'a .keras archive with a bomb in it',
        () => zipOf([{ name: weightsMember, contents: new Uint8Array(100 * 2 ** 20), deflate: true }]),
        'refused',
        100 * 2 ** 20,
      ],
      [
        'a .keras archive with itself in it',
        zipOf([{ name: weightsMember, contents: from('keras-3.keras') }]),
      ],
      ['a .keras archive with the weights of a model within the model', from('keras-nested.keras')],
    ],
  },
  {
    name: 'loadKerasWeights (.keras)',
    mutants: 1_000,
    fieldsOf: zipFieldsOf,
    parse: into(loadKerasWeights),
    // Deflated it is short.
    samples: () => [
      zipOf([{ name: weightsMember, contents: from('keras-float16.weights.h5'), deflate: true }]),
    ],
    dictionary: () => list(weightsMember, 'metadata.json', 'PK\x01\x02', 'PK\x03\x04', 'PK\x05\x06'),
  },
];
