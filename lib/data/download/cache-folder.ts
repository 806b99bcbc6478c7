import { stat } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import process from 'node:process';
import { StateError } from '../../core/errors.js';
import type { ManifestEntry } from './manifest.js';

/**
 * Where data sets are kept, each in a folder of its name: what GEMMNET_DATA names, else `gemmnet` in XDG_CACHE_HOME, else
 * `.cache/gemmnet` in the home folder, on every system.
 * @throws StateError where none of them is known
 */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env.GEMMNET_DATA) return env.GEMMNET_DATA;
  const { XDG_CACHE_HOME } = env;
  // The XDG base directory specification asks to ignore a relative path.
  const caches = XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homeFolder(), '.cache');
  return join(caches, 'gemmnet');
}

/** What HOME says, else the system's list of users. */
function homeFolder(): string {
  const home = homedir();
  if (isAbsolute(home)) return home;
  try {
    const listed = userInfo().homedir;
    if (isAbsolute(listed)) return listed;
  } catch {
    // Containers run as users that are in no list.
  }
  throw new StateError(
    'gemmnet: expected a home folder for the data sets but HOME names none; set GEMMNET_DATA to a folder for them',
  );
}

/** `other files`: all are there, but some are not of the published sizes, as after packing them anew. */
export type Presence = 'here' | 'other files' | 'incomplete' | 'not here';

/** Whether a data set lies in its folder; by names and sizes, which costs no time. */
export async function presenceOf({ files }: ManifestEntry, folder: string): Promise<Presence> {
  const needed = files.flatMap(({ name, bytes, members }) =>
    members === undefined
      ? [{ path: name, bytes }]
      : members.filter((member): member is { path: string; bytes: number } => member.bytes !== undefined),
  );
  const sizes = await Promise.all(needed.map(({ path }) => sizeOf(join(folder, path))));
  const found = sizes.filter((size) => size !== undefined).length;
  if (found === 0) return 'not here';
  if (found < needed.length) return 'incomplete';
  return needed.every(({ bytes }, i) => sizes[i] === bytes) ? 'here' : 'other files';
}

/** In bytes; undefined when there is no such file. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch {
    return undefined;
  }
}
