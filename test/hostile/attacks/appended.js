import { joined } from '../numbers.js';
import { Random } from '../random.js';

/**
 * Every sample with something behind it, or in front.
 *
 * @type {import('./index.js').Attack}
 */
export const appended = {
  name: 'appended and prepended garbage',
  *cases({ samples }) {
    const random = new Random(1);
    const noise = Uint8Array.from({ length: 1000 }, () => random.below(256));
    const garbage = [[0], [1], [0x0a], [0x20], [0xff], new Uint8Array(8), noise, new Uint8Array(100_000)];
    for (const sample of samples) {
      for (const extra of [...garbage, ...samples]) {
        yield joined(sample, extra);
        yield joined(extra, sample);
      }
    }
  },
};
