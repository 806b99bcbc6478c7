import './globals.js';
import { describe, orList, shortened } from './describe.js';
import { ArgumentError } from './errors.js';
import { suggest } from './suggest.js';

/** What an option has to be. */
export interface Rule<T> {
  /** With its article, to follow "to be": `a positive integer`. */
  readonly expected: string;
  /** The same of many, to follow "an array of": `positive integers`. */
  readonly plural: string;
  accepts(value: unknown): value is T;
  /** What is wrong, where `describe(value)` would not show it. */
  explain?(value: unknown): string;
  /** What the checked options hold in place of the value: a copy that nobody changes later. */
  read?(value: T): T;
}

/** A rule for an option that may be left out. */
export interface OptionalRule<T> extends Rule<T> {
  readonly optional: true;
  readonly fallback: T;
}

export type Schema = Readonly<Record<string, Rule<unknown> | OptionalRule<unknown>>>;

/** Options that were checked, with the defaults of those left out. */
export type Checked<S extends Schema> = { readonly [K in keyof S]: S[K] extends Rule<infer T> ? T : never };

/**
 * Checks an options object against what is asked of each option. `undefined` counts as left out.
 *
 * ```ts
 * const { inputSize, std } = checkOptions('TwoLayerNet', options, {
 *   inputSize: positiveInteger,
 *   std: optional(nonNegative, 1e-4),
 *   loss: optional(oneOf('softmax', 'mse'), 'softmax'),
 * });
 * ```
 * @param owner opens the messages: `TwoLayerNet`, or `Solver: data` for an object that is not the options
 * @param elsewhere names that belong to another place, and how they are written there: `{ momentum: 'optimConfig: { momentum }' }`
 * @throws ArgumentError for an option that is unknown (naming the one that was probably meant), missing or not as asked
 */
export function checkOptions<const S extends Schema>(
  owner: string,
  options: unknown,
  schema: S,
  elsewhere: Readonly<Record<string, string>> = {},
): Checked<S> {
  const colon = owner.indexOf(': ');
  const who = colon < 0 ? owner : owner.slice(0, colon);
  const group = colon < 0 ? 'the options' : owner.slice(colon + 2);
  const nameOf = (key: string) => (colon < 0 ? `option ${key}` : `${group}.${key}`);
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options))) {
    throw new ArgumentError(`${who}: expected ${group} to be an object but received ${describe(options)}`);
  }
  const given: Readonly<Record<string, unknown>> = { ...options };
  const known = Object.keys(schema);
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(schema, key)) continue;
    const meant = Object.hasOwn(elsewhere, key) ? `; did you mean ${elsewhere[key]}?` : hint(key, known);
    throw new ArgumentError(`${who}: unknown ${nameOf(shortened(key))}${meant}`);
  }
  const checked: Record<string, unknown> = {};
  for (const key of known) {
    const rule = schema[key]!;
    const value = given[key];
    if (value !== undefined) checked[key] = checkValue(`${who}: ${nameOf(key)}`, value, rule);
    else if ('optional' in rule) checked[key] = rule.fallback;
    else throw new ArgumentError(`${who}: expected ${nameOf(key)} to be ${rule.expected} but it is missing`);
  }
  return checked as Checked<S>;
}

/**
 * Checks one value against a rule.
 * @param what names it, after the caller's name and a colon: `split: val`
 * @throws ArgumentError for a value that is not as asked
 */
export function checkValue<T>(what: string, value: unknown, rule: Rule<T>): T {
  if (rule.accepts(value)) return rule.read === undefined ? value : rule.read(value);
  const colon = what.indexOf(': ');
  const who = colon < 0 ? '' : what.slice(0, colon + 2);
  const name = what.slice(who.length);
  const received = rule.explain?.(value) ?? describe(value);
  throw new ArgumentError(`${who}expected ${name} to be ${rule.expected} but received ${received}`);
}

/** An option that may be left out and is `fallback` then, or undefined without one. */
export function optional<T>(rule: Rule<T>): OptionalRule<T | undefined>;
export function optional<T>(rule: Rule<T>, fallback: NoInfer<T>): OptionalRule<T>;
export function optional<T>(rule: Rule<T>, fallback?: T): OptionalRule<T | undefined> {
  return { ...(rule as Rule<T | undefined>), optional: true, fallback };
}

function rule<T>(expected: string, plural: string, accepts: (value: unknown) => boolean): Rule<T> {
  return { expected, plural, accepts: accepts as Rule<T>['accepts'] };
}

function numeric(expected: string, plural: string, accepts: (value: number) => boolean): Rule<number> {
  return rule(expected, plural, (value) => typeof value === 'number' && accepts(value));
}

