import { readFileSync } from 'node:fs';

/**
 * @param {string} name below test/fixtures
 * @returns {Uint8Array}
 */
export function bytesOfFixture(name) {
  return new Uint8Array(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url)));
}
