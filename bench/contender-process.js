import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** @typedef {import('../dist/cli/benchmark-cases.js').BenchmarkCase} BenchmarkCase */

/**
 * A contender at work. Each line that it reads is one JSON object, and it answers with one:
 *
 * - on its own, at first: `{ version }`
 * - `{ prepare: case }`: data, weights and batches from the case's fixed seeds; `{}`
 * - `{ run: steps }`: trains on; `{ seconds, losses }`
 */
export class ContenderProcess {
  /** What answered: program and version. */
  version = '';
  #child;
  /** @type {AsyncIterator<string>} */
  #answers;
  #complaints = '';
  /** @type {Error | undefined} */
  #failure;

  /** @param {import('./contenders.js').Contender} contender */
  constructor({ command, args, env }) {
    this.#child = spawn(command, args, { env: { ...process.env, ...env } });
    this.#child.on('error', (error) => {
      this.#failure = error;
    });
    // A write to a process that has ended; `#receive` tells why it did.
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.on('data', (/** @type {Buffer} */ chunk) => {
      this.#complaints += chunk.toString();
    });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** @throws {Error} when the contender cannot work here */
  async start() {
    const { version } = await this.#receive();
    this.version = version;
  }

  /** @param {BenchmarkCase} one */
  async prepare(one) {
    await this.#ask({ prepare: one });
  }

  /**
   * @param {number} steps
   * @returns {Promise<{ seconds: number, losses: number[] }>}
   */
  async run(steps) {
    return await this.#ask({ run: steps });
  }

  stop() {
    this.#child.kill();
  }

  /** @param {object} question */
  async #ask(question) {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    return await this.#receive();
  }

  async #receive() {
    const { value, done } = await this.#answers.next();
    if (done) {
      const lastLine = this.#complaints.trim().split('\n').at(-1);
      throw new Error(this.#failure?.message ?? (lastLine || 'it ended without an answer'));
    }
    return JSON.parse(value);
  }
}
