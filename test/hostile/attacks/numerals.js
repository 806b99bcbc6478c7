import { evilNumerals, findNumerals, replaced, replacedInPlace } from '../numbers.js';

/** Numbers in digits stand in headers, and those in front. */
const headerBytes = 2048;
const mostNumerals = 100;

/**
 * Every number that is written in digits (shapes, lengths, offsets) replaced by 0, −1, 10⁹, 2⁶³, 2⁶⁴, 1e308, nothing …: with the
 * file's length kept, where padding allows it, and not.
 *
 * @type {import('./index.js').Attack}
 */
export const numerals = {
  name: 'every number in digits replaced',
  *cases({ samples }) {
    for (const sample of samples) {
      for (const { start, end } of findNumerals(sample.subarray(0, headerBytes)).slice(0, mostNumerals)) {
        for (const numeral of evilNumerals) {
          const text = Buffer.from(numeral);
          yield replaced(sample, start, end, text);
          const kept = replacedInPlace(sample, start, end, text);
          if (kept !== undefined) yield kept;
        }
      }
    }
  },
};
