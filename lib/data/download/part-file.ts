import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { StateError } from '../../core/errors.js';
import { fileError, flush } from '../../core/process/files.js';

const who = 'fetchDataSet';

let hostDigest: string | undefined;

/** Which machine this is, for folders that several share. */
function host(): string {
  hostDigest ??= createHash('sha256').update(hostname()).digest('hex').slice(0, 6);
  return hostDigest;
}

/** What this process writes now. */
const own = new Set<string>();

/** How long ago another process must have written last to count as at work, and as long gone. In milliseconds. */
const atWork = 60_000;
const longGone = 24 * 3_600_000;

/** A name beside `target` that no other process has: `cifar-10-binary.tar.gz.3f2a1b-4711-9c0d8e7f.part`. */
export function ownName(target: string, ending: string): string {
  const name = `${target}.${host()}-${process.pid}-${randomBytes(4).toString('hex')}.${ending}`;
  own.add(name);
  return name;
}

/** Says that nobody works on it any more. */
export function disown(path: string): void {
  own.delete(path);
}

/** What processes left, or leave now, beside `target` under names that end so. */
export interface Traces {
  /** Of processes that are dead: whoever renames one first owns it. */
  readonly abandoned: readonly string[];
  /** Whether another process, or another call in this one, is at work. */
  readonly busy: boolean;
}

export async function tracesOf(target: string, ending: string): Promise<Traces> {
  const folder = dirname(target);
  const start = `${basename(target)}.`;
  const abandoned: string[] = [];
  let busy = false;
  for (const name of await readdir(folder).catch(() => [])) {
    const match = new RegExp(`^([0-9a-f]{6})-(\\d+)-[0-9a-f]{8}\\.${ending}$`).exec(name.slice(start.length));
    if (match === null || !name.startsWith(start)) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) continue;
    const age = Date.now() - found.mtimeMs;
    if (match[1] === host() && !isAlive(Number(match[2]), path)) abandoned.push(path);
    else if (age < atWork) busy = true;
    // Its number may be another process's by now; removing takes nothing from a writer but the name.
    else if (age > longGone) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
  return { abandoned, busy };
}

function isAlive(pid: number, path: string): boolean {
  if (pid === process.pid) return own.has(path);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The part of a file that has arrived, under a name of this process alone, so that no two ever write to one. */
export class PartFile {
  readonly #path: string;
  readonly #file: FileHandle;
  #size: number;

  private constructor(path: string, file: FileHandle, size: number) {
    this.#path = path;
    this.#file = file;
    this.#size = size;
  }

  /** In bytes. */
  get size(): number {
    return this.#size;
  }

  /**
   * Goes on with the longest part that a dead process left, else begins anew.
   * @throws ArgumentError when it cannot be written
   */
  static async open(target: string): Promise<PartFile> {
    const path = ownName(target, 'part');
    try {
      for (const left of await longestFirst((await tracesOf(target, 'part')).abandoned)) {
        // Another process may have been quicker.
        const claimed = await rename(left, path).then(
          () => true,
          () => false,
        );
        if (claimed) break;
      }
      const file = await open(path, 'a+');
      return new PartFile(path, file, (await file.stat()).size);
    } catch (cause) {
      disown(path);
      throw fileError(who, 'write', path, cause);
    }
  }

  /** @throws StateError when the disk is full or fails */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#file.appendFile(bytes);
    } catch (cause) {
      throw spaceError(this.#path, cause) ?? fileError(who, 'write', this.#path, cause);
    }
    this.#size += bytes.length;
  }

  async clear(): Promise<void> {
    try {
      await this.#file.truncate(0);
    } catch (cause) {
      throw fileError(who, 'write', this.#path, cause);
    }
    this.#size = 0;
  }

  /** Of what lies on the disk. */
  async sha256(signal: AbortSignal | undefined): Promise<string> {
    await flush(this.#file).catch((cause) => {
      throw fileError(who, 'write', this.#path, cause);
    });
    return sha256Of(this.#path, signal);
  }

  /** Gives the file its name, and removes what earlier attempts left. */
  async publish(target: string): Promise<void> {
    try {
      await this.#file.close();
      await rename(this.#path, target);
    } catch (cause) {
      throw fileError(who, 'write', target, cause);
    }
    for (const left of (await tracesOf(target, 'part')).abandoned) {
      await rm(left, { force: true }).catch(() => undefined);
    }
  }

  /** Throws away what has arrived. */
  async discard(): Promise<void> {
    await this.clear();
    await this.close();
  }

  /** Leaves what has arrived for the next time. */
  async close(): Promise<void> {
    await this.#file.close();
    if (this.#size === 0) await rm(this.#path, { force: true });
    disown(this.#path);
  }
}

/** What a full disk needs, for the error that it brings. */
export function spaceError(path: string, cause: unknown): StateError | undefined {
  const { code } = cause as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return undefined;
  return new StateError(
    `${who}: cannot write ${path}: no space left on the device; free some and fetch again, or choose another folder`,
    { cause },
  );
}

async function longestFirst(paths: readonly string[]): Promise<string[]> {
  const sizes = new Map<string, number>();
  for (const path of paths) sizes.set(path, (await stat(path).catch(() => undefined))?.size ?? 0);
  return [...paths].sort((a, b) => sizes.get(b)! - sizes.get(a)!);
}

/**
 * 64 hexadecimal digits.
 * @throws ArgumentError for a file that cannot be read
 */
export async function sha256Of(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    for await (const piece of file.createReadStream({ highWaterMark: 1 << 20, autoClose: false })) {
      signal?.throwIfAborted();
      hash.update(piece as Uint8Array);
    }
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw fileError(who, 'read', path, cause);
  } finally {
    await file?.close();
  }
  return hash.digest('hex');
}
