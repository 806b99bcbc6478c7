import { type FileHandle, mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isError } from '../built-ins.js';
import { ArgumentError, FormatError, GemmnetError, StateError } from '../errors.js';

/** What makes a path the wrong one. */
const pathFaults: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  EEXIST: 'a part of the path is no folder',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  EROFS: 'the file system is read-only',
  EINVAL: 'the file system takes no such name',
  ERR_FS_FILE_TOO_LARGE: 'the file is larger than 2 GiB',
};

/** What no path is to blame for. */
const systemFaults: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'the file would be larger than is allowed',
  EIO: 'the device failed (input/output error)',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EBUSY: 'it is in use, or mounted',
  ETXTBSY: 'it is in use, as a program that runs',
  EPIPE: 'nobody reads it any more',
};

/**
 * What the file system threw, as an error that tells who wanted what of which file: an ArgumentError where another path would do, a
 * StateError where the system is at fault, as a full disk is; either has what was thrown as its `cause`. Everything else passes through:
 * errors of gemmnet's own, the reason of an abort.
 * @param rest follows the reason: `; the old file is as it was`
 */
export function fileError(
  who: string,
  action: 'read' | 'write',
  path: string | URL,
  cause: unknown,
  rest = '',
): unknown {
  if (cause instanceof GemmnetError || !isError(cause)) return cause;
  const { code, message, name } = cause as NodeJS.ErrnoException;
  if (typeof code !== 'string' || name === 'AbortError') return cause;
  const reason = pathFaults[code] ?? systemFaults[code] ?? message;
  // Node's own codes are of arguments: a null byte in a path, a URL of no file.
  const isOfPath = Object.hasOwn(pathFaults, code) || code.startsWith('ERR_');
  const Kind = isOfPath ? ArgumentError : StateError;
  return new Kind(`${who}: cannot ${action} ${path}: ${reason}${rest}`, { cause });
}

/** What a flush says that could not be, where data may be lost; others say that there is none here. */
const lostData: readonly unknown[] = ['EIO', 'ENOSPC', 'EDQUOT'];

/**
 * Has the system put what was written on the disk, where there is such a thing: pipes, some network file systems and Yarn's file
 * handles know no flush, and what was written is written there, too.
 * @throws what the file system throws when the data may be lost
 */
export async function flush(file: FileHandle): Promise<void> {
  try {
    await file.sync();
  } catch (cause) {
    if (lostData.includes((cause as NodeJS.ErrnoException).code)) throw cause;
  }
}

/**
 * Makes a folder and those above it that are missing. Node's own way goes round for ever where a folder takes none, as below /proc.
 * @returns the topmost one that was made; undefined where the folder was there
 * @throws what the file system throws
 */
export async function makeFolders(path: string): Promise<string | undefined> {
  const missing: string[] = [];
  for (let folder = resolve(path); !(await isFolder(folder)); folder = dirname(folder))
    missing.unshift(folder);
  let first: string | undefined;
  for (const folder of missing) {
    try {
      await mkdir(folder);
      first ??= folder;
    } catch (cause) {
      // Somebody else made it meanwhile.
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST' || !(await isFolder(folder))) throw cause;
    }
  }
  return first;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' && path !== dirname(path)) return false;
    throw cause;
  }
}

/** Bytes that are read in a call, and calls at once: memory that nobody has touched yet is made on several threads. */
const [readLength, readers] = [1 << 22, 4];

/**
 * Fills `bytes` with those of the file from `position` on.
 * @param name opens the message of an error
 * @throws FormatError when the file has fewer
 */
export async function readFully(
  file: FileHandle,
  bytes: Uint8Array,
  position: number,
  name: string,
): Promise<void> {
  const ended = (at: number) =>
    new FormatError(
      `${name}: expected ${position + bytes.length} bytes but the file ends at byte ${position + at}`,
    );
  const readPiece = async (start: number): Promise<void> => {
    const end = Math.min(start + readLength, bytes.length);
    for (let at = start; at < end; ) {
      const { bytesRead } = await file.read(bytes, at, end - at, position + at);
      if (bytesRead === 0) throw ended(at);
      at += bytesRead;
    }
  };
  if (bytes.length <= readLength) {
    await readPiece(0);
    return;
  }
  const failures: { readonly start: number; readonly cause: unknown }[] = [];
  let next = 0;
  const readPieces = async (): Promise<void> => {
    while (failures.length === 0 && next < bytes.length) {
      const start = next;
      next += readLength;
      await readPiece(start).catch((cause) => failures.push({ start, cause }));
    }
  };
  // All of them have to end: whoever is told of a failure may close the file.
  await Promise.all(Array.from({ length: readers }, readPieces));
  // Of a file that is too short, the first tells where it ends.
  const [first] = failures.toSorted((a, b) => a.start - b.start);
  if (first !== undefined) throw first.cause;
}
