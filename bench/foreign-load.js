import { readFileSync } from 'node:fs';

/** Cores that others may keep busy in a measurement that counts. */
export const toleratedLoad = 0.1;

/** Linux counts the time of processes in hundredths of a second, whatever its own clock. */
const ticksPerSecond = 100;

/**
 * How busy others keep the machine while the contenders work: all that its cores do (with what a hypervisor takes from them), less
 * what the benchmark's own processes do. Only where there is Linux's /proc.
 */
export class ForeignLoad {
  #ownPids;
  #begin;

  /** @param {() => Iterable<number>} ownPids */
  constructor(ownPids) {
    this.#ownPids = ownPids;
    this.#begin = this.#now();
  }

  /** @returns {number | undefined} cores that others kept busy since the last call; undefined where this is not known */
  lap() {
    const begin = this.#begin;
    const end = this.#now();
    this.#begin = end;
    if (begin === undefined || end === undefined) return undefined;
    const ticks = end.busy - begin.busy - (end.own - begin.own);
    return Math.max(0, ticks / ticksPerSecond / ((end.time - begin.time) / 1000));
  }

  #now() {
    try {
      let own = 0;
      for (const pid of this.#ownPids()) own += ticksOf(pid);
      return { time: performance.now(), busy: busyTicks(), own };
    } catch {
      return undefined;
    }
  }
}

/** Of all cores together. */
function busyTicks() {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  // After the word `cpu`: user, nice, system, idle, iowait, irq, softirq, steal; guests are counted under user.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = first
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return user + nice + system + irq + softirq + steal;
}

/**
 * With children that have ended; none for a process that has.
 *
 * @param {number} pid
 */
function ticksOf(pid) {
  let stat;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return 0;
  }
  // The program's name stands in parentheses and may contain anything; utime is the twelfth field after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
}
