import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Callback } from '../../core/callback.js';
import { describe, expectation } from '../../core/describe.js';
import { ArgumentError } from '../../core/errors.js';
import {
  abortSignal,
  arrayOf,
  checkOptions,
  checkValue,
  fn,
  oneOf,
  optional,
  string,
} from '../../core/options.js';
import { fileError, makeFolders } from '../../core/process/files.js';
import { cacheFolder, sizeOf } from './cache-folder.js';
import { download } from './download.js';
import { HttpClient } from './http-client.js';
import {
  type FetchableName,
  fetchableNames,
  type ManifestEntry,
  manifest,
  type PublishedFile,
} from './manifest.js';
import { PartFile, sha256Of, tracesOf } from './part-file.js';
import { pause } from './pause.js';
import { isUnpacked, memberFolder, unpack } from './unpack.js';

/** How far a fetch is. */
export interface FetchProgress {
  /** `wait`: another process downloads the same file. */
  readonly stage: 'download' | 'wait' | 'unpack';
  /** The file in hand. */
  readonly file: string;
  /** Bytes of the data set's files that are here. */
  readonly received: number;
  /** Bytes of all of them. */
  readonly total: number;
}

export interface FetchOptions {
  /** Where data sets are kept; this one goes into a folder of its name there. Default: {@link cacheFolder}. */
  readonly folder?: string;
  /** Stops the download. What has arrived is kept, and the next call goes on from there. */
  readonly signal?: AbortSignal;
  /** The download waits for a promise that it returns, and rejects with it. */
  readonly onProgress?: Callback<[progress: FetchProgress]>;
  /** http or https addresses of folders that hold the files under their usual names; tried before the public ones. */
  readonly mirrors?: readonly string[];
}

/**
 * Downloads a data set, unless it is there: `loadMnist(await fetchDataSet('mnist'))`. A file gets its name only with the bytes that
 * were published, by their SHA-256; a download that broke off goes on where it ended. HTTP_PROXY, HTTPS_PROXY and NO_PROXY are heeded.
 * The binary versions of CIFAR are unpacked, and their archives removed.
 * @param name `mnist`, `fashion-mnist`, `kmnist`, `cifar10` or `cifar100`
 * @returns the folder of the data set, for {@link loadMnist} (the first three) or {@link loadCifar10}
 * @throws DownloadError when no server has the file as it was published, with what was wrong at each
 * @throws ArgumentError for another name, a mirror that is no http address, a folder that cannot be written, or a file there that is
 *   not the published one (it is left alone)
 * @throws whatever the signal was aborted with
 */
export async function fetchDataSet(name: FetchableName, options: FetchOptions = {}): Promise<string> {
  checkValue('fetchDataSet: the name', name, oneOf(...fetchableNames));
  const { folder, mirrors, ...rest } = checkOptions('fetchDataSet', options, {
    folder: optional(string),
    signal: optional(abortSignal),
    onProgress: optional(fn<Callback<[progress: FetchProgress]>>()),
    mirrors: optional(arrayOf(string), []),
  });
  const bases = mirrors.map(checkMirror);
  const place = join(folder ?? cacheFolder(), name);
  await fetchEntry(manifest[name], place, bases, rest);
  return place;
}

export interface FetchSettings {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: Callback<[progress: FetchProgress]> | undefined;
  /** Milliseconds for which a server may be silent; default 30,000. */
  readonly timeout?: number;
  /** Milliseconds before the second attempt at an address; default 1,000. */
  readonly patience?: number;
}

/**
 * As {@link fetchDataSet}, of any files.
 * @param place their folder
 * @param bases addresses that end in `/`
 */
export async function fetchEntry(
  { files }: ManifestEntry,
  place: string,
  bases: readonly string[],
  settings: FetchSettings,
): Promise<void> {
  const { signal, onProgress, timeout = 30_000, patience = 1_000 } = settings;
  signal?.throwIfAborted();
  try {
    await makeFolders(place);
  } catch (cause) {
    throw fileError('fetchDataSet', 'write', place, cause);
  }
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let before = 0;
  for (const file of files) {
    const report = async (stage: FetchProgress['stage'], received: number) =>
      await onProgress?.({ stage, file: file.name, received: before + received, total });
    const urls = [...bases.map((base) => new URL(file.name, base).href), ...file.urls];
    await fetchFile({ ...file, urls }, place, { signal, timeout, patience, report });
    before += file.bytes;
  }
}

interface FileSettings {
  readonly signal: AbortSignal | undefined;
  readonly timeout: number;
  readonly patience: number;
  readonly report: (stage: FetchProgress['stage'], received: number) => Promise<void>;
}

async function fetchFile(file: PublishedFile, place: string, settings: FileSettings): Promise<void> {
  const { signal, report } = settings;
  const { members, bytes } = file;
  const target = join(place, file.name);
  if (members !== undefined && (await isUnpacked(place, members))) return;
  for (;;) {
    if (await isPublished(file, target, signal)) break;
    if (!(await tracesOf(target, 'part')).busy) {
      await downloadTo(target, file, settings);
      break;
    }
    await report('wait', 0);
    await pause(250, signal);
    if (members !== undefined && (await isUnpacked(place, members))) return;
  }
  if (members === undefined) return;
  while ((await tracesOf(join(place, memberFolder(members)), 'unpacking')).busy) {
    await report('wait', bytes);
    await pause(250, signal);
  }
  if (await isUnpacked(place, members)) return;
  await report('unpack', bytes);
  await unpack(target, place, members, signal);
  await rm(target, { force: true });
}

async function downloadTo(target: string, file: PublishedFile, settings: FileSettings): Promise<void> {
  const { signal, timeout, patience, report } = settings;
  const part = await PartFile.open(target);
  try {
    const client = await HttpClient.open(timeout, signal);
    try {
      const onChange = () => report('download', part.size);
      await onChange();
      await download(file, part, { client, signal, patience, onChange });
    } finally {
      client.close();
    }
    // Another process may have been quicker.
    if (await isPublished(file, target, signal)) await part.discard();
    else await part.publish(target);
  } finally {
    await part.close();
  }
}

/**
 * Whether the file is there.
 * @throws ArgumentError for another file of that name: it may be somebody's
 */
async function isPublished(
  { bytes, sha256 }: PublishedFile,
  target: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const size = await sizeOf(target);
  if (size === undefined) return false;
  const found = size === bytes ? `SHA-256 ${await sha256Of(target, signal)}` : `${size} bytes`;
  if (found === `SHA-256 ${sha256}`) return true;
  throw new ArgumentError(
    `fetchDataSet: expected ${target} to be as it was published (${size === bytes ? `SHA-256 ${sha256}` : `${bytes} bytes`}) ` +
      `but received ${found}; remove it, or choose another folder`,
  );
}

/** With a slash at its end. */
function checkMirror(mirror: string): string {
  let url: URL | undefined;
  try {
    url = new URL(mirror);
  } catch {
    // Reported below.
  }
  if (
    url === undefined ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username + url.password !== ''
  ) {
    throw new ArgumentError(
      expectation(
        'fetchDataSet: each mirror',
        'to be an http or https URL without a password',
        url?.password ? 'one with a password' : describe(mirror),
      ),
    );
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url.href;
}
