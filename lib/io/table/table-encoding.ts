import { setImmediate } from 'node:timers/promises';
import type { TypedArray } from '../../core/dtype.js';

/** Elements that are changed before the event loop gets its turn. */
const elementsAtOnce = 1 << 19;
/** Elements whose columns are gone through one by one: what stays in the first-level cache. */
const blockElements = 1 << 13;

/** What becomes of a column's numbers when all rows are there. */
export interface Encoding {
  readonly name: string;
  /** The words of a column of words, in their final order. */
  readonly words?: readonly string[];
  /** Where the number of each word goes: the index in `words`. */
  readonly moves?: Int32Array;
  /** Whether each word becomes a column. */
  readonly oneHot: boolean;
  /** What takes the place of NaN. */
  readonly mean: number | undefined;
}

/** Gives each cell its final number, in place. */
export async function encodeInPlace(X: TypedArray, columns: readonly Encoding[]): Promise<void> {
  const width = columns.length;
  for (let c = 0, done = 0; c < width; c++) {
    const { moves, mean } = columns[c]!;
    if (moves === undefined && mean === undefined) continue;
    for (let at = c; at < X.length; at += width) {
      if (moves !== undefined) X[at] = moves[X[at]!]!;
      else if (Number.isNaN(X[at])) X[at] = mean!;
    }
    done += X.length / width;
    if (done >= elementsAtOnce) {
      await setImmediate();
      done = 0;
    }
  }
}

/** The names of the columns that {@link encodeOneHot} makes: of one-hot columns, one for each word. */
export function oneHotNames(columns: readonly Encoding[]): readonly string[] {
  return columns.flatMap(({ name, words, oneHot }) => {
    return words !== undefined && oneHot ? words.map((word) => `${name}=${word}`) : [name];
  });
}

/**
 * Gives each cell its final number, or its word the one among zeros that is its own.
 * @param from (rows, columns)
 * @param X zeros of shape (rows, names)
 */
export async function encodeOneHot(
  from: TypedArray,
  X: TypedArray,
  rows: number,
  columns: readonly Encoding[],
): Promise<void> {
  const width = X.length / rows;
  const step = columns.length;
  const rowsAtOnce = Math.ceil(blockElements / width);
  let done = 0;
  for (let first = 0, end = 0; first < rows; first = end) {
    end = Math.min(rows, first + rowsAtOnce);
    done += (end - first) * width;
    if (done >= elementsAtOnce) {
      await setImmediate();
      done = 0;
    }
    let [c, start] = [0, 0];
    for (const { words, moves, mean, oneHot } of columns) {
      for (let row = first, at = first * step + c, to = first * width + start; row < end; row++) {
        const value = from[at]!;
        if (moves === undefined) X[to] = Number.isNaN(value) ? mean! : value;
        else if (oneHot) X[to + moves[value]!] = 1;
        else X[to] = moves[value]!;
        at += step;
        to += width;
      }
      c++;
      start += oneHot ? words!.length : 1;
    }
  }
}
