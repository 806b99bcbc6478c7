import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.js';

/**
 * The programs of the README that bear a name, in their order, and the table that one of them reads.
 *
 * @returns {{ programs: { name: string, text: string }[], table: string }}
 */
export function readmePrograms() {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const programs = [...readme.matchAll(/^```js\n\/\/ ([\w-]+\.mjs)[^\n]*\n([\s\S]*?)^```$/gm)].map(
    ([, name = '', text = '']) => ({ name, text }),
  );
  const [, table = ''] = readme.match(/^```csv\n([\s\S]*?)^```$/m) ?? [];
  return { programs, table };
}
