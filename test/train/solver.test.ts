import { describe, expect, it } from 'vitest';
import { DivergenceError, StateError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { type LabelsLike, Tensor, type TensorLike, tensor } from '../../lib/core/tensors/tensor.js';
import { oneHot } from '../../lib/data/one-hot.js';
import { mixup } from '../../lib/data/pictures/mixup.js';
import { Preparation } from '../../lib/data/preparation/preparation.js';
import { loadDigits } from '../../lib/data/sets/digits.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import type { Model } from '../../lib/models/model.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { type UpdateRuleName, updateRules } from '../../lib/optim/update-rules.js';
import { Solver } from '../../lib/train/solver.js';
import type { SolverOptions, SolverProgress } from '../../lib/train/solver-options.js';

const quiet = { verbose: false } as const;

function smallNet(): FullyConnectedNet {
  return new FullyConnectedNet({
    inputDim: 6,
    hiddenDims: [5],
    numClasses: 3,
    weightScale: 0.3,
    dtype: 'float64',
    seed: 1,
  });
}

function smallData() {
  const rng = new RandomState(7);
  return {
    XTrain: rng.randn(23, 6),
    yTrain: rng.randint(3, 23),
    XVal: rng.randn(9, 6),
    yVal: rng.randint(3, 9),
  };
}

function pick(X: Tensor, y: Int32Array, rows: Int32Array): [Tensor, Int32Array] {
  const data = Array.from(rows, (row) => [...X.slice(row, row + 1)]);
  return [tensor(data), Int32Array.from(rows, (row) => y[row]!)];
}

function fractionRight(model: Model, X: Tensor, y: Int32Array): number {
  return (model.predict(X) as Int32Array).filter((label, i) => label === y[i]).length / y.length;
}

/** cs231n's `Solver.train`, line by line, with plain SGD on `model.loss`. */
function referenceTraining(
  model: FullyConnectedNet,
  data: ReturnType<typeof smallData>,
  rng: RandomState,
  { numEpochs, batchSize, lr, lrDecay, numTrainSamples, numValSamples }: Record<string, number>,
) {
  const N = data.yTrain.length;
  const iterationsPerEpoch = Math.max(Math.floor(N / batchSize!), 1);
  const numIterations = numEpochs! * iterationsPerEpoch;
  let rate = lr!;
  const history = { loss: [] as number[], train: [] as number[], val: [] as number[] };
  let bestVal = 0;
  let best = model.snapshotParams();
  const check = (X: Tensor, y: Int32Array, samples: number) => {
    if (y.length <= samples) return fractionRight(model, X, y);
    const [Xs, ys] = pick(X, y, rng.choice(y.length, samples));
    return fractionRight(model, Xs, ys);
  };
  for (let t = 0; t < numIterations; t++) {
    const [X, y] = pick(data.XTrain, data.yTrain, rng.choice(N, batchSize!));
    const { loss, grads } = model.loss(X, y);
    history.loss.push(loss);
    for (const [name, w] of Object.entries(model.params)) {
      const updated = [...w].map((value, i) => value - rate * [...grads[name]!][i]!);
      model.restoreParams({ ...model.snapshotParams(), [name]: tensor(updated, w.shape) });
    }
    const epochEnd = (t + 1) % iterationsPerEpoch === 0;
    if (epochEnd) rate *= lrDecay!;
    if (t === 0 || t === numIterations - 1 || epochEnd) {
      history.train.push(check(data.XTrain, data.yTrain, numTrainSamples!));
      history.val.push(check(data.XVal, data.yVal, numValSamples!));
      if (history.val.at(-1)! > bestVal) {
        bestVal = history.val.at(-1)!;
        best = model.snapshotParams();
      }
    }
  }
  return { ...history, bestVal, best };
}

describe('Solver', () => {
  it('does what cs231n’s Solver does, draw by draw', async () => {
    const settings = {
      numEpochs: 4,
      batchSize: 5,
      lr: 0.3,
      lrDecay: 0.8,
      numTrainSamples: 10,
      numValSamples: 6,
    };
    const expected = referenceTraining(smallNet(), smallData(), new RandomState(3), settings);

    const model = smallNet();
    const solver = new Solver(model, smallData(), {
      ...quiet,
      optimConfig: { learningRate: settings.lr },
      lrDecay: settings.lrDecay,
      numEpochs: settings.numEpochs,
      batchSize: settings.batchSize,
      numTrainSamples: settings.numTrainSamples,
      numValSamples: settings.numValSamples,
      seed: 3,
    });
    const history = await solver.train();

    expect(history.lossHistory).toHaveLength(16);
    history.lossHistory.forEach((loss, i) => {
      expect(Math.abs(loss / expected.loss[i]! - 1)).toBeLessThan(1e-10);
    });
    expect(history.trainAccHistory).toEqual(expected.train);
    expect(history.valAccHistory).toEqual(expected.val);
    expect(solver.bestValAcc).toBe(expected.bestVal);
    for (const [name, values] of Object.entries(expected.best)) {
      expect([...solver.bestParams[name]!].every((w, i) => Math.abs(w - [...values][i]!) < 1e-10)).toBe(true);
      expect([...model.params[name]!]).toEqual([...solver.bestParams[name]!]);
    }
    expect(history.checks.map(({ iteration, epoch }) => [iteration, epoch])).toEqual([
      [1, 0],
      [4, 1],
      [8, 2],
      [12, 3],
      [16, 4],
    ]);
    expect(history.checks.map(({ learningRate }) => learningRate)).toEqual([
      0.3,
      0.3,
      0.3 * 0.8,
      0.3 * 0.8 * 0.8,
      0.3 * 0.8 * 0.8 * 0.8,
    ]);
  });

  it('repeats a whole run from the model’s seed', async () => {
    const run = async () => {
      const model = smallNet();
      const solver = new Solver(model, smallData(), {
        ...quiet,
        updateRule: 'adam',
        numEpochs: 3,
        batchSize: 4,
      });
      const { lossHistory } = await solver.train();
      return { lossHistory, W1: [...model.params.W1!] };
    };
    expect(await run()).toEqual(await run());
  });

  it('visits every row once an epoch with sampling: permutation', async () => {
    // With one row a batch and a huge penalty on it only, each loss tells which row it was.
    const X = new Tensor(
      Float64Array.from({ length: 7 * 6 }, (_, i) => Math.sin(i + 1)),
      [7, 6],
    );
    const y = [0, 1, 2, 0, 1, 2, 0];
    const model = smallNet();
    const lossOf = y.map((label, row) => model.loss(X.slice(row, row + 1), [label]).loss);
    const solver = new Solver(
      model,
      { XTrain: X, yTrain: y },
      { ...quiet, optimConfig: { learningRate: 0 }, sampling: 'permutation', batchSize: 1, numEpochs: 2 },
    );
    const { lossHistory } = await solver.train();
    const rows = lossHistory.map((loss) => lossOf.findIndex((other) => Math.abs(other - loss) < 1e-12));
    expect(rows.slice(0, 7).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(rows.slice(7).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(rows.slice(0, 7)).not.toEqual(rows.slice(7));
  });

  it('takes the whole set as the batch when a permutation is shorter than batchSize', async () => {
    const { XTrain, yTrain } = smallData();
    const model = smallNet();
    const { loss } = model.loss(XTrain, yTrain);
    const solver = new Solver(
      model,
      { XTrain, yTrain },
      { ...quiet, sampling: 'permutation', batchSize: 100, numEpochs: 1 },
    );
    const { lossHistory } = await solver.train();
    expect(lossHistory).toHaveLength(1);
    expect(lossHistory[0]).toBeCloseTo(loss, 12);
  });

  it('keeps the last parameters when there is no validation set', async () => {
    const { XTrain, yTrain } = smallData();
    const model = smallNet();
    const solver = new Solver(model, { XTrain, yTrain }, { ...quiet, numEpochs: 2, batchSize: 5 });
    const history = await solver.train();
    expect(history.valAccHistory).toEqual([]);
    expect(history.trainAccHistory).toHaveLength(3);
    expect([...model.params.W1!]).toEqual([...solver.bestParams.W1!]);
  });

  it.each(Object.keys(updateRules) as UpdateRuleName[])('learns the digits with %s', async (updateRule) => {
    const { XTrain, yTrain, XTest, yTest } = loadDigits();
    const model = new FullyConnectedNet({
      inputDim: 64,
      hiddenDims: [32],
      numClasses: 10,
      init: 'he',
      seed: 0,
    });
    const learningRate = {
      sgd: 1e-2,
      sgdMomentum: 3e-3,
      nesterov: 3e-3,
      rmsprop: 1e-3,
      adagrad: 3e-2,
      adam: 3e-3,
      adamw: 3e-3,
      amsgrad: 3e-3,
      amsgradw: 3e-3,
      adadelta: 1,
      adamax: 5e-3,
      nadam: 3e-3,
      radam: 3e-3,
      lion: 1e-3,
    };
    const solver = new Solver(
      model,
      { XTrain, yTrain, XVal: XTest, yVal: yTest },
      {
        ...quiet,
        updateRule,
        optimConfig: { learningRate: learningRate[updateRule] },
        numEpochs: 12,
        batchSize: 50,
      },
    );
    await solver.train();
    expect(await model.accuracy(XTest, yTest)).toBeGreaterThan(0.8);
    expect(await model.accuracy(XTest, yTest)).toBe(solver.bestValAcc);
  });

  it('trains a TwoLayerNet with the reg that it is given', async () => {
    const data = smallData();
    const make = () =>
      new TwoLayerNet({ inputSize: 6, hiddenSize: 5, numClasses: 3, std: 0.5, dtype: 'float64', seed: 2 });
    const first = async (reg: number) => {
      const solver = new Solver(make(), data, { ...quiet, reg, batchSize: 5, numEpochs: 1 });
      return (await solver.train()).lossHistory[0]!;
    };
    const { W1, W2 } = make().params;
    const squares = [...W1!, ...W2!].reduce((sum, w) => sum + w * w, 0);
    expect((await first(0.4)) - (await first(0))).toBeCloseTo(0.5 * 0.4 * squares, 10);
  });

  it('goes on when train is called again: epochs, learning rate, moments', async () => {
    const options: SolverOptions = {
      ...quiet,
      updateRule: 'adam',
      lrDecay: 0.5,
      batchSize: 5,
      numTrainSamples: null,
    };
    const { XTrain, yTrain } = smallData();
    const twice = new Solver(smallNet(), { XTrain, yTrain }, { ...options, numEpochs: 2 });
    await twice.train();
    await twice.train();
    const once = new Solver(smallNet(), { XTrain, yTrain }, { ...options, numEpochs: 4 });
    await once.train();
    expect(twice.lossHistory).toEqual(once.lossHistory);
    expect(twice.epoch).toBe(4);
    expect(twice.learningRate).toBe(once.learningRate);
    expect([...twice.model.params.W2!]).toEqual([...once.model.params.W2!]);
  });

  it('prints cs231n’s lines', async () => {
    const lines: string[] = [];
    const solver = new Solver(smallNet(), smallData(), {
      numEpochs: 2,
      batchSize: 5,
      printEvery: 3,
      log: (line) => lines.push(line),
    });
    await solver.train();
    expect(lines.map((line) => line.replace(/\d\.\d{6}/g, '#'))).toEqual([
      '(Iteration 1 / 8) loss: #',
      '(Epoch 0 / 2) train acc: #; val_acc: #',
      '(Iteration 4 / 8) loss: #',
      '(Epoch 1 / 2) train acc: #; val_acc: #',
      '(Iteration 7 / 8) loss: #',
      '(Epoch 2 / 2) train acc: #; val_acc: #',
    ]);
  });

  it('reports progress up to the last step', async () => {
    const reports: SolverProgress[] = [];
    const solver = new Solver(smallNet(), smallData(), { ...quiet, numEpochs: 3, batchSize: 5 });
    await solver.train({ onProgress: (progress) => reports.push(progress) });
    expect(reports.at(-1)).toMatchObject({ iteration: 12, numIterations: 12, epoch: 3, numEpochs: 3 });
    expect(reports.at(-1)?.loss).toBe(solver.lossHistory.at(-1));
    expect(reports.at(-1)?.valAcc).toBe(solver.valAccHistory.at(-1));
    expect(reports.every(({ stepsPerSecond }) => stepsPerSecond > 0)).toBe(true);
    const iterations = reports.map(({ iteration }) => iteration);
    expect(iterations).toEqual(iterations.toSorted((a, b) => a - b));
  });

  it('stops on an AbortSignal, keeps what was done, and can go on', async () => {
    const model = smallNet();
    const solver = new Solver(model, smallData(), { ...quiet, numEpochs: 1_000_000, batchSize: 5 });
    const stop = new AbortController();
    const training = solver.train({
      signal: stop.signal,
      onProgress: ({ iteration }) => {
        if (iteration > 20) stop.abort();
      },
    });
    const reason: unknown = await training.catch((error: unknown) => error);
    expect(stop.signal.aborted).toBe(true);
    expect(reason).toBe(stop.signal.reason);
    expect(solver.lossHistory.length).toBeGreaterThan(20);
    expect(model.loss(smallData().XVal, smallData().yVal).loss).toBeGreaterThan(0);
    await expect(solver.train({ signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  it('stops on a NaN in the data, naming layer and iteration, with finite parameters', async () => {
    const data = smallData();
    data.XTrain.set(11, 2, Number.NaN);
    const model = smallNet();
    const solver = new Solver(model, data, { ...quiet, sampling: 'permutation', batchSize: 1, numEpochs: 5 });
    const error = await solver.train().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DivergenceError);
    expect((error as DivergenceError).iteration).toBe(solver.lossHistory.length);
    expect(solver.lossHistory.every(Number.isFinite)).toBe(true);
    expect(Object.values(model.params).every((w) => [...w].every(Number.isFinite))).toBe(true);
    expect(() => model.loss(data.XVal, data.yVal)).not.toThrow();
  });

  it.each(['replacement', 'permutation'] as const)(
    'draws no more batches than it did steps before a divergence, %s',
    async (sampling) => {
      const numRows = 4_000;
      const data = {
        XTrain: new RandomState(7).randn(numRows, 6),
        yTrain: new RandomState(8).randint(3, numRows),
      };
      const rng = new RandomState(3);
      const settings = { ...quiet, sampling, batchSize: 5, numTrainSamples: null, learningRate: 1e300 };
      const solver = new Solver(smallNet(), data, { ...settings, rng });
      await expect(solver.train()).rejects.toThrow(DivergenceError);
      const after = new RandomState(3);
      if (sampling === 'permutation') after.permutation(numRows);
      else after.choice(numRows, 5 * solver.lossHistory.length);
      expect(rng.getState()).toEqual(after.getState());
    },
  );

  it('trains for targets in place of labels, and measures accuracies by the largest', async () => {
    const { XTrain, yTrain, XTest, yTest } = loadDigits();
    const train = async (y: LabelsLike | TensorLike, X: TensorLike = XTrain) => {
      const preparation = Preparation.divide(64, 16);
      const net = new FullyConnectedNet({
        inputDim: 64,
        hiddenDims: [50],
        numClasses: 10,
        init: 'he',
        seed: 0,
        preparation,
      });
      const options = { updateRule: 'adam', numEpochs: 4, batchSize: 20, verbose: false } as const;
      return new Solver(net, { XTrain: X, yTrain: y, XVal: XTest, yVal: yTest }, options).train();
    };
    const [byLabels, byTargets] = [await train(yTrain), await train(oneHot(yTrain, 10))];
    byTargets.lossHistory.forEach((loss, i) => {
      expect(loss).toBeCloseTo(byLabels.lossHistory[i]!, 4);
    });
    expect(byTargets.trainAccHistory).toEqual(byLabels.trainAccHistory);
    const mixed = mixup(XTrain, yTrain, 10, { seed: 1 });
    expect((await train(mixed.y, mixed.X)).valAccHistory.at(-1)).toBeGreaterThan(0.8);
    await expect(train(oneHot(yTrain, 11))).rejects.toThrow(
      'Solver: expected yTrain to have shape (1500, 10)',
    );
  });

  it('refuses a second training of the same model meanwhile', async () => {
    const model = smallNet();
    const training = new Solver(model, smallData(), { ...quiet, numEpochs: 50, batchSize: 5 }).train();
    await expect(new Solver(model, smallData(), quiet).train()).rejects.toBeInstanceOf(StateError);
    await training;
  });

  it('leaves the event loop free', async () => {
    const { XTrain, yTrain } = loadDigits();
    const model = new FullyConnectedNet({ inputDim: 64, hiddenDims: [64], numClasses: 10, seed: 0 });
    let training = true;
    let turns = 0;
    const turn = () => {
      turns++;
      if (training) setImmediate(turn);
    };
    setImmediate(turn);
    await new Solver(model, { XTrain, yTrain }, { ...quiet, numEpochs: 10, batchSize: 10 }).train();
    training = false;
    expect(turns).toBeGreaterThan(10);
  });
});
