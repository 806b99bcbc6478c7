import { Worker } from 'node:worker_threads';

/** A thread that looks on, for what the thread that reads files cannot do while it reads one. */

/** Nobody waits longer for a case, in ms. It is a bound for hangs, with room for a busy machine, and no measure of speed. */
export const hangAfter = 20_000;

/** The longest name of a case that a hang is reported with, in bytes. */
const nameLength = 255;

const [caseNumber, peakKilobytes, nameAt] = [0, 1, 2];

const source = `
  const { workerData } = require('node:worker_threads');
  const { shared, hangAfter, caseNumber, peakKilobytes, nameAt } = workerData;
  const words = new Int32Array(shared);
  const name = new Uint8Array(shared, 4 * nameAt);
  let last = -1;
  let since = Date.now();
  setInterval(() => {
    const kilobytes = process.memoryUsage.rss() / 1024;
    if (kilobytes > Atomics.load(words, peakKilobytes)) Atomics.store(words, peakKilobytes, kilobytes);
    const now = Atomics.load(words, caseNumber);
    if (now !== last || now < 0) {
      last = now;
      since = Date.now();
    } else if (Date.now() - since > hangAfter) {
      const text = Buffer.from(name.slice(0, name.indexOf(0))).toString();
      require('node:fs').writeSync(2, '\\nhostile: no end after ' + hangAfter + ' ms: ' + text + ', case ' + now + '\\n');
      process.kill(process.pid, 'SIGKILL');
    }
  }, 10);
`;

/** Ends the process when a case hangs (and says which), and keeps the peak of the resident memory. */
export class Watchdog {
  #words = new Int32Array(new SharedArrayBuffer(4 * nameAt + nameLength + 1));
  #name = new Uint8Array(this.#words.buffer, 4 * nameAt);
  /** @type {Worker | undefined} */
  #worker;

  start() {
    this.rest();
    const workerData = { shared: this.#words.buffer, hangAfter, caseNumber, peakKilobytes, nameAt };
    this.#worker = new Worker(source, { eval: true, workerData });
    this.#worker.unref();
  }

  async stop() {
    await this.#worker?.terminate();
  }

  /**
   * A case begins.
   *
   * @param {number} index
   */
  begin(index) {
    Atomics.store(this.#words, caseNumber, index);
  }

  /** Nothing is being read. */
  rest() {
    Atomics.store(this.#words, caseNumber, -1);
  }

  /** @param {string} name what the cases that follow belong to */
  announce(name) {
    this.#name.fill(0);
    this.#name.set(Buffer.from(name).subarray(0, nameLength));
  }

  /** @returns {number} the most bytes of resident memory since the last `forget`, looked at every 10 ms */
  get peak() {
    return Math.max(1024 * Atomics.load(this.#words, peakKilobytes), process.memoryUsage.rss());
  }

  forget() {
    Atomics.store(this.#words, peakKilobytes, 0);
  }
}
