import type { FileHandle } from 'node:fs/promises';
import { isError } from './built-ins.js';
import { ArgumentError, FormatError, GemmnetError } from './errors.js';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
  ERR_FS_FILE_TOO_LARGE: 'the file is larger than 2 GiB',
};

/**
 * What the file system threw, as an ArgumentError that tells who wanted what of which file. Everything else passes through: errors of
 * gemmnet's own, the reason of an abort.
 */
export function fileError(
  who: string,
  action: 'read' | 'write',
  path: string | URL,
  cause: unknown,
): unknown {
  if (cause instanceof GemmnetError || !isError(cause)) return cause;
  const { code, message, name } = cause as NodeJS.ErrnoException;
  if (typeof code !== 'string' || name === 'AbortError') return cause;
  return new ArgumentError(`${who}: cannot ${action} ${path}: ${reasons[code] ?? message}`, { cause });
}

/** Node reads less than 2 GiB in a call. */
const mostAtOnce = 2 ** 30;

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
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(bytes.length - done, mostAtOnce);
    const { bytesRead } = await file.read(bytes, done, length, position + done);
    if (bytesRead === 0) {
      throw new FormatError(
        `${name}: expected ${position + bytes.length} bytes but the file ends at byte ${position + done}`,
      );
    }
    done += bytesRead;
  }
}
