/**
 * What masks are drawn from: the seed of a model's counter-based generator, and how many training steps it has done. The number of the
 * step is all that a training needs to go on with the masks that it would have had.
 */
export class Chance {
  /** 0 … 2³¹ − 1 */
  readonly seed: number;
  /** Steps done; the number of the next one. */
  step = 0;

  constructor(seed: number) {
    this.seed = seed;
  }

  /** The values of the programs' scalars in a step, by default the next. */
  at(step: number = this.step): { readonly seed: number; readonly step: number } {
    return { seed: this.seed, step };
  }
}
