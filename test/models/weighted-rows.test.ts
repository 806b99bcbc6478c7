import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../lib/core/errors.js';
import { shared } from '../../lib/core/memory.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { type Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import { LBFGS } from '../../lib/models/by-hand/optimizers/index.js';
import { loadModel } from '../../lib/models/files/load-model.js';
import { Sequential } from '../../lib/models/sequential.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { asRows, asTarget } from '../../lib/net/inputs.js';
import { Softmax } from '../../lib/nn/layers/activations/softmax.js';
import { Tanh } from '../../lib/nn/layers/activations/tanh.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import { CustomLoss, type LossOption } from '../../lib/nn/losses/index.js';
import { gradCheck } from '../../lib/train/gradient-check.js';
import { findLearningRate } from '../../lib/train/learning-rate-finder.js';
import { evalNumericalGradient, relError } from '../../lib/train/numerical-gradient.js';
import { Solver } from '../../lib/train/solver.js';

const rng = new RandomState(4);
const X = rng.randn(7, 4);
const labels = [0, 1, 2, 0, 1, 2, 1];
const weight = [0.5, 2, 1.25];
const numbers = rng.randn(7, 3);
const net = (loss: LossOption, softmax = false) =>
  new Sequential(
    [
      new Linear(4, 5, { init: 'xavier' }),
      new Tanh(),
      new Linear(5, 3, { init: 'xavier' }),
      ...(softmax ? [new Softmax()] : []),
    ],
    { seed: 2, dtype: 'float64', loss },
  );

