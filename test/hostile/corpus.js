import { fileURLToPath } from 'node:url';

/**
 * The folder of the files that once broke a parser, each named by its hash. `npm run fuzz` adds to it, the tests read it.
 *
 * @param {string} parser its name
 */
export function corpusOf(parser) {
  const folder = parser.replace(/\W+/g, '-').replace(/^-|-$/g, '');
  return fileURLToPath(new URL(`corpus/${folder}`, import.meta.url));
}