export const number = numeric('a finite number', 'finite numbers', Number.isFinite);
export const positive = numeric('a positive number', 'positive numbers', (x) => Number.isFinite(x) && x > 0);
export const nonNegative = numeric(
  'a number from 0 on',
  'numbers from 0 on',
  (x) => Number.isFinite(x) && x >= 0,
);
export const fraction = numeric('a number in 0 … 1', 'numbers in 0 … 1', (x) => x >= 0 && x <= 1);
/** As the shares of a moving average. */
export const belowOne = numeric(
  'a number from 0 to below 1',
  'numbers from 0 to below 1',
  (x) => x >= 0 && x < 1,
);
export const positiveInteger = numeric(
  'a positive integer',
  'positive integers',
  (n) => Number.isSafeInteger(n) && n > 0,
);
export const nonNegativeInteger = numeric(
  'an integer from 0 on',
  'integers from 0 on',
  (n) => Number.isSafeInteger(n) && n >= 0,
);

/** An integer in lowest … highest, both included. */
export function integerIn(lowest: number, highest: number): Rule<number> {
  const range = `in ${lowest} … ${highest}`;
  return numeric(
    `an integer ${range}`,
    `integers ${range}`,
    (n) => Number.isInteger(n) && n >= lowest && n <= highest,
  );
}

export const boolean: Rule<boolean> = rule(
  'true or false',
  'booleans',
  (value) => typeof value === 'boolean',
);
export const string: Rule<string> = rule('a string', 'strings', (value) => typeof value === 'string');

/** A function. Its own arguments and result are not checked: name its type, `fn<(step: number) => void>()`. */
export function fn<F extends (...args: never[]) => unknown>(): Rule<F> {
  return rule('a function', 'functions', (value) => typeof value === 'function');
}

/** Whatever is not undefined; for what is checked elsewhere. */
export const any: Rule<unknown> = rule('given', 'values', (value) => value !== undefined);

/** An object as braces write it. */
export const record: Rule<Readonly<Record<string, unknown>>> = rule('an object', 'objects', (value) => {
  if (typeof value !== 'object' || value === null) return false;
  // Object.prototype of any realm is where the chain ends.
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
});

/** Also that of another realm or a polyfill. */
export const abortSignal: Rule<AbortSignal> = rule('an AbortSignal', 'AbortSignals', (value) => {
  if (typeof value !== 'object' || value === null) return false;
  const { aborted, addEventListener } = value as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
});

/** One of a few words or numbers. */
export function oneOf<const T extends string | number>(...values: readonly T[]): Rule<T> {
  const words = values.map(describe);
  const rest = rule<T>(orList(words), `${words.join(', ')}`, (value) => values.includes(value as T));
  const strings = values.filter((value) => typeof value === 'string');
  return {
    ...rest,
    explain(value) {
      const meant = typeof value === 'string' ? suggest(value, strings) : undefined;
      return `${describe(value)}${meant === undefined ? '' : `; did you mean '${meant}'?`}`;
    },
  };
}

/** An array of what `each` asks for; the checked options hold a frozen copy. */
export function arrayOf<T>(each: Rule<T>): Rule<readonly T[]> {
  return {
    ...rule<readonly T[]>(`an array of ${each.plural}`, `arrays of ${each.plural}`, (value) => {
      // Array.from turns holes into undefined, which `every` would pass over.
      return Array.isArray(value) && Array.from(value).every((element) => each.accepts(element));
    }),
    explain(value) {
      if (!Array.isArray(value)) return describe(value);
      const index = Array.from(value).findIndex((element) => !each.accepts(element));
      return `${describe(value)}, where element ${index} is ${describe(value[index])}`;
    },
    read: (value) => Object.freeze([...value]),
  };
}

/** An instance of a class. */
export function instanceOf<T>(type: abstract new (...args: never[]) => T): Rule<T> {
  const one = `an instance of ${type.name}`;
  return rule(one, `instances of ${type.name}`, (value) => value instanceof type);
}

/** What one rule or the other asks for. */
export function either<A, B>(a: Rule<A>, b: Rule<B>): Rule<A | B> {
  return {
    ...rule<A | B>(`${a.expected} or ${b.expected}`, `${a.plural} or ${b.plural}`, (value) => {
      return a.accepts(value) || b.accepts(value);
    }),
    explain: (value) => a.explain?.(value) ?? b.explain?.(value) ?? describe(value),
    read(value) {
      if (a.accepts(value)) return a.read?.(value) ?? value;
      return b.read?.(value as B) ?? value;
    },
  };
}

function hint(key: string, known: readonly string[]): string {
  const meant = suggest(key, known);
  if (meant !== undefined) return `; did you mean ${meant}?`;
  return known.length === 0 ? '; there are none' : `; known are ${known.join(', ')}`;
}
