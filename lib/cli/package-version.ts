import { readFileSync } from 'node:fs';

/** Two folders up in the package, from `lib/cli` as from `dist/cli`. */
const packageFile = new URL('../../package.json', import.meta.url);

/** Of gemmnet itself. */
export const packageVersion = (JSON.parse(readFileSync(packageFile, 'utf8')) as { readonly version: string })
  .version;
