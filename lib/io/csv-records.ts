import { FormatError } from '../core/errors.js';
import type { TableLimits } from './table-limits.js';

const lineFeed = 0x0a;

export interface CsvDialect {
  /** One character. */
  readonly delimiter: string;
  readonly comment: string | undefined;
}

/** Takes the cells of a row, and the number of the line where it begins, from 1 on. */
export type OnRecord = (cells: readonly string[], line: number) => void;

/**
 * Cuts text into rows of cells (RFC 4180), as it comes. Lines without a quote are cut at their delimiters, the quick way; others are
 * read cell by cell. A row that is cut off waits for more text, and is not looked at again before there is twice as much of it,
 * so that a long one is not read over and over.
 */
export class CsvRecords {
  readonly #name: string;
  readonly #dialect: CsvDialect;
  readonly #limits: TableLimits;
  readonly #onRecord: OnRecord;
  /** Text that was not cut yet, and its length. */
  #waiting: string[] = [];
  #length = 0;
  /** How much text is worth a look. */
  #enough = 0;
  /** Of the first text that was not cut yet, from 1 on. */
  #line = 1;
  /** The line where the quote opens that keeps the waiting row from its end. */
  #open: number | undefined;

  /** @param name of the file, opens messages */
  constructor(name: string, dialect: CsvDialect, limits: TableLimits, onRecord: OnRecord) {
    this.#name = name;
    this.#dialect = dialect;
    this.#limits = limits;
    this.#onRecord = onRecord;
  }

  /** The line where the text ends that was added so far. */
  get line(): number {
    return this.#line + lineBreaks(this.#waiting.join(''));
  }

  /** @throws FormatError for quotes that are not as RFC 4180 has them, or a row too long; and whatever `onRecord` throws */
  add(text: string): void {
    this.#waiting.push(text);
    this.#length += text.length;
    if (this.#length >= this.#enough || this.#length > this.#limits.line) this.#cut(false);
  }

  /** @throws FormatError as {@link add} does, and for a quote that is not closed */
  end(): void {
    this.#cut(true);
  }

  #cut(isLast: boolean): void {
    const text = this.#waiting.length === 1 ? this.#waiting[0]! : this.#waiting.join('');
    this.#open = undefined;
    const rest = text.slice(this.#rows(text, isLast));
    this.#waiting = rest === '' ? [] : [rest];
    this.#length = rest.length;
    this.#enough = 2 * rest.length;
    if (rest.length <= this.#limits.line) return;
    const { line } = this.#limits;
    throw this.#error(
      this.#open === undefined
        ? `expected a line of at most ${line} characters but received more at line ${this.#line}; maxBytes allows longer ones`
        : `expected a line of at most ${line} characters but the quote that opens at line ${this.#open} is not closed in so many; ` +
            'maxBytes allows longer ones',
    );
  }

  /** @returns where the first row begins that the text may not hold whole */
  #rows(text: string, isLast: boolean): number {
    const { delimiter, comment } = this.#dialect;
    const most = this.#limits.columns + 1;
    const lineFeeds = new Finder(text, '\n');
    const returns = new Finder(text, '\r');
    const quotes = new Finder(text, '"');
    const comments = comment === undefined ? undefined : new Finder(text, comment);
    let at = 0;
    for (;;) {
      // Empty lines, which a file may be full of.
      for (; text.charCodeAt(at) === lineFeed; at++) this.#line++;
      if (at >= text.length) return at;
      const end = Math.min(lineFeeds.from(at), returns.from(at));
      const stop = comments === undefined ? end : Math.min(comments.from(at), end);
      if (quotes.from(at) < stop) {
        const next = this.#quotedRow(text, at, isLast);
        if (next < 0) return at;
        at = next;
        continue;
      }
      // Behind a carriage return at the end a line feed may follow; a comment sign may be cut off.
      if (!isLast && end >= text.length - 1 && text[end] !== '\n') return at;
      const line = this.#line++;
      // One cell too many is enough to see that there are.
      if (stop > at) this.#onRecord(text.slice(at, stop).split(delimiter, most), line);
      at = Math.min(text.length, end + (text[end] === '\r' && text[end + 1] === '\n' ? 2 : 1));
    }
  }

