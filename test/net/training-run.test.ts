import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ArgumentError, DivergenceError, LabelError, ShapeError, StateError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { type Tensor, tensor } from '../../lib/core/tensors/tensor.js';
import { Adam } from '../../lib/models/by-hand/optimizers/index.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { type UpdateRuleName, updateRules } from '../../lib/optim/update-rules.js';

const rng = new RandomState(6);
const X = rng.randn(30, 8);
const y = rng.randint(4, 30);

function makeNet(dtype: 'float32' | 'float64' = 'float64'): FullyConnectedNet {
  return new FullyConnectedNet({
    inputDim: 8,
    hiddenDims: [7],
    numClasses: 4,
    weightScale: 0.3,
    reg: 0.01,
    seed: 0,
    dtype,
  });
}

function values(net: { params: Readonly<Record<string, Tensor>> }): number[] {
  return Object.values(net.params).flatMap((param) => [...param]);
}

const sgd = { name: 'sgd' } as const;
const batches = (count: number, batchSize: number) => new RandomState(1).choice(30, count * batchSize);
const ruleNames = Object.keys(updateRules) as UpdateRuleName[];

describe('startTraining and steps', () => {
  it.each(ruleNames)('do with %s what loss and applyUpdate do, step by step', async (name) => {
    const net = makeNet();
    const other = makeNet();
    const run = net.startTraining({ X, y, rule: { name }, batchSize: 5 });
    const indices = batches(12, 5);
    const rates = Float64Array.from({ length: 12 }, (_, i) => 0.05 / (i + 1));
    const { losses, done, reason } = await run.steps(indices, rates);
    run.end();
    expect({ done, reason, t: run.state.t }).toEqual({ done: 12, reason: 'finished', t: 12 });
    const state = other.newOptimizerState(name);
    for (let step = 0; step < 12; step++) {
      const rows = indices.subarray(step * 5, step * 5 + 5);
      const batch = tensor(Array.from(rows, (row) => [...X.slice(row, row + 1)]));
      const { loss } = other.loss(
        batch,
        Array.from(rows, (row) => y[row]!),
      );
      expect(losses[step]).toBeCloseTo(loss, 12);
      other.applyUpdate(state, { learningRate: rates[step]! });
    }
    const expected = values(other);
    for (const [i, value] of values(net).entries()) expect(value).toBeCloseTo(expected[i]!, 12);
  });

  it('train on other rows after replaceRows', async () => {
    const other = rng.randn(30, 8);
    const indices = batches(8, 5);
    const net = makeNet();
    const run = net.startTraining({ X, y, rule: sgd, batchSize: 5 });
    await run.steps(indices.subarray(0, 20), 0.1);
    run.replaceRows(other);
    await run.steps(indices.subarray(20), 0.1);
    run.end();
    const reference = makeNet();
    for (const [rows, part] of [
      [X, indices.subarray(0, 20)],
      [other, indices.subarray(20)],
    ] as const) {
      const each = reference.startTraining({ X: rows, y, rule: sgd, batchSize: 5 });
      await each.steps(part, 0.1);
      each.end();
    }
    expect(values(net)).toEqual(values(reference));
  });

  it('refuse rows that are not as the first ones, and a replacement amid steps', async () => {
    const run = makeNet().startTraining({ X, y, rule: sgd, batchSize: 5 });
    expect(() => run.replaceRows(rng.randn(29, 8))).toThrow(ShapeError);
    expect(() => run.replaceRows(rng.randn(8, 30).T)).toThrow(ShapeError);
    expect(() => run.replaceRows(tensor(Float32Array.from(X), [30, 8]))).toThrow(
      'float64 rows of shape (30, 8)',
    );
    expect(() => run.replaceRows(tensor(Float64Array.from(X), [30, 8]))).toThrow(ArgumentError);
    const steps = run.steps(batches(8, 5), 0.1);
    expect(() => run.replaceRows(rng.randn(30, 8))).toThrow(StateError);
    await steps;
    run.end();
    expect(() => run.replaceRows(rng.randn(30, 8))).toThrow('has ended');
  });

  it('go on with moments and t, in one run or over several', async () => {
    const indices = batches(20, 5);
    const rule = { name: 'adam', config: { beta1: 0.8 } } as const;
    const whole = makeNet();
    const one = whole.startTraining({ X, y, rule, batchSize: 5 });
    await one.steps(indices, 0.01);
    one.end();

    const parts = makeNet();
    const first = parts.startTraining({ X, y, rule, batchSize: 5 });
    await first.steps(indices.subarray(0, 25), 0.01);
    await first.steps(indices.subarray(25, 60), 0.01);
    first.end();
    const second = parts.startTraining({ X, y, rule, batchSize: 5, state: first.state });
    await second.steps(indices.subarray(60), 0.01);
    second.end();
    expect(values(parts)).toEqual(values(whole));
    expect(second.state.t).toBe(20);
    expect(() => parts.startTraining({ X, y, rule: sgd, batchSize: 5, state: first.state })).toThrow(
      ArgumentError,
    );
    expect(() => whole.startTraining({ X, y, rule, batchSize: 5, state: first.state })).toThrow(
      'another model',
    );
  });

  it.each(['float32', 'float64', 'uint8'] as const)('take data of %s as they are', async (dtype) => {
    const data = Array.from({ length: 30 }, (_, i) =>
      Array.from({ length: 8 }, (_, j) => (i * 5 + j * 3) % 7),
    );
    const train = async (given: Tensor | number[][]) => {
      const net = makeNet('float32');
      const run = net.startTraining({ X: given, y, rule: sgd, batchSize: 10 });
      await run.steps(batches(6, 10), 0.05);
      run.end();
      return values(net);
    };
    expect(await train(tensor(data, undefined, { dtype }))).toEqual(await train(data));
  });

  it('are not disturbed when the caller transfers the data away', async () => {
    const data = Float64Array.from([...X]);
    const net = makeNet();
    const run = net.startTraining({ X: tensor(data, [30, 8]), y, rule: sgd, batchSize: 5 });
    const steps = run.steps(batches(50, 5), 0.05);
    structuredClone(data.buffer, { transfer: [data.buffer] });
    expect((await steps).done).toBe(50);
    run.end();
  });

  it('aim at targets for the loss mse', async () => {
    const net = new FullyConnectedNet({
      inputDim: 8,
      hiddenDims: [16],
      numClasses: 1,
      loss: 'mse',
      init: 'he',
      dtype: 'float64',
      seed: 0,
    });
    const targets = tensor(
      [...X].filter((_, i) => i % 8 === 0),
      [30, 1],
    );
    const run = net.startTraining({ X, y: targets, rule: { name: 'adam' }, batchSize: 30 });
    const all = Int32Array.from({ length: 300 * 30 }, (_, i) => i % 30);
    const { losses } = await run.steps(all, 0.01);
    run.end();
    expect(losses.at(-1)).toBeLessThan(0.01 * losses[0]!);
  });

  it('refuse what does not fit, and are free afterwards', async () => {
    const net = makeNet();
    const before = values(net);
    const good = { X, y, rule: sgd, batchSize: 5 } as const;
    expect(() => net.startTraining({ ...good, batchSize: 0 })).toThrow(ArgumentError);
    expect(() => net.startTraining({ ...good, batchsize: 5 } as never)).toThrow('did you mean batchSize?');
    expect(() => net.startTraining({ ...good, rule: { name: 'sdg' as never } })).toThrow(
      "did you mean 'sgd'?",
    );
    expect(() => net.startTraining({ ...good, rule: { name: 'adam', config: { beta1: 1 } } })).toThrow(
      ArgumentError,
    );
    expect(() =>
      net.startTraining({ ...good, rule: { name: 'sgd', config: { momentum: 1 } as never } }),
    ).toThrow(ArgumentError);
    expect(() => net.startTraining({ ...good, X: rng.randn(30, 7) })).toThrow(ShapeError);
    expect(() => net.startTraining({ ...good, y: y.subarray(1) })).toThrow(ShapeError);
    expect(() => net.startTraining({ ...good, y: Int32Array.from(y).fill(4) })).toThrow(LabelError);
    const run = net.startTraining(good);
    await expect(run.steps(new Int32Array(7), 0.1)).rejects.toThrow(ShapeError);
    await expect(run.steps(new Int32Array(0), 0.1)).rejects.toThrow(ShapeError);
    await expect(run.steps([0] as never, 0.1)).rejects.toThrow(ArgumentError);
    await expect(run.steps(Int32Array.of(0, 1, 2, 3, 30), 0.1)).rejects.toThrow('but received 30 at index 4');
    await expect(run.steps(Int32Array.of(0, 1, 2, 3, -1), 0.1)).rejects.toThrow(ArgumentError);
    await expect(run.steps(new Int32Array(5), Number.NaN)).rejects.toThrow(ArgumentError);
    await expect(run.steps(new Int32Array(5), new Float64Array(2))).rejects.toThrow(ShapeError);
    run.end();
    run.end();
    await expect(run.steps(new Int32Array(5), 0.1)).rejects.toThrow(StateError);
    expect(values(net)).toEqual(before);
  });
});

