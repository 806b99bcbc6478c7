import { ArgumentError, LabelError, ShapeError } from '../../lib/core/errors.js';
import { adam, rmsprop, sgd, sgdMomentum } from '../../lib/models/by-hand/update-functions.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { orthogonal } from '../../lib/nn/initializers/orthogonal.js';
import { heNormal, heUniform, xavierNormal, xavierUniform } from '../../lib/nn/initializers/scaled.js';
import { sparse } from '../../lib/nn/initializers/sparse.js';
import { constantInit, truncatedNormal, uniform } from '../../lib/nn/initializers.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import { cosine, cosineRestarts } from '../../lib/optim/schedules/cosine.js';
import { constant, inverseTime, multiStep, polynomial, step } from '../../lib/optim/schedules/decay.js';
import { oneCycle } from '../../lib/optim/schedules/one-cycle.js';
import { reduceOnPlateau } from '../../lib/optim/schedules/reduce-on-plateau.js';
import { perStep } from '../../lib/optim/schedules/schedule.js';
import { warmup } from '../../lib/optim/schedules/warmup.js';
import { findLearningRate } from '../../lib/train/learning-rate-finder.js';
import { Solver } from '../../lib/train/solver.js';
import { type OptionsCall, optionRows } from './option-rows.js';
import { loose, type Row } from './row.js';

type Table = readonly (readonly [
  name: string,
  call: Row['call'],
  error: Row['error'],
  expected: Row['expected'],
  received: Row['received'],
])[];

const options: readonly OptionsCall[] = [
  {
    name: 'findLearningRate',
    call: (given, { fullyConnected, X, y }) => findLearningRate(fullyConnected, X, y, given),
    kinds: {
      min: 'positive',
      max: 'positive',
      batchSize: 'positiveInteger',
      reg: 'nonNegative',
      smoothing: 'belowOne',
      stopFactor: 'positive',
      seed: 'seed',
      signal: 'abortSignal',
      onProgress: 'function',
    },
    misspelled: ['numSteps', 'steps'],
    words: [['updateRule', 'adamm', 'adam']],
  },
  {
    name: 'cosine',
    call: (given) => cosine(0.1, 10, given),
    kinds: { min: 'nonNegative' },
    misspelled: ['minn', 'min'],
    words: [['per', 'steps', 'step']],
  },
  {
    name: 'oneCycle',
    call: (given) => oneCycle(0.1, 10, given),
    kinds: { divFactor: 'positive', finalDivFactor: 'positive', threePhase: 'boolean' },
    misspelled: ['pct_start', 'pctStart'],
    words: [
      ['per', 'epochs', 'epoch'],
      ['annealing', 'lineer', 'linear'],
    ],
  },
  {
    name: 'reduceOnPlateau',
    call: (given) => reduceOnPlateau(0.1, given),
    kinds: { factor: 'belowOne', threshold: 'belowOne', min: 'nonNegative' },
    misspelled: ['patient', 'patience'],
  },
];

const ofUpdate = { learningRate: 'nonNegative' } as const;
const configs: readonly OptionsCall[] = [
  {
    name: 'sgd',
    call: (given) => sgd([1], [1], given),
    kinds: ofUpdate,
    misspelled: ['lerningRate', 'learningRate'],
  },
  {
    name: 'sgdMomentum',
    call: (given) => sgdMomentum([1], [1], given),
    kinds: { ...ofUpdate, momentum: 'belowOne' },
    misspelled: ['velocitiy', 'velocity'],
  },
  {
    name: 'rmsprop',
    call: (given) => rmsprop([1], [1], given),
    kinds: { ...ofUpdate, decayRate: 'belowOne', epsilon: 'positive' },
    misspelled: ['decay_rate', 'decayRate'],
  },
  {
    name: 'adam',
    call: (given) => adam([1], [1], given),
    kinds: { ...ofUpdate, beta1: 'belowOne', beta2: 'belowOne', epsilon: 'positive' },
    misspelled: ['beta_1', 'beta1'],
  },
];

