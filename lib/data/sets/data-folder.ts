import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expectation } from '../../core/describe.js';
import { ArgumentError } from '../../core/errors.js';
import { fileError } from '../../core/process/files.js';
import type { FetchableName } from '../download/manifest.js';

/**
 * Checks what a reader of a data set is given.
 * @param who the reader, for errors: `loadMnist`
 * @param name by which `fetchDataSet` knows the data set
 * @throws ArgumentError for what is no path
 */
export function checkFolder(who: string, folder: unknown, name: FetchableName): void {
  if (typeof folder === 'string' && folder !== '') return;
  const message = expectation(`${who}: folder`, 'to be a path', describe(folder));
  throw new ArgumentError(
    `${message}; ${who}(folder) reads the files that lie there, and await fetchDataSet('${name}') downloads them and returns their folder`,
  );
}

/**
 * The names of what lies in a folder.
 * @throws ArgumentError for one that cannot be read
 */
export async function namesIn(who: string, folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw fileError(who, 'read', folder, cause);
  }
}

/**
 * A file in a folder, or in a folder there that has the file's name, as some archives unpack.
 * @param names of what lies in `folder`
 * @param spellings of the file's name
 */
export async function findFile(
  folder: string,
  names: readonly string[],
  spellings: readonly string[],
): Promise<string | undefined> {
  const places = spellings.filter((name) => names.includes(name)).map((name) => join(folder, name));
  const inside = places.flatMap((place) => spellings.map((name) => join(place, name)));
  for (const path of [...places, ...inside]) {
    if (await isFile(path)) return path;
  }
  return undefined;
}

/** What cannot be looked at is left to whoever opens it, to say why. */
async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => !found.isDirectory(),
    ({ code }: NodeJS.ErrnoException) => code !== 'ENOENT' && code !== 'ENOTDIR',
  );
}
