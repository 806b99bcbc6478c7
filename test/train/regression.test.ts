import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RandomState } from '../../lib/core/random/random-state.js';
import { type LabelsLike, Tensor, type TensorLike, tensor } from '../../lib/core/tensors/tensor.js';
import { oneHot } from '../../lib/data/one-hot.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { Sequential } from '../../lib/models/sequential.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import { historyToCsv } from '../../lib/train/history.js';
import { loadHistory, saveHistory, writeHistoryToTensorBoard } from '../../lib/train/history-files.js';
import { Solver } from '../../lib/train/solver.js';
import type { SolverProgress } from '../../lib/train/solver-options.js';
import { readEvents } from '../io/tensorboard-events.js';
import { temporaryFolder } from '../temporary-folder.js';

const rng = new RandomState(3);
const X = rng.randn(60, 3);
const XVal = rng.randn(20, 3);
/** Two numbers of each row. */
const numbersOf = (rows: Tensor) =>
  tensor(
    (rows.toArray() as number[][]).map(([a, b, c]) => [2 * a! - b! + 5, a! + 0.5 * c! - 3]),
    [rows.shape[0]!, 2],
  );
const Y = numbersOf(X);
const YVal = numbersOf(XVal);
const column = (values: Tensor, j: number) => [...values].filter((_, i) => i % 2 === j);

const netOf = (numClasses: number, options: { reg?: number; seed?: number } = {}) =>
  new FullyConnectedNet({
    inputDim: 3,
    hiddenDims: [16],
    numClasses,
    loss: 'mse',
    init: 'he',
    dtype: 'float64',
    seed: 0,
    ...options,
  });

/** ½ Σ (s − t)² a row, its mean, and R² averaged over the outputs, straight from the formulas. */
function expectedMeasures(scores: Tensor, targets: Tensor): { loss: number; r2: number } {
  const [count = 0, cols = 0] = targets.shape;
  const [s, t] = [[...scores], [...targets]];
  const loss = s.reduce((sum, value, i) => sum + 0.5 * (value - t[i]!) ** 2, 0) / count;
  const r2 = Array.from({ length: cols }, (_, j) => {
    const truth = t.filter((_, i) => i % cols === j);
    const said = s.filter((_, i) => i % cols === j);
    const mean = truth.reduce((sum, value) => sum + value, 0) / count;
    const residual = truth.reduce((sum, value, i) => sum + (value - said[i]!) ** 2, 0);
    return 1 - residual / truth.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  });
  return { loss, r2: r2.reduce((sum, value) => sum + value, 0) / cols };
}

const settings = {
  updateRule: 'adam',
  learningRate: 0.1,
  numEpochs: 20,
  batchSize: 20,
  verbose: false,
} as const;

