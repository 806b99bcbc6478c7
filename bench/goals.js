import { byHandCases } from './by-hand-cases.js';
import { aroundPeers } from './contenders.js';

/** @typedef {import('./cases.js').Case} Case */
/** @typedef {import('./contenders.js').Contender} Contender */

/**
 * What gemmnet is to reach on each case: at least so many times the speed of the fastest of its rivals, or at most so much.
 *
 * @typedef {object} Goal
 * @property {string} text
 * @property {import('./cases.js').Kind} kind
 * @property {'float32' | 'float64'} [dtype] Default float32.
 * @property {Side} ours The fastest of them counts.
 * @property {Side} [theirs] Of those too.
 * @property {boolean} [sameThreads] Only rivals with as many threads count, and each number of threads for itself.
 * @property {number | Readonly<Record<string, number>>} [least] Ratio to `theirs`, for all cases or by id.
 * @property {number} [geometricMean] Least, of the ratios of all cases.
 * @property {number} [most] Seconds or bytes, where there are no rivals.
 * @property {'median' | 'gap' | 'memory'} [of] What `most` speaks of; default `'median'`. `'memory'`: above the result and one copy of it.
 */

/**
 * Whose timings: of these families, with so many threads if that is said.
 *
 * @typedef {{ families: readonly string[], threads?: number }} Side
 */

const native = { families: ['native'] };
const js = { families: ['js'] };

/** What NumPy does in less than 0.05 ms may take twice as long: a call costs something, whatever it computes. */
const short = [
  'affineForward 200×100×10',
  'affineBackward 200×100×10',
  'softmaxLoss 200×10',
  'svmLoss 200×10',
  'mseLoss 200×10',
];

const byHandGoals = Object.fromEntries(
  byHandCases.map(({ id }) => [id, id.startsWith('step') ? 1.5 : short.includes(id) ? 0.5 : 1]),
);

/** What a process grows by whatever it does: code, stacks of threads, objects that were not collected yet. In bytes. */
const slack = 32e6;

/** @type {readonly Goal[]} */
export const goals = [
  {
    text: 'NumPy and PyTorch',
    kind: 'step',
    ours: native,
    theirs: { families: ['numpy', 'torch'] },
    least: {
      a: 3,
      'b-sgd': 2.5,
      'b-adam': 2.5,
      c: 13,
      d: 10,
      e: 3.5,
      f: 2.5,
      'g-sgd': 2,
      'g-adam': 2,
      h: 2,
    },
  },
  {
    text: 'NumPy in float64',
    kind: 'step',
    dtype: 'float64',
    ours: native,
    theirs: { families: ['numpy'] },
    least: 2.5,
  },
  {
    text: 'TensorFlow.js, wasm',
    kind: 'step',
    ours: native,
    theirs: { families: ['tfjs wasm'] },
    least: 25,
  },
  { text: 'jax-js', kind: 'step', ours: native, theirs: { families: ['jax-js'] }, least: 10 },
  {
    text: 'js against TensorFlow.js, cpu',
    kind: 'step',
    ours: js,
    theirs: { families: ['tfjs cpu'] },
    least: 5,
  },
  {
    text: 'js against TensorFlow.js, wasm',
    kind: 'step',
    ours: js,
    theirs: { families: ['tfjs wasm'] },
    least: 1,
  },
  {
    text: '2 threads against 1',
    kind: 'step',
    ours: { families: ['native'], threads: 2 },
    theirs: { families: ['native'], threads: 1 },
    least: {
      a: 1,
      'b-sgd': 1.7,
      'b-adam': 1.7,
      c: 1,
      d: 1,
      e: 1,
      f: 1.7,
      'g-sgd': 1.7,
      'g-adam': 1.7,
      h: 1.7,
    },
  },
  {
    text: '2 threads beside a hog against 1 alone',
    kind: 'hogged step',
    ours: { families: ['native, hogged'], threads: 2 },
    theirs: native,
    least: 1,
  },
  {
    text: 'OpenBLAS, BLIS and oneDNN',
    kind: 'gemm',
    ours: native,
    theirs: { families: ['openblas', 'blis', 'onednn'] },
    sameThreads: true,
    least: 0.95,
    geometricMean: 1.15,
  },
  {
    text: 'onnxruntime and NumPy',
    kind: 'predict',
    ours: native,
    theirs: { families: ['onnxruntime', 'numpy'] },
    least: 1.5,
  },
  {
    text: 'NumPy, by hand',
    kind: 'by-hand',
    ours: native,
    theirs: { families: ['numpy'] },
    least: byHandGoals,
  },
  {
    text: 'js against plain loops, by hand',
    kind: 'by-hand',
    ours: js,
    theirs: { families: ['plain loops'] },
    least: 1,
  },
  {
    text: 'resident memory below 200 MB',
    kind: 'by-hand memory',
    ours: native,
    most: 200e6,
  },
  {
    text: 'js: resident memory below 200 MB',
    kind: 'by-hand memory',
    ours: js,
    most: 200e6,
  },
  {
    text: 'the best of Python, around',
    kind: 'around',
    ours: native,
    theirs: { families: aroundPeers },
    least: 1,
  },
  {
    text: 'js against the best of Python, around',
    kind: 'around',
    ours: js,
    theirs: { families: aroundPeers },
    least: 1 / 3,
  },
  { text: 'event loop held at most 50 ms', kind: 'around', ours: native, most: 0.05, of: 'gap' },
  { text: 'js: event loop held at most 50 ms', kind: 'around', ours: js, most: 0.05, of: 'gap' },
  { text: 'memory of the result and one copy', kind: 'around', ours: native, most: slack, of: 'memory' },
  { text: 'js: memory of the result and one copy', kind: 'around', ours: js, most: slack, of: 'memory' },
  { text: 'at most 4 µs', kind: 'latency', ours: native, most: 4e-6 },
  { text: 'at most 64 bytes', kind: 'allocation', ours: native, most: 64 },
];
