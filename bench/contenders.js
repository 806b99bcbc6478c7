import { fileURLToPath } from 'node:url';

/**
 * Whoever computes the same training steps, each in a process of its own that speaks the protocol of `contender-process.js`.
 *
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} command
 * @property {readonly string[]} args
 * @property {Readonly<Record<string, string>>} env
 */

/** @param {string} name */
const file = (name) => fileURLToPath(new URL(`contenders/${name}`, import.meta.url));

/**
 * @param {'native' | 'js'} backend
 * @param {string} threads
 * @returns {Pick<Contender, 'command' | 'args' | 'env'>}
 */
function gemmnet(backend, threads) {
  return {
    command: process.execPath,
    args: [file('gemmnet.js')],
    env: { GEMMNET_BACKEND: backend, ...(backend === 'native' ? { GEMMNET_THREADS: threads } : {}) },
  };
}

/**
 * @param {string} threads
 * @returns {Pick<Contender, 'command' | 'args' | 'env'>}
 */
function numpy(threads) {
  const env = { OPENBLAS_NUM_THREADS: threads, MKL_NUM_THREADS: threads, OMP_NUM_THREADS: threads };
  return { command: process.env.PYTHON ?? 'python3', args: [file('numpy_step.py')], env };
}

/** The first one is the one whose losses the others must reproduce. @type {readonly Contender[]} */
export const contenders = [
  { name: 'native, 1 thread', ...gemmnet('native', '1') },
  { name: 'native, 2 threads', ...gemmnet('native', '2') },
  { name: 'js', ...gemmnet('js', '1') },
  { name: 'numpy, 1 thread', ...numpy('1') },
  { name: 'numpy, 2 threads', ...numpy('2') },
];
