import { existsSync } from 'node:fs';
import { canaryPath } from './canary.js';
import { GemmnetError } from './gemmnet.js';
import { asked } from './memory.js';
import { faultOf } from './validity.js';

/** What a reader may take whatever the file's length, in bytes. */
export const freeMemory = 64 * 2 ** 20;

/** Nor may an error repeat a file: in characters. */
const longestMessage = 2000;

/** More than this for a case is a fault, plus as much a MB; in ms. The goal is 1 s a MB; the rest is room for a busy machine. */
const slow = 5_000;

/** What was thrown where nobody could catch it: each of these ends a program. */
const stray = /** @type {string[]} */ ([]);
process.on('unhandledRejection', (reason) =>
  stray.push(`left a rejected promise behind: ${describeError(reason)}`),
);
process.on('uncaughtException', (error) =>
  stray.push(`threw where nobody can catch it: ${describeError(error)}`),
);

/** Beside the result: the pieces that a file is read in, in bytes. */
const pieces = 8 * 2 ** 20;

/** @param {number} length of the file, in bytes */
export function memoryLimit(length) {
  return Math.max(freeMemory, 4 * length + pieces);
}

/**
 * Gives a reader one hostile file.
 *
 * What must hold: it throws a GemmnetError (or one of its subclasses) with a message of at most 2,000 characters, or returns a sound
 * result (see validity.js); it asks for no more memory than max(64 MiB, 4 × the file + 8 MiB) (see memory.js); it ends within
 * 5 s and 5 s a MB; it leaves no exception or rejected promise behind, no key on Object.prototype, and does not touch the canary of the gadgets.
 *
 * @param {(bytes: Uint8Array) => unknown} parse
 * @param {Uint8Array} bytes
 * @param {number} [length] that counts for memory and time; default: the file's
 * @param {number} [garbage] how many times that memory may be asked for, one piece after another
 * @returns {Promise<string | undefined>} what was wrong
 */
export async function tryCase(parse, bytes, length = bytes.length, garbage = 1) {
  asked.reset();
  const started = performance.now();
  let result;
  try {
    result = parse(bytes);
    if (result instanceof Promise) result = await result;
  } catch (error) {
    if (!(error instanceof GemmnetError)) return `threw ${describeError(error)}`;
    if (error.message.length > longestMessage) return `threw a message of ${error.message.length} characters`;
    result = undefined;
  }
  const time = performance.now() - started;
  if (time > slow * (1 + length / 2 ** 20)) return `took ${Math.round(time)} ms for ${bytes.length} bytes`;
  if (asked.largest > memoryLimit(length) || asked.total > garbage * memoryLimit(length)) {
    return `asked for ${asked.total} bytes of memory (${asked.largest} at once) for ${bytes.length} bytes`;
  }
  for (const key in {}) return `left the key ${key} on Object.prototype`;
  return result === undefined ? undefined : faultOf(result);
}

/**
 * What shows only between cases; call it now and then.
 *
 * @returns {Promise<string | undefined>} what was wrong
 */
export async function lateFault() {
  await new Promise((resolve) => setImmediate(resolve));
  if (existsSync(canaryPath)) return `ran code of a file: ${canaryPath} exists`;
  return stray.shift();
}

/** @param {unknown} error */
function describeError(error) {
  return error instanceof Error
    ? (error.stack ?? error.message).split('\n').slice(0, 4).join(' | ')
    : String(error);
}
