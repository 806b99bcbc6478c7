/** A call into the backend should last about this long: seldom enough to cost nothing, often enough for progress. */
const sliceSeconds = 0.1;
/** No call takes more row indices than this, so that they stay small in memory. */
const maxIndices = 4_000_000;

/** Decides how many steps go into one call, from how long those before took. */
export class Pace {
  readonly #maxSteps: number;
  #steps = 1;
  /** Of the last call; 0 before the first. */
  stepsPerSecond = 0;

  constructor(batchSize: number) {
    this.#maxSteps = Math.max(1, Math.floor(maxIndices / batchSize));
  }

  /** How many steps to do now, of the `remaining` ones: at least one. */
  stepsWithin(remaining: number): number {
    return Math.min(this.#steps, remaining);
  }

  record(steps: number, seconds: number): void {
    if (steps === 0) return;
    this.stepsPerSecond = steps / Math.max(seconds, 1e-6);
    // The first calls are slower than those after them (cold caches, sleeping threads): approach the goal in bounds.
    const wanted = Math.round(this.stepsPerSecond * sliceSeconds);
    this.#steps = Math.min(Math.max(1, wanted), this.#steps * 8, this.#maxSteps);
  }
}
