import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { fileError } from '../core/files.js';

/**
 * Writes a file so that whoever looks sees the old contents or the new, never a part: into a temporary file beside it, out to the
 * disk, then renamed.
 * @param who opens the message of an error: `saveSafetensors`
 * @throws ArgumentError when the file cannot be written; the old one is as it was
 */
export async function writeAtomically(
  who: string,
  path: string | URL,
  contents: string | Uint8Array,
): Promise<void> {
  const target = path instanceof URL ? fileURLToPath(path) : path;
  const temporary = `${target}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(contents);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(who, 'write', target, cause);
  }
}