describe('while a training runs', () => {
  it('gradients, updates and other trainings are refused; predictions are not', async () => {
    const net = makeNet();
    const optimizer = new Adam(net);
    const run = net.startTraining({ X, y, rule: sgd, batchSize: 5 });
    const steps = run.steps(batches(2000, 5), 0.01);
    expect(run.running).toBe(true);
    expect(() => net.loss(X, y)).toThrow(StateError);
    expect(() => net.startTraining({ X, y, rule: sgd, batchSize: 5 })).toThrow('the model is being trained');
    expect(() => optimizer.step()).toThrow(StateError);
    expect(() => optimizer.zeroGrad()).toThrow(StateError);
    expect(() => net.restoreParams(net.snapshotParams())).toThrow(StateError);
    expect(() => net.dispose()).toThrow(StateError);
    expect(() => run.end()).toThrow(StateError);
    await expect(run.steps(batches(1, 5), 0.1)).rejects.toThrow(StateError);
    expect(net.predict(X)).toHaveLength(30);
    expect(net.loss(X).shape).toEqual([30, 4]);
    expect(await net.accuracy(X, y)).toBeGreaterThanOrEqual(0);
    expect((await steps).reason).toBe('finished');
    expect(run.running).toBe(false);
    expect(() => net.loss(X, y)).toThrow(StateError);
    net.restoreParams(net.snapshotParams());
    run.end();
    expect(net.loss(X, y).loss).toBeGreaterThan(0);
  });

  it('the event loop turns, progress is reported, and an abort ends it after a whole step', async () => {
    const net = makeNet();
    const controller = new AbortController();
    const run = net.startTraining({ X, y, rule: sgd, batchSize: 5 });
    const seen: [number, number][] = [];
    const indices = batches(400_000, 5);
    const { losses, done, reason } = await run.steps(indices, 0.01, {
      signal: controller.signal,
      onProgress: (steps, loss) => {
        seen.push([steps, loss]);
        controller.abort();
      },
    });
    run.end();
    expect(reason).toBe('aborted');
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(400_000);
    expect(losses).toHaveLength(done);
    expect(seen.length).toBeGreaterThanOrEqual(2);
    expect(seen.at(-1)).toEqual([done, losses[done - 1]]);
    // The same number of steps without an abort leads to the same parameters.
    const other = makeNet();
    const again = other.startTraining({ X, y, rule: sgd, batchSize: 5 });
    await again.steps(indices.subarray(0, done * 5), 0.01);
    again.end();
    expect(values(net)).toEqual(values(other));
  });

  it('an error of onProgress ends it', async () => {
    const net = makeNet();
    const run = net.startTraining({ X, y, rule: sgd, batchSize: 5 });
    const steps = run.steps(batches(400_000, 5), 0.01, {
      onProgress: () => {
        throw new RangeError('my own');
      },
    });
    await expect(steps).rejects.toThrow('my own');
    run.end();
    await sleep(0);
    expect(net.loss(X, y).loss).toBeGreaterThan(0);
  });

  it('a signal that was aborted before lets nothing begin', async () => {
    const net = makeNet();
    const before = values(net);
    const run = net.startTraining({ X, y, rule: sgd, batchSize: 5 });
    const result = await run.steps(batches(3, 5), 0.1, { signal: AbortSignal.abort() });
    run.end();
    expect({ done: result.done, reason: result.reason }).toEqual({ done: 0, reason: 'aborted' });
    expect(values(net)).toEqual(before);
  });
});

