import { describe, expectation } from '../core/describe.js';
import { ArgumentError } from '../core/errors.js';
import { suggest } from '../core/suggest.js';
import type { ColumnKey } from './table.js';

/**
 * The index of a column.
 * @param what `loadCsv: labelColumn`
 * @throws ArgumentError for one that the table has not
 */
export function columnIndex(names: readonly string[], key: ColumnKey, what: string): number {
  const index = typeof key === 'string' ? names.indexOf(key) : key < 0 ? names.length + key : key;
  if (index >= 0 && index < names.length) return index;
  if (typeof key === 'number') {
    throw new ArgumentError(expectation(what, `to be one of the ${names.length} columns`, describe(key)));
  }
  // Few enough for a search by similarity.
  const meant = suggest(key, names.slice(0, 1000));
  throw new ArgumentError(
    `${expectation(what, `to be one of the ${names.length} columns`, describe(key))}` +
      (meant === undefined ? '' : `; did you mean ${describe(meant)}?`),
  );
}

/** Names of which no two are the same: a name that was there before gets `.1`, `.2` …, an empty one is the column's index. */
export function uniqueNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  return names.map((given, index) => {
    const base = given === '' ? String(index) : given;
    let name = base;
    while (taken.has(name)) {
      const count = (counts.get(base) ?? 0) + 1;
      counts.set(base, count);
      name = `${base}.${count}`;
    }
    taken.add(name);
    return name;
  });
}
