import { describe, expect, it } from 'vitest';
import { RandomState } from '../../lib/core/random/random-state.js';
import { tensor } from '../../lib/core/tensors/tensor.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { dtypes, expectClose, expectNumber, readOracle, tolerances } from './oracle.js';

type Matrix = number[][];

interface Params {
  readonly W1: Matrix;
  readonly b1: number[];
  readonly W2: Matrix;
  readonly b2: number[];
}

interface Toy {
  readonly init: { seed: number; inputSize: number; hiddenSize: number; numClasses: number; std: number };
  readonly data: { readonly seed: number; readonly X: Matrix; readonly y: number[] };
  readonly params: Params;
  readonly scores: Matrix;
  readonly loss: readonly { readonly reg: number; readonly loss: number; readonly grads: Params }[];
  readonly train: {
    readonly learningRate: number;
    readonly reg: number;
    readonly numIters: number;
    readonly batchSize: number;
    readonly learningRateDecay: number;
    readonly loss_history: number[];
    readonly train_acc_history: number[];
    readonly val_acc_history: number[];
    readonly paramsAfter: Params;
  };
}

const courses = [
  {
    course: 'CS145',
    toy: readOracle<{ toy: Toy }>('cs145-two-layer-mse').toy,
    options: { loss: 'mse', weightLayout: 'outIn' },
    lastLoss: 0.02950555626206818,
  },
  {
    course: 'Chula',
    toy: readOracle<Toy>('chula-two-layer-softmax'),
    options: { loss: 'softmax', weightLayout: 'inOut' },
    lastLoss: 0.01714364353292376,
  },
] as const;

describe.each(courses)('TwoLayerNet on the toy problem of $course', ({ toy, options, lastLoss }) => {
  const shown = (W: Matrix) => (options.weightLayout === 'outIn' ? tensor(W).T : tensor(W));
  const { y } = toy.data;

  describe.each(dtypes)('%s', (dtype) => {
    const { step, training } = tolerances[dtype];
    const make = () => {
      const { seed, inputSize, hiddenSize, numClasses, std } = toy.init;
      return new TwoLayerNet({ inputSize, hiddenSize, numClasses, std, seed, dtype, ...options });
    };
    const X = tensor(toy.data.X, undefined, { dtype });
    const expectParams = (
      actual: Readonly<Record<string, { shape: readonly number[] }>>,
      params: Params,
      at: number,
    ) => {
      expectClose(actual.W1 as never, shown(params.W1), at);
      expectClose(actual.b1 as never, params.b1, at);
      expectClose(actual.W2 as never, shown(params.W2), at);
      expectClose(actual.b2 as never, params.b2, at);
    };

    it('draws the weights from the stream of NumPy', () => {
      expectParams(make().params, toy.params, step);
    });

    it('draws the data from the stream of NumPy', () => {
      const drawn = new RandomState(toy.data.seed).randn(toy.data.X.length, toy.init.inputSize);
      expectClose(tensor([...drawn].map((z) => 10 * z)), tensor(toy.data.X.flat()), 1e-15 * 4);
    });

    it('gives the scores', () => {
      expectClose(make().loss(X), toy.scores, step);
    });

    it.each(toy.loss)('gives loss and gradients at reg $reg', ({ reg, loss, grads }) => {
      const result = make().loss(X, y, { reg });
      expectNumber(result.loss, loss, step);
      expectParams(result.grads, grads, step);
    });

    it('trains with every loss, accuracy and parameter as in NumPy', async () => {
      const { learningRate, reg, numIters, batchSize, learningRateDecay, ...golden } = toy.train;
      const net = make();
      const history = await net.train(X, y, X, y, {
        learningRate,
        reg,
        numIters,
        batchSize,
        learningRateDecay,
      });
      expect(history.lossHistory).toHaveLength(numIters);
      for (const [i, loss] of golden.loss_history.entries())
        expectNumber(history.lossHistory[i]!, loss, training);
      expectNumber(history.lossHistory.at(-1)!, lastLoss, training);
      expect(history.trainAccHistory).toEqual(golden.train_acc_history);
      expect(history.valAccHistory).toEqual(golden.val_acc_history);
      expectParams(net.params, golden.paramsAfter, training);
    });
  });
});

describe('the regularization of a TwoLayerNet', () => {
  const toy = readOracle<Toy>('chula-two-layer-softmax');
  const net = (regMode: 'loss' | 'lossFull' | 'gradient') =>
    new TwoLayerNet({
      inputSize: 4,
      hiddenSize: 10,
      numClasses: 3,
      std: 0.1,
      seed: 0,
      dtype: 'float64',
      regMode,
    });
  const { X, y } = toy.data;

  it('lossFull with λ/2 is loss with λ (cs231n)', () => {
    expect(net('lossFull').loss(X, y, { reg: 0.05 })).toEqual(net('loss').loss(X, y, { reg: 0.1 }));
  });

  it('gradient leaves the loss alone (CS189)', () => {
    const { loss, grads } = net('gradient').loss(X, y, { reg: 0.1 });
    expect(loss).toBe(net('loss').loss(X, y).loss);
    expect(grads).toEqual(net('loss').loss(X, y, { reg: 0.1 }).grads);
  });
});
