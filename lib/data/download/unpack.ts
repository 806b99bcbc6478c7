import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ReadEntry } from 'tar';
import { ArgumentError, FormatError } from '../../core/errors.js';
import { fileError } from '../../core/process/files.js';
import { isGzip } from '../../io/files/gzip.js';
import { sizeOf } from './cache-folder.js';
import type { ArchiveMember } from './manifest.js';
import { disown, ownName, spaceError, tracesOf } from './part-file.js';

const who = 'fetchDataSet';

/** More entries than any of these archives has. */
const maxEntries = 100;

/** Room for what is no member, and for headers. In bytes. */
const maxOther = 1 << 20;

/** The folder of an archive that its members lie in: `cifar-10-batches-bin`. */
export function memberFolder(members: readonly ArchiveMember[]): string {
  return members[0]!.path.slice(0, members[0]!.path.indexOf('/'));
}

/**
 * Unpacks the members of a gzip-compressed tar archive into a folder beside it. They are written into a temporary folder under names
 * of our own making, and that folder gets its name when all is there: the paths of the archive are compared, never used.
 * @param folder where the members' folder is to be
 * @throws FormatError for an archive that lacks a member, or has one of another size or kind, a link, or a path that leaves its folder
 * @throws ArgumentError when the files cannot be written
 */
export async function unpack(
  archive: string,
  folder: string,
  members: readonly ArchiveMember[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const target = join(folder, memberFolder(members));
  for (const left of (await tracesOf(target, 'unpacking')).abandoned) {
    await rm(left, { recursive: true, force: true }).catch(() => undefined);
  }
  const temporary = ownName(target, 'unpacking');
  try {
    await mkdir(temporary);
    const found = await readMembers(archive, temporary, members, signal);
    const missing = members.find(({ path, bytes }) => bytes !== undefined && !found.has(path));
    if (missing !== undefined) {
      throw new FormatError(`${who}: ${archive}: expected ${missing.path} in it but found none`);
    }
    await rename(temporary, target).catch(async (cause) => {
      // Somebody else's unpacking was quicker.
      if (!(await isUnpacked(folder, members))) throw cause;
    });
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw fileError(who, 'write', target, cause);
  } finally {
    await rm(temporary, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
    disown(temporary);
  }
}

/**
 * Whether every member is there with its size.
 * @throws ArgumentError for a folder of that name without them
 */
export async function isUnpacked(folder: string, members: readonly ArchiveMember[]): Promise<boolean> {
  const target = join(folder, memberFolder(members));
  const names = await readdir(target).catch(() => undefined);
  if (names === undefined) return false;
  for (const { path, bytes } of members) {
    if (bytes === undefined || (await sizeOf(join(folder, path))) === bytes) continue;
    throw new ArgumentError(
      `${who}: expected ${join(folder, path)} of ${bytes} bytes but it is not so; remove ${target}, or choose another folder`,
    );
  }
  return true;
}

/** @returns the paths of the members that were written */
async function readMembers(
  archive: string,
  temporary: string,
  members: readonly ArchiveMember[],
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const { Parser } = await import('tar/parse');
  const limit = members.reduce((sum, { bytes, atMost = 0 }) => sum + (bytes ?? atMost), maxOther);
  let total = 0;
  const found = new Set<string>();
  let entries = 0;
  let current: ReadEntry | undefined;
  let writing: Promise<void> = Promise.resolve();
  let fail: (reason: unknown) => void = () => undefined;
  const failure = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  failure.catch(() => undefined);
  const parser = new Parser({
    strict: true,
    // The parser's own decompression takes quadratic time for what is no tar archive.
    brotli: false,
    zstd: false,
    maxMetaEntrySize: 1 << 16,
    onReadEntry(entry) {
      try {
        if (++entries > maxEntries) throw new FormatError(`expected at most ${maxEntries} entries`);
        const member = wanted(entry, members, found);
        if (member === undefined) return entry.resume();
        found.add(member.path);
        current = entry;
        writing = write(entry, join(temporary, basename(member.path)));
        writing.catch(fail);
      } catch (error) {
        fail(error);
      }
    },
  });
  parser.on('error', fail);
  const ended = once(parser, 'end');
  ended.catch(() => undefined);
  try {
    const file = createReadStream(archive, { highWaterMark: 1 << 18 });
    for await (const piece of pipeline(file, createGunzip({ chunkSize: 1 << 18 }), () => undefined)) {
      signal?.throwIfAborted();
      if (total === 0 && isGzip(piece as Buffer)) throw new FormatError('expected it to be compressed once');
      total += (piece as Buffer).length;
      if (total > limit) throw new FormatError(`expected at most ${limit} bytes unpacked but there are more`);
      if (!parser.write(piece as Buffer)) await Promise.race([failure, once(parser, 'drain')]);
    }
    parser.end();
    await Promise.race([failure, ended]);
    await writing;
  } catch (cause) {
    // An entry that is cut off never ends by itself.
    current?.on('error', () => undefined).destroy(new Error('the archive was left'));
    await writing.catch(() => undefined);
    const { code, message } = cause as NodeJS.ErrnoException;
    if (signal?.aborted || cause instanceof ArgumentError) throw cause;
    if (/^E[A-Z]+$/.test(code ?? '')) throw fileError(who, 'read', archive, cause);
    throw new FormatError(`${who}: ${archive}: ${message}`, { cause });
  }
  return found;
}

/**
 * The member that an entry is, or undefined for one that is passed over.
 * @throws FormatError for one that an honest archive would not have
 */
function wanted(
  { path, type, size }: ReadEntry,
  members: readonly ArchiveMember[],
  found: ReadonlySet<string>,
): ArchiveMember | undefined {
  const clean = path.replace(/^(\.\/)+/, '');
  if (/^([/\\]|[A-Za-z]:)/.test(clean) || clean.split(/[/\\]/).includes('..')) {
    throw new FormatError(`expected paths inside the archive's folder but received '${path}'`);
  }
  if (type === 'Directory') return undefined;
  if (type !== 'File' && type !== 'OldFile') {
    throw new FormatError(`expected files and folders alone but '${path}' is a ${type}`);
  }
  const member = members.find((candidate) => candidate.path === clean);
  if (member !== undefined && found.has(clean))
    throw new FormatError(`expected '${path}' once but it comes twice`);
  const largest = member?.bytes ?? member?.atMost ?? maxOther;
  if (size > largest || (member?.bytes !== undefined && size !== member.bytes)) {
    const limit = member?.bytes === undefined ? 'at most ' : '';
    throw new FormatError(`expected '${path}' to have ${limit}${largest} bytes but it has ${size}`);
  }
  return member;
}

async function write(entry: ReadEntry, path: string): Promise<void> {
  try {
    const file = await open(path, 'wx');
    try {
      for await (const piece of entry) await file.appendFile(piece);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw spaceError(path, cause) ?? fileError(who, 'write', path, cause);
  }
}
