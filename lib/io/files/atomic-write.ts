import { constants, type Stats, write } from 'node:fs';
import {
  access,
  chmod,
  chown,
  type FileHandle,
  lstat,
  open,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isUrl } from '../../core/built-ins.js';
import { describe } from '../../core/describe.js';
import { isBytes } from '../../core/dtype.js';
import { ArgumentError } from '../../core/errors.js';
import { fileError, flush, makeFolders } from '../../core/process/files.js';

/** A file as a whole, or piece by piece: a piece stays as it is until the one after the next is asked for. */
export type Contents = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Writes a file so that whoever looks sees the old contents or the new, never a part: into a temporary file beside it, out to the
 * disk, then renamed. Folders that are missing are made. A symbolic link stays, and what it leads to is written; a file keeps its
 * permissions, and its owner where the system allows it. What cannot be replaced, as a named pipe, a device or `/dev/stdout`, is
 * written into.
 * @param who opens the message of an error: `saveSafetensors`
 * @throws ArgumentError for what is no path, or a file that cannot be written there
 * @throws StateError for a full disk or one that fails; the old file is as it was
 */
export async function writeAtomically(who: string, path: string | URL, contents: Contents): Promise<void> {
  if (typeof path !== 'string' && !isUrl(path)) {
    throw new ArgumentError(`${who}: expected a path but received ${describe(path)}`);
  }
  let rest = '';
  try {
    const { target, found } = await destination(isUrl(path) ? fileURLToPath(path) : path);
    if (typeof target === 'number') {
      await writeAll((...piece) => writeOpen(target, ...piece), contents);
    } else if (found !== undefined && !found.isFile()) {
      await writeInto(target, contents);
    } else {
      if (found !== undefined) rest = '; the old file is as it was';
      await replace(target, found, contents);
    }
  } catch (cause) {
    throw fileError(who, 'write', path, cause, rest);
  }
}

interface Destination {
  /** Where the links lead: a path, or the number of a file that is open in this process. */
  readonly target: string | number;
  /** What is there. */
  readonly found?: Stats | undefined;
}

/** As many links as Linux follows. */
const mostLinks = 40;

/** Where Linux has a process's open files by their numbers, as links that say what they are and lead to nothing else. */
const openFiles = /^\/proc\/(\d+)(?:\/task\/\d+)?\/fd$/;

/** Follows symbolic links, to where nothing is yet too. */
async function destination(path: string): Promise<Destination> {
  if (path.endsWith('/') || (process.platform === 'win32' && path.endsWith('\\'))) {
    throw systemError('EISDIR');
  }
  let target = path;
  for (let links = 0; links <= mostLinks; links++) {
    const found = await lstat(target).catch(ifMissing);
    if (found?.isDirectory()) throw systemError('EISDIR');
    if (!found?.isSymbolicLink()) return { target, found };
    const folder = await realpath(dirname(target));
    if (openFiles.exec(folder)?.[1] === String(process.pid)) return { target: Number(basename(target)) };
    target = resolve(folder, await readlink(target));
  }
  throw systemError('ELOOP');
}

/** A named pipe or a device. */
async function writeInto(target: string, contents: Contents): Promise<void> {
  const file = await open(target, constants.O_WRONLY | constants.O_APPEND);
  try {
    await writeAll((...piece) => file.write(...piece), contents);
  } finally {
    await file.close();
  }
}

const writeToNumber = promisify(write);

/** By its number: a socket cannot be opened again, and a file that a shell opened for several programs is written where they are. */
async function writeOpen(
  file: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
): Promise<{ readonly bytesWritten: number }> {
  for (;;) {
    try {
      return await writeToNumber(file, bytes, offset, length);
    } catch (cause) {
      // It is full, and whoever opened it did not want to wait.
      if ((cause as NodeJS.ErrnoException).code !== 'EAGAIN') throw cause;
      await setTimeout(5);
    }
  }
}

