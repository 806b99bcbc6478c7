import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the real data sets are: GEMMNET_DATA, or shared/datasets beside the checkout. */
const folder =
  process.env.GEMMNET_DATA ?? fileURLToPath(new URL('../../../shared/datasets', import.meta.url));

/**
 * A file or folder of the real data sets, or undefined where it is not on this machine; a test then skips with
 * {@link realDataMissing} as its reason.
 */
export function realData(...path: string[]): string | undefined {
  const place = join(folder, ...path);
  return existsSync(place) ? place : undefined;
}

export function realDataMissing(what: string): string {
  return `${what} is not in ${folder}: set GEMMNET_DATA to the folder that holds it`;
}
