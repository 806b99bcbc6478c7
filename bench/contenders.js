import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { backendInfo } from '../dist/index.js';
import { compile } from './compile.js';

/** @typedef {import('./cases.js').Kind} Kind */

/**
 * Whoever computes the same, each in a process of its own that speaks the protocol of `contender-process.js`.
 *
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} family By which the goals know it.
 * @property {number} threads
 * @property {readonly Kind[]} kinds What it can be asked for.
 * @property {readonly string[]} dtypes
 * @property {string} command
 * @property {readonly string[]} args
 * @property {Readonly<Record<string, string>>} env
 * @property {boolean} [hogged] Measured beside a process that keeps one core busy.
 * @property {boolean} [fresh] Begins each case in a new process, so that memory of another case is no help.
 */

/** Where one thread is the library's only way, 1. */
export const threadCounts = [1, 2];

/** @type {readonly Kind[]} */
const allOfTraining = ['step', 'predict', 'latency'];
/** @type {readonly Kind[]} */
const withBytes = ['bytes step', ...allOfTraining];
const floats = ['float32', 'float64'];

/** @param {string} name */
const file = (name) => fileURLToPath(new URL(`contenders/${name}`, import.meta.url));

/** @param {number} count */
const threadsName = (count) => `${count} ${count === 1 ? 'thread' : 'threads'}`;

/**
 * @param {string} script
 * @param {readonly string[]} [args]
 */
const node = (script, args = []) => ({
  command: process.execPath,
  // The collector is called where allocations are counted.
  args: ['--expose-gc', file(script), ...args],
});

/** @returns {Contender[]} */
function natives() {
  const { isa: preferred, isas } = backendInfo();
  // What all machines of its kind have is of interest only where there is nothing better.
  const better = isas.filter((isa) => isa !== 'baseline');
  return (better.length === 0 ? isas : better).flatMap((isa) =>
    threadCounts.map((threads) => ({
      name: `native ${isa}, ${threadsName(threads)}`,
      family: isa === preferred ? 'native' : `native ${isa}`,
      threads,
      kinds: isa === preferred ? kindsOfPreferred(threads) : [...withBytes, 'gemm'],
      dtypes: floats,
      ...node('gemmnet.js'),
      env: { GEMMNET_BACKEND: 'native', GEMMNET_ISA: isa, GEMMNET_THREADS: `${threads}` },
    })),
  );
}

/**
 * One thread on an idle machine is the yardstick for two beside a hog.
 *
 * @param {number} threads
 * @returns {Kind[]}
 */
const kindsOfPreferred = (threads) => [
  ...withBytes,
  'gemm',
  'by-hand',
  'by-hand memory',
  ...(threads === 1 ? /** @type {const} */ (['hogged step', 'allocation']) : []),
];

/**
 * One thread shows what the hog takes from a program that leaves it its core.
 *
 * @type {readonly Contender[]}
 */
const hogged = threadCounts.map((threads) => ({
  name: `native, ${threadsName(threads)}, beside a hog`,
  family: 'native, hogged',
  threads,
  kinds: ['hogged step'],
  dtypes: floats,
  ...node('gemmnet.js'),
  env: { GEMMNET_BACKEND: 'native', GEMMNET_THREADS: `${threads}` },
  hogged: true,
}));

/** @type {Contender} */
const js = {
  name: 'js',
  family: 'js',
  threads: 1,
  kinds: [...withBytes, 'by-hand', 'by-hand memory'],
  dtypes: floats,
  ...node('gemmnet.js'),
  env: { GEMMNET_BACKEND: 'js' },
};

/** The Python of all peers, by its name or path. */
export const interpreter = () => process.env.PYTHON ?? 'python3';

/**
 * @param {string} name
 * @param {string} family
 * @param {string} script
 * @param {number} threads
 * @param {Readonly<Record<string, string>>} [env]
 * @returns {Contender}
 */
function python(name, family, script, threads, env = {}) {
  const count = `${threads}`;
  return {
    name,
    family,
    threads,
    kinds: family === 'numpy' ? [...withBytes, 'by-hand'] : withBytes,
    dtypes: floats,
    command: interpreter(),
    args: [file(script)],
    env: {
      PYTHONDONTWRITEBYTECODE: '1',
      OPENBLAS_NUM_THREADS: count,
      MKL_NUM_THREADS: count,
      OMP_NUM_THREADS: count,
      ...env,
    },
  };
}

/**
 * Whoever is asked for what surrounds the steps, with as many threads as it likes.
 *
 * @param {string} name
 * @param {string} family
 * @param {{ command: string, args: readonly string[], env?: Readonly<Record<string, string>> }} process
 * @returns {Contender}
 */
function around(name, family, { command, args, env = {} }) {
  const threads = availableParallelism();
  return { name, family, threads, kinds: ['around'], dtypes: ['float32'], fresh: true, command, args, env };
}

/** By the names of their modules; `python` is its standard library. */
export const aroundPeers = [
  'numpy',
  'scipy',
  'sklearn',
  'pandas',
  'pil',
  'torch',
  'safetensors',
  'onnx',
  'tensorboardX',
  'python',
];