describe('Solver with numbers to predict', () => {
  it('measures loss and R² of both sets, and keeps the parameters of the least validation loss', async () => {
    const model = netOf(2);
    const lines: string[] = [];
    const solver = new Solver(
      model,
      { XTrain: X, yTrain: Y, XVal, yVal: YVal },
      { ...settings, verbose: true, log: (line) => lines.push(line) },
    );
    const reports: SolverProgress[] = [];
    const history = await solver.train({ onProgress: (report) => reports.push(report) });
    expect(history.checks).toHaveLength(21);
    expect(history.trainAccHistory).toEqual([]);
    expect(history.valAccHistory).toEqual([]);
    expect(solver.valLossHistory).toEqual(history.checks.map(({ valLoss }) => valLoss));
    expect(solver.valR2History).toHaveLength(21);
    expect(solver.bestValLoss).toBe(Math.min(...history.valLossHistory));
    expect(solver.bestValAcc).toBe(0);
    const { loss, r2 } = expectedMeasures(model.loss(XVal), YVal);
    expect(solver.bestValLoss).toBeCloseTo(loss, 12);
    expect(history.valR2History[history.valLossHistory.indexOf(solver.bestValLoss)]).toBeCloseTo(r2, 12);
    expect(r2).toBeGreaterThan(0.9);
    expect(reports.at(-1)).toMatchObject({
      valLoss: history.valLossHistory.at(-1),
      valR2: history.valR2History.at(-1),
      trainLoss: history.trainLossHistory.at(-1),
      trainR2: history.trainR2History.at(-1),
    });
    expect(reports.at(-1)).not.toHaveProperty('trainAcc');
    expect(lines.join('\n')).not.toMatch(/acc/i);
    expect(lines[1]).toMatch(
      /^\(Epoch 0 \/ 20\) train loss: [\d.]+; train R2: -?[\d.]+; val_loss: [\d.]+; val_R2: -?[\d.]+$/,
    );
  });

  it('measures the training set alone where there is no other', async () => {
    const model = netOf(1);
    const y = column(Y, 0);
    const history = await new Solver(model, { XTrain: X, yTrain: y }, settings).train();
    expect(history.valLossHistory).toEqual([]);
    const { loss, r2 } = expectedMeasures(model.loss(X), tensor(y, [60, 1]));
    expect(history.trainLossHistory.at(-1)).toBeCloseTo(loss, 12);
    expect(history.trainR2History.at(-1)).toBeCloseTo(r2, 12);
  });

  it.each<[string, LabelsLike | TensorLike]>([
    ['numbers', column(YVal, 0)],
    ['Float32Array', Float32Array.from(column(YVal, 0))],
    ['columns', column(YVal, 0).map((value) => [value])],
    ['a tensor (M)', tensor(column(YVal, 0))],
    ['a tensor (M, 1)', tensor(column(YVal, 0), [20, 1])],
    ['integers', Int32Array.from(column(YVal, 0), Math.round)],
  ])('takes yVal of one output as %s', async (_name, yVal) => {
    const solver = new Solver(netOf(1), { XTrain: X, yTrain: column(Y, 0), XVal, yVal }, settings);
    expect((await solver.train()).valR2History.at(-1)).toBeGreaterThan(0.9);
  });

  it('draws samples of both sets', async () => {
    const model = netOf(2);
    const rates = { learningRate: 0, numTrainSamples: 7, numValSamples: 5, numEpochs: 1, seed: 9 };
    const data = { XTrain: X, yTrain: Y, XVal, yVal: YVal };
    const { checks } = await new Solver(model, data, { ...settings, ...rates }).train();
    const draws = new RandomState(9);
    draws.choice(60, 20);
    const take = (from: Tensor, rows: Int32Array) =>
      tensor(Array.from(rows, (row) => [...from.slice(row, row + 1)]));
    const [train, val] = [draws.choice(60, 7), draws.choice(20, 5)];
    const ofTrain = expectedMeasures(model.loss(take(X, train)), take(Y, train));
    const ofVal = expectedMeasures(model.loss(take(XVal, val)), take(YVal, val));
    expect(checks[0]!.trainLoss).toBeCloseTo(ofTrain.loss, 12);
    expect(checks[0]!.trainR2).toBeCloseTo(ofTrain.r2, 12);
    expect(checks[0]!.valLoss).toBeCloseTo(ofVal.loss, 12);
    expect(checks[0]!.valR2).toBeCloseTo(ofVal.r2, 12);
  });

  it.each([
    ['labels', 'labels'],
    ['one-hot rows', 'labels'],
    ['labels', 'one-hot rows'],
    ['one-hot rows', 'one-hot rows'],
    ['weights of the classes', 'labels'],
  ])('measures accuracies for mse on %s, validated on %s', async (train, val) => {
    const y = new RandomState(1).randint(2, 60);
    const weights = tensor(
      Float64Array.from(oneHot(y, 2), (value) => 0.9 * value + 0.05),
      [60, 2],
    );
    const as = { labels: y, 'one-hot rows': oneHot(y, 2), 'weights of the classes': weights };
    const data = {
      XTrain: X,
      yTrain: as[train as keyof typeof as],
      XVal: X,
      yVal: as[val as keyof typeof as],
    };
    const history = await new Solver(netOf(2), data, settings).train();
    expect(history.valAccHistory).toHaveLength(21);
    expect(history.valAccHistory).toEqual(history.trainAccHistory);
    expect(history.valLossHistory).toEqual([]);
  });

  it.each(['softmax', 'hinge'] as const)('takes one-hot rows as labels for %s', async (loss) => {
    const y = new RandomState(1).randint(3, 60);
    const train = async (labels: LabelsLike) => {
      const net = new FullyConnectedNet({
        inputDim: 3,
        hiddenDims: [8],
        numClasses: 3,
        loss,
        init: 'he',
        dtype: 'float64',
        seed: 0,
      });
      return await new Solver(net, { XTrain: X, yTrain: labels, XVal: X, yVal: labels }, settings).train();
    };
    const [byLabels, byRows] = [await train(y), await train(oneHot(y, 3))];
    expect(byRows.valAccHistory).toEqual(byLabels.valAccHistory);
    byRows.lossHistory.forEach((value, i) => {
      expect(value).toBeCloseTo(byLabels.lossHistory[i]!, 10);
    });
  });

  it('refuses numbers for a loss of classes, and numbers that are not finite', () => {
    const classifier = new FullyConnectedNet({ inputDim: 3, hiddenDims: [], numClasses: 2, loss: 'hinge' });
    expect(() => new Solver(classifier, { XTrain: X, yTrain: Y })).toThrow(
      'Solver: expected yTrain[0] to be a one-hot row',
    );
    const y = column(Y, 0);
    y[17] = Number.NaN;
    expect(() => new Solver(netOf(1), { XTrain: X, yTrain: y })).toThrow(
      'Solver: expected yTrain[17] to be a finite float64 number but received NaN',
    );
    const both = tensor([...Y], [60, 2]);
    both.set(4, 1, Number.POSITIVE_INFINITY);
    expect(() => new Solver(netOf(2), { XTrain: X, yTrain: both })).toThrow(
      'expected yTrain[4][1] to be a finite',
    );
    expect(() => new Solver(netOf(1), { XTrain: X, yTrain: column(Y, 0), XVal, yVal: [1, 2] })).toThrow(
      'Solver: expected yVal to have shape (20)',
    );
  });
});

