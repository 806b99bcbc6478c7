import { describe, expect, expectTypeOf, it } from 'vitest';
import { ArgumentError, ShapeError } from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import type { Tensor } from '../../lib/core/tensors/tensor.js';
import { loadDigits } from '../../lib/data/sets/digits.js';
import { split } from '../../lib/data/split.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import type { Hyperparameters, UpdateRuleName } from '../../lib/optim/update-rules.js';
import { Solver } from '../../lib/train/solver.js';
import type { SolverOptions } from '../../lib/train/solver-options.js';

const rng = new RandomState(1);
const X = rng.randn(12, 4);
const y = rng.randint(3, 12);
const data = { XTrain: X, yTrain: y };
const makeNet = () => new FullyConnectedNet({ inputDim: 4, hiddenDims: [5], numClasses: 3, seed: 0 });
const quiet = { verbose: false } as const;

describe('the data of a Solver', () => {
  it('may be what loaders and split give', async () => {
    const net = new FullyConnectedNet({ inputDim: 64, hiddenDims: [8], numClasses: 10, init: 'he', seed: 0 });
    const solver = new Solver(net, loadDigits(), { ...quiet, numEpochs: 1 });
    expect((await solver.train()).valAccHistory).toEqual([]);
    const pieces = split(X, y, { train: 6, val: 3, test: 3 });
    expect(
      (await new Solver(makeNet(), pieces, { ...quiet, numEpochs: 1 }).train()).valAccHistory,
    ).toHaveLength(1);
  });

  it('is an object of rows and targets, not X and y', () => {
    // @ts-expect-error as the fit(X, y) of others
    expect(() => new Solver(makeNet(), X, y)).toThrow(
      /Solver: expected data to be an object, { XTrain, yTrain }, but received/,
    );
  });

  it('has no other keys', () => {
    const loose = { ...data, XValid: X };
    expect(() => new Solver(makeNet(), loose)).toThrow('Solver: unknown data.XValid; did you mean XVal?');
    // @ts-expect-error a misspelled key
    expect(() => new Solver(makeNet(), { XTrain: X, yTrain: y, x_val: X })).toThrow('did you mean XVal?');
  });

  it('has a validation set of at least one row', () => {
    const none = X.slice(0, 0);
    expect(() => new Solver(makeNet(), { ...data, XVal: none, yVal: [] })).toThrow(ShapeError);
    expect(() => new Solver(makeNet(), { ...data, XVal: none, yVal: [] })).toThrow(
      'Solver: expected XVal to have at least one row but received none',
    );
  });

  it('takes words for labels only once they are numbered', () => {
    expect(() => new Solver(makeNet(), { XTrain: X, yTrain: Array(12).fill('cat') as never })).toThrow(
      /expected yTrain\[0\] to be a class label, an integer in 0 … 2, but received 'cat'; number the classes/,
    );
  });

  it('may have fewer rows than a batch', async () => {
    const solver = new Solver(makeNet(), data, { ...quiet, batchSize: 100, numEpochs: 3 });
    expect((await solver.train()).lossHistory).toHaveLength(3);
  });
});

describe('the learning rate of a Solver', () => {
  it('may stand in either place', async () => {
    const train = async (options: SolverOptions) => {
      const solver = new Solver(makeNet(), data, {
        ...quiet,
        numEpochs: 2,
        batchSize: 4,
        ...options,
      } as SolverOptions);
      expect(solver.learningRate).toBe(0.25);
      return (await solver.train()).lossHistory;
    };
    const inside = await train({ optimConfig: { learningRate: 0.25 } });
    expect(await train({ learningRate: 0.25 })).toEqual(inside);
    expect(await train({ learningRate: 0.25, optimConfig: { learningRate: 0.25 } })).toEqual(inside);
    expect(await train({ learningRate: 0.25, optimConfig: { weightDecay: 0 } })).toEqual(inside);
  });

  it('is one', () => {
    const both = { learningRate: 0.25, optimConfig: { learningRate: 0.5 } };
    expect(() => new Solver(makeNet(), data, both)).toThrow(
      'Solver: expected one learning rate but received learningRate: 0.25 and optimConfig: { learningRate: 0.5 }',
    );
    expect(() => new Solver(makeNet(), data, { learningRate: Number.NaN })).toThrow(
      'expected option learningRate to be a number from 0 on but received NaN',
    );
  });

  it('is called so', () => {
    // @ts-expect-error PyTorch's name
    expect(() => new Solver(makeNet(), data, { lr: 0.1 })).toThrow(
      'Solver: unknown option lr; did you mean learningRate?',
    );
    // @ts-expect-error PyTorch's name
    expect(() => new Solver(makeNet(), data, { optimConfig: { lr: 0.1 } })).toThrow(
      'Solver: unknown optimConfig.lr; did you mean learningRate?',
    );
    // @ts-expect-error Keras's name
    expect(() => new Solver(makeNet(), data, { learning_rate: 0.1 })).toThrow('did you mean learningRate?');
  });
});

