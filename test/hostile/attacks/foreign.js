/**
 * Files of every other format, and none at all.
 *
 * @type {import('./index.js').Attack}
 */
export const foreign = {
  name: 'files of other formats',
  *cases({ strangers }) {
    yield new Uint8Array(0);
    for (const stranger of strangers()) yield stranger;
  },
};
