import { describe, expectation } from '../core/describe.js';
import { ArgumentError } from '../core/errors.js';
import { checkOptions, nonNegative, optional, type Schema } from '../core/options.js';

/** Sizes as scikit-learn's `train_test_split` names them: a fraction of all rows, or a number of rows. */
export interface SizeOptions {
  readonly trainSize?: number;
  readonly valSize?: number;
  readonly testSize?: number;
}

/** A piece of a data set, `Train` for `XTrain` and `yTrain`. */
export interface PieceSize {
  readonly name: string;
  readonly rows: number;
}

export interface SplitSizes {
  readonly pieces: readonly PieceSize[];
  /** Whether they were named as scikit-learn does. */
  readonly likeScikitLearn: boolean;
  /** What stood among such sizes and are options. */
  readonly options: Readonly<Record<string, unknown>>;
}

const sizeOptions = {
  trainSize: optional(nonNegative),
  valSize: optional(nonNegative),
  testSize: optional(nonNegative),
};

/** What scikit-learn, or a hand in haste, calls what has another name here. */
const foreignNames: Readonly<Record<string, string>> = {
  trainsize: 'trainSize',
  valsize: 'valSize',
  testsize: 'testSize',
  randomstate: 'seed',
};

/**
 * @param optionNames of the call, which may stand among sizes that are named as scikit-learn does
 * @throws ArgumentError for sizes that are none, that have one name, or of more rows than there are
 */
export function splitSizes(sizes: unknown, count: number, splitOptions: Schema): SplitSizes {
  const entries = typeof sizes === 'object' && sizes !== null ? Object.entries(sizes) : [];
  if (entries.length === 0) {
    const expected = 'to name the pieces, { train: 0.8, test: 0.2 }, or to be like { testSize: 0.2 }';
    throw new ArgumentError(expectation('split: the sizes', expected, describe(sizes)));
  }
  for (const [name] of entries) {
    const meant = foreignNames[name.toLowerCase().replaceAll(/[_-]/g, '')];
    if (meant !== undefined && meant !== name) {
      throw new ArgumentError(`split: unknown option ${name}; did you mean ${meant}?`);
    }
  }
  const isSize = ([name]: [string, unknown]) => Object.hasOwn(sizeOptions, name);
  const isOption = ([name]: [string, unknown]) => Object.hasOwn(splitOptions, name);
  if (!entries.some(isSize) && !entries.every(isOption)) {
    const option = entries.find(isOption)?.[0];
    if (option !== undefined) {
      throw new ArgumentError(
        `split: expected the sizes to name pieces alone but received the option ${option}; it belongs in the fourth argument`,
      );
    }
    return { pieces: namedPieces(entries, count), likeScikitLearn: false, options: {} };
  }
  // Unknown names are told here, with what was meant.
  checkOptions('split', sizes, {
    ...sizeOptions,
    ...Object.fromEntries(
      Object.entries(splitOptions).map(([name, rule]) => [name, { ...rule, accepts: () => true }]),
    ),
  } as Schema);
  const given = Object.fromEntries(entries.filter(isSize)) as SizeOptions;
  return {
    pieces: trainTestPieces(given, count),
    likeScikitLearn: true,
    options: Object.fromEntries(entries.filter(isOption)),
  };
}

function namedPieces(entries: readonly [string, unknown][], count: number): PieceSize[] {
  const names = new Map<string, string>();
  let end = 0;
  // Fractions are added up before they are rounded, so that those of a whole leave no row out.
  let fractions = 0;
  let fractionRows = 0;
  return entries.map(([given, size]) => {
    const name = `${given.charAt(0).toUpperCase()}${given.slice(1)}`;
    const twin = names.get(name);
    if (twin !== undefined) {
      throw new ArgumentError(
        `split: expected pieces of different names but ${twin} and ${given} are both X${name} and y${name}`,
      );
    }
    names.set(name, given);
    let rows = size as number;
    if (isFraction(size)) {
      fractions += size;
      rows = Math.round(fractions * count) - fractionRows;
      fractionRows += rows;
    }
    if (!Number.isInteger(rows) || rows < 1) throw wrongSize(`the size of ${given}`, size);
    end += rows;
    if (end > count) throw tooMany(count, given, end);
    return { name, rows };
  });
}

/** As scikit-learn rounds: a test set up, a training set down. */
function trainTestPieces({ trainSize, valSize, testSize }: SizeOptions, count: number): PieceSize[] {
  const rowsOf = (name: string, size: number | undefined, round: (rows: number) => number) => {
    if (size === undefined) return undefined;
    const rows = isFraction(size) ? round(size * count) : size;
    if (!Number.isInteger(rows) || rows < 1) throw wrongSize(`option ${name}`, size);
    return rows;
  };
  const val = rowsOf('valSize', valSize, Math.ceil);
  let train = rowsOf('trainSize', trainSize, Math.floor);
  let test = rowsOf('testSize', testSize, Math.ceil);
  if (test === undefined && val === undefined)
    test = train === undefined ? Math.ceil(count / 4) : count - train;
  train ??= count - (val ?? 0) - (test ?? 0);
  const pieces = [
    { name: 'Train', rows: train },
    { name: 'Val', rows: val },
    { name: 'Test', rows: test },
  ].filter((piece): piece is PieceSize => piece.rows !== undefined);
  const total = pieces.reduce((sum, { rows }) => sum + rows, 0);
  if (total > count || pieces.some(({ rows }) => rows < 1)) {
    const sizes = pieces.map(({ name, rows }) => `${rows} for ${name.toLowerCase()}`).join(', ');
    throw new ArgumentError(
      `split: expected pieces of at most ${count} rows together, each with rows, but received ${sizes}`,
    );
  }
  return pieces;
}

function isFraction(size: unknown): size is number {
  return typeof size === 'number' && size > 0 && size < 1;
}

function wrongSize(what: string, size: unknown): ArgumentError {
  const expected = 'to be a number of rows, or a fraction between 0 and 1 of at least one row,';
  return new ArgumentError(expectation(`split: ${what}`, expected, describe(size)));
}

function tooMany(count: number, name: string, end: number): ArgumentError {
  return new ArgumentError(
    `split: expected pieces of at most ${count} rows together but ${name} ends at row ${end}`,
  );
}
