import { readFileSync, writeFileSync } from 'node:fs';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';

/** The longest that the event loop did not turn, by a chain of timers. */
class LoopWatch {
  #last = 0;
  #longest = 0;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  start() {
    this.#longest = 0;
    this.#last = performance.now();
    this.#wait();
  }

  /** @returns {number} seconds */
  stop() {
    clearTimeout(this.#timer);
    this.#turn();
    return this.#longest / 1000;
  }

  #wait() {
    this.#timer = setTimeout(() => {
      this.#turn();
      this.#wait();
    }, 1);
  }

  #turn() {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#last = now;
  }
}

/** Linux counts in kilobytes. @param {'VmHWM' | 'VmRSS'} name */
function memory(name) {
  const found = new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(found?.[1]) * 1024;
}

/**
 * Runs it with an eye on the memory of this process.
 *
 * @template Result
 * @param {() => Promise<Result>} run
 * @returns {Promise<{ result: Result, memory?: number }>} bytes at the highest above those before; absent where the system does not tell
 */
export async function withPeakMemory(run) {
  let before;
  try {
    globalThis.gc?.();
    // The memory behind collected array buffers is given back later, by another thread.
    await sleep(50);
    before = memory('VmRSS');
    // Makes the system forget the highest mark.
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    return { result: await run() };
  }
  const result = await run();
  return { result, memory: memory('VmHWM') - before };
}

/**
 * What so many calls took together, and the longest gap of all; the last result.
 *
 * @template Result
 * @param {number} units
 * @param {() => Result | Promise<Result>} call
 * @param {(result: Result) => void | Promise<void>} after What is not timed.
 */
export async function timed(units, call, after) {
  const watch = new LoopWatch();
  let [seconds, gap] = [0, 0];
  for (let i = 0; i < units; i++) {
    await setImmediate();
    watch.start();
    const started = performance.now();
    const result = await call();
    seconds += (performance.now() - started) / 1000;
    gap = Math.max(gap, watch.stop());
    await after(result);
  }
  return { seconds, gap };
}
