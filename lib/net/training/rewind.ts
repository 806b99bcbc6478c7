import type { TypedArray } from '../../core/dtype.js';
import type { Chance } from './chance.js';
import type { OptimizerState } from './optimizer-state.js';

/** Seconds of steps after which parameters are copied anew, so the longest that going back takes. */
const longest = 1;

/** Steps that were done one after another, with the losses that they had. */
export interface DoneSteps {
  /** Row indices, batch after batch. */
  readonly indices: Int32Array;
  readonly learningRates: Float64Array;
  readonly losses: Float64Array;
}

/** What does a step again. */
export interface Repetition {
  /** Runs the steps. */
  steps(of: Omit<DoneSteps, 'losses'>): Promise<Float64Array>;
  /** The loss of a batch, without a step. */
  loss(indices: Int32Array): number;
}

/** A copy of all that steps change, and the steps since. */
interface Stretch {
  readonly copies: readonly TypedArray[];
  t: number;
  step: number;
  steps: DoneSteps[];
  seconds: number;
  /** Whether the rows that its steps were trained on are still there. */
  repeatable: boolean;
}

/**
 * The way back to the parameters whose loss was the last finite one, once a step's loss is not: by then the update before it has
 * already spoilt them. Parameters, states and moments are copied about once a second, and the few steps since are done again, which gives the
 * same bits. Of two copies the older one is kept until the newer one's first loss is known to be finite.
 */
export class Rewind {
  /** The memory of all that steps change. */
  readonly #changed: readonly TypedArray[];
  readonly #state: OptimizerState;
  readonly #chance: Chance;
  /** The newest stretch last. */
  #stretches: Stretch[] = [];
  #spare: Stretch | undefined;

  /** @param parameters their memory, without that of the gradients, and that of the model's states */
  constructor(parameters: readonly TypedArray[], state: OptimizerState, chance: Chance) {
    this.#changed = [...parameters, state.moments];
    this.#state = state;
    this.#chance = chance;
  }

  /** To be called before steps are done. */
  mark(): void {
    const newest = this.#stretches.at(-1);
    if (newest?.repeatable && newest.seconds < longest) return;
    if (newest !== undefined && newest.steps.length === 0) {
      this.#copyTo(this.#stretches.pop()!);
      return;
    }
    const made = this.#spare ?? {
      copies: this.#changed.map((memory) => memory.slice()),
      t: 0,
      step: 0,
      steps: [],
      seconds: 0,
      repeatable: true,
    };
    this.#spare = undefined;
    this.#copyTo(made);
  }

  /** To be called with the steps that were done. */
  record(steps: DoneSteps, seconds: number): void {
    if (steps.losses.length === 0) return;
    const newest = this.#stretches.at(-1)!;
    newest.steps.push(steps);
    newest.seconds += seconds;
    if (this.#stretches.length > 1) this.#spare = this.#stretches.shift();
  }

  /** From now on steps are trained on other rows; those before cannot be done again. */
  forgetRows(): void {
    for (const stretch of this.#stretches) stretch.repeatable = false;
  }

  /**
   * Puts back the parameters whose loss was the last finite one, with the moments and the t that belong to them. Where the steps
   * cannot be done again, or give other losses (somebody wrote into the parameters meanwhile, or a layer of the user's own is not the
   * same twice), those of the last copy. Where no step was done before, nothing is changed.
   */
  async goBack(again: Repetition): Promise<void> {
    const stretch = this.#stretches.findLast(({ steps }) => steps.length > 0);
    if (stretch === undefined) return;
    const { steps } = stretch;
    this.#stretches = [stretch];
    this.#restore(stretch);
    if (!stretch.repeatable) return;
    const last = steps.at(-1)!;
    const batch = last.indices.length / last.losses.length;
    const before = last.losses.length - 1;
    const others = [...steps.slice(0, -1), ...(before === 0 ? [] : [firstOf(last, before, batch)])];
    if (await repeated(others, last.indices.subarray(before * batch), last.losses[before]!, again)) {
      stretch.steps = others;
      const done = others.reduce((sum, { losses }) => sum + losses.length, 0);
      this.#state.t = stretch.t + done;
      this.#chance.step = stretch.step + done;
    } else {
      this.#restore(stretch);
    }
  }

  #copyTo(stretch: Stretch): void {
    for (const [i, memory] of this.#changed.entries()) stretch.copies[i]!.set(memory);
    const { t } = this.#state;
    Object.assign(stretch, { t, step: this.#chance.step, steps: [], seconds: 0, repeatable: true });
    this.#stretches.push(stretch);
  }

  #restore(stretch: Stretch): void {
    for (const [i, memory] of this.#changed.entries()) memory.set(stretch.copies[i]!);
    this.#state.t = stretch.t;
    this.#chance.step = stretch.step;
    stretch.steps = [];
  }
}

function firstOf({ indices, learningRates, losses }: DoneSteps, count: number, batch: number): DoneSteps {
  return {
    indices: indices.subarray(0, count * batch),
    learningRates: learningRates.subarray(0, count),
    losses: losses.subarray(0, count),
  };
}

/** Does the steps again; whether they, and the loss of the batch after them, are what they were. */
async function repeated(
  steps: readonly DoneSteps[],
  next: Int32Array,
  loss: number,
  again: Repetition,
): Promise<boolean> {
  try {
    for (const { losses, ...of } of steps) {
      const now = await again.steps(of);
      if (now.length !== losses.length || now.some((value, i) => value !== losses[i])) return false;
    }
    return again.loss(next) === loss;
  } catch {
    // A layer of the user's own that throws the second time.
    return false;
  }
}
