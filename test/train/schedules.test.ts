import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { cosine } from '../../lib/optim/schedules/cosine.js';
import { constant, exponential, inverseTime } from '../../lib/optim/schedules/decay.js';
import { oneCycle } from '../../lib/optim/schedules/one-cycle.js';
import { reduceOnPlateau } from '../../lib/optim/schedules/reduce-on-plateau.js';
import type { ScheduleCheck } from '../../lib/optim/schedules/schedule.js';
import { warmup } from '../../lib/optim/schedules/warmup.js';
import { Solver } from '../../lib/train/solver.js';
import type { SolverOptions } from '../../lib/train/solver-options.js';

const rng = new RandomState(2);
const X = rng.randn(24, 4);
const y = rng.randint(3, 24);
const data = { XTrain: X, yTrain: y, XVal: X.slice(0, 8), yVal: y.slice(0, 8) };
const makeNet = (loss: 'softmax' | 'mse' = 'softmax') =>
  new FullyConnectedNet({
    inputDim: 4,
    hiddenDims: [6],
    numClasses: 3,
    dtype: 'float64',
    weightScale: 0.5,
    loss,
    seed: 1,
  });
/** Six steps an epoch. */
const quiet = { verbose: false, batchSize: 4, numEpochs: 3 } as const;
const make = (options: object, net = makeNet()) =>
  new Solver(net, data, { ...quiet, ...options } as SolverOptions);
const weights = (net: { params: Readonly<Record<string, Iterable<number>>> }) =>
  Object.values(net.params).map((values) => [...values]);

/** The weights after steps of SGD at given rates, in a run of its own. */
async function atRates(rates: readonly number[]) {
  const net = makeNet();
  const batches = new RandomState(9);
  const run = net.startTraining({ X, y, rule: { name: 'sgd' }, batchSize: 4 });
  for (const rate of rates) await run.steps(batches.choice(24, 4), rate);
  run.end();
  return weights(net);
}

describe('a Solver with a schedule', () => {
  it('that decays trains as with lrDecay, bit for bit', async () => {
    const decayed = make({ learningRate: 0.5, lrDecay: 0.7 });
    const scheduled = make({ schedule: exponential(0.5, 0.7) });
    expect((await scheduled.train()).lossHistory).toEqual((await decayed.train()).lossHistory);
    expect(scheduled.checks).toEqual(decayed.checks);
    expect(weights(scheduled.model)).toEqual(weights(decayed.model));
  });

  it('takes a rate for each step where it counts steps', async () => {
    const rates = Array.from({ length: 18 }, (_, step) => 0.5 / (1 + 0.1 * step));
    const net = makeNet();
    // Without a validation set and samples, the generator draws batches alone, and the last parameters stay.
    const solver = new Solver(
      net,
      { XTrain: X, yTrain: y },
      {
        ...quiet,
        numTrainSamples: null,
        seed: 9,
        schedule: inverseTime(0.5, 0.1, { per: 'step' }),
      },
    );
    await solver.train();
    expect(weights(net)).toEqual(await atRates(rates));
    expect(solver.checks.map(({ learningRate }) => learningRate)).toEqual(
      [0, 5, 11, 17].map((i) => rates[i]),
    );
    expect(solver.learningRate).toBe(rates[17]);
  });

  it('records the rate of the step before each check', async () => {
    const solver = make({ schedule: cosine(0.4, 3) });
    expect(solver.learningRate).toBe(0.4);
    await solver.train();
    const [first, second, third] = [0, 1, 2].map(cosine(0.4, 3));
    expect(solver.checks.map(({ learningRate }) => learningRate)).toEqual([first, first, second, third]);
  });

  it.each([
    ['epochs', () => warmup(2, cosine(0.4, 8))],
    ['steps', () => warmup(5, oneCycle(0.4, 40, { per: 'step' }))],
    ['measures', () => reduceOnPlateau(0.4, { patience: 0, factor: 0.5 })],
  ])('of %s goes on where it stands when train is called again', async (_name, schedule) => {
    const options = { sampling: 'permutation', numTrainSamples: null } as const;
    const asked: [number, number][] = [];
    const spied = (made: ReturnType<typeof schedule>) =>
      Object.assign(
        (at: number, checks: readonly ScheduleCheck[]) => {
          const rate = made(at, checks);
          asked.push([at, rate]);
          return rate;
        },
        { per: made.per ?? 'epoch' },
      );
    const twice = make({ ...options, schedule: spied(schedule()), numEpochs: 3 });
    await twice.train();
    await twice.train();
    const ats = asked.map(([at]) => at);
    expect(ats).toEqual([...ats].sort((a, b) => a - b));
    expect(ats.at(-1)).toBe(schedule().per === 'step' ? 35 : 5);
    // A schedule that was used before gives what a new one does.
    const rates = (solver: Solver) => solver.checks.map(({ learningRate }) => learningRate);
    const used = schedule();
    const before = make({ ...options, schedule: used });
    await before.train();
    const again = make({ ...options, schedule: used });
    await again.train();
    expect(rates(again)).toEqual(rates(before));
    expect(rates(again)).toEqual(rates(twice).slice(0, 4));
  });

  it('that reduces on a plateau follows the validation accuracies', async () => {
    const schedule = reduceOnPlateau(0.3, { patience: 1, factor: 0.5 });
    const solver = make({ schedule, numEpochs: 12 });
    await solver.train();
    const ends = solver.checks.slice(1);
    const expected = ends.map((_, epoch) =>
      schedule(
        epoch,
        ends.slice(0, epoch).map(({ valAcc }) => ({ valAcc: valAcc! })),
      ),
    );
    expect(ends.map(({ learningRate }) => learningRate)).toEqual(expected);
    expect(expected.at(-1)).toBeLessThan(0.3);
  });

  it('that reduces on a plateau follows the validation loss where numbers are predicted', async () => {
    const numbers = rng.randn(24, 3);
    const solver = new Solver(
      makeNet('mse'),
      { XTrain: X, yTrain: numbers, XVal: X, yVal: numbers },
      {
        ...quiet,
        numEpochs: 4,
        schedule: reduceOnPlateau(0.1, { patience: 0, factor: 0.5, threshold: 0.9 }),
      },
    );
    await solver.train();
    // Nothing falls to a tenth: from the third epoch on each is half the one before.
    expect(solver.checks.slice(1).map(({ learningRate }) => learningRate)).toEqual([0.1, 0.1, 0.05, 0.025]);
  });

  it('may be a function of one’s own', async () => {
    const seen: number[] = [];
    const solver = make({
      schedule: (epoch: number, checks: readonly ScheduleCheck[]) => {
        seen.push(checks.length);
        return 0.1 / (1 + epoch);
      },
    });
    await solver.train();
    expect(solver.checks.map(({ learningRate }) => learningRate)).toEqual([0.1, 0.1, 0.1 / 2, 0.1 / 3]);
    expect(new Set(seen)).toEqual(new Set([0, 1, 2]));
  });

  it('that gives no rate ends before a step is done, and draws nothing', async () => {
    const net = makeNet();
    const solver = make({ schedule: Object.assign((step: number) => 1 - step / 6, { per: 'step' }) }, net);
    const error = 'the schedule to give a number from 0 on at step 7 but received -0.16666666666666674';
    await expect(solver.train()).rejects.toThrow(ArgumentError);
    expect(solver.lossHistory).toHaveLength(6);
    const before = { weights: weights(net), rng: net.rng.getState() };
    await expect(solver.train()).rejects.toThrow(error);
    // The seventh step, at a rate of 0, is one for itself.
    expect(solver.lossHistory).toHaveLength(7);
    const after = { weights: weights(net), rng: net.rng.getState() };
    expect(after.weights).toEqual(before.weights);
    await expect(solver.train()).rejects.toThrow('at step 7');
    expect({ weights: weights(net), rng: net.rng.getState() }).toEqual(after);
    // And the model is free again.
    expect(net.loss(X, y).loss).toBeGreaterThan(0);
  });

  it('is checked when it is made', () => {
    const nan = () => Number.NaN;
    expect(() => make({ schedule: nan })).toThrow(
      'Solver: expected the schedule nan to give a number from 0 on at epoch 0 but received NaN',
    );
    expect(() => make({ schedule: 0.1 })).toThrow(
      'Solver: expected option schedule to be a schedule, a function of the epoch or step, but received 0.1',
    );
    for (const [other, name] of [
      [{ lrDecay: 0.9 }, 'lrDecay'],
      [{ learningRate: 0.1 }, 'learningRate'],
      [{ optimConfig: { learningRate: 0.1 } }, 'optimConfig.learningRate'],
    ] as const) {
      expect(() => make({ schedule: constant(0.1), ...other })).toThrow(
        `Solver: expected the option schedule, which tells every learning rate, or ${name} but received both`,
      );
    }
  });
});

