import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, release, type } from 'node:os';
import { compile } from './compile.js';
import { ForeignLoad, toleratedLoad } from './foreign-load.js';

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
 * A peak is what nothing disturbed: the best of some runs, of more where others kept the machine busy.
 *
 * @param {string} program
 * @param {number} threads
 */
function bestOf(program, threads) {
  const load = new ForeignLoad(() => [process.pid]);
  let best = 0;
  let quietRuns = 0;
  for (let run = 0; run < 20 && quietRuns < 3; run++) {
    load.lap();
    const { stdout, status } = spawnSync(program, [`${threads}`], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`fma_peak ended with ${status}`);
    if ((load.lap() ?? 0) <= toleratedLoad) quietRuns++;
    best = Math.max(best, Number(stdout));
  }
  return best;
}
