import { randomBytes } from 'node:crypto';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isUrl } from '../core/built-ins.js';
import { describe } from '../core/describe.js';
import { ArgumentError } from '../core/errors.js';
import { fileError } from '../core/files.js';

/**
 * Writes a file so that whoever looks sees the old contents or the new, never a part: into a temporary file beside it, out to the
 * disk, then renamed.
 * @param who opens the message of an error: `saveSafetensors`
 * @param contents whole, or piece by piece
 * @throws ArgumentError for what is no path, or when the file cannot be written; the old one is as it was
 */
export async function writeAtomically(
  who: string,
  path: string | URL,
  contents: string | Uint8Array | AsyncIterable<Uint8Array>,
): Promise<void> {
  if (typeof path !== 'string' && !isUrl(path)) {
    throw new ArgumentError(`${who}: expected a path but received ${describe(path)}`);
  }
  let temporary: string | undefined;
  try {
    const target = isUrl(path) ? fileURLToPath(path) : path;
    temporary = `${target}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
    const file = await open(temporary, 'wx');
    try {
      await writeFile(file, contents);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (cause) {
    if (temporary !== undefined) await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(who, 'write', path, cause);
  }
}
