import { join } from 'node:path';
import { describe } from '../../../core/describe.js';
import { ArgumentError, StateError } from '../../../core/errors.js';
import { suggest } from '../../../core/suggest.js';
import { cacheFolder, presenceOf } from '../../../data/download/cache-folder.js';
import { fetchDataSet } from '../../../data/download/fetch.js';
import { type FetchableName, fetchableNames, manifest } from '../../../data/download/manifest.js';
import { FetchLine } from '../../fetch-line.js';
import { hanging, type Terminal } from '../../terminal.js';
import { UsageError } from '../../usage-error.js';
import type { DataValues } from './command.js';

type Action = (names: readonly FetchableName[], values: DataValues, terminal: Terminal) => Promise<void>;

const actions: Readonly<Record<string, Action>> = {
  async fetch(names, { dir, mirror, json }, terminal) {
    checkCount('fetch', names, 'at least one data set', names.length > 0);
    const folders: Record<string, string> = {};
    for (const name of names) {
      const line = new FetchLine(name, terminal);
      try {
        folders[name] = await fetchDataSet(name, {
          ...(dir === undefined ? {} : { folder: dir }),
          ...(mirror === undefined ? {} : { mirrors: [mirror] }),
          signal: terminal.signal,
          onProgress: (progress) => line.show(progress),
        });
      } catch (cause) {
        if (!terminal.signal.aborted || cause !== terminal.signal.reason) throw cause;
        line.end();
        throw new StateError('gemmnet data fetch: stopped; the next one goes on from here', { cause });
      } finally {
        line.end();
      }
      if (!json) terminal.out(`${name} is in ${folders[name]}`);
    }
    if (json) terminal.out(JSON.stringify(folders));
  },

  async list(names, { dir, json }, { out, canvas }) {
    checkCount('list', names, 'no name', names.length === 0);
    const rows = await Promise.all(
      fetchableNames.map(async (name) => {
        const { files, summary } = manifest[name];
        const folder = placeOf(name, dir);
        const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
        return { name, state: await presenceOf(manifest[name], folder), bytes, folder, summary };
      }),
    );
    if (json) return out(JSON.stringify(rows));
    out(`${dir ?? cacheFolder()}:`);
    for (const { name, state, bytes, summary } of rows) {
      const facts = `  ${name.padEnd(13)}  ${state.padEnd(11)}  ${megabytes(bytes).padStart(8)}  `;
      for (const line of hanging(facts, summary, canvas)) out(line);
    }
  },

  async path(names, { dir, json }, { out }) {
    checkCount('path', names, 'one data set', names.length === 1);
    const [name] = names as [FetchableName];
    const folder = placeOf(name, dir);
    const state = await presenceOf(manifest[name], folder);
    if (state === 'not here' || state === 'incomplete') {
      throw new ArgumentError(
        `gemmnet data path: ${name} is ${state}, in ${folder}; run gemmnet data fetch ${name}`,
      );
    }
    out(json ? JSON.stringify({ name, folder, state }) : folder);
  },
};

export async function run(values: DataValues, terminal: Terminal, words: readonly string[]): Promise<void> {
  const [action, ...names] = words;
  if (action === undefined || !Object.hasOwn(actions, action)) {
    const meant = action === undefined ? undefined : suggest(action, Object.keys(actions));
    throw new UsageError(
      `gemmnet data: expected fetch, list or path but received ${action === undefined ? 'none' : describe(action)}` +
        (meant === undefined ? '; see gemmnet data --help' : `; did you mean ${meant}?`),
    );
  }
  await actions[action]!(names.map(checkName), values, terminal);
}

/** The folder of a data set. */
function placeOf(name: FetchableName, dir: string | undefined): string {
  return join(dir ?? cacheFolder(), name);
}

function checkName(word: string): FetchableName {
  const name = fetchableNames.find((known) => known === word);
  if (name !== undefined) return name;
  const meant = suggest(word, fetchableNames);
  throw new UsageError(
    `gemmnet data: unknown data set ${describe(word)}; ` +
      (meant === undefined ? `known are ${fetchableNames.join(', ')}` : `did you mean ${meant}?`),
  );
}

function checkCount(action: string, names: readonly string[], expected: string, good: boolean): void {
  if (good) return;
  const received = names.length === 0 ? 'none' : names.join(' ');
  throw new UsageError(
    `gemmnet data ${action}: expected ${expected} but received ${received}; names are ${fetchableNames.join(', ')}`,
  );
}

/** `11.6 MB` */
function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
