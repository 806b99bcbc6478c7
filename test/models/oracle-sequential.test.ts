import { describe, expect, it } from 'vitest';
import { RandomState } from '../../lib/core/random/random-state.js';
import { tensor } from '../../lib/core/tensors/tensor.js';
import { CrossEntropyLoss, MSELoss } from '../../lib/models/by-hand/criteria.js';
import { SGD } from '../../lib/models/by-hand/optimizers/index.js';
import { Sequential } from '../../lib/models/sequential.js';
import { uniform } from '../../lib/nn/initializers.js';
import { ReLU } from '../../lib/nn/layers/activations/relu.js';
import { Sigmoid } from '../../lib/nn/layers/activations/sigmoid.js';
import { Softmax } from '../../lib/nn/layers/activations/softmax.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import { dtypes, expectClose, expectNumber, readOracle, tolerances } from './oracle.js';

interface Ece285 {
  readonly X: number[][];
  readonly y: number[];
  /** W1, b1, W2, b2 */
  readonly params: (number[][] | number[])[];
  readonly scores: number[][];
  readonly loss: number;
  readonly grads: (number[][] | number[])[];
  readonly train: {
    readonly epochs: number;
    readonly lr: number;
    readonly weightDecay: number;
    readonly loss_history: number[];
    readonly predict: number[];
  };
}

const oracle = readOracle<Ece285>('ece285-sequential');

/**
 * Every loss within the tolerance in float64. In float32 the epochs from 100 on magnify each rounding, since a hidden unit turns
 * on or off a step earlier or later: NumPy's own float32 is off by up to 5e-3 there, and by 4e-6 at the end.
 */
function expectLosses(losses: ArrayLike<number>, dtype: 'float64' | 'float32'): void {
  const golden = oracle.train.loss_history;
  expect(losses).toHaveLength(1000);
  for (const [epoch, loss] of golden.entries()) {
    const magnified = dtype === 'float32' && epoch >= 100;
    expectNumber(losses[epoch]!, loss, magnified ? 6e-3 : tolerances[dtype].training);
  }
  expectNumber(losses[999]!, 0.007593419801731252, tolerances[dtype].training);
}

describe.each(dtypes)('Sequential on the toy problem of ECE285, %s', (dtype) => {
  const { step } = tolerances[dtype];
  const X = tensor(oracle.X, undefined, { dtype });
  const { y } = oracle;
  const course = { init: uniform(1e-4), biasInit: uniform(1e-4) };
  const make = () =>
    new Sequential([new Linear(4, 10, course), new ReLU(), new Linear(10, 3, course), new Softmax()], {
      seed: 0,
      dtype,
    });

  it('draws weights and then biases from the stream of NumPy', () => {
    const { parameters } = make();
    expect(parameters).toHaveLength(4);
    for (const [i, parameter] of parameters.entries()) expectClose(parameter, oracle.params[i]!, step);
  });

  it('gives probabilities, loss and gradients', () => {
    const net = make();
    const criterion = new CrossEntropyLoss();
    const scores = net.forward(X);
    expectClose(scores, oracle.scores, step);
    expectNumber(criterion.forward(scores, y), oracle.loss, step);
    net.backward(criterion.backward());
    for (const [i, grad] of net.grads.entries()) expectClose(grad, oracle.grads[i]!, step, 1e-6);
  });

  it('has every one of the 1,000 losses of full-batch SGD with weight decay', () => {
    const net = make();
    const criterion = new CrossEntropyLoss();
    const { epochs, lr, weightDecay, predict } = oracle.train;
    const optimizer = new SGD(net, { lr, weightDecay });
    const losses: number[] = [];
    for (let epoch = 0; epoch < epochs; epoch++) {
      losses.push(criterion.forward(net.forward(X), y));
      optimizer.zeroGrad();
      net.backward(criterion.backward());
      optimizer.step();
    }
    expectLosses(losses, dtype);
    expect([...net.predict(X)]).toEqual(predict);
  });

  it('has the same losses in a training off the main thread', async () => {
    const net = make();
    const { epochs, lr, weightDecay } = oracle.train;
    const run = net.startTraining({
      X,
      y,
      rule: { name: 'sgd', config: { weightDecay } },
      batchSize: y.length,
    });
    const epoch = Int32Array.from(y.keys());
    const indices = Int32Array.from({ length: epochs * y.length }, (_, i) => epoch[i % y.length]!);
    const { losses, done, reason } = await run.steps(indices, lr);
    run.end();
    expect({ done, reason }).toEqual({ done: epochs, reason: 'finished' });
    expectLosses(losses, dtype);
  });
});

interface SigmoidByHand {
  readonly x: number[];
  readonly y: number[];
  readonly W1: number[][];
  readonly b1: number[];
  readonly W2: number[][];
  readonly b2: number[];
  readonly x2: number[];
  readonly loss: number;
  readonly grads: {
    readonly W1: number[][];
    readonly b1: number[];
    readonly W2: number[][];
    readonly b2: number[];
  };
}

describe('the sigmoid net that CS145 computes by hand', () => {
  const { sigmoidByHand: hand } = readOracle<{ sigmoidByHand: SigmoidByHand }>('cs145-two-layer-mse');

  it('has the activations, the loss and the gradients of the sheet', () => {
    const net = new Sequential([new Linear(2, 2), new Sigmoid(), new Linear(2, 1), new Sigmoid()], {
      seed: 0,
      dtype: 'float64',
      loss: 'mse',
    });
    net.restoreParams({ W1: tensor(hand.W1).T, b1: hand.b1, W2: tensor(hand.W2).T, b2: hand.b2 });
    const criterion = new MSELoss();
    const scores = net.forward([hand.x]);
    expectClose(scores, [hand.x2], 1e-12);
    expectNumber(criterion.forward(scores, [hand.y]), hand.loss, 1e-12);
    net.backward(criterion.backward());
    const [W1, b1, W2, b2] = net.grads;
    expectClose(W1!, tensor(hand.grads.W1).T, 1e-12);
    expectClose(b1!, hand.grads.b1, 1e-12);
    expectClose(W2!, tensor(hand.grads.W2).T, 1e-12);
    expectClose(b2!, hand.grads.b2, 1e-12);
  });

  it('draws as ECE285 does: data from the same seed', () => {
    const rng = new RandomState(0);
    expectClose(
      tensor(
        [...rng.randn(10, 4)].map((z) => 10 * z),
        [10, 4],
      ),
      oracle.X,
      1e-15,
    );
    expect([...rng.randint(3, 10)]).toEqual(oracle.y);
  });
});
