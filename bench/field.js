import { ContenderProcess } from './contender-process.js';
import { listContenders } from './contenders.js';
import { Hog } from './hog.js';

/** @typedef {import('./contenders.js').Contender} Contender */
/** @typedef {import('./cases.js').Case} Case */

/**
 * A contender at the start.
 *
 * @typedef {object} Entrant
 * @property {Contender} contender
 * @property {ContenderProcess} process One that has ended, until a case begins, where each has its own.
 */

/** All contenders that work here, and the hog that runs beside some of them. */
export class Field {
  /** @type {Entrant[]} */
  #entrants = [];
  #hog = new Hog();

  /**
   * Starts every contender that can be asked for one of these cases.
   *
   * @param {readonly Case[]} cases
   * @param {(name: string, reason: string) => void} onMissing
   */
  async start(cases, onMissing) {
    const kinds = new Set(cases.map(({ kind }) => kind));
    const families = new Set(cases.flatMap(({ peers = [] }) => peers));
    for (const contender of listContenders(kinds, onMissing)) {
      if (!isWanted(contender, families)) continue;
      const process = new ContenderProcess(contender);
      try {
        await process.start();
        if (contender.fresh) process.stop();
        this.#entrants.push({ contender, process });
      } catch (error) {
        process.stop();
        onMissing(contender.name, error instanceof Error ? error.message : String(error));
      }
    }
  }

  get entrants() {
    return this.#entrants;
  }

  /** @param {Case} one */
  for({ kind, dtype, peers }) {
    return this.#entrants.filter(
      ({ contender }) =>
        contender.kinds.includes(kind) &&
        contender.dtypes.includes(dtype) &&
        (peers === undefined || isWanted(contender, new Set(peers))),
    );
  }

  /**
   * @param {Entrant} entrant
   * @param {Case} one
   */
  async prepare(entrant, one) {
    if (entrant.contender.fresh) {
      entrant.process = new ContenderProcess(entrant.contender);
      await entrant.process.start();
    }
    await entrant.process.prepare(one);
  }

  /** Ends the processes that were for one case. */
  finish() {
    for (const { contender, process } of this.#entrants) if (contender.fresh) process.stop();
  }

  /** @param {Entrant} entrant */
  remove(entrant) {
    entrant.process.stop();
    this.#entrants = this.#entrants.filter((other) => other !== entrant);
  }

  /**
   * @param {Entrant} entrant
   * @param {number} units
   */
  async run({ contender, process }, units) {
    return contender.hogged ? this.#hog.beside(() => process.run(units)) : process.run(units);
  }

  /** The processes whose work is the benchmark's own. */
  get pids() {
    const pids = [process.pid, this.#hog.pid, ...this.#entrants.map(({ process }) => process.pid)];
    return pids.filter((pid) => pid !== undefined);
  }

  stop() {
    this.#hog.stop();
    for (const { process } of this.#entrants) process.stop();
  }
}

/**
 * Whether it is ours, or asked for.
 *
 * @param {Contender} contender
 * @param {ReadonlySet<string>} families
 */
function isWanted({ fresh = false, family }, families) {
  return !fresh || family === 'native' || family === 'js' || families.has(family);
}
