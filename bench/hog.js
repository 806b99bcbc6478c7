import { spawn } from 'node:child_process';

/** A process that keeps one core busy, when it is told to. */
export class Hog {
  #child = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });

  constructor() {
    this.#child.kill('SIGSTOP');
  }

  get pid() {
    return this.#child.pid;
  }

  /**
   * @template Result
   * @param {() => Promise<Result>} work what is done beside it
   * @returns {Promise<Result>}
   */
  async beside(work) {
    this.#child.kill('SIGCONT');
    try {
      return await work();
    } finally {
      this.#child.kill('SIGSTOP');
    }
  }

  stop() {
    this.#child.kill('SIGKILL');
  }
}
