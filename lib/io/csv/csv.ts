import { setImmediate } from 'node:timers/promises';
import { describe, expectation } from '../../core/describe.js';
import { isBytes } from '../../core/dtype.js';
import { ArgumentError, FormatError, GemmnetError } from '../../core/errors.js';
import {
  abortSignal,
  boolean,
  type Checked,
  checkOptions,
  either,
  oneOf,
  optional,
  string,
} from '../../core/options.js';
import { refuseForeign } from '../files/foreign-file.js';
import { gunzip, isGzip } from '../files/gzip.js';
import { type Readable, readWhole, type Source, sourceOf, withSource } from '../files/source.js';
import {
  type ClassesTable,
  type ColumnKey,
  checkTable,
  type NumbersTable,
  type Table,
  type TableOptions,
  tableOptions,
} from '../table/table.js';
import { TableBuilder } from '../table/table-builder.js';
import { CellReader } from '../table/table-cells.js';
import { columnNames } from '../table/table-columns.js';
import { type TableLimits, tableLimits } from '../table/table-limits.js';
import { declaredDelimiter, guessDecimal, guessDelimiter, rowsOf, type Sample } from './csv-dialect.js';
import { guessHeader } from './csv-header.js';
import { CsvRecords, codeUnits } from './csv-records.js';
import { openText, type Text, type TextEncoding, UndecodableError } from './csv-text.js';
import { lineBreaks } from './line-breaks.js';
import type { DecimalSign } from './parse-number.js';

/** The longest gzip file, which is read as a whole. */
const maxGzip = 2 ** 31 - 1;
/** Bytes that are read at once, each time costs some 100 µs, and that are handed on: what a sample is a multiple of. */
const [windowLength, pieceLength] = [1 << 20, 1 << 16];
/** How long the event loop may wait for its turn, in milliseconds. */
const turn = 8;
/** How much text, and of how many lines, shows what a file is like; and how many rows, whether the first line is one. */
const [sampleLength, sampleLines, headerRows] = [1 << 16, 3, 1000];

