import { describe } from '../../core/describe.js';
import { FormatError } from '../../core/errors.js';

/** A Python tuple; a list is an array. */
export class Tuple {
  readonly items: readonly unknown[];

  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/** Structured dtypes are nested, but not deep. */
const maxDepth = 16;

/**
 * Reads what Python's `repr` writes of dictionaries (as a Map), tuples, lists, strings, integers, True, False and None, and nothing
 * else; nothing is executed. Escapes in strings stay as they are, integers beyond 2⁵³ are rounded.
 * @param text from a file, a character a byte (latin1)
 * @param what names it in errors: `loadNpy: X.npy: the header`
 * @param origin the byte of the file where the text begins
 * @throws FormatError for anything else, with the byte
 */
export function parsePythonLiteral(text: string, what: string, origin: number): unknown {
  const parser = new Parser(text, what, origin);
  const value = parser.value(0);
  parser.end();
  return value;
}

class Parser {
  readonly #text: string;
  readonly #what: string;
  readonly #origin: number;
  #at = 0;

  constructor(text: string, what: string, origin: number) {
    this.#text = text;
    this.#what = what;
    this.#origin = origin;
  }

  value(depth: number): unknown {
    if (depth > maxDepth) throw this.#fault(`at most ${maxDepth} levels of nesting`);
    if (this.#accept('{')) return this.#dictionary(depth);
    if (this.#accept('[')) return this.#items(']', depth).items;
    if (this.#accept('(')) {
      const { items, comma } = this.#items(')', depth);
      // (5) is the number, (5,) the tuple.
      return items.length === 1 && !comma ? items[0] : new Tuple(items);
    }
    const string = this.#match(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"/y);
    if (string !== undefined) return string[1] ?? string[2];
    // Python 2 wrote long integers with an L.
    const integer = this.#match(/(0|-?[1-9][0-9]*)L?/y);
    if (integer !== undefined) return Number(integer[1]);
    if (this.#match(/True\b/y)) return true;
    if (this.#match(/False\b/y)) return false;
    if (this.#match(/None\b/y)) return null;
    throw this.#fault('a Python literal');
  }

  /** @throws FormatError when more follows than white space */
  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#fault('nothing more');
  }

  #dictionary(depth: number): ReadonlyMap<string, unknown> {
    const entries = new Map<string, unknown>();
    while (!this.#accept('}')) {
      const key = this.value(depth + 1);
      if (typeof key !== 'string') throw this.#fault('a string as the key before');
      if (entries.has(key)) throw this.#fault(`the key ${describe(key)} once`);
      this.#expect(':');
      entries.set(key, this.value(depth + 1));
      if (this.#accept('}')) break;
      this.#expect(',');
    }
    return entries;
  }

  #items(close: ')' | ']', depth: number): { readonly items: unknown[]; readonly comma: boolean } {
    const items: unknown[] = [];
    let comma = false;
    while (!this.#accept(close)) {
      items.push(this.value(depth + 1));
      comma = this.#accept(',');
      if (comma) continue;
      this.#expect(close);
      break;
    }
    return { items, comma };
  }

  #expect(letter: string): void {
    if (!this.#accept(letter)) throw this.#fault(`'${letter}'`);
  }

  #accept(letter: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== letter) return false;
    this.#at++;
    return true;
  }

  #match(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#at;
    const match = sticky.exec(this.#text);
    if (match === null) return undefined;
    this.#at = sticky.lastIndex;
    return match;
  }

  #skipSpace(): void {
    this.#match(/[ \t\r\n]*/y);
  }

  #fault(expected: string): FormatError {
    const rest = this.#text.slice(this.#at, this.#at + 20);
    return new FormatError(
      `${this.#what}: expected ${expected} but received ${rest === '' ? 'its end' : describe(rest)} ` +
        `at byte ${this.#origin + this.#at}`,
    );
  }
}
