import { createHash } from 'node:crypto';
import { lateFault, tryCase } from './case.js';

/** So many cases run before the event loop gets its turn. */
const turn = 256;

/** One fault of a kind is enough, and so many kinds. */
const mostFindings = 10;

/**
 * @typedef {object} Finding
 * @property {string} fault
 * @property {number} index of the case, from 0
 * @property {Uint8Array} bytes what was read, wrapped as it was
 */

/**
 * Gives a parser one file after the other.
 *
 * @param {import('./parsers/index.js').Parser} parser
 * @param {Iterable<Uint8Array>} files before they are wrapped
 * @param {import('./watchdog.js').Watchdog} watchdog
 * @returns {Promise<{ cases: number, findings: Finding[] }>}
 */
export async function attackParser({ parse, wrap }, files, watchdog) {
  /** @type {Map<string, Finding>} */
  const findings = new Map();
  let index = 0;
  for (const inner of files) {
    const bytes = wrap === undefined ? inner : wrap(inner);
    watchdog.begin(index);
    let fault = await tryCase(parse, bytes);
    if (index % turn === turn - 1) {
      watchdog.rest();
      fault ??= await lateFault();
    }
    if (fault !== undefined) {
      const kind = fault.replace(/\d+/g, '0');
      if (!findings.has(kind)) findings.set(kind, { fault, index, bytes: bytes.slice() });
      if (findings.size >= mostFindings) break;
    }
    index += 1;
  }
  watchdog.rest();
  const fault = await lateFault();
  if (fault !== undefined) findings.set(fault, { fault, index, bytes: new Uint8Array(0) });
  return { cases: index, findings: [...findings.values()] };
}

/**
 * The name of a file in the corpus.
 *
 * @param {Uint8Array} bytes
 */
export function hashOf(bytes) {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
