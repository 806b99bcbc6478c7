import { ArgumentError } from '../errors.js';
import { instanceOf, integerIn, optional } from '../options.js';
import { RandomState } from './random-state.js';

/** Where random numbers come from: `rng` goes on with a stream, `seed` begins one; without either it is an unpredictable one. */
export interface RandomOptions {
  /** 0 … 2³²−1 */
  readonly seed?: number;
  readonly rng?: RandomState;
}

/** The schema of {@link RandomOptions}. */
export const randomOptions = {
  seed: optional(integerIn(0, 2 ** 32 - 1)),
  rng: optional(instanceOf(RandomState)),
};

/**
 * The generator that the options ask for.
 * @throws ArgumentError for both a seed and a generator
 */
export function rngOf(
  who: string,
  { seed, rng }: { readonly seed: number | undefined; readonly rng: RandomState | undefined },
): RandomState {
  if (seed !== undefined && rng !== undefined) {
    throw new ArgumentError(`${who}: expected the option seed or rng but received both`);
  }
  return rng ?? new RandomState(seed);
}
