import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { isError } from '../built-ins.js';
import { StateError } from '../errors.js';
import { externalRemedy, packageRoot } from './package-place.js';
import type { WorkerAnswer, WorkerCall } from './worker-calls.js';

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * A thread of its own for one module, which answers calls with `answerCalls`. It starts with the first call and keeps the process alive
 * only while a call is under way. What lies on SharedArrayBuffers is not copied.
 */
export class WorkerThread<Job, Answer> {
  readonly #who: string;
  readonly #name: string;
  readonly #file: () => URL;
  readonly #waiting = new Map<number, Waiting<Answer>>();
  #worker: Worker | undefined;
  #calls = 0;

  /**
   * @param who opens the messages of errors
   * @param name of the module's file, without extension
   * @param file where it is, `() => new URL('../some-worker.mts', import.meta.url)`: bundlers take the file along for this very form
   */
  constructor(who: string, name: string, file: () => URL) {
    this.#who = who;
    this.#name = name;
    this.#file = file;
  }

  /**
   * Calls are answered one after the other.
   * @throws StateError when the thread cannot start or dies, or its module throws; and what `terminate` is given
   */
  call(job: Job): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#worker ??= this.#start();
      const worker = this.#worker;
      const id = this.#calls++;
      worker.postMessage({ id, job } satisfies WorkerCall<Job>);
      if (this.#waiting.size === 0) worker.ref();
      this.#waiting.set(id, { resolve, reject });
    });
  }

  /** Ends the thread at once; calls under way are rejected with `reason`. A later call starts it again. */
  async terminate(reason?: unknown): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#rejectAll(reason ?? new StateError(`${this.#who}: its worker thread was ended`));
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = this.#create();
    worker.unref();
    worker.on('message', ({ id, answer, error }: WorkerAnswer<Answer>) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) worker.unref();
      if (error === undefined) waiting?.resolve(answer as Answer);
      else waiting?.reject(this.#failure(error));
    });
    const end = (error: unknown) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#rejectAll(this.#failure(error));
    };
    worker.on('error', end);
    worker.on('exit', (code) => end(new Error(`it ended with code ${code}`)));
    return worker;
  }

  /**
   * Without `execArgv` a thread has the flags of its process, whatever they are; handed over, Node takes few of them. One of them,
   * `--input-type`, which `node -e` may have, is for texts and refuses files, so the thread begins with the text of an import.
   */
  #create(): Worker {
    try {
      const text = `import ${JSON.stringify(this.#place().href)};`;
      return new Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`));
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  /** A bundle may have left the file behind in the package. */
  #place(): URL {
    let file: URL | undefined;
    try {
      file = this.#file();
    } catch {
      // A bundle of CommonJS has no `import.meta.url`.
    }
    if (file !== undefined && existsSync(file)) return file;
    const name = `${this.#name}.mjs`;
    const packaged = join(packageRoot() ?? '', 'dist', name);
    if (packageRoot() !== undefined && existsSync(packaged)) return pathToFileURL(packaged);
    throw new Error(`its file ${name} is not there; ${externalRemedy}`);
  }

  #failure(cause: unknown): StateError {
    const denied = (cause as NodeJS.ErrnoException | null)?.code === 'ERR_ACCESS_DENIED';
    const why = denied
      ? 'under --permission, Node starts one with --allow-worker'
      : isError(cause)
        ? cause.message
        : String(cause);
    return new StateError(`${this.#who}: its worker thread failed: ${why}`, { cause });
  }

  #rejectAll(reason: unknown): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(reason);
  }
}
