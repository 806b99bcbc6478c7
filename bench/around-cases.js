import { inputFolder } from './around-files.js';

/** @typedef {import('./cases.js').Case} Case */

/**
 * What surrounds the training step, at sizes that people have: creating, drawing, reading, preparing, saving. `sizes` is what the call of
 * that name takes in contenders/around, `files` are inputs that input_files.py writes, `peers` the families that do the same work.
 *
 * @typedef {object} Line
 * @property {string} id
 * @property {string} call
 * @property {readonly number[]} [sizes]
 * @property {readonly string[]} [files]
 * @property {readonly string[]} peers
 * @property {number} [tolerance] Of what is compared; default {@link rounding}.
 */

/** Sums of float32 that were rounded in another order. */
const rounding = 1e-5;
/** Drawn by the same stream, or read from the same file: the sums alone are rounded. */
const exact = 1e-9;

/** @type {readonly Line[]} */
const named = [
  ...[
    [784, 256, 256, 10],
    [784, 1024, 1024, 10],
    [784, 4096, 4096, 10],
  ].map((sizes) => ({
    id: `create ${sizes.join('-')}`,
    call: 'create',
    sizes,
    peers: ['numpy', 'torch'],
  })),
  {
    id: 'save a model of 7.5 MB',
    call: 'saveModel',
    sizes: [784, 1024, 1024, 10],
    peers: ['numpy', 'torch', 'safetensors'],
  },
  {
    id: 'load a model of 7.5 MB',
    call: 'loadModel',
    sizes: [784, 1024, 1024, 10],
    peers: ['numpy', 'torch', 'safetensors'],
  },
  { id: 'saveNpy 100 MB', call: 'saveNpy', files: ['100MB.npy'], peers: ['numpy'], tolerance: exact },
  { id: 'saveNpz 100 MB', call: 'saveNpz', files: ['100MB.npy'], peers: ['numpy'], tolerance: exact },
  { id: 'loadNpy 100 MB', call: 'loadNpy', files: ['100MB.npy'], peers: ['numpy'], tolerance: exact },
  { id: 'rand 5,000,000', call: 'rand', sizes: [5_000_000], peers: ['numpy', 'torch'], tolerance: exact },
  { id: 'randn 5,000,000', call: 'randn', sizes: [5_000_000], peers: ['numpy', 'torch'], tolerance: exact },
  {
    id: 'choice of 1,000,000',
    call: 'choice',
    sizes: [1_000_000, 60_000],
    peers: ['numpy', 'torch'],
    tolerance: exact,
  },
  {
    id: 'permutation of 1,000,000',
    call: 'permutation',
    sizes: [1_000_000],
    peers: ['numpy', 'torch'],
    tolerance: exact,
  },
];

/**
 * @param {Line} line
 * @param {NonNullable<Case['group']>} group
 * @returns {Case}
 */
function aroundCase({ id, tolerance = rounding, ...line }, group) {
  return {
    kind: 'around',
    id,
    title: group === 'named' ? id : `${id} (${group})`,
    dtype: 'float32',
    agreement: { units: 1, of: 'numbers', tolerance },
    group,
    folder: inputFolder,
    ...line,
  };
}

/** @type {readonly Case[]} */
export const aroundCases = named.map((line) => aroundCase(line, 'named'));
