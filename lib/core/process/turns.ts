import { setImmediate } from 'node:timers/promises';

/** How long others may have to wait for the event loop, in milliseconds. */
const longestTurn = 8;

/** Gives others a turn of the event loop whenever work has held it for some milliseconds. */
export class Turns {
  #began = performance.now();

  /** Whether the turn has lasted long enough, so that {@link next} is due. */
  get isOver(): boolean {
    return performance.now() - this.#began >= longestTurn;
  }

  /** Waits for the next turn. */
  async next(): Promise<void> {
    await setImmediate();
    this.#began = performance.now();
  }
}
