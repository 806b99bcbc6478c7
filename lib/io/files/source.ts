import { type FileHandle, open } from 'node:fs/promises';
import { isUrl } from '../../core/built-ins.js';
import { describe } from '../../core/describe.js';
import { isBytes } from '../../core/dtype.js';
import { ArgumentError, FormatError } from '../../core/errors.js';
import { fileError, readFully } from '../../core/process/files.js';
import { Turns } from '../../core/process/turns.js';

/** What a reader is given: a path, or the contents of a file. */
export type Readable = string | URL | Uint8Array;

/** A file, or bytes in memory, to be read from any position on. */
export interface Source {
  /** Opens the message of every error: `loadNpy: X.npy`, and for bytes `loadNpy`. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /**
   * Fills `bytes` with those from `position` on, and leaves the event loop free meanwhile.
   * @throws FormatError when there are fewer
   */
  read(bytes: Uint8Array, position: number): Promise<void>;
}

/**
 * Opens what a reader was given, hands it to `use`, and closes it again.
 * @param who the reader, for errors: `loadNpy`
 * @throws ArgumentError for what is neither path nor bytes, or a file that cannot be read; and whatever `use` throws
 */
export async function withSource<Result>(
  who: string,
  from: Readable,
  use: (source: Source) => Promise<Result>,
): Promise<Result> {
  if (isBytes(from)) return use(sourceOf(who, from));
  if (typeof from !== 'string' && !isUrl(from)) {
    throw new ArgumentError(`${who}: expected a path or the bytes of a file but received ${describe(from)}`);
  }
  let file: FileHandle | undefined;
  try {
    file = await open(from);
    const name = `${who}: ${from}`;
    const stat = await file.stat();
    if (!stat.isFile()) {
      const received = stat.isDirectory()
        ? 'a folder'
        : 'a pipe or a device; pass what comes out of it, as bytes';
      throw new ArgumentError(`${name}: expected a file but it is none: it is ${received}`);
    }
    const handle = file;
    return await use({
      name,
      size: stat.size,
      read: (bytes, position) => readFully(handle, bytes, position, name),
    });
  } catch (cause) {
    throw fileError(who, 'read', from, cause);
  } finally {
    await file?.close();
  }
}

/**
 * The whole source in memory of its own (or the bytes themselves, if it is bytes).
 * @param limit bytes
 * @throws FormatError for a longer one
 */
export async function readWhole(source: Source, limit: number): Promise<Uint8Array> {
  if (source.size > limit) {
    throw new FormatError(
      `${source.name}: expected a file of at most ${limit} bytes but it has ${source.size}`,
    );
  }
  if (source instanceof BytesSource) return source.bytes;
  const bytes = new Uint8Array(source.size);
  await source.read(bytes, 0);
  return bytes;
}

/** @param name opens the message of every error */
export function sourceOf(name: string, bytes: Uint8Array): Source {
  return new BytesSource(name, bytes);
}

class BytesSource implements Source {
  readonly name: string;
  readonly bytes: Uint8Array;

  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length;
  }

  async read(bytes: Uint8Array, position: number): Promise<void> {
    const end = position + bytes.length;
    if (end > this.size) {
      throw new FormatError(`${this.name}: expected ${end} bytes but there are ${this.size}`);
    }
    if (bytes.length <= copiedLength) {
      bytes.set(this.bytes.subarray(position, end));
      return;
    }
    const turns = new Turns();
    for (let at = position; at < end; at += copiedLength) {
      bytes.set(this.bytes.subarray(at, Math.min(end, at + copiedLength)), at - position);
      if (turns.isOver) await turns.next();
    }
  }
}

/** Bytes that are copied at once. */
const copiedLength = 1 << 22;
