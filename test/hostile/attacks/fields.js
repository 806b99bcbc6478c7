import { evilIntegers, readInteger, writeInteger } from '../numbers.js';

/** Where a table does not say where the numbers lie, any place among so many bytes may be one. */
const guessedBytes = 64;

/**
 * Every binary number of a header set to 0, 1, −1, the largest of each width, powers of two, and off by one.
 *
 * @type {import('./index.js').Attack}
 */
export const fields = {
  name: 'every header field set to 0, 1, −1, the maximum and off by one',
  *cases({ samples, fieldsOf = guess }) {
    for (const sample of samples) {
      for (const { offset, width, littleEndian } of fieldsOf(sample)) {
        const original = readInteger(sample, offset, width, littleEndian);
        for (const value of [...evilIntegers, original - 1n, original + 1n, original * 2n, -original]) {
          const bytes = sample.slice();
          writeInteger(bytes, offset, width, littleEndian, value);
          yield bytes;
        }
      }
    }
  },
};

/**
 * @param {Uint8Array} sample
 * @returns {import('./index.js').Field[]}
 */
function guess(sample) {
  const found = [];
  for (let offset = 0; offset < Math.min(guessedBytes, sample.length); offset++) {
    found.push({ offset, width: 1, littleEndian: true });
    for (const width of [2, 4, 8]) {
      found.push({ offset, width, littleEndian: true }, { offset, width, littleEndian: false });
    }
  }
  return found;
}
