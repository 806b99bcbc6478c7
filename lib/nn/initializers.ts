import { either, oneOf, type Rule } from '../core/options.js';
import type { RandomState } from '../core/random/random-state.js';
import { elementCount } from '../core/tensors/shape.js';

/**
 * How a parameter begins. `draw` returns its values in row-major order of `shape`, which is the shape that is drawn: (in, out),
 * or (out, in) for CS145's weight layout. Whoever draws nothing leaves the random stream as it is.
 */
export interface Initializer {
  readonly name: string;
  draw(
    rng: RandomState,
    shape: readonly number[],
    fan: { readonly in: number; readonly out: number },
  ): Float64Array;
}

type Fan = Parameters<Initializer['draw']>[2];

/** Writes the next values of a parameter, as many as `out` has; drawing a part after the other draws the whole. */
export type Fill = (rng: RandomState, out: Float64Array, fan: Fan) => void;

const fills = new WeakMap<Initializer, Fill>();

/** How an initializer of this file draws a parameter part by part; undefined for one that a user wrote. */
export function fillOf(init: Initializer): Fill | undefined {
  return fills.get(init);
}

function elementwise(name: string, fill: Fill): Initializer {
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

export const zeros = elementwise('zeros', (_rng, out) => {
  out.fill(0);
});

export const ones = elementwise('ones', (_rng, out) => {
  out.fill(1);
});

/** scale · randn: TwoLayerNet's `std`, FullyConnectedNet's `weightScale`. */
export function normal(scale: number): Initializer {
  return elementwise(`normal(${scale})`, (rng, out) => {
    rng.fillRandn(out);
    multiply(out, scale);
  });
}

/** scale · rand: uniform in [0, scale). ECE285 draws weights and then biases so, with scale 1e-4. */
export function uniform(scale: number): Initializer {
  return elementwise(`uniform(${scale})`, (rng, out) => {
    rng.fillRand(out);
    multiply(out, scale);
  });
}

/** randn / √in, as CS498 draws its weights. */
export const fanIn = elementwise('fanIn', (rng, out, fan) => {
  rng.fillRandn(out);
  divide(out, Math.sqrt(fan.in));
});

/** randn · √(2 / in): He et al. 2015, for ReLU. */
export const he = elementwise('he', (rng, out, fan) => {
  rng.fillRandn(out);
  multiply(out, Math.sqrt(2 / fan.in));
});

/** randn · √(2 / (in + out)): Glorot & Bengio 2010, for tanh and sigmoid. */
export const xavier = elementwise('xavier', (rng, out, fan) => {
  rng.fillRandn(out);
  multiply(out, Math.sqrt(2 / (fan.in + fan.out)));
});

/**
 * Uniform in [−1/√in, 1/√in): as PyTorch's `nn.Linear` begins, weights and biases (`kaiming_uniform_` with a = √5). Drawn as
 * (2·rand − 1) / √in, element by element in row-major order.
 */
export const torch = elementwise('torch', (rng, out, fan) => {
  rng.fillRand(out);
  for (let i = 0; i < out.length; i++) out[i] = 2 * out[i]! - 1;
  divide(out, Math.sqrt(fan.in));
});

function multiply(values: Float64Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] = values[i]! * factor;
}

// A product with 1 / divisor would round twice.
function divide(values: Float64Array, divisor: number): void {
  for (let i = 0; i < values.length; i++) values[i] = values[i]! / divisor;
}

/** Those that need no number, by name. */
export const initializers = { zeros, ones, fanIn, he, xavier, torch } as const;

export type InitializerName = keyof typeof initializers;

/** An initializer given by name or as itself. */
export function initializerOf(init: InitializerName | Initializer): Initializer {
  return typeof init === 'string' ? initializers[init] : init;
}

const custom: Rule<Initializer> = {
  expected: 'an initializer',
  plural: 'initializers',
  accepts: (value): value is Initializer =>
    typeof (value as Partial<Initializer> | null)?.draw === 'function',
};

/** What options take: a name, or an initializer such as `normal(0.01)`. */
export const initializer = either(oneOf(...(Object.keys(initializers) as InitializerName[])), custom);
