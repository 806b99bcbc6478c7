import { describe, expectation } from '../../core/describe.js';
import { ArgumentError } from '../../core/errors.js';
import { suggest } from '../../core/suggest.js';
import type { ColumnKey } from './table.js';

/** The columns of a file. */
export interface ColumnNames {
  /** As the first line names them; their indices without a header. */
  readonly given: readonly string[];
  /** The same, of which no two are equal. */
  readonly unique: readonly string[];
  readonly hasHeader: boolean;
}

/** @param first the cells of the first line, which names the columns if it is a header */
export function columnNames(first: readonly string[], hasHeader: boolean): ColumnNames {
  const given = first.map((cell, index) => (hasHeader ? cell.trim() : String(index)));
  return { given, unique: uniqueNames(given), hasHeader };
}

/**
 * The index of a column.
 * @param what `loadCsv: labelColumn`
 * @throws ArgumentError for one that the table has not, or a name that stands twice
 */
export function columnIndex({ given, unique, hasHeader }: ColumnNames, key: ColumnKey, what: string): number {
  const names = unique;
  const index = typeof key === 'string' ? names.indexOf(key) : key < 0 ? names.length + key : key;
  const next = typeof key === 'string' && index >= 0 ? given.indexOf(key, given.indexOf(key) + 1) : -1;
  if (next > 0) {
    throw new ArgumentError(
      `${expectation(what, 'to be the name of one column', `${describe(key)}, the name of two`)}; ` +
        `say which by its index: ${given.indexOf(key as string)} or ${next}`,
    );
  }
  if (index >= 0 && index < names.length) return index;
  if (typeof key === 'number') {
    throw new ArgumentError(expectation(what, `to be one of the ${names.length} columns`, describe(key)));
  }
  // Few enough for a search by similarity.
  const meant = suggest(key, names.slice(0, 1000));
  throw new ArgumentError(
    `${expectation(what, `to be one of the ${names.length} columns`, describe(key))}` +
      (meant === undefined ? '' : `; did you mean ${describe(meant)}?`) +
      (hasHeader ? '' : '; the first line was taken as a row, header: true makes names of it'),
  );
}

/** Names of which no two are the same: a name that was there before gets `.1`, `.2` …, an empty one is the column's index. */
function uniqueNames(names: readonly string[]): readonly string[] {
  // What the file says goes before what takes the place of an empty name.
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  const unique = (base: string) => {
    let name = base;
    while (taken.has(name)) {
      const count = (counts.get(base) ?? 0) + 1;
      counts.set(base, count);
      name = `${base}.${count}`;
    }
    taken.add(name);
    return name;
  };
  const given = names.map((name) => (name === '' ? '' : unique(name)));
  return given.map((name, index) => (name === '' ? unique(String(index)) : name));
}