export interface CsvOptions extends TableOptions {
  /**
   * One character between cells. Default: what a first line `sep=;`, which is for Excel and no row, says; else that of comma, semicolon, tab and `|` which cuts the first lines into the same number of
   * cells each, and if several do, the one that leaves the most numbers; for files whose name ends in .tsv or .tab, a tab goes before. An error if that
   * does not decide it. `info.delimiter` says which it is.
   */
  readonly delimiter?: string;
  /**
   * What stands before the fraction of a number. Default: a comma if the delimiter is none, cells as `3,14` stand in the first lines and none as
   * `3.14` does; else a point. Groups of thousands are not read: `1,234` is an error. `info.decimal` says which it is.
   */
  readonly decimal?: DecimalSign;
  /**
   * Whether the first line names the columns. Default 'auto': it does if it has a name that another option calls a column by; if none
   * of its cells is a number; and if its numbers are the names that pandas gives, `0,1,2` or `label,0,1`. Where it may as well be a row, that is an
   * error. `info.header` says what it is.
   */
  readonly header?: boolean | 'auto';
  /**
   * How the bytes stand for characters. Default: what a byte order mark says, without one UTF-8; bytes that are none are an error. Excel's
   * "CSV" is often `'windows-1252'`. `'latin1'` is ISO 8859-1, where 0x80 … 0x9f are control characters; Windows-1252, which browsers call by
   * that name too, has € and quotes there. `info.encoding` says which it is.
   */
  readonly encoding?: TextEncoding;
  /** What begins a line, or the rest of one, that is no part of the table; default: nothing does. */
  readonly comment?: string;
  /** Stops the reading; `loadCsv` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

const csvOptions = {
  ...tableOptions,
  delimiter: optional(string),
  decimal: optional(oneOf('.', ',')),
  header: optional(either(boolean, oneOf('auto')), 'auto'),
  encoding: optional(oneOf<TextEncoding>('utf-8', 'utf-16le', 'utf-16be', 'latin1', 'windows-1252')),
  comment: optional(string),
  signal: optional(abortSignal),
};

type CheckedCsv = Checked<typeof csvOptions>;

/** Labels that are surely classes. */
type OfClasses = CsvOptions & { readonly labelColumn: ColumnKey } & (
    | { readonly labelKind: 'classes' }
    | { readonly classes: readonly string[] }
  );

/** Labels that are surely numbers. */
interface OfNumbers extends CsvOptions {
  readonly labelColumn: ColumnKey;
  readonly labelKind: 'numbers';
}

/**
 * Reads a table of comma-separated values (RFC 4180, https://www.rfc-editor.org/rfc/rfc4180), gzip-compressed or not: cells in
 * double quotes or not, lines that end in LF, CRLF or CR. Empty lines are passed over. The file is read piece by piece, never as a
 * whole.
 *
 * Delimiter, decimal sign, header, encoding and what the columns hold are found out, unless the options say them; `info` tells what came
 * out, and what may be one thing or another is an error that names the option.
 *
 * Each column is a feature, but for that of the labels. Labels that are integers in 0 … 65535 are kept as they are; other integers and text
 * are classes, sorted, and y holds their indices; numbers with fractions are kept, for a regression (`labelKind`). Columns without a name
 * are called by their index, from 0 on.
 *
 * ```ts
 * const { X, y, classes, info } = await loadCsv('iris.csv', { labelColumn: 'species' });
 * ```
 * @param from a path, or the contents of a file
 * @throws FormatError for a line or a cell that is not as asked, with line and column; for what may be read in two ways; for a file of another
 *   format, or bytes that are not of the encoding; a line of more than 4 Mi characters, more than 131,072 columns or 65,536 categories, or so many
 *   cells from a small file as no real one has (`maxBytes`)
 * @throws ArgumentError for a file that cannot be read, a column that it has not, a table of no columns but the labels', or wrong options
 * @throws the signal's reason when it is aborted
 */
export function loadCsv(from: Readable, options: OfClasses): Promise<ClassesTable>;
export function loadCsv(from: Readable, options: OfNumbers): Promise<NumbersTable>;
export function loadCsv(from: Readable, options?: CsvOptions): Promise<Table>;
export async function loadCsv(from: Readable, options: CsvOptions = {}): Promise<Table> {
  const checked = checkOptions('loadCsv', options, csvOptions);
  checkMarks(checked);
  checkTable('loadCsv', checked);
  checked.signal?.throwIfAborted();
  return withSource('loadCsv', from, (source) => readCsv(source, from, checked));
}

async function readCsv(source: Source, from: Readable, options: CheckedCsv): Promise<Table> {
  const { name, size } = source;
  const head = new Uint8Array(Math.min(2, size));
  await source.read(head, 0);
  if (!isGzip(head)) return new CsvFile(name, size, false, isTabbed(from), options).read(plain(source));
  const packed = await readWhole(source, maxGzip);
  const file = new CsvFile(name, size, true, isTabbed(from), options);
  try {
    return await file.read(gunzip(packed, name));
  } catch (cause) {
    // A damaged file may become other text before it is seen that it is damaged.
    if (cause instanceof GemmnetError) await checkGzip(packed, name, file.limits.bytes, options.signal);
    throw cause;
  }
}

/** @throws FormatError if the file is damaged in its first `most` bytes when unpacked */
async function checkGzip(
  packed: Uint8Array,
  name: string,
  most: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  let read = 0;
  for await (const piece of gunzip(packed, name)) {
    signal?.throwIfAborted();
    read += piece.length;
    if (read > most) return;
  }
}

/** One file while it is read. */
class CsvFile {
  readonly limits: TableLimits;
  readonly #name: string;
  readonly #size: number;
  readonly #compressed: boolean;
  readonly #isTabbed: boolean;
  readonly #options: CheckedCsv;
  #bytesRead = 0;
  #table: TableBuilder | undefined;

  constructor(name: string, size: number, compressed: boolean, tabbed: boolean, options: CheckedCsv) {
    this.limits = tableLimits(size, compressed, options.maxBytes);
    this.#name = name;
    this.#size = size;
    this.#compressed = compressed;
    this.#isTabbed = tabbed;
    this.#options = options;
  }

