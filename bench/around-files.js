import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { interpreter } from './contenders.js';

/** @typedef {import('./cases.js').Case} Case */

const script = fileURLToPath(new URL('contenders/around/input_files.py', import.meta.url));

/** Where the inputs of the cases lie, and for a moment what contenders write: a folder of this run, or one that stays for the next. */
export class CaseFiles {
  #kept;
  /** @type {string | undefined} */
  #folder;
  /** @type {Map<string, string>} */
  #failures = new Map();

  /** @param {string} [kept] the folder that stays; default: a temporary one, made where it is first needed */
  constructor(kept) {
    this.#kept = kept !== undefined;
    if (kept !== undefined) this.#folder = resolve(kept);
  }

  /**
   * Makes the files of a case that are not there yet.
   *
   * @param {Case} one
   * @returns {Case} the same with its folder
   * @throws {Error} where Python cannot, as it lacks a package
   */
  provide(one) {
    if (one.kind !== 'around') return one;
    this.#folder ??= mkdtempSync(join(tmpdir(), 'gemmnet-bench-'));
    const folder = this.#folder;
    mkdirSync(join(folder, 'written'), { recursive: true });
    for (const name of one.files ?? []) {
      if (!existsSync(join(folder, name))) this.#make(name, folder);
    }
    return { ...one, folder };
  }

  /**
   * @param {string} name
   * @param {string} folder
   */
  #make(name, folder) {
    const known = this.#failures.get(name);
    if (known !== undefined) throw new Error(known);
    const { status, stdout, stderr, error } = spawnSync(interpreter(), [script, name, folder], {
      encoding: 'utf8',
    });
    if (status === 0) {
      if (stdout !== '') console.log(stdout.trim());
      return;
    }
    const failure = `${name} cannot be made: ${error?.message ?? stderr.trim().split('\n').at(-1)}`;
    this.#failures.set(name, failure);
    throw new Error(failure);
  }

  /** Takes away the temporary folder, or what contenders wrote and were ended before they had taken it away. */
  remove() {
    if (this.#folder === undefined) return;
    const folder = this.#kept ? join(this.#folder, 'written') : this.#folder;
    // Whoever was ended just now may still be writing.
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