describe('a training that diverges', () => {
  it('stops before the update and names iteration and layer', async () => {
    const net = makeNet('float32');
    const run = net.startTraining({ X, y, rule: sgd, batchSize: 5 });
    await run.steps(batches(3, 5), 0.01);
    const { losses, done, reason, error } = await run.steps(batches(50, 5), 1e30);
    run.end();
    expect(reason).toBe('nonFinite');
    expect(error).toBeInstanceOf(DivergenceError);
    expect(error?.iteration).toBe(3 + done);
    expect(error?.message).toMatch(new RegExp(`loss of iteration ${3 + done} is (NaN|Infinity|-Infinity)`));
    expect(error?.message).toMatch(
      /stands in the (output|parameter \w\d) ?(of layer )?(linear|relu)?\d?|the loss itself/,
    );
    expect(losses).toHaveLength(done);
    expect([...losses].every(Number.isFinite)).toBe(true);
  });

  it.each([
    ['the output of layer linear1', { W1: 1e38 }, 1],
    ['the parameter W2 of layer linear2', { W2: Number.NaN }, 0.5],
    ['the parameter b1 of layer linear1', { b1: Number.POSITIVE_INFINITY }, 0.5],
    ['row 5, column 0 of the training set, and so in the batch, the input of the net', {}, Number.NaN],
  ] as const)('began in %s', async (where, bad: Record<string, number>, input) => {
    const net = makeNet('float32');
    for (const [name, value] of Object.entries(bad))
      net.params[name]!.data.fill(
        value,
        net.params[name]!.offset,
        net.params[name]!.offset + net.params[name]!.size,
      );
    const before = values(net);
    const data = tensor(new Float32Array(240).fill(input === 1 ? 100 : input), [30, 8]);
    const run = net.startTraining({ X: data, y, rule: { name: 'adam' }, batchSize: 5 });
    const { done, error } = await run.steps(batches(4, 5), 0.01);
    run.end();
    expect(done).toBe(0);
    expect(error?.message).toContain(where);
    expect(error?.iteration).toBe(0);
    expect(run.state.t).toBe(0);
    expect(values(net)).toEqual(before);
  });
});

