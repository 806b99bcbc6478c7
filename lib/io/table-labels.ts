import type { Categories } from './categories.js';

/** Labels that are integers up to here are kept as they are. */
const largestKept = 0xffff;

/**
 * Class indices of the numbers that {@link Categories} gave to the labels.
 * @param codes replaced in place
 * @param given the classes, if the caller gave them
 */
export function labelsOf(
  found: Categories,
  codes: Int32Array,
  given: readonly string[] | undefined,
): { readonly y: Int32Array; readonly classes?: readonly string[] } {
  if (given !== undefined) return { y: codes, classes: given };
  const numbers = found.words.map(Number);
  const kept = numbers.every((n) => Number.isInteger(n) && n >= 0 && n <= largestKept);
  if (kept) return { y: replace(codes, Int32Array.from(numbers)) };
  const { words, moves } = found.sorted();
  return { y: replace(codes, moves), classes: words };
}

function replace(codes: Int32Array, by: Int32Array): Int32Array {
  for (let i = 0; i < codes.length; i++) codes[i] = by[codes[i]!]!;
  return codes;
}
