import { types } from 'node:util';
import { describe, expectation } from '../describe.js';
import { dtypeOf, type TypedArray } from '../dtype.js';
import { ArgumentError } from '../errors.js';
import { allocate } from '../memory.js';
import { boolean, checkOptions, checkValue, integerIn, nonNegative, number, optional } from '../options.js';
import { Tensor } from '../tensors/ndarray.js';
import { checkShape, elementCount } from '../tensors/shape.js';
import {
  fillBounded,
  fillNormal,
  fillUniform,
  type Key,
  keyLength,
  type Meta,
  nextBounded,
  nextDouble,
  seedKey,
  shuffleElements,
} from './mersenne-twister.js';

/** As NumPy's `get_state(legacy=True)`: name, 624 words, position in them, whether a normal is kept, and that normal. */
export type RandomStateTuple = readonly [
  name: 'MT19937',
  key: Uint32Array,
  position: number,
  hasGauss: number,
  cachedGaussian: number,
];

/**
 * Fills `out` with the next numbers of a stream and advances its state.
 * @param key the 624 words of MT19937
 * @param meta [position in the key, whether a normal is kept (0 or 1), the kept normal]
 */
export type Fill = (key: Uint32Array, meta: Float64Array, out: Float64Array) => void;

/** The same with integers in 0 … max. */
export type FillBounded = (key: Uint32Array, meta: Float64Array, out: Int32Array, max: number) => void;

/** Who computes the numbers of streams. */
export interface RandomSource {
  /** Uniform in [0, 1), the same bits whoever computes them. */
  readonly fillUniform: Fill;
  /** Standard normals. */
  readonly fillNormal: Fill;
  /** Integers, the same whoever computes them. */
  readonly fillBounded: FillBounded;
}

export const javaScriptSource: RandomSource = {
  fillUniform: (key, meta, out) => fillUniform(key, meta, out),
  fillNormal,
  fillBounded,
};

let source = javaScriptSource;

/**
 * Sets who computes the numbers of every RandomState; undefined: JavaScript again. A native backend gives NumPy's very normals;
 * `Math.log` of V8 differs in the last bit of 3 % of them.
 */
export function setRandomSource(next: RandomSource | undefined): void {
  source = next ?? javaScriptSource;
}

/** Below this many uniform numbers or integers JavaScript has drawn them before a native call begins. */
const fewNumbers = 128;

/** How many numbers are worked on at once, while the cache has them. */
const blockLength = 8192;

/** A shape, or how many numbers of one axis. */
export type Size = number | readonly number[];

const count = integerIn(1, 2 ** 31);
const seedRange = integerIn(0, 2 ** 32 - 1);

/**
 * NumPy's legacy generator, `numpy.random.RandomState`: the same seed draws the same numbers, whatever the order of calls.
 * Floating-point results are float64.
 */
export class RandomState {
  readonly #key: Key = new Uint32Array(keyLength);
  readonly #meta: Meta = new Float64Array(3);

  /**
   * @param seed 0 … 2³²−1; without one, an unpredictable one
   * @throws ArgumentError for another seed
   */
  constructor(seed?: number) {
    const chosen = seed === undefined ? globalThis.crypto.getRandomValues(new Uint32Array(1))[0]! : seed;
    seedKey(this.#key, this.#meta, checkValue('RandomState: the seed', chosen, seedRange));
  }

  /** Uniform numbers in [0, 1): one number, or a tensor of that shape. */
  rand(): number;
  rand(...shape: number[]): Tensor;
  rand(...shape: number[]): number | Tensor {
    if (shape.length === 0) return nextDouble(this.#key, this.#meta);
    return this.#tensor('RandomState.rand', shape, (out) => this.fillRand(out));
  }

  /** Standard normals: one number, or a tensor of that shape. */
  randn(): number;
  randn(...shape: number[]): Tensor;
  randn(...shape: number[]): number | Tensor {
    if (shape.length === 0) return this.#normal();
    return this.#tensor('RandomState.randn', shape, (out) => this.fillRandn(out));
  }

  /**
   * Normals with mean `loc` and standard deviation `scale`: one number, or a tensor of that shape.
   * @throws ArgumentError for a scale below 0
   */
  normal(loc?: number, scale?: number): number;
  normal(loc: number, scale: number, shape: Size): Tensor;
  normal(loc = 0, scale = 1, shape?: Size): number | Tensor {
    checkValue('RandomState.normal: loc', loc, number);
    checkValue('RandomState.normal: scale', scale, nonNegative);
    if (shape === undefined) return loc + scale * this.#normal();
    return this.#tensor('RandomState.normal', shape, (out) => {
      inBlocks(out, (block) => {
        this.fillRandn(block);
        for (let i = 0; i < block.length; i++) block[i] = loc + scale * block[i]!;
      });
    });
  }

