import { ArgumentError } from '../core/errors.js';
import { instanceOf, integerIn, optional } from '../core/options.js';
import { RandomState } from '../core/random-state.js';

/** Where random numbers come from: `rng` goes on with a stream, `seed` begins one; without either it is an unpredictable one. */
export interface RandomOptions {
  /** 0 … 2³²−1 */
  readonly seed?: number;
  readonly rng?: RandomState;
}

/** For `checkOptions`. */
export const randomOptions = {
  seed: optional(integerIn(0, 2 ** 32 - 1)),
  rng: optional(instanceOf(RandomState)),
};

/** @throws ArgumentError for both a seed and a generator */
export function generator(
  who: string,
  { seed, rng }: { readonly seed: number | undefined; readonly rng: RandomState | undefined },
): RandomState {
  if (seed !== undefined && rng !== undefined) {
    throw new ArgumentError(`${who}: expected seed or rng but received both`);
  }
  return rng ?? new RandomState(seed);
}
