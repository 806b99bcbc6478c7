import { createInterface } from 'node:readline';

/** @typedef {import('../cases.js').Case} Case */

/**
 * What was done: the time of all units together or what they cost in bytes, and the results, if they are compared.
 *
 * @typedef {object} Run
 * @property {number} [seconds]
 * @property {number} [bytes]
 * @property {number} [gap]
 * @property {number} [memory]
 * @property {number} [copy]
 * @property {{ steps: number, first: number, last: number }} [resident]
 * @property {ArrayLike<number>} [values]
 */

/**
 * A case made ready.
 *
 * @typedef {object} Workload
 * @property {(units: number) => Run | Promise<Run>} run
 * @property {(units: number) => Run | Promise<Run>} [check] With more than `run` tells; default: as `run`.
 * @property {() => void} [dispose]
 */

/** @param {object} message */
const answer = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/**
 * Makes this process a contender that speaks the protocol of `../contender-process.js`.
 *
 * @param {string} version
 * @param {Partial<Record<import('../cases.js').Kind, (one: Case) => Workload | Promise<Workload>>>} workloads
 */
export async function serve(version, workloads) {
  answer({ version });
  /** @type {Workload | undefined} */
  let workload;
  for await (const line of createInterface({ input: process.stdin })) {
    const { prepare, check, run } = JSON.parse(line);
    try {
      if (prepare !== undefined) {
        workload?.dispose?.();
        workload = await workloads[/** @type {Case} */ (prepare).kind]?.(prepare);
        answer({});
      } else if (workload !== undefined) {
        const first = workload.check ?? workload.run;
        const { values, ...cost } = await (check === undefined ? workload.run(run) : first(check));
        answer(check === undefined || values === undefined ? cost : { ...cost, values: Array.from(values) });
      }
    } catch (error) {
      answer({ error: error instanceof Error ? error.message : String(error) });
    }
  }
}

/**
 * Imports a package that need not be installed, so that no type of it may be mentioned.
 *
 * @param {string} name
 */
export const importPeer = (name) => import(name);
