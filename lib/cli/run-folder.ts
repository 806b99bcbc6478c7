import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolders } from '../core/files.js';

/** Where a training leaves its files. */
export interface RunFolder {
  readonly path: string;
  write(name: string, text: string): Promise<void>;
}

/** Makes the folder; by default `runs/` and the time, with a number when another run began in the same second. */
export async function makeRunFolder(path: string | undefined, now: Date): Promise<RunFolder> {
  if (path !== undefined) {
    await makeFolders(path);
    return folderAt(path);
  }
  await makeFolders('runs');
  const stamp = now.toISOString().slice(0, 19).replaceAll(':', '-');
  for (let attempt = 1; ; attempt++) {
    const tried = join('runs', attempt === 1 ? stamp : `${stamp}-${attempt}`);
    try {
      await mkdir(tried);
      return folderAt(tried);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function folderAt(path: string): RunFolder {
  return { path, write: (name, text) => writeFile(join(path, name), text) };
}
