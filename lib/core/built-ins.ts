import { types } from 'node:util';

// What `instanceof` asks of a built-in object, for those of any realm. A value may come from a vm context, from jsdom, or from
// Node's own core while gemmnet itself runs in a context of Jest or vitest: there `instanceof` says no to an array or an error
// that is one in all else. `dtypeOf` does the same for typed arrays.

/** An error, whoever's. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

/** A URL object, by what Node's file system itself asks of one. */
export function isUrl(value: unknown): value is URL {
  if (typeof value !== 'object' || value === null) return false;
  const { href, protocol } = value as Partial<URL>;
  return typeof href === 'string' && typeof protocol === 'string' && !('auth' in value) && !('path' in value);
}

/** Whether an array lies on memory that several threads may use, and that nobody can detach. */
export function isShared({ buffer }: { readonly buffer: ArrayBufferLike }): boolean {
  return types.isSharedArrayBuffer(buffer);
}
