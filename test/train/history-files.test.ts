import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ArgumentError, FormatError, GemmnetError } from '../../lib/core/errors.js';
import { type History, historyToCsv } from '../../lib/train/history.js';
import { loadHistory, saveHistory, writeHistoryToTensorBoard } from '../../lib/train/history-files.js';
import { readEvents } from '../io/tensorboard-events.js';
import { temporaryFolder } from '../temporary-folder.js';

const history: History = {
  lossHistory: [2.5, 1 / 3, Number.NaN, Number.POSITIVE_INFINITY],
  trainAccHistory: [0.1, 0.9],
  valAccHistory: [0.8],
  trainLossHistory: [],
  valLossHistory: [],
  trainR2History: [],
  valR2History: [],
  checks: [
    { iteration: 1, epoch: 0, learningRate: 0.1, trainAcc: 0.1 },
    { iteration: 3, epoch: 1, learningRate: 0.05, trainAcc: 0.9, valAcc: 0.8 },
  ],
};

describe('saveHistory and loadHistory', () => {
  test('write CSV of many steps, as they are when it is called', async () => {
    const lossHistory = Array.from({ length: 10_001 }, (_, i) => 1 / (i + 1));
    const checks = [4096, 4097, 10_001].map((iteration) => ({ iteration, epoch: 1, learningRate: 0.1 }));
    const lines = lossHistory.map((loss, i) => {
      return `${i + 1},${loss},${checks.some(({ iteration }) => iteration === i + 1) ? '1,0.1' : ','}`;
    });
    const path = join(await temporaryFolder(), 'history.csv');
    const saved = saveHistory(path, { lossHistory, checks });
    lossHistory.push(1);
    checks.pop();
    await saved;
    const [head, ...rows] = (await readFile(path, 'utf8')).split('\n');
    const columns = head!.split(',').length;
    expect(head).toMatch(/^iteration,loss,epoch,learningRate/);
    expect(rows).toEqual([...lines.map((line) => line + ','.repeat(columns - 4)), '']);
  });

  test('write JSON and read it back bit for bit', async () => {
    const path = join(await temporaryFolder(), 'history.json');
    await saveHistory(path, history);
    expect(await loadHistory(path)).toEqual(history);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
      lossHistory: [2.5, 1 / 3, 'NaN', 'Infinity'],
      trainAccHistory: [0.1, 0.9],
      valAccHistory: [0.8],
    });
    expect(await loadHistory(new Uint8Array(await readFile(path)))).toEqual(history);
    expect(await loadHistory(pathToFileURL(path))).toEqual(history);
  });

  test('takes what has no more than the losses and the checks', async () => {
    const path = join(await temporaryFolder(), 'history.json');
    const { lossHistory, checks } = history;
    await saveHistory(path, { lossHistory, checks });
    expect(await loadHistory(path)).toEqual(history);
  });

  test('writes CSV by the ending', async () => {
    const path = pathToFileURL(join(await temporaryFolder(), 'history.CSV'));
    await saveHistory(path, history);
    expect(await readFile(path, 'utf8')).toBe(historyToCsv(history));
  });

  test.each<[string, unknown, unknown, string]>([
    ['another ending', 'history.txt', history, "the path to end in .csv or .json but received 'history.txt'"],
    ['no path', undefined, history, 'to end in .csv or .json but received undefined'],
    ['no history', 'history.json', { lossHistory: [1] }, 'saveHistory: expected the history to be an object'],
  ])('refuses to save: %s', async (_name, path, value, message) => {
    await expect(saveHistory(path as never, value as never)).rejects.toThrow(ArgumentError);
    await expect(saveHistory(path as never, value as never)).rejects.toThrow(message);
  });

  test.each<[string, string, string]>([
    ['an empty file', '', 'loadHistory is not JSON'],
    ['CSV', historyToCsv(history), 'loadHistory is not JSON'],
    ['an array', '[]', 'loadHistory: expected the history to be an object but received []'],
    ['nothing', 'null', 'expected the history to be an object but received null'],
    ['no losses', '{"checks":[]}', 'expected lossHistory to be an array but received undefined'],
    [
      'a loss that is null',
      '{"lossHistory":[1,null],"checks":[]}',
      'expected lossHistory[1] to be a number but received null',
    ],
    [
      'a loss by the name of a method',
      '{"lossHistory":["toString"],"checks":[]}',
      "to be a number but received 'toString'",
    ],
    [
      'a check that is a number',
      '{"lossHistory":[],"checks":[1]}',
      'expected checks[0] to be an object but received 1',
    ],
    [
      'half a check',
      '{"lossHistory":[],"checks":[{"iteration":1}]}',
      'expected checks[0].epoch to be a number',
    ],
    ['deep nesting', '['.repeat(100_000), 'nested more than 3 levels deep'],
    ['a key twice', '{"checks":[],"checks":[]}', 'has the key "checks" twice'],
  ])('refuses to load %s', async (_name, text, message) => {
    await expect(loadHistory(Buffer.from(text))).rejects.toThrow(FormatError);
    await expect(loadHistory(Buffer.from(text))).rejects.toThrow(message);
  });

  test('answers any cut and any changed byte with a history or a GemmnetError', async () => {
    const path = join(await temporaryFolder(), 'history.json');
    await saveHistory(path, history);
    const bytes = await readFile(path);
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1 << (at % 8);
      await expect(loadHistory(bytes.subarray(0, at))).rejects.toThrow(FormatError);
      await loadHistory(flipped).catch((error: unknown) => expect(error).toBeInstanceOf(GemmnetError));
    }
  });

  test('names the file', async () => {
    const path = join(await temporaryFolder(), 'history.json');
    await expect(loadHistory(path)).rejects.toThrow('there is no such file or folder');
    await writeFile(path, '{}');
    await expect(loadHistory(path)).rejects.toThrow(
      `loadHistory: ${path}: expected lossHistory to be an array`,
    );
  });
});

describe('writeHistoryToTensorBoard', () => {
  test('writes losses at every step and accuracies where they were measured', async () => {
    const folder = join(await temporaryFolder(), 'run');
    await writeHistoryToTensorBoard(folder, history);
    const [name] = await readdir(folder);
    const { scalars } = readEvents(await readFile(join(folder, name!)));
    const curve = (wanted: string) =>
      scalars.filter(({ tag }) => tag === wanted).map(({ step, value }) => [step, value]);
    expect(curve('loss')).toEqual([
      [1, 2.5],
      [2, Math.fround(1 / 3)],
      [3, Number.NaN],
      [4, Number.POSITIVE_INFINITY],
    ]);
    expect(curve('accuracy/train')).toEqual([
      [1, Math.fround(0.1)],
      [3, Math.fround(0.9)],
    ]);
    expect(curve('accuracy/val')).toEqual([[3, Math.fround(0.8)]]);
    expect(curve('learningRate')).toEqual([
      [1, Math.fround(0.1)],
      [3, Math.fround(0.05)],
    ]);
    expect(curve('epoch')).toEqual([
      [1, 0],
      [3, 1],
    ]);
  });

  test('refuses what is no history', async () => {
    await expect(writeHistoryToTensorBoard('nowhere', [1] as never)).rejects.toThrow(
      'writeHistoryToTensorBoard: expected the history to be an object with the arrays lossHistory and checks',
    );
  });
});