describe('TwoLayerNet.train', () => {
  const make = () =>
    new TwoLayerNet({ inputSize: 8, hiddenSize: 6, numClasses: 4, std: 0.1, seed: 0, dtype: 'float64' });
  const XVal = rng.randn(10, 8);
  const yVal = rng.randint(4, 10);

  it('rejects with the reason of the signal and keeps the history so far', async () => {
    const net = make();
    const controller = new AbortController();
    const training = net.train(X, y, XVal, yVal, {
      numIters: 10_000_000,
      batchSize: 4,
      signal: controller.signal,
      onProgress: ({ iteration, numIters, loss }) => {
        expect(numIters).toBe(10_000_000);
        expect(loss).toBeGreaterThan(0);
        if (iteration > 5) controller.abort();
      },
    });
    await expect(training).rejects.toMatchObject({ name: 'AbortError' });
    expect(net.history.lossHistory.length).toBeGreaterThan(5);
    expect(net.loss(X, y).loss).toBeGreaterThan(0);
  });

  it('rejects with a DivergenceError and keeps the history so far', async () => {
    const net = make();
    const training = net.train(X, y, XVal, yVal, { numIters: 500, learningRate: 1e200 });
    await expect(training).rejects.toThrow(DivergenceError);
    const { lossHistory } = net.history;
    expect(lossHistory.length).toBeGreaterThan(0);
    expect(lossHistory.every(Number.isFinite)).toBe(true);
  });

  it('records accuracies whenever N / batchSize divides the iteration', async () => {
    const history = await make().train(X, y, XVal, yVal, { numIters: 13, batchSize: 12 });
    // 30 / 12 = 2.5 divides 0, 5 and 10.
    expect(history.trainAccHistory).toHaveLength(3);
    expect(history.valAccHistory).toHaveLength(3);
    expect(history.lossHistory).toHaveLength(13);
  });

  it('refuses options and data that do not fit, without a step', async () => {
    const net = make();
    const before = values(net);
    await expect(net.train(X, y, XVal, yVal, { numIter: 3 } as never)).rejects.toThrow(
      'did you mean numIters?',
    );
    await expect(net.train(X, y, XVal, yVal, { learningRate: -1 })).rejects.toThrow(ArgumentError);
    await expect(net.train(X, y, XVal, yVal.subarray(1))).rejects.toThrow(ShapeError);
    await expect(net.train(X, y, X.T as never, yVal)).rejects.toThrow(ShapeError);
    await expect(net.train(X, Int32Array.from(y).fill(9), XVal, yVal)).rejects.toThrow(LabelError);
    expect(values(net)).toEqual(before);
    const one = net.train(X, y, XVal, yVal, { numIters: 50 });
    await expect(net.train(X, y, XVal, yVal)).rejects.toThrow(StateError);
    await one;
  });
});
