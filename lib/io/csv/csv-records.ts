import { isAscii } from 'node:buffer';
import { FormatError } from '../../core/errors.js';
import { rowCutter } from '../../core/text-rows.js';
import type { TableLimits } from '../table/table-limits.js';
import { CsvRow } from './csv-row.js';
import { CsvRows } from './csv-rows.js';
import { readDecimal } from './decimal-bytes.js';
import { lineBreaks } from './line-breaks.js';
import type { DecimalSign } from './parse-number.js';

const [lineFeed, carriageReturn, blank, quote] = [0x0a, 0x0d, 0x20, 0x22];

/** What a byte may mean outside of quotes. Of longer signs that is what their first byte may. */
const [ordinary, isDelimiter, isLineFeed, isReturn, isQuote, isComment] = [0, 1, 2, 4, 8, 16];

/** A decimal sign that no byte is. */
const noPoint = 256;

/** How many rows are read one by one, at most, before the next are cut many at a time. */
const mostSingle = 64;

export interface CsvDialect {
  /** One character. */
  readonly delimiter: string;
  readonly comment: string | undefined;
  /** What stands before the fraction of a number; without it, numbers are not looked for. */
  readonly decimal?: DecimalSign;
}

/** Takes a row, which is good until it returns. */
export type OnRecord = (row: CsvRow) => void;
export type OnRecords = (rows: CsvRows) => void;

/**
 * Cuts text into rows of cells (RFC 4180), as it comes, and reads their numbers on the way. A row that is cut off waits for more text, and is not
 * looked at again before there is twice as much of it, so that a long one is not read over and over.
 */
export class CsvRecords {
  readonly #name: string;
  readonly #delimiter: Buffer;
  readonly #comment: Buffer | undefined;
  /** The decimal sign; undefined where numbers are left to whoever reads the text. */
  readonly #point: number | undefined;
  /** By bytes. */
  readonly #meanings = new Uint8Array(256);
  /** Whether a byte's meaning hangs on those that follow. */
  readonly #hasLongSigns: boolean;
  readonly #limits: TableLimits;
  readonly #onRecord: OnRecord;
  readonly #row = new CsvRow();
  /** Who takes rows many at a time, once somebody does. */
  #many: { readonly rows: CsvRows; readonly take: OnRecords } | undefined;
  /** How many rows are read one by one before the next are cut many at a time, and how many that were last. */
  #single = 0;
  #lastSingle = 0;
  /** Text that was not cut yet, a line feed behind it, and its length in bytes and in UTF-16 code units. */
  #bytes = Buffer.alloc(1);
  #end = 0;
  #units = 0;
  /** How many bytes are worth a look. */
  #enough = 0;
  /** Of the first text that was not cut yet, from 1 on. */
  #line = 1;
  /** The line where the quote opens that keeps the waiting row from its end. */
  #open: number | undefined;

