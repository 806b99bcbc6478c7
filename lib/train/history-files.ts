import { isUrl } from '../core/built-ins.js';
import { describe, expectation } from '../core/describe.js';
import { ArgumentError, FormatError } from '../core/errors.js';
import { checkValue } from '../core/options.js';
import { Turns } from '../core/process/turns.js';
import { writeAtomically } from '../io/files/atomic-write.js';
import { refuseForeign } from '../io/files/foreign-file.js';
import { type Readable, readWhole, withSource } from '../io/files/source.js';
import { parseStrictJson } from '../io/files/strict-json.js';
import { TensorBoardWriter } from '../io/formats/tensorboard.js';
import {
  type History,
  type HistoryCheck,
  historyLines,
  historyRule,
  type MeasureName,
  measuresOf,
  type RecordedHistory,
  wholeHistory,
} from './history.js';

/** The longest file of a history, in bytes. */
const maxLength = 1 << 28;

/** What TensorBoard calls the measures. */
const tags: Readonly<Record<MeasureName, string>> = {
  trainAcc: 'accuracy/train',
  valAcc: 'accuracy/val',
  trainLoss: 'loss/train',
  valLoss: 'loss/val',
  trainR2: 'r2/train',
  valR2: 'r2/val',
};

/** JSON has no such numbers. */
const notFinite: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/**
 * Writes a history as CSV (see {@link historyToCsv}) or as JSON (an object as {@link History}), by the ending of the file's name. Numbers
 * are written in full; in JSON those that are not finite are the words "NaN", "Infinity" and "-Infinity".
 * @throws ArgumentError for what is no history, another ending, or a file that cannot be written
 * @throws StateError for a disk that is full or fails; an old file is as it was
 */
export async function saveHistory(path: string | URL, history: RecordedHistory): Promise<void> {
  const { lossHistory, checks } = checkValue('saveHistory: the history', history, historyRule);
  const ending = /\.(csv|json)$/i.exec(isUrl(path) ? path.pathname : String(path))?.[1]?.toLowerCase();
  if (ending === undefined) {
    throw new ArgumentError(
      expectation(
        'saveHistory: the path',
        'to end in .csv or .json',
        describe(isUrl(path) ? path.href : path),
      ),
    );
  }
  // A training may go on while the lines are written.
  const contents =
    ending === 'csv'
      ? encoded(historyLines({ lossHistory: lossHistory.slice(), checks: checks.slice() }))
      : historyToJson(wholeHistory({ lossHistory, checks }));
  await writeAtomically('saveHistory', path, contents);
}

function* encoded(texts: Iterable<string>): Generator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

/**
 * Reads a history that {@link saveHistory} wrote as JSON.
 * @param from a path, or the contents of a file
 * @throws FormatError for a file that holds anything else
 * @throws ArgumentError for a file that cannot be read
 */
export async function loadHistory(from: Readable): Promise<History> {
  return await withSource('loadHistory', from, async (source) => {
    await refuseForeign(source, { expected: 'a history in JSON', own: ['json'] });
    const bytes = await readWhole(source, maxLength);
    // The history, its checks, a check.
    const json = parseStrictJson(bytes, 3, source.name);
    const { lossHistory, checks } = objectIn(json, `${source.name}: the history`);
    const losses = arrayIn(lossHistory, `${source.name}: lossHistory`);
    const measured = arrayIn(checks, `${source.name}: checks`);
    return wholeHistory({
      lossHistory: losses.map((loss, i) => numberIn(loss, `${source.name}: lossHistory[${i}]`)),
      checks: measured.map((check, i) => checkIn(check, `${source.name}: checks[${i}]`)),
    });
  });
}

/**
 * Writes a history for TensorBoard: `loss` at every step; and where something was measured, `accuracy/train` and `accuracy/val` (of
 * numbers `loss/train`, `loss/val`, `r2/train` and `r2/val`), `learningRate` and `epoch`.
 * @param folder of the run; it is made if it is not there
 * @throws ArgumentError for what is no history, or files that cannot be written
 * @throws StateError for a disk that is full or fails
 */
export async function writeHistoryToTensorBoard(
  folder: string | URL,
  history: RecordedHistory,
): Promise<void> {
  const { lossHistory, checks } = checkValue('writeHistoryToTensorBoard: the history', history, historyRule);
  const board = new TensorBoardWriter(folder);
  try {
    const turns = new Turns();
    for (const [index, loss] of lossHistory.entries()) {
      board.scalar('loss', loss, index + 1);
      if (!turns.isOver) continue;
      await board.flush();
      await turns.next();
    }
    for (const { iteration, epoch, learningRate, ...measured } of checks) {
      for (const name of measuresOf(checks)) {
        const value = measured[name];
        if (value !== undefined) board.scalar(tags[name], value, iteration);
      }
      board.scalar('learningRate', learningRate, iteration);
      board.scalar('epoch', epoch, iteration);
    }
  } finally {
    await board.close();
  }
}

function historyToJson(history: History): string {
  return JSON.stringify(history, (_key, value: unknown) => {
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  });
}

function checkIn(value: unknown, what: string): HistoryCheck {
  const check = objectIn(value, what);
  const number = (name: keyof HistoryCheck) => numberIn(check[name], `${what}.${name}`);
  const measured = (Object.keys(tags) as MeasureName[]).filter((name) => check[name] !== undefined);
  return {
    iteration: number('iteration'),
    epoch: number('epoch'),
    learningRate: number('learningRate'),
    ...Object.fromEntries(measured.map((name) => [name, number(name)])),
  };
}

function objectIn(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new FormatError(expectation(what, 'to be an object', describe(value)));
}

function arrayIn(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new FormatError(expectation(what, 'to be an array', describe(value)));
}

function numberIn(value: unknown, what: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && Object.hasOwn(notFinite, value)) return notFinite[value]!;
  throw new FormatError(expectation(what, 'to be a number', describe(value)));
}
