import { ContenderProcess } from './contender-process.js';
import { contenders } from './contenders.js';
import { lossDifference, quartiles } from './statistics.js';

/** @typedef {import('../dist/cli/benchmark-cases.js').BenchmarkCase} BenchmarkCase */

/**
 * @typedef {object} Timing
 * @property {string} contender
 * @property {number} p25 Microseconds a step.
 * @property {number} median
 * @property {number} p75
 * @property {number} lossDifference The largest relative difference of the first losses from the first contender's.
 */

/** Steps whose losses are compared before anything is timed. */
const comparedSteps = 5;
/** Rounding in float32, through sums in another order. */
const lossTolerance = 1e-4;

/**
 * Starts every contender that works here.
 *
 * @param {(name: string, reason: string) => void} onMissing
 * @returns {Promise<Map<string, ContenderProcess>>} by name
 */
export async function startContenders(onMissing) {
  const started = new Map();
  for (const contender of contenders) {
    const process = new ContenderProcess(contender);
    try {
      await process.start();
      started.set(contender.name, process);
    } catch (error) {
      process.stop();
      onMissing(contender.name, error instanceof Error ? error.message : String(error));
    }
  }
  return started;
}

/**
 * Times one case on all contenders in turns.
 *
 * @param {BenchmarkCase} one
 * @param {ReadonlyMap<string, ContenderProcess>} started
 * @param {{ seconds: number, repetitions: number, load: import('./foreign-load.js').ForeignLoad }} options
 * @returns {Promise<Timing[]>}
 * @throws {Error} when a contender computes other losses than the first one
 */
export async function measure(one, started, { seconds, repetitions, load }) {
  /** @type {{ name: string, process: ContenderProcess, difference: number, steps: number, samples: number[] }[]} */
  const lanes = [];
  /** @type {number[] | undefined} */
  let reference;
  for (const [name, process] of started) {
    await process.prepare(one);
    const { losses } = await process.run(comparedSteps);
    reference ??= losses;
    const difference = lossDifference(reference, losses);
    if (difference > lossTolerance) {
      throw new Error(
        `${name} computes other losses than ${lanes[0]?.name}: ${losses} instead of ${reference}`,
      );
    }
    // How many steps fill the time, after those of the comparison have warmed everything up.
    const trial = await process.run(comparedSteps);
    const steps = Math.max(1, Math.round((seconds * comparedSteps) / trial.seconds));
    lanes.push({ name, process, difference, steps, samples: [] });
  }
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const { process, steps, samples } of lanes) {
      await load.sample();
      const run = await process.run(steps);
      samples.push((run.seconds / steps) * 1e6);
    }
  }
  return lanes.map(({ name, difference, samples }) => ({
    contender: name,
    ...quartiles(samples),
    lossDifference: difference,
  }));
}