/** A config is no options: messages name it so. */
function configRows(call: OptionsCall): Row[] {
  return optionRows(call).map((row) => {
    const { expected, received } = row;
    const named =
      typeof received === 'string' ? received.replace('unknown option ', 'unknown config.') : received;
    return { ...row, expected, received: named };
  });
}

/** A net of which every weight is drawn by it. */
const drawnBy = (init: unknown) =>
  new FullyConnectedNet({ inputDim: 3, hiddenDims: [2], numClasses: 2, init: loose(init) });

const others: Table = [
  [
    'findLearningRate: no model',
    ({ X, y }) => findLearningRate(loose({}), X, y),
    ArgumentError,
    'the model to be an instance of Model',
    'an empty object',
  ],
  [
    'findLearningRate: one step',
    ({ twoLayer, X, y }) => findLearningRate(twoLayer, X, y, { steps: 1 }),
    ArgumentError,
    'an integer in 2 … 1000000',
    '1',
  ],
  [
    'findLearningRate: the wrong way round',
    ({ twoLayer, X, y }) => findLearningRate(twoLayer, X, y, { min: 1, max: 0.1 }),
    ArgumentError,
    'min to be below max, 0.1',
    '1',
  ],
  [
    'findLearningRate: a learning rate',
    ({ twoLayer, X, y }) => findLearningRate(twoLayer, X, y, { optimConfig: loose({ learningRate: 0.1 }) }),
    ArgumentError,
    'optimConfig to hold no learning rate',
    '0.1',
  ],
  [
    'findLearningRate: rows of another size',
    ({ twoLayer, y }) => findLearningRate(twoLayer, [[1, 2]], y),
    ShapeError,
    'X to have shape (N, 4)',
    'shape (1, 2)',
  ],
  [
    'findLearningRate: an unknown class',
    ({ twoLayer, X }) => findLearningRate(twoLayer, X, [0, 1, 2, 3, 0, 1]),
    LabelError,
    'an integer in 0 … 2',
    '3',
  ],
  ['sgd: another shape', () => sgd([[1, 2]], [1, 2]), ShapeError, 'dw to have shape (1, 2)', 'shape (2)'],
  ['sgd: a word', () => sgd(loose('w'), [1]), ArgumentError, 'w to be a tensor', "'w'"],
  [
    'sgdMomentum: a velocity of another shape',
    () => sgdMomentum([1, 2], [1, 2], { velocity: [1] }),
    ShapeError,
    'config.velocity to have shape (2)',
    'shape (1)',
  ],
  [
    'rmsprop: a cache of words',
    () => rmsprop([1], [1], { cache: loose(['1']) }),
    ArgumentError,
    'a number',
    "'1'",
  ],
  ['adam: a step and a half', () => adam([1], [1], { t: 1.5 }), ArgumentError, 'an integer from 0 on', '1.5'],
  ['constantInit: NaN', () => constantInit(Number.NaN), ArgumentError, 'a finite number', 'NaN'],
  ['truncatedNormal: negative', () => truncatedNormal(-1), ArgumentError, 'a number from 0 on', '-1'],
  ['uniform: the wrong way round', () => uniform(1, 0), ArgumentError, 'low to be at most high, 0', '1'],
  ['uniform: a word', () => uniform(0, loose('1')), ArgumentError, 'high to be a finite number', "'1'"],
  ['orthogonal: no gain', () => orthogonal(0), ArgumentError, 'gain to be a positive number', '0'],
  [
    'orthogonal: itself in place of what it makes',
    () => new FullyConnectedNet({ inputDim: 3, hiddenDims: [], numClasses: 2, init: loose(orthogonal) }),
    ArgumentError,
    'gain to be a positive number',
    'an instance of RandomState',
  ],
  ['sparse: a percentage', () => sparse(50), ArgumentError, 'sparsity to be a number in 0 … 1', '50'],
  ['xavierNormal: a number', () => xavierNormal(loose(2)), ArgumentError, 'to be an object', '2'],
  ['xavierUniform: no gain', () => xavierUniform({ gain: 0 }), ArgumentError, 'a positive number', '0'],
  [
    'heNormal: another mode',
    () => heNormal({ mode: loose('fan_in') }),
    ArgumentError,
    "'fanIn' or 'fanOut'",
    "'fan_in'; did you mean 'fanIn'?",
  ],
  ['heUniform: misspelled', () => heUniform(loose({ gian: 1 })), ArgumentError, 'did you mean gain?', 'gian'],
  [
    'init: a name that is unknown',
    () => new Linear(2, 3, { init: loose('heNormall') }),
    ArgumentError,
    'or an initializer',
    "'heNormall'; did you mean 'heNormal'?",
  ],
  ['init: too few values', () => drawnBy(() => [1, 2]), ShapeError, 'to be 6 numbers for shape (3, 2)', '2'],
  [
    'init: an infinity',
    () => drawnBy(() => [0, 0, Number.POSITIVE_INFINITY, 0, 0, 0]),
    ArgumentError,
    'to be finite numbers',
    'Infinity at index 2',
  ],
  ['init: nothing', () => drawnBy(() => {}), ArgumentError, 'to be an array of numbers', 'undefined'],
  [
    'init: what makes one',
    () => drawnBy(heUniform),
    ArgumentError,
    'to be an array of numbers',
    'heUniform()?',
  ],
];