  /**
   * Uniform numbers in [low, high): one number, or a tensor of that shape.
   * @throws ArgumentError for a range wider than a double holds
   */
  uniform(low?: number, high?: number): number;
  uniform(low: number, high: number, shape: Size): Tensor;
  uniform(low = 0, high = 1, shape?: Size): number | Tensor {
    checkValue('RandomState.uniform: low', low, number);
    checkValue('RandomState.uniform: high', high, number);
    if (!Number.isFinite(high - low)) {
      const range = 'a difference that float64 can hold';
      throw new ArgumentError(
        `RandomState.uniform: expected low and high to have ${range} but received ${low} and ${high}`,
      );
    }
    const range = high - low;
    if (shape === undefined) return low + range * nextDouble(this.#key, this.#meta);
    return this.#tensor('RandomState.uniform', shape, (out) => {
      inBlocks(out, (block) => {
        this.fillRand(block);
        for (let i = 0; i < block.length; i++) block[i] = low + range * block[i]!;
      });
    });
  }

  /**
   * Integers in 0 … n−1, with replacement: one, or `size` of them. (NumPy's `randint(n, size=…)`.)
   * @param n 1 … 2³¹
   */
  randint(n: number): number;
  randint(n: number, size: number): Int32Array;
  randint(n: number, size?: number): number | Int32Array {
    return this.#integers('RandomState.randint', n, size);
  }

  /**
   * Indices of n things: one, or `size` of them. With replacement as {@link randint}; without, the first of a permutation.
   * @throws ArgumentError for more than n without replacement
   */
  choice(n: number): number;
  choice(n: number, size: number, options?: { readonly replace?: boolean }): Int32Array;
  choice(n: number, size?: number, options: { readonly replace?: boolean } = {}): number | Int32Array {
    const { replace } = checkOptions('RandomState.choice', options, { replace: optional(boolean, true) });
    if (replace) return this.#integers('RandomState.choice', n, size);
    checkValue('RandomState.choice: n', n, count);
    const wanted = checkValue('RandomState.choice: size', size ?? 1, integerIn(0, n));
    const chosen = this.permutation(n).slice(0, wanted);
    return size === undefined ? chosen[0]! : chosen;
  }

  /** 0 … n−1 in random order. */
  permutation(n: number): Int32Array {
    checkValue('RandomState.permutation: n', n, integerIn(0, 2 ** 31));
    const order = ascending(n);
    shuffleElements(this.#key, this.#meta, order);
    return order;
  }

  /**
   * Puts the elements of an array or typed array into random order, in place (Fisher & Yates, from the end).
   * @throws ArgumentError for what is no array
   */
  shuffle(array: unknown[] | TypedArray): void {
    if (!Array.isArray(array) && dtypeOf(array) === undefined) {
      const what = 'RandomState.shuffle: the argument';
      throw new ArgumentError(expectation(what, 'to be an array or a typed array', describe(array)));
    }
    shuffleElements(this.#key, this.#meta, array);
  }

  /** A copy of the state. */
  getState(): RandomStateTuple {
    return ['MT19937', this.#key.slice(), this.#meta[0]!, this.#meta[1]!, this.#meta[2]!];
  }

  /**
   * Continues from a state that {@link getState}, or NumPy's `get_state`, returned.
   * @throws ArgumentError for anything else; the state is as before then
   */
  setState(state: RandomStateTuple): void {
    const [name, key, position, hasGauss, cachedGaussian] = Array.isArray(state) ? (state as unknown[]) : [];
    const words = Array.isArray(key) || types.isUint32Array(key) ? Array.from(key as ArrayLike<unknown>) : [];
    const good =
      name === 'MT19937' &&
      words.length === keyLength &&
      words.every((word) => seedRange.accepts(word)) &&
      integerIn(0, keyLength).accepts(position) &&
      integerIn(0, 1).accepts(hasGauss) &&
      number.accepts(cachedGaussian);
    if (!good) {
      throw new ArgumentError(
        `RandomState.setState: expected ['MT19937', ${keyLength} words, position, hasGauss, cachedGaussian] but received ` +
          describe(state),
      );
    }
    this.#key.set(words as number[]);
    this.#meta.set([position, hasGauss, cachedGaussian] as number[]);
  }

  /** A generator that draws the same numbers from here on. */
  clone(): RandomState {
    const copy = new RandomState(0);
    copy.setState(this.getState());
    return copy;
  }

  /** The same numbers as {@link rand} draws, into memory that is there. @internal */
  fillRand(out: Float64Array): void {
    const { fillUniform } = out.length < fewNumbers ? javaScriptSource : source;
    fillUniform(this.#key, this.#meta, out);
  }

  /** The same numbers as {@link randn} draws, into memory that is there. @internal */
  fillRandn(out: Float64Array): void {
    source.fillNormal(this.#key, this.#meta, out);
  }

  #normal(): number {
    this.fillRandn(single);
    return single[0]!;
  }

  #tensor(who: string, shape: Size, fill: (out: Float64Array) => void): Tensor {
    const sizes = checkShape(typeof shape === 'number' ? [shape] : shape, who);
    const out = allocate('float64', elementCount(sizes));
    fill(out);
    return new Tensor(out, sizes);
  }

  #integers(who: string, n: number, size: number | undefined): number | Int32Array {
    const max = checkValue(`${who}: n`, n, count) - 1;
    if (size === undefined) return nextBounded(this.#key, this.#meta, max);
    const drawn = new Int32Array(checkValue(`${who}: size`, size, integerIn(0, 2 ** 31)));
    const { fillBounded } = drawn.length < fewNumbers ? javaScriptSource : source;
    fillBounded(this.#key, this.#meta, drawn, max);
    return drawn;
  }
}

/** Holds one number while native code draws it. */
const single = new Float64Array(1);

function inBlocks(out: Float64Array, work: (block: Float64Array) => void): void {
  for (let start = 0; start < out.length; start += blockLength) {
    work(out.subarray(start, start + blockLength));
  }
}

function ascending(n: number): Int32Array {
  const integers = new Int32Array(n);
  for (let i = 0; i < n; i++) integers[i] = i;
  return integers;
}
