const values = [0, 1, 0x7f, 0x80, 0xff];

/** Longer samples are changed at each of their first and last bytes, and here and there between. */
const edge = 512;
const stride = 31;

/**
 * Every byte of every sample set to each of a few values.
 *
 * @type {import('./index.js').Attack}
 */
export const eachByte = {
  name: 'every byte set to 0, 1, 0x7f, 0x80 and 0xff',
  *cases({ samples }) {
    for (const sample of samples) {
      for (let at = 0; at < sample.length; at++) {
        const inside = at >= edge && at < sample.length - edge;
        if (inside && at % stride !== 0) continue;
        for (const value of values) {
          if (sample[at] === value) continue;
          const bytes = sample.slice();
          bytes[at] = value;
          yield bytes;
        }
      }
    }
  },
};
