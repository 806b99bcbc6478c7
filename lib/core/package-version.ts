import { readFileSync } from 'node:fs';

/** Two folders up in the package, from `lib/core` as from `dist/core`. */
const packageFile = new URL('../../package.json', import.meta.url);

/** The version of gemmnet itself. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(packageFile, 'utf8')) as { readonly version: string }).version;
}