  /** @param name of the file, opens messages */
  constructor(name: string, dialect: CsvDialect, limits: TableLimits, onRecord: OnRecord) {
    const { delimiter, comment, decimal } = dialect;
    this.#name = name;
    this.#delimiter = Buffer.from(delimiter);
    this.#comment = comment === undefined ? undefined : Buffer.from(comment);
    // Signs that a number may begin or go on with would be read as a part of it.
    const mayMix = /^[\d+\-eE.,]/.test(comment ?? '') || (delimiter !== ',' && /[\d+\-eE.,]/.test(delimiter));
    // A comma between cells is none in a number.
    if (decimal !== undefined && !mayMix)
      this.#point = decimal === delimiter ? noPoint : decimal.charCodeAt(0);
    this.#limits = limits;
    this.#onRecord = onRecord;
    this.#meanings[lineFeed] = isLineFeed;
    this.#meanings[carriageReturn] = isReturn;
    this.#meanings[quote] = isQuote;
    this.#meanings[this.#delimiter[0]!]! |= isDelimiter;
    if (this.#comment !== undefined) this.#meanings[this.#comment[0]!]! |= isComment;
    this.#hasLongSigns = this.#comment !== undefined || this.#delimiter.length > 1;
  }

  /**
   * From the next row on, plain ones are cut many at a time where the machine's core can, and given to `onRecords`; all others to `onRecord` as
   * before.
   */
  takeMany(onRecords: OnRecords): void {
    const [point, meanings, { columns }] = [this.#point, this.#meanings, this.#limits];
    const cutter = point !== undefined && this.#delimiter.length === 1 ? rowCutter() : undefined;
    if (point === undefined || cutter === undefined) return;
    this.#many = { rows: new CsvRows(this.#row, cutter, { meanings, point, columns }), take: onRecords };
  }

  /** The line where the text ends that was added so far. */
  get line(): number {
    return this.#line + lineBreaks(this.#bytes, 0, this.#end);
  }

  /**
   * @param text UTF-8, whole characters
   * @throws FormatError for quotes that are not as RFC 4180 has them, or a row too long; and whatever `onRecord` throws
   */
  add(text: Uint8Array): void {
    const end = this.#end + text.length;
    if (end >= this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(end + 1, 2 * this.#end));
      this.#bytes.copy(larger, 0, 0, this.#end);
      this.#bytes = larger;
    }
    this.#bytes.set(text, this.#end);
    this.#bytes[end] = lineFeed;
    this.#end = end;
    this.#units += codeUnits(text);
    if (end >= this.#enough || this.#units > this.#limits.line) this.#cut(false);
  }

  /** @throws FormatError as {@link add} does, and for a quote that is not closed */
  end(): void {
    this.#cut(true);
  }

  #cut(isLast: boolean): void {
    this.#open = undefined;
    this.#row.bytes = this.#bytes;
    const start = this.#rows(isLast);
    this.#bytes.copyWithin(0, start, this.#end + 1);
    this.#end -= start;
    this.#enough = 2 * this.#end;
    this.#units = codeUnits(this.#bytes.subarray(0, this.#end));
    if (this.#units <= this.#limits.line) return;
    const { line } = this.#limits;
    throw this.#error(
      this.#open === undefined
        ? `expected a line of at most ${line} characters but received more at line ${this.#line}; maxBytes allows longer ones`
        : `expected a line of at most ${line} characters but the quote that opens at line ${this.#open} is not closed in so many; ` +
            'maxBytes allows longer ones',
    );
  }

  /** @returns where the first row begins that the text may not hold whole */
  #rows(isLast: boolean): number {
    const end = this.#end;
    for (let at = 0; ; ) {
      // Empty lines, which a file may be full of.
      for (; at < end && this.#bytes[at] === lineFeed; at++) this.#line++;
      if (at >= end) return end;
      const behind = this.#cutMany(at);
      if (behind > at) {
        at = behind;
        continue;
      }
      const next = this.#readRow(at, isLast);
      if (next < 0) return at;
      at = next;
    }
  }

  /** @returns where the next row begins that is not plain */
  #cutMany(start: number): number {
    if (this.#many === undefined) return start;
    if (this.#single > 0) {
      this.#single--;
      return start;
    }
    const { rows, take } = this.#many;
    rows.cut(start, this.#end, this.#line);
    if (rows.count === 0) {
      // Each time costs more than a row: where rows are not plain, twice as many are read before it is tried again.
      this.#lastSingle = Math.min(2 * this.#lastSingle + 1, mostSingle);
      this.#single = this.#lastSingle - 1;
      return start;
    }
    this.#lastSingle = 0;
    const next = rows.next;
    this.#line = next.line;
    take(rows);
    return next.start;
  }

  /** @returns where the next row begins, or −1 for a row that goes on behind the text */
  #readRow(start: number, isLast: boolean): number {
    const row = this.#row;
    const bytes = this.#bytes;
    const meanings = this.#meanings;
    const point = this.#point;
    const hasLongSigns = this.#hasLongSigns;
    const isBlankText = meanings[blank] === ordinary;
    row.first = 0;
    let { starts, ends, numbers } = row;
    let [count, line, hasQuotes] = [0, this.#line, false];
    row.hasDoubledQuotes = false;
    for (let at = start; ; at += this.#delimiter.length) {
      if (count === starts.length) {
        row.reserve(count + 1);
        ({ starts, ends, numbers } = row);
      }
      numbers[count] = Number.NaN;
      let meaning: number;
      if (bytes[at] === quote) {
        const from = at + 1;
        const numberEnd = point === undefined ? from : readDecimal(bytes, from, point, numbers, count);
        const close = this.#closingQuote(numberEnd);
        if (close < 0 && isLast) {
          throw this.#error(
            `expected a closing quote for the one that opens at line ${line} but the file ends`,
          );
        }
        // A quote at the end may be the first of two.
        if (close < 0 || (close === this.#end - 1 && !isLast)) {
          this.#open = line;
          return -1;
        }
        if (close > numberEnd) {
          numbers[count] = Number.NaN;
          line += lineBreaks(bytes, numberEnd, close);
        }
        hasQuotes = true;
        starts[count] = from;
        ends[count++] = close;
        at = close + 1;
        meaning = this.#meaningAt(at, hasQuotes);
      } else {
        starts[count] = at;
        if (point !== undefined) {
          if (isBlankText) while (bytes[at] === blank) at++;
          at = readDecimal(bytes, at, point, numbers, count);
          if (isBlankText) while (bytes[at] === blank) at++;
        }
        meaning = meanings[bytes[at]!]!;
        if (hasLongSigns && meaning !== ordinary) meaning = this.#meaningAt(at, hasQuotes);
        if (meaning === ordinary) {
          numbers[count] = Number.NaN;
          do {
            meaning = meanings[bytes[++at]!]!;
            if (hasLongSigns && meaning !== ordinary) meaning = this.#meaningAt(at, hasQuotes);
          } while (meaning === ordinary);
        }
        if (meaning === isQuote) {
          throw this.#error(
            `expected a quote at the beginning of its cell but received one inside at line ${line}`,
          );
        }
        ends[count++] = at;
      }
      row.count = count;
      if (count > this.#limits.columns) return this.#endOverfull(at, isLast, line, hasQuotes);
      if (meaning === isDelimiter) continue;
      if (meaning === isComment) at = this.#lineEnd(at);
      const endsHere = this.#isLineFeed(at);
      // Behind a carriage return a line feed may follow; the sign of a comment behind a quote may go on.
      const sure = hasQuotes ? this.#end - Math.max(1, this.#comment?.length ?? 0) : this.#end - 1;
      if (!isLast && at >= sure && !endsHere) return -1;
      if (at < this.#end && !endsHere && bytes[at] !== carriageReturn) {
        throw this.#error(`expected a quoted cell to end with its quote but more follows at line ${line}`);
      }
      // Nothing at all, or a comment, is no row.
      if (hasQuotes || count > 1 || ends[0]! > start) this.#finishRow(line);
      else this.#line++;
      return this.#nextLine(at);
    }
  }

  /** Of a row with one cell too many, which is enough to see that there are: whoever takes it says so. */
  #endOverfull(start: number, isLast: boolean, line: number, hasQuotes: boolean): number {
    let at = start;
    const stops = isLineFeed | isReturn | isQuote | isComment;
    if (!hasQuotes) while ((this.#meaningAt(at, false) & stops) === 0) at++;
    if (hasQuotes || this.#bytes[at] === quote) {
      this.#finishRow(line);
      throw this.#error(
        `expected at most ${this.#limits.columns} columns but received more at line ${line}; a larger maxBytes allows them`,
      );
    }
    at = this.#lineEnd(at);
    if (!isLast && at >= this.#end - 1 && !this.#isLineFeed(at)) return -1;
    this.#finishRow(line);
    return this.#nextLine(at);
  }

  /** @param line where the row ends */
  #finishRow(line: number): void {
    this.#row.line = this.#line;
    this.#line = line + 1;
    this.#onRecord(this.#row);
  }

  #isLineFeed(at: number): boolean {
    return at < this.#end && this.#bytes[at] === lineFeed;
  }

  /** Where the line ends that goes on here. */
  #lineEnd(start: number): number {
    let at = start;
    while (this.#bytes[at] !== lineFeed && this.#bytes[at] !== carriageReturn) at++;
    return at;
  }

  /** Where the next line begins. */
  #nextLine(end: number): number {
    const isPair = this.#bytes[end] === carriageReturn && this.#bytes[end + 1] === lineFeed;
    return Math.min(this.#end, end + (isPair ? 2 : 1));
  }

  /** Where the quote is closed that opened before; −1 if it is not. */
  #closingQuote(start: number): number {
    const bytes = this.#bytes;
    const end = this.#end;
    for (let at = start; at < end; at++) {
      if (bytes[at] !== quote) continue;
      if (at + 1 === end || bytes[at + 1] !== quote) return at;
      this.#row.hasDoubledQuotes = true;
      at++;
    }
    return -1;
  }

  /** What the byte at a place outside of quotes means, by those that follow too. */
  #meaningAt(at: number, hasQuotes: boolean): number {
    const meaning = this.#meanings[this.#bytes[at]!]!;
    if (!this.#hasLongSigns || meaning === ordinary) return meaning;
    const delimits = (meaning & isDelimiter) !== 0 && this.#stands(this.#delimiter, at);
    // A comment may begin with the delimiter. Behind a cell in quotes that is one all the same.
    if (delimits && hasQuotes) return isDelimiter;
    if ((meaning & isComment) !== 0 && this.#stands(this.#comment!, at)) return isComment;
    return delimits ? isDelimiter : meaning & (isLineFeed | isReturn | isQuote);
  }

  #stands(sign: Buffer, at: number): boolean {
    return (
      at + sign.length <= this.#end && this.#bytes.compare(sign, 0, sign.length, at, at + sign.length) === 0
    );
  }

  #error(message: string): FormatError {
    return new FormatError(`${this.#name}: ${message}`);
  }
}

/** How long text in UTF-8 is in UTF-16. */
export function codeUnits(text: Uint8Array): number {
  return isAscii(text)
    ? text.length
    : Buffer.from(text.buffer, text.byteOffset, text.length).toString().length;
}