describe('optimConfig', () => {
  it('is typed by the update rule', () => {
    const good: readonly SolverOptions[] = [
      { optimConfig: { learningRate: 1, weightDecay: 0.1 } },
      { updateRule: 'sgd', optimConfig: { learningRate: 1 } },
      { updateRule: 'nesterov', optimConfig: { momentum: 0.5 } },
      { updateRule: 'rmsprop', optimConfig: { decayRate: 0.5, epsilon: 1e-7 } },
      { updateRule: 'adam', optimConfig: { beta1: 0.8, beta2: 0.9 }, numEpochs: 3 },
    ];
    for (const options of good) expect(new Solver(makeNet(), data, options).epoch).toBe(0);
    const bad: readonly (() => SolverOptions)[] = [
      // @ts-expect-error plain SGD has no momentum
      () => ({ optimConfig: { momentum: 0.9 } }),
      // @ts-expect-error nor when it is named
      () => ({ updateRule: 'sgd', optimConfig: { momentum: 0.9 } }),
      // @ts-expect-error Adam has betas
      () => ({ updateRule: 'adam', optimConfig: { momentum: 0.9 } }),
      // @ts-expect-error and rmsprop a decayRate
      () => ({ updateRule: 'rmsprop', optimConfig: { beta1: 0.9 } }),
      // @ts-expect-error a misspelled one
      () => ({ updateRule: 'adam', optimConfig: { beta_1: 0.9 } }),
    ];
    for (const options of bad) expect(() => new Solver(makeNet(), data, options())).toThrow(ArgumentError);
    expectTypeOf<keyof Hyperparameters<'sgdMomentum'>>().toEqualTypeOf<
      'learningRate' | 'momentum' | 'weightDecay'
    >();
  });

  it('may have a rule that is known only later, with what all rules have', () => {
    const make = (updateRule: UpdateRuleName) =>
      new Solver(makeNet(), data, { updateRule, optimConfig: { learningRate: 0.5 } });
    expect(make('adamw').learningRate).toBe(0.5);
  });

  it('is where a rule’s hyper-parameters belong', () => {
    // @ts-expect-error not an option of its own
    expect(() => new Solver(makeNet(), data, { updateRule: 'sgdMomentum', momentum: 0.9 })).toThrow(
      'Solver: unknown option momentum; did you mean optimConfig: { momentum }?',
    );
    // @ts-expect-error a misspelled option, beside a right one
    expect(() => new Solver(makeNet(), data, { updateRule: 'adam', numEpoch: 3 })).toThrow(
      'did you mean numEpochs?',
    );
    // @ts-expect-error an option of Keras
    expect(() => new Solver(makeNet(), data, { epochs: 3 })).toThrow('did you mean numEpochs?');
  });
});

describe('TwoLayerNet.train', () => {
  const make = () => new TwoLayerNet({ inputSize: 4, hiddenSize: 5, numClasses: 3, std: 0.1, seed: 0 });
  const settings = { numIters: 6, batchSize: 4 };

  it('may do without validation data', async () => {
    const whole = await make().train(X, y, X, y, settings);
    for (const history of [
      await make().train(X, y, settings),
      await make().train(X, y, undefined, undefined, settings),
    ]) {
      expect(history.lossHistory).toEqual(whole.lossHistory);
      expect(history.trainAccHistory).toEqual(whole.trainAccHistory);
      expect(history.valAccHistory).toEqual([]);
    }
    expect((await make().train(X, y)).lossHistory).toHaveLength(100);
  });

  it('takes both parts of them or neither', async () => {
    const only = (part: string) =>
      `TwoLayerNet.train: expected both XVal and yVal, or neither, but received only ${part}`;
    await expect(make().train(X, y, X, undefined, settings)).rejects.toThrow(only('XVal'));
    await expect(make().train(X, y, undefined, y, settings)).rejects.toThrow(only('yVal'));
    await expect(make().train(X, y, { data: X.data, shape: X.shape } as never)).rejects.toThrow(only('XVal'));
    await expect(make().train(X, y, [[1, 2, 3, 4]] as never)).rejects.toThrow(only('XVal'));
  });

  it('checks its options in either place', async () => {
    const wrong = { numIter: 3 };
    // @ts-expect-error a misspelled option
    await expect(make().train(X, y, { numIter: 3 })).rejects.toThrow('did you mean numIters?');
    await expect(make().train(X, y, wrong as never)).rejects.toThrow('did you mean numIters?');
    // @ts-expect-error PyTorch's name
    await expect(make().train(X, y, X, y, { lr: 0.1 })).rejects.toThrow('did you mean learningRate?');
  });

  it('has a history of arrays', async () => {
    expectTypeOf(await make().train(X as Tensor, y, settings)).toHaveProperty('valR2History');
  });
});