  /** @returns where the next row begins, or −1 for a row that goes on behind the text */
  #quotedRow(text: string, start: number, isLast: boolean): number {
    const { delimiter, comment } = this.#dialect;
    const cells: string[] = [];
    let line = this.#line;
    for (let at = start; ; at++) {
      if (text[at] === '"') {
        const close = closingQuote(text, at);
        if (close < 0 && isLast) {
          throw this.#error(
            `expected a closing quote for the one that opens at line ${line} but the file ends`,
          );
        }
        // A quote at the end may be the first of two.
        if (close < 0 || (close === text.length - 1 && !isLast)) {
          this.#open = line;
          return -1;
        }
        const cell = text.slice(at + 1, close);
        cells.push(cell.includes('"') ? cell.replaceAll('""', '"') : cell);
        line += lineBreaks(cell);
        at = close + 1;
      } else {
        const end = this.#bareEnd(text, at);
        if (text[end] === '"') {
          throw this.#error(
            `expected a quote at the beginning of its cell but received one inside at line ${line}`,
          );
        }
        cells.push(text.slice(at, end));
        at = end;
      }
      if (cells.length > this.#limits.columns) break;
      if (text[at] === delimiter) continue;
      if (comment !== undefined && text.startsWith(comment, at)) at = lineEnd(text, at);
      // A carriage return or a comment sign may go on.
      const sure = text.length - Math.max(1, comment?.length ?? 0);
      if (!isLast && at >= sure && text[at] !== '\n') return -1;
      if (at < text.length && text[at] !== '\n' && text[at] !== '\r') {
        throw this.#error(`expected a quoted cell to end with its quote but more follows at line ${line}`);
      }
      const first = this.#line;
      this.#line = line + 1;
      this.#onRecord(cells, first);
      return at + (text[at] === '\r' && text[at + 1] === '\n' ? 2 : 1);
    }
    // Too many cells: whoever takes them says so.
    this.#onRecord(cells, this.#line);
    throw this.#error(
      `expected at most ${this.#limits.columns} columns but received more at line ${line}; a larger maxBytes allows them`,
    );
  }

  /** Where a cell ends that does not begin with a quote. */
  #bareEnd(text: string, start: number): number {
    const { delimiter, comment } = this.#dialect;
    let at = start;
    for (; at < text.length; at++) {
      const char = text[at];
      if (char === delimiter || char === '\n' || char === '\r' || char === '"') break;
      if (comment !== undefined && char === comment[0] && text.startsWith(comment, at)) break;
    }
    return at;
  }

  #error(message: string): FormatError {
    return new FormatError(`${this.#name}: ${message}`);
  }
}

/** Where a word stands next in a text, as one goes along; each stretch is searched once. */
class Finder {
  readonly #text: string;
  readonly #word: string;
  #next = -1;

  constructor(text: string, word: string) {
    this.#text = text;
    this.#word = word;
  }

  /** @returns the text's length where there is none */
  from(at: number): number {
    if (this.#next < at) {
      const found = this.#text.indexOf(this.#word, at);
      this.#next = found < 0 ? this.#text.length : found;
    }
    return this.#next;
  }
}

/** Where the quote at `open` is closed; −1 if it is not. */
function closingQuote(text: string, open: number): number {
  let at = text.indexOf('"', open + 1);
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}

function lineEnd(text: string, start: number): number {
  const found = text.slice(start).search(/[\r\n]/);
  return found < 0 ? text.length : start + found;
}

/** How many lines end in a text: in LF, CRLF or CR. */
export function lineBreaks(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === lineFeed || (char === 0x0d && text.charCodeAt(at + 1) !== lineFeed)) count++;
  }
  return count;
}
