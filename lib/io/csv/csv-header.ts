import { describe } from '../../core/describe.js';
import { FormatError } from '../../core/errors.js';
import type { SampleRows } from './csv-dialect.js';

/** What shows whether a file's first line names its columns. */
export interface HeaderSample {
  /** Opens messages. */
  readonly name: string;
  /** The first rows of the file. */
  readonly rows: SampleRows;
  /** The names by which the caller calls columns. */
  readonly asked: readonly string[];
  /** The cell's number; NaN for one that is none. */
  parse(cell: string): number;
  isMissing(cell: string): boolean;
}

/** A cell of the first line, and what stands below it in its column. */
interface Place {
  readonly cell: string;
  /** NaN if it is none. */
  readonly number: number;
  readonly isMissing: boolean;
  readonly below: readonly string[];
  readonly areNumbers: boolean;
}

/**
 * Whether the first line names the columns. It does if the caller calls a column by a name in it; if it has no number; and if its
 * numbers are those that pandas gives to columns without names, 0, 1, 2 …
 * @throws FormatError where it may as well be a row
 */
export function guessHeader(sample: HeaderSample): boolean {
  const [first = [], ...rows] = sample.rows;
  const places = first.map((text, c): Place => {
    const cell = text.trim();
    const below = rows.flatMap((cells) => {
      const under = cells[c]?.trim() ?? '';
      return sample.isMissing(under) ? [] : [under];
    });
    const numbers = below.filter((under) => !Number.isNaN(sample.parse(under))).length;
    return {
      cell,
      number: sample.parse(cell),
      isMissing: sample.isMissing(cell),
      below,
      areNumbers: numbers > 0 && 2 * numbers > below.length,
    };
  });
  const isAsked = (name: string) => places.some(({ cell, number }) => cell === name && Number.isNaN(number));
  if (sample.asked.some(isAsked)) return true;
  const names = places.filter(({ number, isMissing }) => Number.isNaN(number) && !isMissing);
  const numbers = places.filter(({ number, isMissing }) => !Number.isNaN(number) && !isMissing);
  const decided = numbers.length === 0 ? decideWords(places, names) : decideNumbers(places, names, numbers);
  if (decided !== undefined) return decided;
  throw new FormatError(
    `${sample.name}: expected the first line to be plainly a header or plainly a row but ${describe(first.slice(0, 8).join(', '))} may be ` +
      'either; say which with header: true or header: false',
  );
}

/** Of a first line without numbers. Undefined where it may be either. */
function decideWords(places: readonly Place[], names: readonly Place[]): boolean | undefined {
  if (names.some(({ areNumbers }) => areNumbers)) return true;
  // Gaps alone, or words that stand below again as those of a row do.
  if (names.length === 0) return places.every(({ below }) => below.length === 0) ? true : undefined;
  return names.some(recurs) ? undefined : true;
}

/** Words for a gap that are not among those that are missing by default. */
const gapLike = /^(n\.?\s?a\.?|nil|none|null|nan|missing|unknown|undefined|void|tbd|empty|inf(inity)?)$/i;

/** Of a first line with numbers. */
function decideNumbers(
  places: readonly Place[],
  names: readonly Place[],
  numbers: readonly Place[],
): boolean | undefined {
  const count = numbers.length;
  const step = stepOf(numbers.map(({ number }) => number));
  const start =
    numbers.every(({ cell }) => /^\d+$/.test(cell)) && (step === 1 || count === 1) ? numbers[0]!.number : -1;
  // A word above numbers is a name, or a gap of a kind that nobody told of.
  if (names.some(({ areNumbers }) => areNumbers)) {
    const areNames = start === 0 || start === 1 || (count >= 3 && step !== undefined && step > 0);
    return areNames && names.every(({ cell }) => /^[\p{L}_]/u.test(cell) && !gapLike.test(cell))
      ? true
      : undefined;
  }
  if (names.some(recurs)) return false;
  if (start !== 0 && mayBeScale(numbers, step, names.length > 0)) return undefined;
  if (numbers.every(({ below, areNumbers }) => below.length > 0 && !areNumbers))
    return start === 0 ? true : undefined;
  if (start === 0) {
    if (numbers.every(({ below, number }) => Number(below[0]) === number + count)) return undefined;
    const { cell, below } = places[0]!;
    // pandas writes the rows' numbers below no name.
    const hasIndex = cell === '' && below.length > 0 && below.every((under, i) => under === String(i));
    if (hasIndex || areFractions(numbers)) return true;
    // Windows of a series, 0,1,2 and then 1,2,3, begin like names.
    const isWindow = stepOf(numbers.map((place) => Number(place.below[0]))) === step;
    return count >= 3 && !isWindow ? true : undefined;
  }
  return start === 1 && count >= 3 && areFractions(numbers) ? undefined : false;
}

/**
 * Whether numbers may be names in equal steps, as years or wavelengths are: beside another name; whole ones above fractions; or so many that
 * it is no chance. Not if the next row goes in equal steps as well.
 */
function mayBeScale(numbers: readonly Place[], step: number | undefined, isBesideName: boolean): boolean {
  if (numbers.length < 3 || step === undefined || step === 0) return false;
  if (numbers.some(({ below }) => below.length === 0)) return false;
  const next = stepOf(numbers.map(({ below }) => Number(below[0])));
  if (next !== undefined && next !== 0) return false;
  const areWhole = numbers.every(({ number }) => Number.isInteger(number));
  return isBesideName || numbers.length >= 5 || (areWhole && areFractions(numbers));
}

function recurs({ cell, below }: Place): boolean {
  return below.includes(cell);
}

/** Whether all cells below are written with a fraction or an exponent: a writer of numbers writes a column in one way. */
function areFractions(places: readonly Place[]): boolean {
  return places.every(({ below }) => below.length > 0 && below.every((cell) => /[.,e]/i.test(cell)));
}

/** The step from each number to the next, if it is one for all, but for the rounding of decimals. */
function stepOf(numbers: readonly number[]): number | undefined {
  const step = numbers[1]! - numbers[0]!;
  const most = 1e-6 * Math.abs(step);
  return numbers.every((number, i) => i === 0 || Math.abs(number - numbers[i - 1]! - step) <= most)
    ? step
    : undefined;
}
