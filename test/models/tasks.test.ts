import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import type { Tensor } from '../../lib/core/tensors/tensor.js';
import { loadModel } from '../../lib/models/files/load-model.js';
import { FullyConnectedNet, type FullyConnectedNetOptions } from '../../lib/models/fully-connected-net.js';
import type { Task } from '../../lib/models/task.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { Solver } from '../../lib/train/solver.js';

const rng = new RandomState(3);
const X = rng.randn(240, 3);
const rows = X.toArray() as number[][];
const net = <T extends Task>(task: T, options: Partial<FullyConnectedNetOptions<T>> = {}) =>
  new FullyConnectedNet({ inputDim: 3, hiddenDims: [16], task, init: 'he', seed: 1, ...options });
const settings = {
  updateRule: 'adam',
  learningRate: 0.02,
  numEpochs: 40,
  batchSize: 40,
  verbose: false,
} as const;

describe('the task binary', () => {
  const y = rows.map(([a = 0, b = 0]) => (a + b > 0 ? 1 : 0));

  it('has one output, 0 or 1 as predictions, and both probabilities', async () => {
    const model = net('binary');
    expect(model.numClasses).toBe(1);
    const { valAccHistory } = await new Solver(
      model,
      { XTrain: X, yTrain: y, XVal: X, yVal: y },
      settings,
    ).train();
    expect(valAccHistory.at(-1)).toBeGreaterThan(0.95);
    const predicted: Int32Array = model.predict(X);
    expect(predicted.filter((answer, i) => answer === y[i]).length / y.length).toBe(
      await model.accuracy(X, y),
    );
    const probs = model.predictProba(X);
    expect(probs.shape).toEqual([240, 2]);
    for (const [i, [no = 0, yes = 0]] of (probs.toArray() as number[][]).entries()) {
      expect(no + yes).toBeCloseTo(1, 6);
      expect(yes > 0.5 ? 1 : 0).toBe(predicted[i]);
    }
    const { accuracy, loss } = await model.evaluate(X, y);
    expect(accuracy).toBe(await model.accuracy(X, y));
    expect(loss).toBeCloseTo(model.loss(X, y).loss, 6);
  });
});

describe('the task multilabel', () => {
  const y = rows.map(([a = 0, b = 0, c = 0]) => [a > 0 ? 1 : 0, b + c > 0 ? 1 : 0, 1, c > a ? 1 : 0]);

  it('answers several questions at once', async () => {
    const model = net('multilabel', { numClasses: 4 });
    await new Solver(model, { XTrain: X, yTrain: y, XVal: X, yVal: y }, settings).train();
    const predicted: Tensor = model.predict(X);
    expect(predicted.shape).toEqual([240, 4]);
    const right = (predicted.toArray() as number[][]).flatMap((row, i) =>
      row.map((answer, j) => answer === y[i]![j]),
    );
    const part = right.filter(Boolean).length / right.length;
    expect(part).toBeGreaterThan(0.95);
    expect(await model.accuracy(X, y)).toBeCloseTo(part, 12);
    expect((await model.evaluate(X, y)).accuracy).toBeCloseTo(part, 12);
    const probs = model.predictProba(X).toArray() as number[][];
    expect(probs.flat().map((p) => (p > 0.5 ? 1 : 0))).toEqual((predicted.toArray() as number[][]).flat());
  });
});