class Cubic extends CustomLoss {
  #d: number[][] = [];
  override forward(scores: Tensor, target: Tensor): Tensor {
    this.#d = (scores.toArray() as number[][]).map((row, i) => row.map((s, j) => s - target.get(i, j)));
    return tensor(this.#d.map((row) => row.reduce((sum, d) => sum + Math.abs(d) ** 3, 0)));
  }
  override backward(): Tensor {
    return tensor(this.#d.map((row) => row.map((d) => (3 * d * Math.abs(d)) / this.#d.length)));
  }
}

describe('the gradients of a net under a loss with options are those of differences', () => {
  const cases: readonly (readonly [string, LossOption, readonly number[] | Tensor, boolean?])[] = [
    ['weights of classes', { name: 'softmaxCrossEntropy', weight }, labels],
    ['label smoothing', { name: 'softmaxCrossEntropy', labelSmoothing: 0.1 }, labels],
    ['both', { name: 'softmaxCrossEntropy', labelSmoothing: 0.1, weight }, labels],
    ['both behind a Softmax layer', { name: 'crossEntropy', labelSmoothing: 0.1, weight }, labels, true],
    ['ignored rows', { name: 'softmaxCrossEntropy', ignoreIndex: 2 }, labels],
    [
      'ignored rows and weights',
      { name: 'softmaxCrossEntropy', ignoreIndex: -1, weight },
      [0, 1, -1, 2, -1, 0, 1],
    ],
    ['focal', { name: 'focal', gamma: 1.5, weight }, labels],
    ['huber', { name: 'huber', delta: 0.4 }, numbers],
    ['mse of PyTorch', { name: 'mse', convention: 'mean' }, numbers],
    ['quantiles', { name: 'quantile', levels: [0.1, 0.5, 0.8] }, [1, 2, 3, -1, -2, 0.5, 0.1]],
    [
      'positive weights',
      { name: 'bceWithLogits', posWeight: [0.5, 2, 3] },
      tensor(labels.map((l) => [l > 0 ? 1 : 0, l % 2, 0.5])),
    ],
    ['a sum over the columns', { name: 'klDiv', over: 'sum' }, tensor(labels.map(() => [0.2, 0.3, 0.5]))],
    ['one of the user', new Cubic(), numbers],
  ];
  const named = cases.map(([name, loss, y, softmax]) => ({ name, loss, y, softmax }));
  it.each(named)('$name', ({ loss, y, softmax }) => {
    expect(gradCheck(net(loss, softmax), X, y).maxRelError).toBeLessThan(1e-7);
  });

  it('sample weights', () => {
    const model = net('softmaxCrossEntropy');
    const sampleWeight = [1, 0, 2, 0.5, 3, 0.25, 1];
    const { loss, grads } = model.loss(X, labels, { sampleWeight });
    const each = labels.map((label, i) => model.loss(X.slice(i, i + 1), [label]).loss * sampleWeight[i]!);
    expect(loss).toBeCloseTo(each.reduce((sum, value) => sum + value, 0) / 7, 12);
    const { W1 } = model.params;
    const numerical = evalNumericalGradient(() => model.loss(X, labels, { sampleWeight }).loss, W1);
    expect(relError(grads.W1, numerical)).toBeLessThan(1e-6);
  });
});

describe('training with weights of rows', () => {
  it('of whole numbers is training on rows that are there so often', () => {
    const model = net('mse');
    const twice = (rows: Tensor) =>
      tensor([...(rows.toArray() as number[][]), (rows.toArray() as number[][])[2]!]);
    const once = model.loss(X, numbers, { sampleWeight: [1, 1, 2, 1, 1, 1, 1] });
    const repeated = model.loss(twice(X), twice(numbers));
    expect(once.loss * 7).toBeCloseTo(repeated.loss * 8, 12);
  });

  it.each(['Solver', 'TwoLayerNet.train'])('leaves out rows of weight 0: %s', async (way) => {
    const wrong = labels.map((label, i) => (i < 4 ? label : (label + 1) % 3));
    const sampleWeight = labels.map((_, i) => (i < 4 ? 1 : 0));
    const trained = async (y: number[]) => {
      const model = new TwoLayerNet({ inputSize: 4, hiddenSize: 5, numClasses: 3, std: 0.3, seed: 1 });
      if (way === 'Solver') {
        const data = { XTrain: X, yTrain: y, sampleWeight };
        await new Solver(model, data, { numEpochs: 5, batchSize: 7, verbose: false }).train();
      } else {
        await model.train(X, y, { sampleWeight, numIters: 5, batchSize: 7 });
      }
      return [...model.params.W1];
    };
    expect(await trained(wrong)).toEqual(await trained(labels));
  });

  it('trains and evaluates with ignored labels, whole and in chunks', async () => {
    const model = net({ name: 'softmaxCrossEntropy', ignoreIndex: -1, weight });
    const y = [0, 1, -1, 2, -1, 0, 1];
    await new Solver(model, { XTrain: X, yTrain: y }, { numEpochs: 3, batchSize: 3, verbose: false }).train();
    const whole = model.loss(X, y).loss;
    expect((await model.evaluate(X, y)).loss).toBeCloseTo(whole, 12);
    expect((await model.evaluate(X, y, { batchSize: 2 })).loss).toBeCloseTo(whole, 12);
  });

  it('measures all rows alike, on the main thread and off it, and weights where it is given them', async () => {
    const model = net('mse');
    const sampleWeight = [1, 0, 2, 0.5, 3, 0.25, 1];
    const data = { XTrain: X, yTrain: numbers, sampleWeight };
    const settings = { learningRate: 0, numEpochs: 1, batchSize: 7, verbose: false };
    const { trainLossHistory } = await new Solver(model, data, settings).train();
    expect(trainLossHistory.at(-1)).toBeCloseTo(model.loss(X, numbers).loss, 12);

    const { evaluation, network, objective } = model;
    const given = { values: sampleWeight, what: 'sampleWeight' };
    const target = asTarget(numbers, 7, 3, 'y', objective.loss, 'float64', given);
    const here = asRows(X, network, 'X');
    const there = { ...here, data: shared(here.data) };
    const picked = Int32Array.of(5, 2, 2, 0, 4);
    const [some, way] = [
      picked.reduce(
        (sum, i) => sum + sampleWeight[i]! * model.loss(X.slice(i, i + 1), numbers.slice(i, i + 1)).loss,
        0,
      ) / 5,
      { picked, batchSize: 2 },
    ];
    for (const rows of [here, there]) {
      expect((await evaluation.regression(rows, target, 'X', way)).loss).toBeCloseTo(some, 12);
      expect((await evaluation.regression(rows, target, 'X', { batchSize: 3 })).loss).toBeCloseTo(
        model.loss(X, numbers, { sampleWeight }).loss,
        12,
      );
    }
  });

  it('of classes and ignored labels goes over all rows at once, too', async () => {
    const model = net({ name: 'softmaxCrossEntropy', ignoreIndex: -1, weight });
    const y = [0, 1, -1, 2, -1, 0, 1];
    const before = model.loss(X, y).loss;
    const { loss } = await new LBFGS(model, { maxIterations: 3 }).minimize(X, y);
    expect(loss).toBeLessThan(before);
    expect(loss).toBeCloseTo(model.loss(X, y).loss, 12);
    const { losses } = await findLearningRate(model, X, y, { steps: 3, min: 1e-9, max: 1e-8, batchSize: 7 });
    expect(losses[0]).toBeCloseTo(model.loss(X, y).loss, 12);
  });

  it('refuses weights that are none', () => {
    const data = { XTrain: X, yTrain: labels, sampleWeight: [1, 2] };
    expect(() => new Solver(net('softmaxCrossEntropy'), data)).toThrow(/Solver.*sampleWeight.*\(7\).*\(2\)/);
  });
});

describe('a loss with options', () => {
  it.each<LossOption>([
    { name: 'huber', delta: 0.5 },
    { name: 'softmaxCrossEntropy', weight, labelSmoothing: 0.2, ignoreIndex: 1 },
  ])('is in the file: %j', async (loss) => {
    const path = join(tmpdir(), `gemmnet-loss-${process.pid}.safetensors`);
    const model = net(loss);
    await model.save(path);
    const again = await loadModel(path);
    expect(again.config().loss).toEqual(loss);
    expect(again.loss(X, labels).loss).toBe(model.loss(X, labels).loss);
  });

  it('fits the outputs', () => {
    expect(() => net({ name: 'focal', weight: [1, 2] })).toThrow(/Sequential.*weight.*3 numbers.*2/);
    expect(() => net('hubre' as 'huber')).toThrow(/option loss.*did you mean 'huber'/);
    expect(() => net({ name: 'huber', dleta: 1 } as LossOption)).toThrow(
      /option loss\.dleta.*did you mean delta/,
    );
    expect(() => net(3 as unknown as LossOption)).toThrow(ArgumentError);
    expect(
      () =>
        new TwoLayerNet({ inputSize: 4, hiddenSize: 5, numClasses: 3, loss: 'crossEntropy' as 'softmax' }),
    ).toThrow(/option loss/);
  });
});

describe('a loss of the user', () => {
  it('trains, on the main thread, and comes back by its name', async () => {
    const model = net(new Cubic());
    const before = model.loss(X, numbers).loss;
    const data = { XTrain: X, yTrain: numbers };
    await new Solver(model, data, {
      numEpochs: 30,
      batchSize: 7,
      learningRate: 0.02,
      verbose: false,
    }).train();
    expect(model.loss(X, numbers).loss).toBeLessThan(before);
    const path = join(tmpdir(), `gemmnet-custom-loss-${process.pid}.safetensors`);
    await model.save(path);
    await expect(loadModel(path)).rejects.toThrow(/class of the loss Cubic.*option losses/);
    const again = await loadModel(path, { losses: { Cubic } });
    expect(again.loss(X, numbers).loss).toBe(model.loss(X, numbers).loss);
  });
});
