import { describe, expect, it } from 'vitest';
import { ArgumentError, StateError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { tensor } from '../../lib/core/tensors/tensor.js';
import { loadDigits } from '../../lib/data/sets/digits.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { GrowingCurve } from '../../lib/train/learning-rate-curve.js';
import { type FindLearningRateOptions, findLearningRate } from '../../lib/train/learning-rate-finder.js';
import { Solver } from '../../lib/train/solver.js';

const { XTrain, yTrain } = loadDigits();
const makeNet = (init: 'he' | 'zeros' = 'he') =>
  new FullyConnectedNet({ inputDim: 64, hiddenDims: [20], numClasses: 10, init, dtype: 'float64', seed: 3 });
const bits = (net: FullyConnectedNet) =>
  JSON.stringify([Object.values(net.params).map((values) => [...values]), net.rng.getState().map(String)]);

describe('findLearningRate', () => {
  it('gives rates that grow exponentially, their losses, and a rate that trains', async () => {
    const net = makeNet();
    const { rates, losses, smoothed, suggestion, note } = await findLearningRate(net, XTrain, yTrain, {
      max: 1e4,
    });
    expect(rates[0]).toBe(1e-7);
    for (const [i, rate] of rates.entries()) expect(rate / (1e-7 * 1e11 ** (i / 99))).toBeCloseTo(1, 12);
    // It ended where the loss exploded.
    expect(rates.length).toBeLessThan(100);
    expect([losses.length, smoothed.length]).toEqual([rates.length, rates.length]);
    const least = Math.min(...smoothed);
    expect(smoothed.slice(0, -1).every((loss) => loss <= 4 * least)).toBe(true);
    expect(note).toBeUndefined();
    expect(rates).toContain(suggestion);
  });

  it.each(['sgd', 'adam'] as const)('suggests a rate that trains with %s', async (updateRule) => {
    const net = makeNet();
    const pixels = tensor([...XTrain].map((ink) => ink / 16)).reshape(...XTrain.shape);
    const { suggestion } = await findLearningRate(net, pixels, yTrain, { updateRule });
    const data = { XTrain: pixels, yTrain };
    const solver = new Solver(net, data, {
      updateRule,
      learningRate: suggestion!,
      numEpochs: 5,
      verbose: false,
    });
    await solver.train();
    expect(solver.trainAccHistory.at(-1)).toBeGreaterThan(0.8);
  });

  it.each([
    ['adam', { updateRule: 'adam', optimConfig: { beta1: 0.8 } }],
    ['an explosion', { max: 1e9, steps: 60 }],
    ['another seed', { seed: 8 }],
  ] as const)('leaves the model as it was, after %s', async (_name, options) => {
    const net = makeNet();
    const before = bits(net);
    await findLearningRate(net, XTrain, yTrain, { steps: 30, ...options } as FindLearningRateOptions);
    expect(bits(net)).toBe(before);
    // A training afterwards is what it would have been without the search.
    const train = async (model: FullyConnectedNet) =>
      (await new Solver(model, { XTrain, yTrain }, { numEpochs: 1, verbose: false }).train()).lossHistory;
    expect(await train(net)).toEqual(await train(makeNet()));
  });

  it('draws what the model would draw next, or what a seed says', async () => {
    const search = async (options: FindLearningRateOptions) =>
      (
        await findLearningRate(makeNet(), XTrain, yTrain, {
          steps: 20,
          ...options,
        } as FindLearningRateOptions)
      ).losses;
    expect(await search({})).toEqual(await search({}));
    expect(await search({ seed: 1 })).toEqual(await search({ seed: 1 }));
    expect(await search({ seed: 1 })).not.toEqual(await search({ seed: 2 }));
    expect((await search({ max: 1e-6, steps: 12 })).length).toBe(12);
  });

  it('has the losses of steps with those rates', async () => {
    const { rates, losses } = await findLearningRate(makeNet(), XTrain, yTrain, {
      updateRule: 'rmsprop',
      min: 1e-4,
      max: 1e-2,
      steps: 12,
      batchSize: 50,
      seed: 4,
      reg: 0.1,
    });
    const net = makeNet();
    const run = net.startTraining({
      X: XTrain,
      y: yTrain,
      rule: { name: 'rmsprop' },
      batchSize: 50,
      reg: 0.1,
    });
    const order = new RandomState(4).permutation(XTrain.shape[0]!);
    const stepped = await run.steps(order.slice(0, 600), Float64Array.from(rates));
    run.end();
    expect(losses).toEqual([...stepped.losses]);
  });

  it('reports its progress, and stops', async () => {
    const net = makeNet();
    const before = bits(net);
    const seen: number[] = [];
    await findLearningRate(net, XTrain, yTrain, {
      steps: 40,
      max: 1e-3,
      onProgress: ({ step, steps, learningRate, loss, smoothed }) => {
        expect([steps, learningRate > 0, loss > 0, smoothed > 0]).toEqual([40, true, true, true]);
        seen.push(step);
      },
    });
    expect(seen.at(-1)).toBe(40);
    const aborter = new AbortController();
    const stopped = findLearningRate(net, XTrain, yTrain, {
      steps: 100_000,
      max: 1e-3,
      signal: aborter.signal,
      onProgress: () => aborter.abort(new Error('enough')),
    });
    await expect(stopped).rejects.toThrow('enough');
    const failed = findLearningRate(net, XTrain, yTrain, {
      onProgress: () => {
        throw new Error('mine');
      },
    });
    await expect(failed).rejects.toThrow('mine');
    expect(bits(net)).toBe(before);
    expect(net.loss(XTrain, yTrain).loss).toBeGreaterThan(0);
  });

  it('locks the model as a training does', async () => {
    const net = makeNet();
    const search = findLearningRate(net, XTrain, yTrain, { steps: 10 });
    await expect(findLearningRate(net, XTrain, yTrain)).rejects.toThrow(StateError);
    await search;
    const run = net.startTraining({ X: XTrain, y: yTrain, rule: { name: 'sgd' }, batchSize: 10 });
    const before = bits(net);
    await expect(findLearningRate(net, XTrain, yTrain)).rejects.toThrow(StateError);
    expect(bits(net)).toBe(before);
    run.end();
  });

  it('says why there is no suggestion', async () => {
    const soon = await findLearningRate(makeNet(), XTrain, yTrain, { min: 1e8, max: 1e9 });
    expect(soon.suggestion).toBeUndefined();
    expect(soon.note).toMatch(
      /^the loss exploded after \d+ of 100 steps, too soon for a suggestion: take a smaller min$/,
    );
    const few = await findLearningRate(makeNet(), XTrain, yTrain, { steps: 6, max: 1e-3 });
    expect(few.note).toBe('6 of 6 steps are too few for a suggestion: take more steps');
  });

  it('works for numbers to predict', async () => {
    const rng = new RandomState(6);
    const X = rng.randn(80, 3);
    const y = rng.randn(80, 2);
    const net = new FullyConnectedNet({
      inputDim: 3,
      hiddenDims: [5],
      numClasses: 2,
      loss: 'mse',
      init: 'he',
      seed: 0,
    });
    const { suggestion } = await findLearningRate(net, X, y, { batchSize: 16, seed: 0 });
    expect(suggestion).toBeGreaterThan(0);
  });

  it('refuses options that make no curve', async () => {
    const search = (options: object) =>
      findLearningRate(makeNet(), XTrain, yTrain, options as FindLearningRateOptions);
    await expect(search({ min: 1, max: 1 })).rejects.toThrow(
      'findLearningRate: expected option min to be below max, 1, but received 1',
    );
    await expect(search({ optimConfig: { learningRate: 1 } })).rejects.toThrow(
      'findLearningRate: expected option optimConfig to hold no learning rate, which min and max tell, but received 1',
    );
    await expect(search({ steps: 1 })).rejects.toThrow(ArgumentError);
    await expect(search({ optimConfig: { beta1: 0.9 } })).rejects.toThrow('beta1');
  });
});

describe('a learning-rate curve', () => {
  /** All at once, and one loss after the other. */
  const grow = (losses: readonly number[], steps = losses.length, smoothing = 0.5) =>
    [losses.length, 1].map((size) => {
      const curve = new GrowingCurve(1e-3, 1e3, steps, smoothing, 4);
      for (let i = 0; i < losses.length && !curve.ended; i += size) {
        curve.record(Float64Array.from(losses.slice(i, i + size)));
      }
      return curve.result();
    });

  it('is smoothed as fastai does it, and suggests the steepest descent between its ends', () => {
    const losses = [9, 1, ...[5, 5, 5, 4, 4, 1, 1, 1, 1.5, 2, 2, 2, 2, 2, 2], 1, 0, 0];
    const [whole, byOne] = grow(losses);
    expect(byOne).toEqual(whole);
    let average = 0;
    for (const [i, loss] of losses.entries()) {
      average = 0.5 * average + 0.5 * loss;
      if (i < whole!.smoothed.length)
        expect(whole!.smoothed[i]).toBeCloseTo(average / (1 - 0.5 ** (i + 1)), 12);
    }
    // From the loss 4 to 1, at the seventh step; the steeper falls at both ends are left out.
    expect(whole!.suggestion).toBe(whole!.rates[6]);
  });

  it('ends where the smoothed loss is above four times its least', () => {
    const [whole, byOne] = grow([1, 1, 1, 1, 20, 30, 40], 100);
    expect(byOne).toEqual(whole);
    expect(whole!.losses).toEqual([1, 1, 1, 1, 20]);
  });

  it('that never falls suggests nothing', () => {
    const [whole] = grow(Array.from({ length: 20 }, () => 2));
    expect(whole!.suggestion).toBeUndefined();
    expect(whole!.note).toBe('the loss never fell between the rates 4.3e-3 and 2.6e+1');
  });
});
