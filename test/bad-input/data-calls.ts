import { ArgumentError } from '../../lib/core/errors.js';
import {
  geluForward,
  leakyReluForward,
  reluForward,
  sigmoidForward,
  tanhForward,
} from '../../lib/models/by-hand/activations.js';
import {
  CrossEntropyLoss,
  HingeLoss,
  MSELoss,
  SoftmaxCrossEntropyLoss,
} from '../../lib/models/by-hand/criteria.js';
import { dropoutForward } from '../../lib/models/by-hand/dropout.js';
import { affineForward, mseLoss, softmaxLoss, svmLoss } from '../../lib/models/by-hand/functional.js';
import { gradCheck } from '../../lib/train/gradient-check.js';
import { Solver } from '../../lib/train/solver.js';
import { badLabels, badRows, noRows } from './bad-values.js';
import { type BadValue, loose, type Row } from './row.js';
import { type Subjects, size } from './subjects.js';

type Call = (value: never, subjects: Subjects) => unknown;

function rows(calls: Readonly<Record<string, Call>>, values: readonly BadValue[]): Row[] {
  return Object.entries(calls).flatMap(([name, call]) =>
    values.map((value) => ({
      name: `${name} is ${value.name}`,
      call: (subjects: Subjects) => call(loose(value.make()), subjects),
      error: value.error ?? ArgumentError,
      expected: value.expected ?? 'expected',
      received: value.received,
    })),
  );
}

const quiet = { verbose: false };

/** Whatever takes (N, 4) rows of features. */
const takeRows: Readonly<Record<string, Call>> = {
  'TwoLayerNet.loss: X': (X, { twoLayer }) => twoLayer.loss(X),
  'TwoLayerNet.loss with labels: X': (X, { twoLayer, y }) => twoLayer.loss(X, y),
  'TwoLayerNet.predict: X': (X, { twoLayer }) => twoLayer.predict(X),
  'TwoLayerNet.train: X': (X, { twoLayer, X: XVal, y }) => twoLayer.train(X, y, XVal, y),
  'TwoLayerNet.train: XVal': (XVal, { twoLayer, X, y }) => twoLayer.train(X, y, XVal, y),
  'FullyConnectedNet.accuracy: X': (X, { fullyConnected, y }) => fullyConnected.accuracy(X, y),
  'FullyConnectedNet.evaluate: X': (X, { fullyConnected, y }) => fullyConnected.evaluate(X, y),
  'FullyConnectedNet.startTraining: X': (X, { fullyConnected, y }) =>
    fullyConnected.startTraining({ X, y, rule: { name: 'sgd' }, batchSize: 2 }),
  'NeuralNetwork.forward: X': (X, { neural }) => neural.forward(X),
  'Sequential.forward: X': (X, { sequential }) => sequential.forward(X),
  'Sequential.predict: X': (X, { sequential }) => sequential.predict(X),
  'Solver: XTrain': (XTrain, { fullyConnected, y }) =>
    new Solver(fullyConnected, { XTrain, yTrain: y }, quiet),
  'Solver: XVal': (XVal, { fullyConnected, X, y }) =>
    new Solver(fullyConnected, { XTrain: X, yTrain: y, XVal, yVal: y }, quiet),
  'gradCheck: X': (X, { twoLayer, y }) => gradCheck(twoLayer, X, y),
};

/** Undefined there is not a bad tensor but a missing or absent one, with words of its own. */
const takesUndefinedElsewhere = [
  'Solver: XTrain',
  'Solver: XVal',
  'TwoLayerNet.train: XVal',
  'FullyConnectedNet.startTraining: X',
];

/** Whatever takes labels for six rows. */
const takeLabels: Readonly<Record<string, Call>> = {
  'TwoLayerNet.loss: y': (y, { twoLayer, X }) => twoLayer.loss(X, y),
  'TwoLayerNet.train: y': (y, { twoLayer, X, y: yVal }) => twoLayer.train(X, y, X, yVal),
  'TwoLayerNet.train: yVal': (yVal, { twoLayer, X, y }) => twoLayer.train(X, y, X, yVal),
  'FullyConnectedNet.loss: y': (y, { fullyConnected, X }) => fullyConnected.loss(X, y),
  'FullyConnectedNet.accuracy: y': (y, { fullyConnected, X }) => fullyConnected.accuracy(X, y),
  'FullyConnectedNet.evaluate: y': (y, { fullyConnected, X }) => fullyConnected.evaluate(X, y),
  'FullyConnectedNet.startTraining: y': (y, { fullyConnected, X }) =>
    fullyConnected.startTraining({ X, y, rule: { name: 'sgd' }, batchSize: 2 }),
  'NeuralNetwork.backward: y': (y, { neural }) => neural.backward(y),
  'Sequential.loss: y': (y, { sequential, X }) => sequential.loss(X, y),
  'Solver: yTrain': (yTrain, { fullyConnected, X }) =>
    new Solver(fullyConnected, { XTrain: X, yTrain }, quiet),
  'Solver: yVal': (yVal, { fullyConnected, X, y }) =>
    new Solver(fullyConnected, { XTrain: X, yTrain: y, XVal: X, yVal }, quiet),
  'gradCheck: y': (y, { twoLayer, X }) => gradCheck(twoLayer, X, y),
  'softmaxLoss: y': (y, { fullyConnected, X }) => softmaxLoss(fullyConnected.loss(X), y),
  'svmLoss: y': (y, { fullyConnected, X }) => svmLoss(fullyConnected.loss(X), y),
  'mseLoss: y': (y, { fullyConnected, X }) => mseLoss(fullyConnected.loss(X), y),
  'CrossEntropyLoss.forward: y': (y, { sequential, X }) =>
    new CrossEntropyLoss().forward(sequential.loss(X), y),
  'SoftmaxCrossEntropyLoss.forward: y': (y, { fullyConnected, X }) =>
    new SoftmaxCrossEntropyLoss().forward(fullyConnected.loss(X), y),
  'MSELoss.forward: y': (y, { fullyConnected, X }) => new MSELoss().forward(fullyConnected.loss(X), y),
  'HingeLoss.forward: y': (y, { fullyConnected, X }) => new HingeLoss().forward(fullyConnected.loss(X), y),
};

/** Whatever takes a tensor of any shape. */
const takeTensors: Readonly<Record<string, Call>> = {
  'affineForward: x': (x) => affineForward(x, [[1], [2], [3], [4]], [1]),
  'dropoutForward: x': (x) => dropoutForward(x, { mode: 'train', p: 0.5 }),
  'reluForward: x': (x) => reluForward(x),
  'sigmoidForward: x': (x) => sigmoidForward(x),
  'tanhForward: x': (x) => tanhForward(x),
  'leakyReluForward: x': (x) => leakyReluForward(x),
  'geluForward: x': (x) => geluForward(x),
};

const anyShape = badRows(size.inputs).filter(
  ({ name }) => !name.startsWith('rank') && name !== 'a column too many',
);

export const dataCalls: readonly Row[] = [
  ...rows(takeRows, [...badRows(size.inputs), noRows(size.inputs)]).filter(
    ({ name }) => !takesUndefinedElsewhere.some((call) => name === `${call} is undefined`),
  ),
  ...rows(takeLabels, badLabels(size.rows)),
  ...rows(takeTensors, anyShape),
];
