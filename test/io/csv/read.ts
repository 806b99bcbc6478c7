import { loadCsv } from '../../../lib/io/csv/csv.js';

/** What `loadCsv` makes of a text. */
export const read = (text: string, options: Parameters<typeof loadCsv>[1] = {}) =>
  loadCsv(Buffer.from(text), options);

/** Rows of the same cells: enough of them that a reader gets several pieces. */
export const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => `${line(i)}\n`).join('');
