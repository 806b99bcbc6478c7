import type { RandomState } from '../../core/random/random-state.js';
import { elementCount } from '../../core/tensors/shape.js';
import type { Tensor } from '../../core/tensors/tensor.js';

/** How many numbers an output adds up (in), and how many outputs a number goes into (out). */
export interface Fan {
  readonly in: number;
  readonly out: number;
}

/**
 * How a parameter begins. `draw` returns its values in row-major order of `shape`, which is the shape that is drawn: (in, out),
 * or (out, in) for CS145's weight layout. Whoever draws nothing leaves the random stream as it is.
 */
export interface Initializer {
  readonly name: string;
  draw(rng: RandomState, shape: readonly number[], fan: Fan): Float64Array;
}

/**
 * An initializer of your own: the values of a parameter, in row-major order of `shape` or as a tensor of it.
 *
 * `(rng, shape, fan) => rng.normal(0, 1 / fan.in, shape)`
 */
export type InitializerFunction = (
  rng: RandomState,
  shape: readonly number[],
  fan: Fan,
) => Tensor | Float64Array | readonly number[];

/** Writes the next values of a parameter, as many as `out` has; drawing a part after the other draws the whole. */
export type Fill = (rng: RandomState, out: Float64Array, fan: Fan) => void;

const fills = new WeakMap<Initializer, Fill>();

/** How an initializer draws a parameter part by part; undefined for one that needs the whole, or that a user wrote. */
export function fillOf(init: Initializer): Fill | undefined {
  return fills.get(init);
}

/** An initializer that draws one value after the other. */
export function elementwise(name: string, fill: Fill): Initializer {
  const made: Initializer = {
    name,
    draw(rng, shape, fan) {
      const values = new Float64Array(elementCount(shape));
      fill(rng, values, fan);
      return values;
    },
  };
  fills.set(made, fill);
  return made;
}

/**
 * The fans of a parameter of that shape: (in, out) of a matrix; of the weights of a convolution (outChannels, inChannels, kH, kW),
 * in = inChannels·kH·kW and out = outChannels·kH·kW; of one axis, its size for both.
 */
export function fansOf(shape: readonly number[]): Fan {
  const [first = 1, second = first, ...kernel] = shape;
  if (kernel.length === 0) return { in: first, out: second };
  const field = elementCount(kernel);
  return { in: second * field, out: first * field };
}

export function multiply(values: Float64Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] = values[i]! * factor;
}
