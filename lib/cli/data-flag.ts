import { describe, orList } from '../core/describe.js';
import { suggest } from '../core/suggest.js';
import { type FetchableName, fetchableNames } from '../data/download/manifest.js';
import type { Flag } from './arguments.js';
import { UsageError } from './usage-error.js';

/** Which data set a command works on. */
export type DataSource = {
  /** As given, `mnist:DIR`. */
  readonly name: string;
} & (
  | { readonly kind: 'digits'; readonly split: 'stratified' | 'writers' }
  /** Without a folder, where `gemmnet data fetch` put it. */
  | { readonly kind: FetchableName; readonly folder: string | undefined }
);

/** What is built in, and read when nothing is said. */
export const digits: DataSource = { name: 'digits', kind: 'digits', split: 'stratified' };

/** The flag `--data`. */
export const dataFlag: Flag<DataSource> = {
  placeholder: 'NAME',
  help: 'digits (built in, the default; digits:writers tests on other writers), mnist, fashion-mnist, kmnist, cifar10 or cifar100 (after gemmnet data fetch; or with their folder, mnist:DIR)',
  parse: (_name, value) => parseDataSource(String(value)),
};

/** @throws UsageError for an unknown data set, or an empty or needless folder */
function parseDataSource(name: string): DataSource {
  const colon = name.indexOf(':');
  const word = colon < 0 ? name : name.slice(0, colon);
  const folder = colon < 0 ? undefined : name.slice(colon + 1);
  if (word === 'digits') {
    if (folder === undefined) return digits;
    if (folder === 'writers') return { name, kind: 'digits', split: 'writers' };
    throw new UsageError(
      `--data: expected digits without a folder, or digits:writers, but received ${describe(name)}`,
    );
  }
  const kind = fetchableNames.find((known) => known === word);
  if (kind === undefined) {
    const names = ['digits', ...fetchableNames];
    const meant = suggest(word, names);
    throw new UsageError(
      `--data: expected ${orList(names)}, or a name and a folder as in mnist:DIR, but received ${describe(name)}` +
        (meant === undefined ? '' : `; did you mean ${meant}?`),
    );
  }
  if (folder === '') {
    throw new UsageError(`--data: expected a folder after ${kind}: but received ${describe(name)}`);
  }
  return { name, kind, folder };
}
