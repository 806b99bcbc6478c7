import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds in which all contenders are idle, before every measurement; also lets their spinning threads go to sleep. */
const pause = 60;

/** How busy other programs keep the machine, looked at while the contenders are idle. */
export class ForeignLoad {
  /** @type {number[]} */
  #samples = [];

  /** Waits, and looks how many cores are busy meanwhile. */
  async sample() {
    // Threads of the contender that has just run may still spin: the first part of the pause does not count.
    await sleep(pause / 2);
    const before = busyAndTotal();
    await sleep(pause / 2);
    const after = busyAndTotal();
    const total = after.total - before.total;
    if (total > 0) this.#samples.push(((after.busy - before.busy) / total) * cpus().length);
  }

  /** Cores kept busy by others, on average. */
  get mean() {
    return this.#samples.reduce((sum, sample) => sum + sample, 0) / Math.max(1, this.#samples.length);
  }
}

function busyAndTotal() {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    const sum = times.user + times.nice + times.sys + times.idle + times.irq;
    total += sum;
    busy += sum - times.idle;
  }
  return { busy, total };
}