describe('TwoLayerNet.train with a schedule', () => {
  const makeTwo = () =>
    new TwoLayerNet({ inputSize: 4, hiddenSize: 5, numClasses: 3, std: 0.3, dtype: 'float64', seed: 4 });
  const options = { numIters: 20, batchSize: 4, reg: 0 } as const;

  it('that decays is as with learningRateDecay, bit for bit', async () => {
    const [decayed, scheduled] = [makeTwo(), makeTwo()];
    const expected = await decayed.train(X, y, { ...options, learningRate: 0.5, learningRateDecay: 0.8 });
    expect(await scheduled.train(X, y, { ...options, schedule: exponential(0.5, 0.8) })).toEqual(expected);
    expect(weights(scheduled)).toEqual(weights(decayed));
  });

  it('takes a rate for each step where it counts steps', async () => {
    const asked: number[] = [];
    const schedule = Object.assign(
      (step: number) => {
        asked.push(step);
        return 0;
      },
      { per: 'step' } as const,
    );
    const net = makeTwo();
    const before = weights(net);
    await net.train(X, y, { ...options, schedule });
    expect(asked).toEqual(Array.from({ length: 20 }, (_, step) => step));
    expect(weights(net)).toEqual(before);
  });

  it('that reduces on a plateau sees the accuracies', async () => {
    const counts: number[] = [];
    const plateau = reduceOnPlateau(0.1);
    const schedule = (epoch: number, checks: readonly ScheduleCheck[]) => {
      counts.push(checks.length);
      expect(checks).toHaveLength(epoch);
      expect(checks.every(({ trainAcc, valAcc }) => trainAcc! >= 0 && valAcc! >= 0)).toBe(true);
      return plateau(epoch, checks);
    };
    await makeTwo().train(X, y, X, y, { ...options, schedule });
    expect(counts).toEqual([0, 1, 2, 3, 4]);
  });

  it('does not go with another learning rate', async () => {
    const schedule = constant(0.1);
    await expect(makeTwo().train(X, y, { schedule, learningRate: 0.1 })).rejects.toThrow(
      'TwoLayerNet.train: expected the option schedule, which tells every learning rate, or learningRate but received both',
    );
    await expect(makeTwo().train(X, y, { schedule, learningRateDecay: 1 })).rejects.toThrow(
      'or learningRateDecay',
    );
    await expect(makeTwo().train(X, y, { schedule: () => -1 })).rejects.toThrow(
      'TwoLayerNet.train: expected the schedule schedule to give a number from 0 on at epoch 0 but received -1',
    );
  });
});
