import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { backendInfo } from '../../../dist/index.js';
import { serve } from '../serve.js';
import { timed, withPeakMemory } from './cost.js';
import { creating } from './creating.js';
import { dataSets } from './data_sets.js';
import { judging } from './judging.js';
import { pictures } from './pictures.js';
import { preparing } from './preparing.js';
import { saving } from './saving.js';
import { tables } from './tables.js';

/** @typedef {import('../../cases.js').Case} Case */

/**
 * A call made ready, of a function of the public surface.
 *
 * @template [Result=any]
 * @typedef {object} Prepared
 * @property {() => Result | Promise<Result>} call
 * @property {(result: Result) => Arrays | undefined | Promise<Arrays | undefined>} arrays What it made, to compare; undefined where nobody makes the same.
 * @property {number | ((result: Result) => number)} [bytes] What the result takes in memory; default: what the arrays do.
 * @property {(result: Result) => number} [copy] What one copy takes that may lie in memory beside it: of the file that it writes, or of what it reads; default: as the result.
 * @property {(result: Result) => void | Promise<void>} [after] Undoes it, untimed.
 */

/** @typedef {readonly ArrayLike<number>[]} Arrays */

/** By the names of the cases' calls. @type {Readonly<Record<string, (one: Case) => Prepared | Promise<Prepared>>>} */
const calls = {
  ...creating,
  ...saving,
  ...dataSets,
  ...tables,
  ...pictures,
  ...preparing,
  ...judging,
};

/**
 * What is compared of an array: Σ|v|, Σv², and Σ|v|·w of weights that come round every 97 elements, which see their order.
 *
 * @param {ArrayLike<number>} array
 */
function sums(array) {
  let [absolute, squares, weighted] = [0, 0, 0];
  for (let i = 0; i < array.length; i++) {
    const value = Math.abs(/** @type {number} */ (array[i]));
    absolute += value;
    squares += value * value;
    weighted += value * (i % 97);
  }
  return [array.length, absolute, squares, weighted];
}

/** @param {Arrays | undefined} arrays */
const sizeOf = (arrays) =>
  (arrays ?? []).reduce(
    (sum, array) => sum + (ArrayBuffer.isView(array) ? array.byteLength : 8 * array.length),
    0,
  );

/** @param {Case} one */
async function prepare(one) {
  const make = calls[one.call ?? ''];
  if (make === undefined) throw new Error(`nothing calls ${one.call}`);
  mkdirSync(join(one.folder ?? '', 'written'), { recursive: true });
  const { call, arrays, bytes, copy, after = () => {} } = await make(one);
  return {
    /** @param {number} units */
    async check(units) {
      let result;
      const { result: cost, memory } = await withPeakMemory(() =>
        timed(units, call, (each) => {
          result = each;
        }),
      );
      const made = await arrays(result);
      const size = typeof bytes === 'function' ? bytes(result) : (bytes ?? sizeOf(made));
      const allowed = copy?.(result) ?? size;
      await after(result);
      return {
        ...cost,
        ...(memory === undefined ? {} : { memory: Math.max(0, memory - size), copy: allowed }),
        ...(made === undefined ? {} : { values: made.flatMap(sums) }),
      };
    },
    /** @param {number} units */
    async run(units) {
      globalThis.gc?.();
      return await timed(units, call, after);
    },
  };
}

const { backend, isa, threads, version } = backendInfo();
const core = backend === 'native' ? `native, ${isa}, threads: ${threads}` : 'js';
await serve(`gemmnet ${version}, ${core}, Node ${process.version}`, { around: prepare });
