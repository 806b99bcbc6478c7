import { setImmediate } from 'node:timers/promises';
import { describe, expectation } from '../core/describe.js';
import { isBytes } from '../core/dtype.js';
import { ArgumentError, FormatError } from '../core/errors.js';
import {
  abortSignal,
  boolean,
  type Checked,
  checkOptions,
  either,
  oneOf,
  optional,
  string,
} from '../core/options.js';
import { eachRecord } from './csv-records.js';
import { gunzip, isGzip } from './gzip.js';
import { parseNumber } from './parse-number.js';
import { type Readable, readWhole, type Source, withSource } from './source.js';
import { checkTable, type Table, type TableOptions, tableOptions } from './table.js';
import { TableBuilder } from './table-builder.js';

/** The longest gzip file, which is read as a whole. */
const maxGzip = 2 ** 31 - 1;
const pieceLength = 1 << 16;
/** X may have this many bytes for each byte of the file, or those, which any file may have. */
const [expansion, gzipExpansion, anyBytes] = [16, 100, 1 << 26];

export interface CsvOptions extends TableOptions {
  /** One character between cells; default a tab for files whose name ends in .tsv or .tab, else a comma. */
  readonly delimiter?: string;
  /** Whether the first line names the columns; default 'auto': if none of its cells is a number. */
  readonly header?: boolean | 'auto';
  /** What begins a line, or the rest of one, that is no part of the table; default: nothing does. */
  readonly comment?: string;
  /** Stops the reading; `loadCsv` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

const csvOptions = {
  ...tableOptions,
  delimiter: optional(string),
  header: optional(either(boolean, oneOf('auto')), 'auto'),
  comment: optional(string),
  signal: optional(abortSignal),
};

/**
 * Reads a table of comma-separated values (RFC 4180, https://www.rfc-editor.org/rfc/rfc4180), gzip-compressed or not: UTF-8, cells in
 * double quotes or not, lines that end in LF, CRLF or CR. Empty lines are passed over. The file is read piece by piece, never as a
 * whole.
 *
 * Each column is a feature, but for that of the labels. Labels that are integers in 0 … 65535 are kept as they are; otherwise each
 * label that occurs is a class, and the classes are sorted. Columns without a name are called by their index, from 0 on.
 *
 * ```ts
 * const { X, y, classes } = await loadCsv('iris.csv', { labelColumn: 'species' });
 * ```
 * @param from a path, or the contents of a file
 * @throws FormatError for a line or a cell that is not as asked, with line and column; a line of more than 4 MiB, more than 131,072
 *   columns or 65,536 categories; or so many cells from a small file as no real one has
 * @throws ArgumentError for a file that cannot be read, a column that it has not, or wrong options
 * @throws the signal's reason when it is aborted
 */
export async function loadCsv(from: Readable, options: CsvOptions = {}): Promise<Table> {
  const checked = checkOptions('loadCsv', options, csvOptions);
  checkMarks(checked);
  checkTable('loadCsv', checked);
  checked.signal?.throwIfAborted();
  return withSource('loadCsv', from, (source) => readCsv(source, from, checked));
}

async function readCsv(source: Source, from: Readable, options: Checked<typeof csvOptions>): Promise<Table> {
  const { name, size } = source;
  const head = new Uint8Array(Math.min(2, size));
  await source.read(head, 0);
  const compressed = isGzip(head);
  const maxBytes = Math.max(anyBytes, size * (compressed ? gzipExpansion : expansion));
  let table: TableBuilder | undefined;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    let read = 0;
    for await (const piece of compressed ? gunzip(await readWhole(source, maxGzip), name) : plain(source)) {
      yield piece;
      read += piece.length;
      if (table !== undefined && !compressed) table.likelyRows = 1.01 * table.rows * (size / read);
      await setImmediate();
      options.signal?.throwIfAborted();
    }
  }
  const delimiter = options.delimiter ?? (isTabbed(from) ? '\t' : ',');
  await eachRecord(pieces(), name, { delimiter, comment: options.comment }, (cells, line) => {
    if (table === undefined) {
      const isHeader =
        options.header === 'auto' ? !cells.some((cell) => !Number.isNaN(parseNumber(cell))) : options.header;
      table = new TableBuilder('loadCsv', name, cells, isHeader, options, maxBytes);
      if (isHeader) return;
    }
    table.addRow(cells, line);
  });
  if (table === undefined) throw new FormatError(`${name}: expected rows of cells but found none`);
  return await (table as TableBuilder).finish();
}

async function* plain(source: Source): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.size; at += pieceLength) {
    const piece = Buffer.allocUnsafe(Math.min(pieceLength, source.size - at));
    await source.read(piece, at);
    yield piece;
  }
}

function isTabbed(from: Readable): boolean {
  return !isBytes(from) && /\.(tsv|tab)(\.gz)?$/i.test(String(from));
}

function checkMarks({ delimiter, comment }: Checked<typeof csvOptions>): void {
  const taken = ['"', '\n', '\r'];
  if (delimiter !== undefined && (delimiter.length !== 1 || taken.includes(delimiter))) {
    throw new ArgumentError(
      expectation(
        'loadCsv: option delimiter',
        'to be one character, no quote and no line break,',
        describe(delimiter),
      ),
    );
  }
  if (comment !== undefined && (comment === '' || taken.includes(comment[0]!) || comment === delimiter)) {
    throw new ArgumentError(
      expectation(
        'loadCsv: option comment',
        'to be characters other than the delimiter, quotes and line breaks',
        describe(comment),
      ),
    );
  }
}
