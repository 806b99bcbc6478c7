import { either, oneOf, type Rule } from '../core/options.js';
import type { RandomState } from '../core/random-state.js';

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

const count = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function drawn(values: { readonly data: ArrayLike<number> }, scale: (value: number) => number): Float64Array {
  return Float64Array.from(values.data, scale);
}

export const zeros: Initializer = {
  name: 'zeros',
  draw: (_rng, shape) => new Float64Array(count(shape)),
};

export const ones: Initializer = {
  name: 'ones',
  draw: (_rng, shape) => new Float64Array(count(shape)).fill(1),
};

/** scale · randn: TwoLayerNet's `std`, FullyConnectedNet's `weightScale`. */
export function normal(scale: number): Initializer {
  return { name: `normal(${scale})`, draw: (rng, shape) => drawn(rng.randn(...shape), (z) => scale * z) };
}

/** scale · rand: uniform in [0, scale). ECE285 draws weights and then biases so, with scale 1e-4. */
export function uniform(scale: number): Initializer {
  return { name: `uniform(${scale})`, draw: (rng, shape) => drawn(rng.rand(...shape), (u) => u * scale) };
}

/** randn / √in, as CS498 draws its weights. */
export const fanIn: Initializer = {
  name: 'fanIn',
  draw: (rng, shape, fan) => drawn(rng.randn(...shape), (z) => z / Math.sqrt(fan.in)),
};

/** randn · √(2 / in): He et al. 2015, for ReLU. */
export const he: Initializer = {
  name: 'he',
  draw: (rng, shape, fan) => drawn(rng.randn(...shape), (z) => z * Math.sqrt(2 / fan.in)),
};

/** randn · √(2 / (in + out)): Glorot & Bengio 2010, for tanh and sigmoid. */
export const xavier: Initializer = {
  name: 'xavier',
  draw: (rng, shape, fan) => drawn(rng.randn(...shape), (z) => z * Math.sqrt(2 / (fan.in + fan.out))),
};

/**
 * Uniform in [−1/√in, 1/√in): as PyTorch's `nn.Linear` begins, weights and biases (`kaiming_uniform_` with a = √5). Drawn as
 * (2·rand − 1) / √in, element by element in row-major order.
 */
export const torch: Initializer = {
  name: 'torch',
  draw: (rng, shape, fan) => drawn(rng.rand(...shape), (u) => (2 * u - 1) / Math.sqrt(fan.in)),
};

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
