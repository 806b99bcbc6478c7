import { constants } from 'node:fs';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ArgumentError } from '../core/errors.js';
import { fileError, makeFolders } from '../core/process/files.js';

/** Where a training leaves its files. */
export interface RunFolder {
  readonly path: string;
  write(name: string, text: string): Promise<void>;
}

/**
 * Makes the folder; by default `runs/` and the time, with a number when another run began in the same second.
 * @throws ArgumentError or StateError where none can be made, or nothing be written in the one that there is
 */
export async function makeRunFolder(path: string | undefined, now: Date): Promise<RunFolder> {
  if (path === undefined) return folderAt(await makeNewFolder('runs', now));
  try {
    await makeFolders(path);
    await access(path, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw folderError(path, cause, 'name another folder with --out');
  }
  return folderAt(path);
}

async function makeNewFolder(parent: string, now: Date): Promise<string> {
  const stamp = now.toISOString().slice(0, 19).replaceAll(':', '-');
  let folder = parent;
  try {
    await makeFolders(parent);
    for (let attempt = 1; ; attempt++) {
      folder = join(parent, attempt === 1 ? stamp : `${stamp}-${attempt}`);
      try {
        await mkdir(folder);
        return folder;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  } catch (cause) {
    throw folderError(
      folder,
      cause,
      'name a folder with --out DIR, or start gemmnet in one that can be written',
    );
  }
}

function folderAt(path: string): RunFolder {
  return { path, write: (name, text) => writeFile(join(path, name), text) };
}

function folderError(path: string, cause: unknown, remedy: string): unknown {
  const { code, syscall, path: failed = path } = cause as NodeJS.ErrnoException & { path?: string };
  // Those above were made: what says that something is missing has no place for folders, as /proc, or was removed meanwhile.
  if (code === 'ENOENT') {
    const gone = syscall === 'uv_cwd' || syscall === 'getcwd';
    const reason = gone
      ? 'the folder where gemmnet was started is gone'
      : `${dirname(failed)} takes no folders`;
    return new ArgumentError(`gemmnet train: cannot write ${path}: ${reason}; ${remedy}`, { cause });
  }
  return fileError('gemmnet train', 'write', path, cause, `; ${remedy}`);
}
