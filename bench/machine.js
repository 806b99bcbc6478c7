import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, release, type } from 'node:os';
import { compile } from './compile.js';

/**
 * @typedef {object} Machine
 * @property {string} cpu
 * @property {number} cores
 * @property {string} system
 * @property {Readonly<Record<number, number>>} peaks GFLOP/s in float32 by threads, as fma_peak.c measures them.
 */

/**
 * @param {readonly number[]} threads numbers of threads whose peak is of interest
 * @param {(reason: string) => void} onMissing
 * @returns {Machine}
 */
export function lookAtMachine(threads, onMissing) {
  /** @type {Record<number, number>} */
  const peaks = {};
  try {
    const program = compile('fma_peak.c', ['-ffp-contract=fast', '-pthread']);
    for (const count of threads) peaks[count] = bestOf(program, count);
  } catch (error) {
    onMissing(error instanceof Error ? error.message : String(error));
  }
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    system: `${type()} ${release()}`,
    peaks,
  };
}

/**
 * A peak is what nothing disturbed: the best of some runs.
 *
 * @param {string} program
 * @param {number} threads
 */
function bestOf(program, threads) {
  const runs = Array.from({ length: 5 }, () => {
    const { stdout, status } = spawnSync(program, [`${threads}`], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`fma_peak ended with ${status}`);
    return Number(stdout);
  });
  return Math.max(...runs);
}
