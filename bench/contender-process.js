import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** @typedef {import('./cases.js').Case} Case */

/**
 * What so many units took, in all.
 *
 * @typedef {object} Cost
 * @property {number} [seconds]
 * @property {number} [bytes]
 * @property {number} [gap] The longest that an event loop did not turn meanwhile, in seconds.
 * @property {number} [memory] By how many bytes the process grew at the highest, above the result's.
 * @property {{ steps: number, first: number, last: number }} [resident] Of a loop of so many steps: bytes after its first and its last thousand.
 * @property {number} [copy] Bytes of one copy of the result, which may lie beside it.
 */

/**
 * A contender at work. Each line that it reads is one JSON object, and it answers with one:
 *
 * - on its own, at first: `{ version }`
 * - `{ prepare: case }`: data, weights and batches from the case's fixed seeds; `{}`
 * - `{ check: units }`: does the first ones; a cost and `values`, the results to compare
 * - `{ run: units }`: does more; a cost
 *
 * `{ error }` says why it cannot; it can still be asked for other cases.
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

  get pid() {
    return this.#child.pid;
  }

  /** @throws {Error} when the contender cannot work here */
  async start() {
    const { version } = await this.#receive();
    this.version = version;
  }

  /** @param {Case} one */
  async prepare(one) {
    await this.#ask({ prepare: one });
  }

  /**
   * @param {number} units
   * @returns {Promise<Cost & { values?: number[] }>}
   */
  async check(units) {
    return await this.#ask({ check: units });
  }

  /**
   * @param {number} units
   * @returns {Promise<Cost>}
   */
  async run(units) {
    return await this.#ask({ run: units });
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
      const lines = this.#complaints.trim().split('\n');
      const reason = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1);
      throw new Error(this.#failure?.message ?? (reason || 'it ended without an answer'));
    }
    const message = JSON.parse(value);
    if (message.error !== undefined) throw new Error(message.error);
    return message;
  }
}