async function replace(target: string, found: Stats | undefined, contents: Contents): Promise<void> {
  // The folder's permissions alone would let us replace what may not be written.
  if (found !== undefined) await access(target, constants.W_OK);
  const folder = dirname(target);
  // A name may be as long as the system takes; this one must not be longer. (A file or a link that has it by chance, or by malice, is an
  // error: `wx`. So no node:crypto, which takes a tenth of an import.)
  const name = `${basename(target).slice(0, 100)}.${process.pid}-${Math.random().toString(36).slice(2, 10)}.tmp`;
  const temporary = join(folder, name);
  let made: string | undefined;
  try {
    const create = () => open(temporary, 'wx', found === undefined ? undefined : found.mode & 0o600);
    const file = await create().catch(async (cause) => {
      ifMissing(cause);
      made = await makeFolders(folder);
      return create();
    });
    try {
      await writeToDisk(file, contents);
    } finally {
      await file.close();
    }
    if (found !== undefined) await keepPermissions(temporary, found);
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (made !== undefined) await removeFolders(folder, made);
    throw cause;
  }
}

/** By its path: not every file handle can do it. */
async function keepPermissions(path: string, { uid, gid, mode }: Stats): Promise<void> {
  const own = await stat(path);
  // First, since a change of the owner takes some of the permissions away. Few may give a file to another, more to another group.
  if (own.uid !== uid || own.gid !== gid) {
    await chown(path, uid, gid)
      .catch(() => chown(path, own.uid, gid))
      .catch(() => undefined);
  }
  if (own.mode !== mode) await chmod(path, mode & 0o7777).catch(() => undefined);
}

/** Removes folders that were made, from `last` up to `first`, unless somebody else uses them by now. */
async function removeFolders(last: string, first: string): Promise<void> {
  for (let folder = resolve(last); ; folder = dirname(folder)) {
    const removed = await rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!removed || folder === resolve(first)) return;
  }
}

/** Bytes that are written in a call: Node takes less than 2 GiB, and the disk can begin with what is there. */
const mostAtOnce = 1 << 23;

/** Bytes that are worth a flush of their own. */
const flushedLength = 1 << 24;

/**
 * Writes and flushes a file. What was written of a long one is on its way to the disk while the rest is still written: the whole takes
 * the time that the disk needs for it.
 */
async function writeToDisk(file: FileHandle, contents: Contents): Promise<void> {
  let flushing: Promise<void> | undefined;
  let failure: unknown;
  let dirty = 0;
  const flushBeside = async () => {
    try {
      await flush(file);
    } catch (cause) {
      // The system tells of data that are lost once, and then no more.
      failure ??= cause;
    }
    flushing = undefined;
  };
  try {
    await writeAll(async (...piece) => {
      const written = await file.write(...piece);
      dirty += written.bytesWritten;
      if (flushing === undefined && dirty >= flushedLength) {
        dirty = 0;
        flushing = flushBeside();
      }
      return written;
    }, contents);
  } finally {
    await flushing;
  }
  if (failure !== undefined) throw failure;
  await flush(file);
}

type Write = (
  bytes: Uint8Array,
  offset: number,
  length: number,
) => Promise<{ readonly bytesWritten: number }>;

/** Pieces come while the one before is written. */
async function writeAll(write: Write, contents: Contents): Promise<void> {
  const whole = typeof contents === 'string' ? Buffer.from(contents) : contents;
  let writing: Promise<void> = Promise.resolve();
  try {
    for await (const piece of isBytes(whole) ? [whole] : whole) {
      await writing;
      writing = writePiece(write, piece);
      // It is awaited later.
      writing.catch(() => undefined);
    }
  } finally {
    await writing;
  }
}

async function writePiece(write: Write, piece: Uint8Array): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    const { bytesWritten } = await write(piece, done, Math.min(piece.length - done, mostAtOnce));
    done += bytesWritten;
  }
}

/** @throws what is not the lack of a file */
function ifMissing(cause: NodeJS.ErrnoException): undefined {
  if (cause.code !== 'ENOENT') throw cause;
}

/** As the file system would throw it. */
function systemError(code: 'EISDIR' | 'ELOOP'): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}
