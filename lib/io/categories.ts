import { describe } from '../core/describe.js';
import { FormatError } from '../core/errors.js';
import { parseNumber } from './parse-number.js';

/** The most categories of all columns of a table together. */
const maxWords = 1 << 16;

/** How many more words the columns of a table may have between them: each takes far more memory than its cell in the file. */
export class WordBudget {
  left = maxWords;
}

/** The words of a column and the number of each, in the order in which they come, or as they were given. */
export class Categories {
  readonly #codes = new Map<string, number>();
  readonly #fixed: boolean;
  readonly #budget: WordBudget;

  /** @param given when a file may use no others */
  constructor(budget: WordBudget, given?: readonly string[]) {
    this.#budget = budget;
    this.#fixed = given !== undefined;
    for (const word of given ?? []) this.#codes.set(word, this.#codes.size);
  }

  get size(): number {
    return this.#codes.size;
  }

  /** In the order of their numbers. */
  get words(): readonly string[] {
    return [...this.#codes.keys()];
  }

  /**
   * The number of a word, a new one for a new word.
   * @throws FormatError for a word too many, or one that was not given
   */
  codeOf(word: string, what: string, place: () => string): number {
    const code = this.#codes.get(word);
    if (code !== undefined) return code;
    if (this.#fixed) {
      throw new FormatError(
        `${what} that is among the ${this.size} given but received ${describe(word)} ${place()}`,
      );
    }
    if (this.#budget.left === 0) {
      throw new FormatError(
        `${what} out of at most ${maxWords} of all columns but received another, ${describe(word)}, ${place()}`,
      );
    }
    this.#budget.left--;
    // A copy: a part of a string keeps the whole of it in memory.
    this.#codes.set(Buffer.from(word).toString(), this.size);
    return this.size - 1;
  }

  /**
   * The words in their final order (sorted, numbers by value and words by code units, unless they were given), and where each number goes.
   * @returns `moves[code]` is the word's index in `words`
   */
  sorted(): { readonly words: readonly string[]; readonly moves: Int32Array } {
    const found = this.words;
    const compare = found.every((word) => !Number.isNaN(parseNumber(word)))
      ? (a: string, b: string) => Number(a) - Number(b)
      : undefined;
    const words = this.#fixed ? found : found.toSorted(compare);
    const places = new Map(words.map((word, index) => [word, index]));
    return { words, moves: Int32Array.from(found, (word) => places.get(word)!) };
  }
}