const schedules: Table = [
  ['constant: a word', () => constant(loose('0.1')), ArgumentError, 'a number from 0 on', "'0.1'"],
  ['step: a fraction', () => step(0.1, 1.5), ArgumentError, 'size to be a positive integer', '1.5'],
  ['step: no gamma', () => step(0.1, 10, 0), ArgumentError, 'gamma to be a positive number', '0'],
  ['multiStep: a number', () => multiStep(0.1, loose(30)), ArgumentError, 'an array of integers', '30'],
  [
    'multiStep: a negative milestone',
    () => multiStep(0.1, [3, -1]),
    ArgumentError,
    'an array of integers from 0 on',
    'element 1 is -1',
  ],
  [
    'inverseTime: negative',
    () => inverseTime(0.1, -1),
    ArgumentError,
    'decay to be a number from 0 on',
    '-1',
  ],
  ['polynomial: no steps', () => polynomial(0.1, 0), ArgumentError, 'total to be a positive integer', '0'],
  ['cosine: upside down', () => cosine(0.1, 9, { min: 1 }), ArgumentError, 'at most the learning rate', '1'],
  [
    'cosineRestarts: a fraction',
    () => cosineRestarts(0.1, 9, 1.5),
    ArgumentError,
    'multiple to be a positive integer',
    '1.5',
  ],
  ['perStep: a number', () => perStep(loose(0.1)), ArgumentError, 'to be a schedule', '0.1'],
  ['warmup: a number', () => warmup(5, loose(0.1)), ArgumentError, 'to be a schedule', '0.1'],
  [
    'warmup: per what nobody knows',
    () =>
      warmup(
        5,
        Object.assign(() => 1, { per: loose('batch') }),
      ),
    ArgumentError,
    'to be a schedule',
    "one with per: 'batch'",
  ],
  [
    'warmup: more than the first rate',
    () => warmup(5, constant(1), { startFactor: 2 }),
    ArgumentError,
    'a number in 0 … 1',
    '2',
  ],
  [
    'Solver: a schedule that gives NaN',
    ({ fullyConnected, X, y }) =>
      new Solver(
        fullyConnected,
        { XTrain: X, yTrain: y },
        {
          schedule: function mine() {
            return Number.NaN;
          },
        },
      ),
    ArgumentError,
    'the schedule mine to give a number from 0 on at epoch 0',
    'NaN',
  ],
  [
    'TwoLayerNet.train: a schedule that gives less than 0',
    ({ twoLayer, X, y }) =>
      twoLayer.train(X, y, { schedule: Object.assign(() => -1, { per: 'step' } as const) }),
    ArgumentError,
    'to give a number from 0 on at step 0',
    '-1',
  ],
];

/** Schedules, the learning-rate finder, initializers, and update rules as functions. */
export const optimizationCalls: readonly Row[] = [
  ...options.flatMap(optionRows),
  ...configs.flatMap(configRows),
  ...[schedules, others].flatMap((table) =>
    table.map(([name, call, error, expected, received]) => ({ name, call, error, expected, received })),
  ),
];
