import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the inputs of the cases lie, which are made once for all runs, and for a moment what contenders write. */
export const inputFolder = join(tmpdir(), 'gemmnet-bench');

const script = fileURLToPath(new URL('contenders/around/input_files.py', import.meta.url));

/**
 * Makes the files of a case that are not there yet.
 *
 * @param {import('./cases.js').Case} one
 * @throws {Error} where Python cannot, as it lacks a package
 */
export function provideFiles({ files = [] }) {
  mkdirSync(join(inputFolder, 'written'), { recursive: true });
  const wanted = files.filter((name) => !existsSync(join(inputFolder, name)));
  for (const name of wanted) {
    const { status, stderr, error } = spawnSync(
      process.env.PYTHON ?? 'python3',
      [script, name, inputFolder],
      { encoding: 'utf8' },
    );
    if (status !== 0) {
      throw new Error(`${name} cannot be made: ${error?.message ?? stderr.trim().split('\n').at(-1)}`);
    }
  }
}

/** What contenders wrote, and were ended before they had taken it away. */
export function removeWritten() {
  rmSync(join(inputFolder, 'written'), { recursive: true, force: true });
}
