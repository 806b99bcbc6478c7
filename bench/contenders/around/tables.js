import { readFile } from 'node:fs/promises';
import {
  historyToCsv,
  loadCsv,
  loadHistory,
  saveHistory,
  TensorBoardWriter,
  writeHistoryToTensorBoard,
  writePredictionsCsv,
} from '../../../dist/index.js';
import { drawLabels } from './preparing.js';
import { input, writing, written } from './saving.js';

/** @typedef {import('../../cases.js').Case} Case */
/** @typedef {import('./gemmnet.js').Prepared} Prepared */

/** Who reads these files again has its own tests, and each writes numbers its own way. */
const notCompared = async () => undefined;

/** Tables as text, and what training leaves behind. @satisfies {Record<string, (one: Case) => Prepared | Promise<Prepared>>} */
export const tables = {
  /** @param {Case} one */
  loadCsv: (one) => ({
    call: () => loadCsv(input(one), { labelColumn: 'label' }),
    arrays: ({ X, y }) => [X.data, y ?? []],
  }),
  /** @param {Case} one */
  loadCsvWords: (one) => ({
    call: () => loadCsv(input(one), { labelColumn: 'label', categorical: 'oneHot' }),
    arrays: ({ X, y }) => [X.data, y ?? []],
  }),
  /** @param {Case} one */
  writePredictionsCsv(one) {
    const predictions = drawLabels(one);
    const path = written(one, 'predictions.csv');
    return writing(
      path,
      () => writePredictionsCsv(path, predictions),
      async () => [await readFile(path)],
    );
  },
  /** @param {Case} one */
  loadHistory: (one) => ({ call: () => loadHistory(input(one)), arrays: ({ lossHistory }) => [lossHistory] }),
  /** @param {Case} one */
  async saveHistoryJson(one) {
    const history = await loadHistory(input(one));
    const path = written(one, 'history.json');
    return writing(path, () => saveHistory(path, history), notCompared);
  },
  /** @param {Case} one */
  async saveHistoryCsv(one) {
    const history = await loadHistory(input(one));
    const path = written(one, 'history.csv');
    return writing(path, () => saveHistory(path, history), notCompared);
  },
  /** @param {Case} one */
  async historyToCsv(one) {
    const history = await loadHistory(input(one));
    return { call: () => historyToCsv(history), arrays: () => undefined, bytes: (text) => text.length };
  },
  /** @param {Case} one */
  async writeHistoryToTensorBoard(one) {
    const history = await loadHistory(input(one));
    const folder = written(one, 'board');
    return writing(folder, () => writeHistoryToTensorBoard(folder, history), notCompared);
  },
  /** @param {Case} one */
  tensorBoard(one) {
    const folder = written(one, 'board');
    const [count = 0] = one.sizes ?? [];
    const write = async () => {
      const board = new TensorBoardWriter(folder);
      for (let step = 0; step < count; step++) board.scalar('loss', 1 / (step + 1), step);
      await board.close();
    };
    return writing(folder, write, notCompared);
  },
};
