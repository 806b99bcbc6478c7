/**
 * Every sample cut off at every byte.
 *
 * @type {import('./index.js').Attack}
 */
export const truncation = {
  name: 'truncation at every byte',
  *cases({ samples }) {
    for (const sample of samples) {
      for (let length = 0; length < sample.length; length++) yield sample.slice(0, length);
    }
  },
};
