import { parseArgs } from 'node:util';
import { describe } from '../core/describe.js';
import { oneOf, type Rule } from '../core/options.js';
import { suggest } from '../core/suggest.js';
import { padEnd, wrap } from '../plot/terminal/text.js';
import { UsageError } from './usage-error.js';

/** One option of a command. */
export interface Flag<T> {
  /** What stands for the value in the help, `N`; undefined for a switch without a value. */
  readonly placeholder: string | undefined;
  readonly help: string;
  /** @throws UsageError for a text that is no such value */
  parse(name: string, text: string | boolean): T;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The values of those that were given. */
export type FlagValues<F extends Flags> = {
  readonly [K in keyof F]?: F[K] extends Flag<infer T> ? T : never;
};

export function toggle(help: string): Flag<boolean> {
  return { placeholder: undefined, help, parse: (_name, value) => value === true };
}

export function text(placeholder: string, help: string): Flag<string> {
  return {
    placeholder,
    help,
    parse(name, value) {
      if (value === '') throw new UsageError(`--${name}: expected a value but received an empty one`);
      return String(value);
    },
  };
}

/** A number that a rule of the library's options accepts. */
export function numeric(placeholder: string, rule: Rule<number>, help: string): Flag<number> {
  return { placeholder, help, parse: (name, value) => toNumber(name, String(value), rule) };
}

/** Numbers with commas between them: `120,120`. */
export function numericList(placeholder: string, rule: Rule<number>, help: string): Flag<readonly number[]> {
  return {
    placeholder,
    help,
    parse: (name, value) =>
      String(value)
        .split(',')
        .map((word) => toNumber(name, word, rule)),
  };
}

export function choice<const T extends string>(values: readonly T[], help: string): Flag<T> {
  const rule = oneOf(...values);
  // Many do not fit beside the option's name.
  const isLong = values.length > 5;
  return {
    placeholder: isLong ? 'NAME' : values.join('|'),
    help: isLong ? `${values.join(', ')} (${help})` : help,
    parse(name, value) {
      if (rule.accepts(value)) return value;
      throw new UsageError(
        `--${name}: expected ${rule.expected} but received ${rule.explain?.(value) ?? describe(value)}`,
      );
    },
  };
}

function toNumber(name: string, word: string, rule: Rule<number>): number {
  const value = word.trim() === '' ? Number.NaN : Number(word);
  if (rule.accepts(value)) return value;
  throw new UsageError(`--${name}: expected ${rule.expected} but received ${describe(word)}`);
}

/**
 * Reads a command's options; `hiddenDims` is written `--hidden-dims`.
 * @param words receives what is no option; without it such words are errors
 * @throws UsageError for an option that is unknown (naming the one that was probably meant), has no value, or a wrong one
 */
export function readFlags<F extends Flags>(
  command: string,
  flags: F,
  args: readonly string[],
  words?: string[],
): FlagValues<F> {
  const names = new Map(Object.keys(flags).map((key) => [dashed(key), key]));
  const { tokens } = parseArgs({
    args: joinNegativeNumbers(args),
    options: Object.fromEntries(
      [...names].map(([name, key]) => [
        name,
        { type: flags[key]?.placeholder === undefined ? 'boolean' : 'string' } as const,
      ]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const values: Record<string, unknown> = {};
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      if (words !== undefined) {
        words.push(token.value);
        continue;
      }
      throw new UsageError(
        `gemmnet ${command}: expected only options but received ${describe(token.value)}; see gemmnet ${command} --help`,
      );
    }
    const key = names.get(token.name);
    const flag = key === undefined ? undefined : flags[key];
    if (key === undefined || flag === undefined) {
      const meant = suggest(token.name, [...names.keys()]);
      const hint = meant === undefined ? `see gemmnet ${command} --help` : `did you mean --${meant}?`;
      throw new UsageError(`gemmnet ${command}: unknown option ${token.rawName}; ${hint}`);
    }
    if (flag.placeholder === undefined && token.value !== undefined) {
      throw new UsageError(`--${token.name}: expected no value but received ${describe(token.value)}`);
    }
    if (flag.placeholder !== undefined && token.value === undefined) {
      throw new UsageError(`--${token.name}: expected a value (${flag.placeholder}) but received none`);
    }
    values[key] = flag.parse(token.name, token.value ?? true);
  }
  return values as FlagValues<F>;
}

/** The options of a command with their help, each on a line or several of at most so many columns. */
export function formatFlags(flags: Flags, columns: number): string {
  const rows = Object.entries(flags).map(([key, { placeholder, help }]) => {
    return [`  --${dashed(key)}${placeholder === undefined ? '' : ` ${placeholder}`}`, help] as const;
  });
  const width = Math.min(22, Math.max(...rows.map(([left]) => left.length)));
  const indent = ' '.repeat(width + 2);
  return rows
    .flatMap(([left, help]) => {
      const lines = wrap(indent + help, columns, indent);
      return left.length > width
        ? [left, ...lines]
        : lines.with(0, padEnd(left, width + 2) + lines[0]!.trimStart());
    })
    .join('\n');
}

function dashed(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `--lr -1` is a value that is out of range, not an option called -1. */
function joinNegativeNumbers(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const previous = joined.at(-1);
    if (/^-[\d.]/.test(arg) && previous !== undefined && /^--[^=]+$/.test(previous)) {
      joined[joined.length - 1] = `${previous}=${arg}`;
    } else joined.push(arg);
  }
  return joined;
}
