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
 * @param {{ onCase?: (bytes: Uint8Array, index: number) => void, onFinding?: (finding: Finding) => void }} [hooks] onCase comes before
 *   each file is read
 * @returns {Promise<{ cases: number, findings: Finding[] }>}
 */
export async function attackParser({ parse, wrap }, files, watchdog, { onCase, onFinding } = {}) {
  /** @type {Map<string, Finding>} */
  const findings = new Map();
  /** @param {string | undefined} fault @param {number} index @param {Uint8Array} bytes */
  const note = (fault, index, bytes) => {
    const kind = fault?.replace(/\d+/g, '0');
    if (fault === undefined || kind === undefined || findings.has(kind)) return;
    findings.set(kind, { fault, index, bytes });
    onFinding?.({ fault, index, bytes });
  };
  let index = 0;
  /** The files since the event loop had its turn. @type {Uint8Array[]} */
  let recent = [];
  const takeTurn = async () => {
    watchdog.rest();
    const late = await lateFault();
    if (late !== undefined) {
      const culprit = await culpritOf(parse, recent);
      note(late, index - recent.length + culprit, recent[culprit] ?? new Uint8Array(0));
    }
    recent = [];
  };
  for (const inner of files) {
    const bytes = wrap === undefined ? inner : wrap(inner);
    onCase?.(bytes, index);
    watchdog.begin(index);
    note(await tryCase(parse, bytes), index, bytes);
    recent.push(bytes);
    index += 1;
    if (recent.length === turn) await takeTurn();
    if (findings.size >= mostFindings) break;
  }
  await takeTurn();
  return { cases: index, findings: [...findings.values()] };
}

/**
 * Which of the files left the fault behind that showed later: each is read again, alone.
 *
 * @param {(bytes: Uint8Array) => unknown} parse
 * @param {readonly Uint8Array[]} files
 * @returns {Promise<number>} the index; that of the last one if none does it again
 */
async function culpritOf(parse, files) {
  for (const [index, bytes] of files.entries()) {
    await tryCase(parse, bytes);
    for (let turns = 0; turns < 3; turns++) if ((await lateFault()) !== undefined) return index;
  }
  return files.length - 1;
}

/**
 * The name of a file in the corpus.
 *
 * @param {Uint8Array} bytes
 */
export function hashOf(bytes) {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
