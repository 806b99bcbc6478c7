import { mutant } from '../mutate.js';

/** The seed of the tests: the same cases every time. `npm run fuzz` takes others. */
const seed = 20_240_229;

/**
 * Random files: samples with bit flips, bytes and integers set, blocks copied, inserted, deleted and filled, two samples spliced, words
 * of the format and numbers in digits.
 *
 * @type {import('./index.js').Attack}
 */
export const mutation = {
  name: 'random mutation',
  *cases(material) {
    for (let index = 0; index < material.mutants; index++) yield mutant(seed, index, material);
  },
};
