import { describe } from '../../core/describe.js';
import { FormatError } from '../../core/errors.js';
import { canonicalNumber } from '../csv/parse-number.js';

/** How many words the columns of a table may have between them: each takes far more memory than its cell in the file. */
export class WordBudget {
  readonly most: number;
  left: number;

  constructor(most: number) {
    this.most = most;
    this.left = most;
  }
}

/** The words of a column and the number of each, in the order in which they come, or as they were given. */
export class Categories {
  readonly #codes = new Map<string, number>();
  /** Of given words that are numbers, by {@link canonicalNumber}; undefined where two are the same number. */
  readonly #byNumber = new Map<string, number | undefined>();
  readonly #fixed: boolean;
  readonly #budget: WordBudget;

  /**
   * @param parse gives the number of a word, NaN if it is none
   * @param given when a file may use no others
   */
  constructor(budget: WordBudget, parse: (word: string) => number, given?: readonly string[]) {
    this.#budget = budget;
    this.#fixed = given !== undefined;
    for (const [code, word] of (given ?? []).entries()) {
      this.#codes.set(word, code);
      const value = parse(word);
      if (Number.isNaN(value)) continue;
      const number = canonicalNumber(word, value);
      this.#byNumber.set(number, this.#byNumber.has(number) ? undefined : code);
    }
  }

  get size(): number {
    return this.#codes.size;
  }

  /** In the order of their numbers. */
  get words(): readonly string[] {
    return [...this.#codes.keys()];
  }

  /** The number of a word; undefined for a new one. */
  find(word: string): number | undefined {
    return this.#codes.get(word);
  }

  /**
   * The number of a word, a new one for a new word.
   * @param alias the canonical text of a word that is a number, which may be given in another way of writing it
   * @param remedy what helps where there are too many
   * @throws FormatError for a word too many, or one that was not given
   */
  codeOf(word: string, what: string, place: () => string, alias?: string, remedy = ''): number {
    const code = this.#codes.get(word) ?? (alias === undefined ? undefined : this.#byNumber.get(alias));
    if (code !== undefined) return code;
    if (this.#fixed) {
      throw new FormatError(
        `${what} that is among the ${this.size} given but received ${describe(word)} ${place()}`,
      );
    }
    if (this.#budget.left === 0) {
      throw new FormatError(
        `${what} out of at most ${this.#budget.most} of all columns but received another, ${describe(word)}, ${place()}; ` +
          `a larger maxBytes allows more${remedy}`,
      );
    }
    this.#budget.left--;
    // A copy: a part of a string keeps the whole of it in memory.
    this.#codes.set(Buffer.from(word).toString(), this.size);
    return this.size - 1;
  }

  /**
   * The words in their final order (sorted, numbers by value and words by code units, unless they were given), and where each number goes.
   * @param parse gives the number of a word, NaN if it is none
   * @param merge whether numbers that are equal are one word, however they were written
   * @returns `moves[code]` is the word's index in `words`
   */
  sorted(
    parse: (word: string) => number,
    merge: boolean,
  ): { readonly words: readonly string[]; readonly moves: Int32Array } {
    const found = this.words;
    if (this.#fixed) return { words: found, moves: Int32Array.from(found.keys()) };
    const compare = found.every((word) => !Number.isNaN(parse(word)))
      ? (a: string, b: string) => parse(a) - parse(b)
      : undefined;
    const names = merge ? found.map((word) => canonicalNumber(word, parse(word))) : found;
    const words = [...new Set(names)].toSorted(compare);
    const places = new Map(words.map((word, index) => [word, index]));
    return { words, moves: Int32Array.from(names, (word) => places.get(word)!) };
  }
}
