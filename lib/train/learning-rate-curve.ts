export interface FindLearningRateProgress {
  /** Steps done, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Those of the last step. */
  readonly learningRate: number;
  readonly loss: number;
  readonly smoothed: number;
}

/** The curve of a search, which ends where the loss explodes. */
export interface LearningRateCurve {
  readonly rates: readonly number[];
  /** That of each rate's batch, before the step with that rate. */
  readonly losses: readonly number[];
  /** Their moving averages. */
  readonly smoothed: readonly number[];
  /** Where the smoothed loss falls most steeply; undefined where it never does. */
  readonly suggestion: number | undefined;
  /** Why there is no suggestion. */
  readonly note?: string;
}

/** At the ends of a curve, what a suggestion leaves out: a share of all steps, and so many of those that were done. */
const leftOut = { share: 0.1, last: 5 } as const;

/** The curve as it grows. */
export class GrowingCurve {
  readonly #rates: Float64Array;
  readonly #losses: number[] = [];
  readonly #smoothed: number[] = [];
  readonly #smoothing: number;
  readonly #stopFactor: number;
  #average = 0;
  #least = Number.POSITIVE_INFINITY;
  #exploded = false;

  constructor(min: number, max: number, steps: number, smoothing: number, stopFactor: number) {
    this.#rates = Float64Array.from({ length: steps }, (_, i) => min * (max / min) ** (i / (steps - 1)));
    this.#smoothing = smoothing;
    this.#stopFactor = stopFactor;
  }

  get ended(): boolean {
    return this.#exploded || this.remaining === 0;
  }

  get remaining(): number {
    return this.#rates.length - this.#losses.length;
  }

  /** The rates of the next steps. */
  next(count: number): Float64Array {
    return this.#rates.slice(this.#losses.length, this.#losses.length + count);
  }

  /** The losses of the next steps, up to where they explode: how many steps are done at once must not show. */
  record(losses: Float64Array): void {
    for (const loss of losses) {
      if (this.#exploded) return;
      this.#losses.push(loss);
      this.#average = this.#smoothing * this.#average + (1 - this.#smoothing) * loss;
      const smoothed = this.#average / (1 - this.#smoothing ** this.#losses.length);
      this.#smoothed.push(smoothed);
      this.#least = Math.min(this.#least, smoothed);
      if (smoothed > this.#stopFactor * this.#least) this.#exploded = true;
    }
  }

  /** The next loss is none. */
  explode(): void {
    this.#exploded = true;
  }

  last(): FindLearningRateProgress | undefined {
    const { length: step } = this.#losses;
    if (step === 0) return undefined;
    return {
      step,
      steps: this.#rates.length,
      learningRate: this.#rates[step - 1]!,
      loss: this.#losses[step - 1]!,
      smoothed: this.#smoothed[step - 1]!,
    };
  }

  result(): LearningRateCurve {
    const rates = [...this.#rates.subarray(0, this.#losses.length)];
    const suggested = this.#suggestion(rates);
    return {
      rates,
      losses: this.#losses,
      smoothed: this.#smoothed,
      ...(typeof suggested === 'number'
        ? { suggestion: suggested }
        : { suggestion: undefined, note: suggested }),
    };
  }

  /** The rate at the steepest descent, or why there is none. */
  #suggestion(rates: readonly number[]): number | string {
    const first = Math.floor(leftOut.share * this.#rates.length);
    const end = rates.length - leftOut.last;
    if (end - first < 2) {
      const done = `${rates.length} of ${this.#rates.length} steps`;
      return this.#exploded
        ? `the loss exploded after ${done}, too soon for a suggestion: take a smaller min`
        : `${done} are too few for a suggestion: take more steps`;
    }
    let best = { slope: 0, at: -1 };
    for (let i = first; i + 1 < end; i++) {
      const rise = this.#smoothed[i + 1]! - this.#smoothed[i]!;
      const slope = rise / (Math.log(rates[i + 1]!) - Math.log(rates[i]!));
      if (slope < best.slope) best = { slope, at: i };
    }
    if (best.at >= 0) return rates[best.at]!;
    return `the loss never fell between the rates ${rates[first]!.toExponential(1)} and ${rates[end - 1]!.toExponential(1)}`;
  }
}