  async read(bytes: AsyncGenerator<Uint8Array>): Promise<Table> {
    const pieces = this.#watched(bytes);
    try {
      const text = await openText(this.#name, pieces, this.#options.encoding);
      await refuseForeign(sourceOf(this.#name, text.head), { expected: 'a table of text', own: [] });
      return await this.#readText(text);
    } finally {
      await pieces.return(undefined);
    }
  }

  /** The pieces as they come; between them other work gets its turn. */
  async *#watched(bytes: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
    let since = performance.now();
    for await (const piece of bytes) {
      yield piece;
      this.#bytesRead += piece.length;
      if (this.#table !== undefined && !this.#compressed) {
        this.#table.likelyRows = 1.01 * this.#table.rows * (this.#size / this.#bytesRead);
      }
      if (performance.now() - since > turn) {
        await setImmediate();
        since = performance.now();
      }
      this.#options.signal?.throwIfAborted();
    }
  }

  async #readText({ encoding, pieces }: Text): Promise<Table> {
    const sample = await this.#sample(pieces);
    const { comment } = this.#options;
    const declared = declaredDelimiter(sample);
    const delimiter = this.#options.delimiter ?? declared ?? guessDelimiter(sample, this.#isTabbed);
    // Each of these takes some milliseconds in a process that has read no table before.
    await setImmediate();
    let isDeclaration = declared !== undefined;
    const rows = rowsOf(sample, delimiter).slice(isDeclaration ? 1 : 0);
    const decimal = this.#options.decimal ?? guessDecimal(rows, delimiter);
    const cells = new CellReader(this.#name, decimal, this.#options.missingTokens);
    const header =
      this.#options.header === 'auto'
        ? guessHeader({
            name: this.#name,
            rows: rows.slice(0, headerRows),
            asked: namesIn(this.#options),
            parse: cells.parse,
            isMissing: (cell) => cells.isMissing(cell),
          })
        : this.#options.header;
    await setImmediate();
    const records = new CsvRecords(this.#name, { delimiter, comment, decimal }, this.limits, (row) => {
      if (isDeclaration) {
        isDeclaration = false;
        return;
      }
      if (this.#table === undefined) {
        const names = columnNames(row.texts(), header);
        const table = new TableBuilder('loadCsv', cells, names, this.#options, this.limits);
        this.#table = table;
        // It takes longer to load the core than to read so few.
        if (!sample.isWhole) records.takeMany((rows) => table.addRows(rows));
        if (header) return;
      }
      this.#table.addRow(row);
    });
    await this.#decoded(
      async () => {
        records.add(sample.bytes);
        for await (const piece of pieces) records.add(piece);
      },
      () => records.line,
    );
    records.end();
    if (this.#table === undefined)
      throw new FormatError(`${this.#name}: expected rows of cells but found none`);
    const { info, ...table } = await (this.#table as TableBuilder).finish(cells.parse);
    return { ...table, info: { header, delimiter, decimal, encoding, ...info } };
  }

  /** Enough of the beginning of a file to see what it is like. */
  async #sample(pieces: AsyncGenerator<Uint8Array>): Promise<Sample> {
    const sample: Buffer[] = [];
    let [length, lines, isWhole] = [0, 0, false];
    await this.#decoded(
      async () => {
        while (!isWhole && (length < sampleLength || lines < sampleLines)) {
          const { done, value = new Uint8Array(0) } = await pieces.next();
          isWhole = done === true;
          // A copy: the piece may be written over.
          sample.push(Buffer.from(value));
          length += codeUnits(value);
          lines += lineBreaks(value);
          if (length > this.limits.line) return;
        }
      },
      () => 1 + lineBreaks(Buffer.concat(sample)),
    );
    const bytes = Buffer.concat(sample);
    const { comment } = this.#options;
    const { limits } = this;
    return { name: this.#name, text: bytes.toString(), bytes, isWhole, comment, limits, rows: new Map() };
  }

  /** Says at which line the text ends to be text, if it does while `act` takes it. */
  async #decoded(act: () => Promise<void>, line: () => number): Promise<void> {
    try {
      await act();
    } catch (cause) {
      throw cause instanceof UndecodableError ? cause.at(this.#name, line()) : cause;
    }
  }
}

/** A file piece by piece; each is good until the next is asked for. */
async function* plain(source: Source): AsyncGenerator<Uint8Array> {
  const window = Buffer.allocUnsafe(Math.min(windowLength, source.size));
  for (let start = 0; start < source.size; start += windowLength) {
    const part = window.subarray(0, source.size - start);
    await source.read(part, start);
    for (let at = 0; at < part.length; at += pieceLength) yield part.subarray(at, at + pieceLength);
  }
}

function isTabbed(from: Readable): boolean {
  return !isBytes(from) && /\.(tsv|tab)(\.gz)?$/i.test(String(from));
}

/** The names by which the options call columns. */
function namesIn({ labelColumn, columns, kinds, categorical, categories }: CheckedCsv): readonly string[] {
  const records = [kinds, typeof categorical === 'object' ? categorical : undefined, categories];
  return [
    ...[labelColumn, ...(columns ?? [])].filter((key) => typeof key === 'string'),
    ...records.flatMap((named) => Object.keys(named ?? {})),
  ];
}

function checkMarks({ delimiter, decimal, comment }: CheckedCsv): void {
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
  if (decimal !== undefined && decimal === delimiter && decimal === '.') {
    throw new ArgumentError("loadCsv: expected decimal and delimiter to differ but received '.' for both");
  }
}
