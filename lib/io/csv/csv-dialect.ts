import { describe } from '../../core/describe.js';
import { FormatError } from '../../core/errors.js';
import type { TableLimits } from '../table/table-limits.js';
import { CsvRecords } from './csv-records.js';
import { type DecimalSign, looksLikeNumber } from './parse-number.js';

/** What a file's first text is cut with, to see what it is. */
const delimiters = [',', ';', '\t', '|'] as const;

/** The beginning of a file. */
export interface Sample {
  /** Opens messages. */
  readonly name: string;
  readonly text: string;
  /** The same in UTF-8. */
  readonly bytes: Uint8Array;
  /** Whether that is all of it. */
  readonly isWhole: boolean;
  readonly comment: string | undefined;
  readonly limits: TableLimits;
  /** What {@link rowsOf} found, by the delimiter. */
  readonly rows: Map<string, SampleRows>;
}

export type SampleRows = readonly (readonly string[])[];

/**
 * The whole rows of a sample.
 * @throws FormatError for quotes that are not as RFC 4180 has them
 */
export function rowsOf(sample: Sample, delimiter: string): SampleRows {
  const known = sample.rows.get(delimiter);
  if (known !== undefined) return known;
  const rows: (readonly string[])[] = [];
  const { name, comment, limits, bytes, isWhole } = sample;
  const records = new CsvRecords(name, { delimiter, comment }, limits, (row) => {
    rows.push(row.texts());
  });
  records.add(bytes);
  if (isWhole) records.end();
  sample.rows.set(delimiter, rows);
  return rows;
}

/** What a first line `sep=;` says, as Excel reads it; undefined without one. */
export function declaredDelimiter({ text }: Sample): string | undefined {
  return /^\s*(?:sep=([^"\r\n])|"sep=([^"\r\n])")[\r\n]/i
    .exec(text)
    ?.slice(1)
    .find((sign) => sign !== undefined);
}

/**
 * What stands between the cells: that of comma, semicolon, tab and bar which cuts all rows into the same number of cells, more than
 * one. Where several do, the one that leaves the most numbers.
 * @param isTabbed whether the file's name says that tabs do
 * @throws FormatError where that does not decide it, or where one column is left that looks like several
 */
export function guessDelimiter(sample: Sample, isTabbed: boolean): string {
  const ways = delimiters.flatMap((delimiter) => {
    const rows = sample.text.includes(delimiter) ? cutBy(sample, delimiter) : undefined;
    return rows === undefined ? [] : [{ delimiter, rows }];
  });
  if (isTabbed && ways.some(({ delimiter, rows }) => delimiter === '\t' && (rows[0]?.length ?? 0) > 1))
    return '\t';
  const fitting = ways.filter(({ rows }) => {
    const width = rows[0]?.length ?? 0;
    return width > 1 && rows.every((cells) => cells.length === width);
  });
  if (fitting.length === 0) {
    // Rows of several lengths: an error will say so, with its line.
    const wide = ways.map(({ delimiter, rows }) => ({
      delimiter,
      count: rows.filter((cells) => cells.length > 1).length,
    }));
    const best = wide.toSorted((a, b) => b.count - a.count)[0];
    if (best !== undefined && best.count > 0) return best.delimiter;
    refuseOneOfMany(sample);
    return ',';
  }
  if (fitting.length === 1) return fitting[0]!.delimiter;
  const shares = fitting.map(({ delimiter, rows }) => ({ delimiter, share: shareOfNumbers(rows) }));
  const [best, next] = shares.toSorted((a, b) => b.share - a.share);
  if (best!.share > next!.share) return best!.delimiter;
  throw new FormatError(
    `${sample.name}: expected one way to cut the lines into cells but ${describe(best!.delimiter)} and ${describe(next!.delimiter)} ` +
      'both do; say which with the option delimiter',
  );
}

/** Undefined for quotes that stand elsewhere than the delimiter would have them. */
function cutBy(sample: Sample, delimiter: string): SampleRows | undefined {
  try {
    return rowsOf(sample, delimiter);
  } catch (cause) {
    if (cause instanceof FormatError) return undefined;
    throw cause;
  }
}

function isNumberLike(cell: string): boolean {
  return looksLikeNumber(cell, '.') || looksLikeNumber(cell, ',');
}

function shareOfNumbers(rows: SampleRows): number {
  let [numbers, all] = [0, 0];
  for (const cells of rows) {
    all += cells.length;
    for (const cell of cells) if (isNumberLike(cell)) numbers++;
  }
  return numbers / all;
}

/**
 * Rows that one column is all of, though each holds as many words, the same of them numbers: another delimiter.
 * @throws FormatError
 */
function refuseOneOfMany(sample: Sample): void {
  const lines = (cutBy(sample, ',') ?? []).map(([cell]) => cell!.trim().split(/[\s:^~]+/));
  // The first may name the columns.
  const rows = lines.length > 1 ? lines.slice(1) : lines;
  const width = rows[0]?.length ?? 0;
  if (width < 2 || !rows.every((words) => words.length === width)) return;
  if (!rows[0]!.some((_, i) => rows.every((words) => isNumberLike(words[i]!)))) return;
  throw new FormatError(
    `${sample.name}: expected cells between commas, semicolons, tabs or bars but the lines have none, as ${describe(lines.at(-1)!.join(' '))}; ` +
      "name what stands between the cells with the option delimiter (',' for one column)",
  );
}

/** `3,14`, `0,123` or `1234,567`: what only a decimal comma can mean. */
const plainlyComma = /^\s*[+-]?(\d*,(\d{1,2}|\d{4,})|(0\d*|\d{4,})?,\d{3}|\d+,)(e[+-]?\d+)?\s*$/i;
const plainlyPoint = /^\s*[+-]?(\d+\.\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

/**
 * A comma where cells show that it is one and none has a point; else a point. Between commas too: numbers in quotes may be lists.
 */
export function guessDecimal(rows: SampleRows, delimiter: string): DecimalSign {
  if (delimiter === ',') return '.';
  const some = (form: RegExp) => rows.some((cells) => cells.some((cell) => form.test(cell)));
  return some(plainlyComma) && !some(plainlyPoint) ? ',' : '.';
}