describe('the task regression', () => {
  const y = rows.map(([a = 0, b = 0]) => 2 * a - b);

  it.each(['mse', 'huber', 'l1', 'logCosh'] as const)(
    'predicts one number by default, by %s',
    async (loss) => {
      const model = net('regression', { loss });
      expect(model.numClasses).toBe(1);
      await new Solver(model, { XTrain: X, yTrain: y, XVal: X, yVal: y }, settings).train();
      const predicted: Tensor = model.predict(X);
      expect(predicted.shape).toEqual([240, 1]);
      const { r2, accuracy } = await model.evaluate(X, y);
      expect(accuracy).toBeUndefined();
      expect(r2).toBeGreaterThan(0.95);
    },
  );

  it('measures numbers also where they happen to be one-hot', async () => {
    const model = net('regression', { numClasses: 3 });
    const oneHot = rows.map((_, i) => [0, 1, 2].map((j) => (i % 3 === j ? 1 : 0)));
    const history = await new Solver(
      model,
      { XTrain: X, yTrain: oneHot },
      { ...settings, numEpochs: 1 },
    ).train();
    expect(history.trainR2History.length).toBe(2);
    expect(history.trainAccHistory).toEqual([]);
  });

  it('predicts quantiles, several at once, of which R² is that of the median', async () => {
    const levels = [0.1, 0.5, 0.9];
    const model = net('regression', { loss: { name: 'quantile', levels } });
    expect(model.numClasses).toBe(3);
    const noise = new RandomState(9).randn(240).toArray() as number[];
    const noisy = y.map((value, i) => value + 0.5 * noise[i]!);
    await new Solver(model, { XTrain: X, yTrain: noisy }, settings).train();
    const scores = model.loss(X).toArray() as number[][];
    for (const [l, level] of levels.entries()) {
      const below = noisy.filter((value, i) => value <= scores[i]![l]!).length / noisy.length;
      expect(Math.abs(below - level)).toBeLessThan(0.12);
    }
    const medians = model.predict(X);
    expect(medians.shape).toEqual([240, 1]);
    expect([...medians]).toEqual(scores.map((row) => row[1]));
    expect((await model.evaluate(X, noisy)).r2).toBeGreaterThan(0.8);
  });

  it('predicts means of counts by their Poisson likelihood', async () => {
    const model = net('regression', { loss: 'poissonNll' });
    const counts = rows.map(([a = 0]) => Math.round(Math.exp(a)));
    await new Solver(model, { XTrain: X, yTrain: counts }, settings).train();
    const [first] = [...model.predict(X)];
    expect(first).toBeCloseTo(Math.exp([...model.loss(X)][0]!), 5);
    expect((await model.evaluate(X, counts)).r2).toBeGreaterThan(0.8);
  });

  it('trains a TwoLayerNet', async () => {
    const model = new TwoLayerNet({ inputSize: 3, hiddenSize: 20, task: 'regression', std: 0.3, seed: 2 });
    const { trainR2History } = await model.train(X, y, { learningRate: 0.05, numIters: 300, batchSize: 60 });
    expect(trainR2History.at(-1)).toBeGreaterThan(0.9);
  });
});

describe('the task classification', () => {
  it('gives probabilities of the classes', () => {
    const model = net('classification', { numClasses: 3 });
    const probs = model.predictProba(X).toArray() as number[][];
    const scores = model.loss(X).toArray() as number[][];
    for (const [i, row] of probs.entries()) {
      expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
      expect(row.indexOf(Math.max(...row))).toBe(scores[i]!.indexOf(Math.max(...scores[i]!)));
    }
    expect(() => net('classification', { numClasses: 3, loss: 'hinge' }).predictProba(X)).toThrow(
      /predictProba.*hinge/,
    );
  });
});

describe('a task', () => {
  it.each(['binary', 'regression'] as const)('is in the file: %s', async (task) => {
    const path = join(tmpdir(), `gemmnet-task-${task}-${process.pid}.safetensors`);
    const model = net(task);
    await model.save(path);
    const again = await loadModel(path);
    expect(again.task).toBe(task);
    expect(again.predict(X)).toEqual(model.predict(X));
    expect((await FullyConnectedNet.load(path)).config()).toEqual(model.config());
  });

  const bad: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['that is none', () => net('regresion' as Task), /task.*did you mean 'regression'/],
    [
      'with the loss of another',
      () => net('binary', { loss: 'softmax' }),
      /task 'binary'.*'bceWithLogits'.*softmaxCrossEntropy/,
    ],
    ['binary with two outputs', () => net('binary', { numClasses: 2 }), /numClasses.*left out or 1.*2/],
    ['without a number of classes', () => net('classification'), /numClasses.*missing/],
    [
      'with labels for numbers',
      () => net('regression', { numClasses: 3 }).loss(X, new Int32Array(240)),
      /3 numbers a row.*'regression'.*labels/,
    ],
  ];
  it.each(bad)('%s is refused', (_, call, message) => {
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(message);
  });
});