describe('TwoLayerNet.train with numbers to predict', () => {
  const make = (numClasses: number) =>
    new TwoLayerNet({
      inputSize: 3,
      hiddenSize: 16,
      numClasses,
      std: 0.3,
      loss: 'mse',
      dtype: 'float64',
      seed: 0,
    });

  it('records loss and R²', async () => {
    const net = make(2);
    const history = await net.train(X, Y, XVal, YVal, {
      learningRate: 0.05,
      numIters: 241,
      batchSize: 20,
      learningRateDecay: 1,
    });
    expect(history.trainAccHistory).toEqual([]);
    expect(history.valAccHistory).toEqual([]);
    expect(history.trainR2History).toHaveLength(81);
    expect(history.valR2History.at(-1)).toBeGreaterThan(0.9);
    const { loss, r2 } = expectedMeasures(net.loss(XVal), YVal);
    expect(history.valLossHistory.at(-1)).toBeCloseTo(loss, 12);
    expect(history.valR2History.at(-1)).toBeCloseTo(r2, 12);
  });

  it('records the training alone without a validation set', async () => {
    const history = await make(1).train(X, column(Y, 0), { numIters: 30, batchSize: 20 });
    expect(history.trainR2History).toHaveLength(10);
    expect(history.valR2History).toEqual([]);
  });

  it('records accuracies for labels and one-hot rows', async () => {
    const y = new RandomState(1).randint(2, 60);
    for (const labels of [y, oneHot(y, 2)]) {
      const history = await make(2).train(X, labels, X, labels, { numIters: 4, batchSize: 20 });
      expect(history.valAccHistory).toHaveLength(2);
      expect(history.valR2History).toEqual([]);
    }
  });
});

