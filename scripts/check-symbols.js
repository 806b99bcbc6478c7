import { existsSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { capture, root } from './run.js';

/**
 * An object of native/isa is compiled for one instruction set. A weak symbol in it (an inline function or a template of a
 * header) may be the copy that the linker keeps for everybody: AVX-512 code would then run on every machine.
 *
 * @param {string} listing what `nm -C --defined-only` printed of one object
 * @returns {string[]} the names of its weak or unique defined symbols
 */
export function weakSymbols(listing) {
  const names = [];
  for (const line of listing.split('\n')) {
    const match = /^[0-9a-fA-F]*\s+([WVu])\s+(.*)$/.exec(line);
    if (match) names.push(match[2] ?? '');
  }
  return names;
}

/**
 * @param {string} build the folder that node-gyp built in
 * @returns {string[]} the objects of native/isa
 */
export function isaObjects(build) {
  if (!existsSync(build)) return [];
  return readdirSync(build, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.o'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.includes(`${sep}native${sep}isa${sep}`))
    .sort();
}

if (process.argv[1] === import.meta.filename) {
  const objects = isaObjects(join(root, 'build', 'Release'));
  let weak = 0;
  for (const object of objects) {
    for (const symbol of weakSymbols(capture('nm', ['-C', '--defined-only', object]))) {
      console.error(
        `${object}: weak symbol ${symbol}: put it into an unnamed namespace, use no std container there`,
      );
      weak += 1;
    }
  }
  console.log(`check-symbols: ${objects.length} objects of native/isa, ${weak} weak symbols`);
  if (objects.length === 0)
    console.error('check-symbols: nothing to look at: run `npm run build:native` first');
  if (weak > 0 || objects.length === 0) process.exitCode = 1;
}
