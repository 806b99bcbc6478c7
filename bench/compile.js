import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @type {string | undefined} */
let folder;

/**
 * Compiles one of this folder's C programs, for this run only.
 *
 * @param {string} source relative to this folder
 * @param {readonly string[]} flags
 * @returns {string} the program
 * @throws {Error} when there is no C compiler or it complains
 */
export function compile(source, flags) {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'gemmnet-bench-'));
    process.on('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  const program = join(folder, basename(source, '.c'));
  const compiler = process.env.CC ?? 'cc';
  const path = fileURLToPath(new URL(source, import.meta.url));
  const { status, error, stderr } = spawnSync(compiler, ['-O2', '-o', program, path, ...flags], {
    encoding: 'utf8',
  });
  if (error) throw new Error(`${compiler}: ${error.message}`);
  if (status !== 0) throw new Error(`${compiler} ${source}: ${stderr.trim().split('\n')[0]}`);
  return program;
}