describe('evaluate and accuracy', () => {
  it('give loss and R² of numbers, with regularization as loss has it', async () => {
    const net = netOf(2, { reg: 0.3 });
    const { loss, r2, accuracy } = await net.evaluate(X, Y, { batchSize: 7 });
    expect(loss).toBeCloseTo(net.loss(X, Y).loss, 12);
    expect(r2).toBeCloseTo(expectedMeasures(net.loss(X), Y).r2, 12);
    expect(accuracy).toBeUndefined();
    await expect(net.accuracy(X, Y)).rejects.toThrow(
      'expected y to be class labels or one-hot rows but received other numbers; evaluate(X, y) gives the loss and R²',
    );
  });

  it('give R² as scikit-learn has it where all true numbers are the same', async () => {
    const net = netOf(1);
    const scores = [...net.loss(X)];
    expect((await net.evaluate(X, new Float64Array(60).fill(4))).r2).toBe(0);
    net.restoreParams({ ...net.snapshotParams(), W2: new Tensor(new Float64Array(16), [16, 1]), b2: [4] });
    expect((await net.evaluate(X, new Float64Array(60).fill(4))).r2).toBe(1);
    expect(scores).toHaveLength(60);
  });

  it('give accuracies of labels and one-hot rows, whatever the loss', async () => {
    const y = new RandomState(1).randint(2, 60);
    const net = netOf(2);
    const { accuracy } = await net.evaluate(X, y);
    expect(accuracy).toBe(await net.accuracy(X, y));
    expect(await net.accuracy(X, oneHot(y, 2))).toBe(accuracy);
    expect((await net.evaluate(X, oneHot(y, 2))).accuracy).toBe(accuracy);
    const weights = tensor(
      Float64Array.from(oneHot(y, 2), (value) => 0.9 * value + 0.05),
      [60, 2],
    );
    const softmax = new FullyConnectedNet({
      inputDim: 3,
      hiddenDims: [4],
      numClasses: 2,
      init: 'he',
      seed: 0,
    });
    const evaluated = await softmax.evaluate(X, weights);
    expect(evaluated.accuracy).toBe(await softmax.accuracy(X, y));
    expect(evaluated.loss).toBeCloseTo(softmax.loss(X, weights).loss, 5);
  });
});

describe('a single output', () => {
  it('has no classes: predict and accuracy say what to use', async () => {
    const net = netOf(1);
    expect(() => net.predict(X)).toThrow(
      'FullyConnectedNet.predict: expected a model of at least 2 classes but this one has a single output; loss(X) gives the numbers',
    );
    await expect(net.accuracy(X, new Int32Array(60))).rejects.toThrow('evaluate(X, y) gives the loss and R²');
    expect(net.loss(X).shape).toEqual([60, 1]);
  });

  it.each([
    ['FullyConnectedNet', () => new FullyConnectedNet({ inputDim: 3, hiddenDims: [4], numClasses: 1 })],
    [
      'FullyConnectedNet',
      () => new FullyConnectedNet({ inputDim: 3, hiddenDims: [], numClasses: 1, loss: 'hinge' }),
    ],
    ['TwoLayerNet', () => new TwoLayerNet({ inputSize: 3, hiddenSize: 4, numClasses: 1 })],
    ['Sequential', () => new Sequential([new Linear(3, 1)], { loss: 'softmaxCrossEntropy' })],
  ])('with a loss of classes, which is always 0, is refused by %s', (who, make) => {
    expect(make).toThrow(`${who}: expected numClasses, the outputs, to be at least 2`);
    expect(make).toThrow("take a net with the loss 'mse'");
  });

  it('of a Sequential is for mse by default', () => {
    const net = new Sequential([new Linear(3, 1)], { seed: 0, dtype: 'float64' });
    expect(net.loss(X, column(Y, 0)).loss).toBeCloseTo(
      expectedMeasures(net.loss(X), tensor(column(Y, 0), [60, 1])).loss,
      10,
    );
  });
});

describe('the history of a regression', () => {
  it('is written as CSV, as JSON and for TensorBoard', async () => {
    const data = { XTrain: X, yTrain: Y, XVal, yVal: YVal };
    const history = await new Solver(netOf(2), data, { ...settings, numEpochs: 2 }).train();
    const rows = historyToCsv(history).trimEnd().split('\n');
    expect(rows[0]).toBe('iteration,loss,epoch,learningRate,trainLoss,valLoss,trainR2,valR2');
    const { trainLoss, valLoss, trainR2, valR2 } = history.checks[0]!;
    expect(rows[1]).toBe([1, history.lossHistory[0], 0, 0.1, trainLoss, valLoss, trainR2, valR2].join(','));
    expect(rows[2]).toBe(`2,${history.lossHistory[1]},,,,,,`);
    const folder = await temporaryFolder();
    await saveHistory(join(folder, 'history.json'), history);
    expect(await loadHistory(join(folder, 'history.json'))).toEqual(history);
    await writeHistoryToTensorBoard(join(folder, 'board'), history);
    const [name] = await readdir(join(folder, 'board'));
    const { scalars } = readEvents(await readFile(join(folder, 'board', name!)));
    expect(new Set(scalars.map(({ tag }) => tag))).toEqual(
      new Set(['loss', 'loss/train', 'loss/val', 'r2/train', 'r2/val', 'learningRate', 'epoch']),
    );
  });
});
