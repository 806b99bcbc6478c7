import { describe, expectation } from '../core/describe.js';
import { dtypeOf, isArrayOf } from '../core/dtype.js';
import { ArgumentError, ShapeError } from '../core/errors.js';
import { checkValue, either, nonNegative, number, oneOf, type Rule } from '../core/options.js';
import type { RandomState } from '../core/random/random-state.js';
import { elementCount, formatShape } from '../core/tensors/shape.js';
import { asTensor, Tensor } from '../core/tensors/tensor.js';
import {
  elementwise,
  type Fan,
  type Initializer,
  type InitializerFunction,
  multiply,
} from './initializers/initializer.js';
import { orthogonal } from './initializers/orthogonal.js';
import {
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  xavierNormal,
  xavierUniform,
} from './initializers/scaled.js';

export {
  type Fan,
  fansOf,
  fillOf,
  type Initializer,
  type InitializerFunction,
} from './initializers/initializer.js';

export const zeros = elementwise('zeros', (_rng, out) => {
  out.fill(0);
});

export const ones = elementwise('ones', (_rng, out) => {
  out.fill(1);
});

/** The same value everywhere. (`constant` is a schedule.) */
export function constantInit(value: number): Initializer {
  checkValue('constantInit: value', value, number);
  return elementwise(`constantInit(${value})`, (_rng, out) => {
    out.fill(value);
  });
}

/** scale · randn: TwoLayerNet's `std`, FullyConnectedNet's `weightScale`. */
export function normal(scale: number): Initializer {
  return elementwise(`normal(${scale})`, (rng, out) => {
    rng.fillRandn(out);
    multiply(out, scale);
  });
}

/**
 * std · randn, where a number beyond ±2 is drawn again: normal of that standard deviation, cut off at ±2·std. (Keras's TruncatedNormal;
 * PyTorch's `trunc_normal_` with a = −2·std, b = 2·std.) What is left has a standard deviation of 0.88·std.
 */
export function truncatedNormal(std: number): Initializer {
  checkValue('truncatedNormal: std', std, nonNegative);
  return elementwise(`truncatedNormal(${std})`, (rng, out) => {
    let drawn = 0;
    while (drawn < out.length) {
      // Never more than are wanted, so that the stream goes on where one number drawn after the other would have left it.
      const rest = out.subarray(drawn);
      rng.fillRandn(rest);
      for (const value of rest) {
        if (Math.abs(value) <= 2) out[drawn++] = value;
      }
    }
    multiply(out, std);
  });
}

/** scale · rand: uniform in [0, scale). ECE285 draws weights and then biases so, with scale 1e-4. */
export function uniform(scale: number): Initializer;
/**
 * low + (high − low) · rand: uniform in [low, high).
 * @throws ArgumentError for a `low` above `high`
 */
export function uniform(low: number, high: number): Initializer;
export function uniform(first: number, high?: number): Initializer {
  if (high === undefined) {
    return elementwise(`uniform(${first})`, (rng, out) => {
      rng.fillRand(out);
      multiply(out, first);
    });
  }
  checkValue('uniform: low', first, number);
  checkValue('uniform: high', high, number);
  if (first > high) {
    throw new ArgumentError(`uniform: expected low to be at most high, ${high}, but received ${first}`);
  }
  return elementwise(`uniform(${first}, ${high})`, (rng, out) => {
    rng.fillRand(out);
    const range = high - first;
    for (let i = 0; i < out.length; i++) out[i] = first + range * out[i]!;
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

// A product with 1 / divisor would round twice.
function divide(values: Float64Array, divisor: number): void {
  for (let i = 0; i < values.length; i++) values[i] = values[i]! / divisor;
}

/** Those that need no number, by name; those that take options have their defaults. */
export const initializers = {
  zeros,
  ones,
  fanIn,
  he,
  xavier,
  torch,
  heNormal: heNormal(),
  heUniform: heUniform(),
  xavierNormal: xavierNormal(),
  xavierUniform: xavierUniform(),
  lecunNormal: lecunNormal(),
  lecunUniform: lecunUniform(),
  orthogonal: orthogonal(),
} as const;

export type InitializerName = keyof typeof initializers;

/** What may be given wherever an initializer is asked for: a name, `normal(0.01)`, or a function of your own. */
export type InitializerLike = InitializerName | Initializer | InitializerFunction;

/** An initializer given by name, as itself or as a function. */
export function initializerOf(init: InitializerLike): Initializer {
  if (typeof init === 'string') return initializers[init];
  if (typeof init !== 'function') return init;
  return { name: init.name === '' ? 'a function' : init.name, draw: init as Initializer['draw'] };
}

/**
 * A whole parameter, drawn by an initializer that a user may have written.
 * @throws ArgumentError, ShapeError where it gives no numbers, not as many as the shape has, or one that is not finite
 */
export function drawWhole(
  init: Initializer,
  rng: RandomState,
  shape: readonly number[],
  fan: Fan,
): Float64Array {
  const what = `${init.name}: the initial values`;
  const result: unknown = init.draw(rng, shape, fan);
  const values = result instanceof Tensor ? asTensor(result, what, { shape }).elements() : result;
  if (!Array.isArray(values) && dtypeOf(values) === undefined) {
    const hint = custom.accepts(values) ? `; did you mean ${init.name}()?` : '';
    throw new ArgumentError(`${expectation(what, 'to be an array of numbers', describe(values))}${hint}`);
  }
  const { length } = values as ArrayLike<unknown>;
  if (length !== elementCount(shape)) {
    const expected = `to be ${elementCount(shape)} numbers for shape ${formatShape(shape)}`;
    throw new ShapeError(expectation(what, expected, String(length)));
  }
  const drawn = values as ArrayLike<unknown>;
  for (let i = 0; i < length; i++) {
    if (number.accepts(drawn[i])) continue;
    throw new ArgumentError(expectation(what, 'to be finite numbers', `${describe(drawn[i])} at index ${i}`));
  }
  return isArrayOf('float64', values) ? values : Float64Array.from(drawn as ArrayLike<number>);
}

const custom: Rule<Initializer | InitializerFunction> = {
  expected: 'an initializer',
  plural: 'initializers',
  accepts: (value): value is Initializer | InitializerFunction =>
    typeof value === 'function' || typeof (value as Partial<Initializer> | null)?.draw === 'function',
};

/** What options take: a name, an initializer such as `normal(0.01)`, or a function that draws one. */
export const initializer = either(oneOf(...(Object.keys(initializers) as InitializerName[])), custom);