/** @returns {Contender[]} */
function aroundGemmnet() {
  return ['native', 'js'].map((backend) =>
    around(`${backend}, around`, backend, {
      ...node('around/gemmnet.js'),
      env: { GEMMNET_BACKEND: backend },
    }),
  );
}

/**
 * @param {string} family
 * @param {string} library
 * @returns {Contender[]}
 */
function gemmPeer(family, library) {
  return threadCounts.map((threads) => ({
    name: `${family}, ${threadsName(threads)}`,
    family,
    threads,
    kinds: ['gemm'],
    dtypes: ['float32'],
    command: compile('contenders/gemm_peers.c', ['-ldl']),
    args: [library],
    env: {
      OPENBLAS_NUM_THREADS: `${threads}`,
      BLIS_NUM_THREADS: `${threads}`,
      OMP_NUM_THREADS: `${threads}`,
    },
  }));
}

/**
 * @param {string} family
 * @param {string} script
 * @param {readonly Kind[]} kinds
 * @param {{ threads?: number, args?: readonly string[], env?: Readonly<Record<string, string>> }} [options]
 * @returns {Contender}
 */
function npmPeer(family, script, kinds, { threads = 1, args = [], env = {} } = {}) {
  return { name: family, family, threads, kinds, dtypes: ['float32'], ...node(script, args), env };
}

/**
 * @param {string} name
 * @param {string} code statements after which the package can be used
 * @returns {Contender}
 */
function fresh(name, code) {
  return {
    name: `${name}, fresh process`,
    family: `${name}, fresh process`,
    threads: 1,
    kinds: ['import', 'memory'],
    dtypes: ['float32'],
    ...node('fresh_process.js', [`Node ${process.version}`, code]),
    env: {},
  };
}

const tfjsWasm = `const tf = await import('@tensorflow/tfjs-core');
await import('@tensorflow/tfjs-backend-wasm');
await tf.setBackend('wasm');`;

/**
 * Groups of contenders that can be had or not; the first of all is the one whose results the others must reproduce.
 *
 * @type {readonly { name: string, list: () => Contender[] }[]}
 */
const groups = [
  { name: 'native', list: natives },
  { name: 'native, hogged', list: () => [...hogged] },
  { name: 'js', list: () => [js] },
  {
    name: 'plain loops',
    list: () => [
      {
        name: 'plain loops',
        family: 'plain loops',
        threads: 1,
        kinds: ['by-hand'],
        dtypes: ['float32'],
        ...node('loops_by_hand.js'),
        env: {},
      },
    ],
  },
  {
    name: 'numpy',
    list: () => threadCounts.map((n) => python(`numpy, ${threadsName(n)}`, 'numpy', 'numpy_peer.py', n)),
  },
  {
    name: 'torch',
    list: () => [
      ...threadCounts.map((n) => python(`torch, ${threadsName(n)}`, 'torch', 'torch_peer.py', n)),
      // With one thread there is nobody to wait for.
      python('torch, 2 threads, passive', 'torch', 'torch_peer.py', 2, { OMP_WAIT_POLICY: 'passive' }),
    ],
  },
  { name: 'openblas', list: () => gemmPeer('openblas', 'libopenblas.so.0') },
  { name: 'blis', list: () => gemmPeer('blis', 'libblis.so.4') },
  { name: 'onednn', list: () => gemmPeer('onednn', 'libdnnl.so.2') },
  {
    name: 'tfjs',
    list: () =>
      ['wasm', 'cpu'].map((backend) =>
        npmPeer(`tfjs ${backend}`, 'tfjs_peer.js', allOfTraining, { args: [backend] }),
      ),
  },
  { name: 'jax-js', list: () => [npmPeer('jax-js', 'jax_peer.js', allOfTraining)] },
  {
    name: 'onnxruntime',
    list: () =>
      threadCounts.map((threads) => ({
        ...npmPeer('onnxruntime', 'onnxruntime_peer.js', ['predict', 'latency'], {
          threads,
          args: [`${threads}`],
        }),
        name: `onnxruntime, ${threadsName(threads)}`,
      })),
  },
  {
    name: 'around',
    list: aroundGemmnet,
  },
  ...aroundPeers.map((family) => ({
    name: `${family}, around`,
    list: () => [
      around(`${family}, around`, family, {
        command: interpreter(),
        args: [file('around/peer.py'), family],
        env: { PYTHONDONTWRITEBYTECODE: '1' },
      }),
    ],
  })),
  {
    name: 'fresh processes',
    list: () => [
      fresh('native', "const { backendInfo } = await import('gemmnet'); backendInfo();"),
      fresh('nothing', ''),
      fresh('tfjs wasm', tfjsWasm),
      fresh('jax-js', "const { init } = await import('@jax-js/jax'); await init('wasm');"),
      fresh('onnxruntime', "await import('onnxruntime-node');"),
    ],
  },
];

/**
 * Everybody who can be asked for one of these kinds.
 *
 * @param {ReadonlySet<Kind>} kinds
 * @param {(name: string, reason: string) => void} onMissing
 * @returns {Contender[]}
 */
export function listContenders(kinds, onMissing) {
  return groups.flatMap(({ name, list }) => {
    try {
      return list().filter((contender) => contender.kinds.some((kind) => kinds.has(kind)));
    } catch (error) {
      onMissing(name, error instanceof Error ? error.message : String(error));
      return [];
    }
  });
}
