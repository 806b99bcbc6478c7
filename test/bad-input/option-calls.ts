import { configure } from '../../lib/backend/index.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { balance } from '../../lib/data/class-balance.js';
import { oneHot } from '../../lib/data/one-hot.js';
import { pca } from '../../lib/data/pca/pca.js';
import { Augmentation } from '../../lib/data/pictures/augmentation.js';
import { mixup } from '../../lib/data/pictures/mixup.js';
import { standardize, subtractMean } from '../../lib/data/preparation/standardize.js';
import { loadDigits } from '../../lib/data/sets/digits.js';
import { shuffle } from '../../lib/data/shuffle.js';
import { split } from '../../lib/data/split.js';
import {
  FocalLoss,
  HuberLoss,
  KLDivLoss,
  MSELoss,
  SoftmaxCrossEntropyLoss,
} from '../../lib/models/by-hand/criteria.js';
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  LBFGS,
  Lion,
  NAdam,
  RAdam,
  RMSProp,
  SGD,
} from '../../lib/models/by-hand/optimizers/index.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { NeuralNetwork } from '../../lib/models/neural-network.js';
import { Sequential } from '../../lib/models/sequential.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import { gradCheck } from '../../lib/train/gradient-check.js';
import { evalNumericalGradient, evalNumericalGradientArray } from '../../lib/train/numerical-gradient.js';
import { Solver } from '../../lib/train/solver.js';
import type { OptionKind } from './bad-values.js';
import { type OptionsCall, optionRows } from './option-rows.js';
import type { Row } from './row.js';

const ofEveryModel = { dtype: 'dtype', seed: 'seed', rng: 'randomState' } as const satisfies Record<
  string,
  OptionKind
>;
const ofAdam = {
  lr: 'nonNegative',
  beta1: 'belowOne',
  beta2: 'belowOne',
  epsilon: 'positive',
  weightDecay: 'nonNegative',
} as const;

const calls: readonly OptionsCall[] = [
  {
    name: 'TwoLayerNet',
    call: (options) => new TwoLayerNet(options),
    good: { inputSize: 4, hiddenSize: 5, numClasses: 3 },
    kinds: {
      ...ofEveryModel,
      inputSize: 'positiveInteger',
      hiddenSize: 'positiveInteger',
      numClasses: 'positiveInteger',
      std: 'nonNegative',
      l1: 'nonNegative',
      maxNorm: 'positive',
    },
    required: ['inputSize', 'hiddenSize', 'numClasses'],
    misspelled: ['hidden_size', 'hiddenSize'],
    words: [
      ['loss', 'sotfmax', 'softmax'],
      ['task', 'clasification', 'classification'],
      ['weightLayout', 'inout', 'inOut'],
      ['regMode', 'lossful', 'lossFull'],
    ],
  },
  {
    name: 'FullyConnectedNet',
    call: (options) => new FullyConnectedNet(options),
    good: { inputDim: 4, hiddenDims: [5], numClasses: 3 },
    kinds: {
      ...ofEveryModel,
      inputDim: 'positiveInteger',
      hiddenDims: 'sizes',
      numClasses: 'positiveInteger',
      weightScale: 'nonNegative',
      reg: 'nonNegative',
      l1: 'nonNegative',
      maxNorm: 'positive',
    },
    required: ['inputDim', 'hiddenDims', 'numClasses'],
    misspelled: ['hiddenDim', 'hiddenDims'],
    words: [
      ['activation', 'rleu', 'relu'],
      ['loss', 'hing', 'hinge'],
      ['task', 'mulitlabel', 'multilabel'],
      ['regMode', 'gradeint', 'gradient'],
    ],
  },
  {
    name: 'NeuralNetwork',
    call: (options) => new NeuralNetwork(options),
    good: { inputSize: 4, hiddenSizes: [5], numClasses: 3 },
    kinds: {
      ...ofEveryModel,
      inputSize: 'positiveInteger',
      hiddenSizes: 'sizes',
      numClasses: 'positiveInteger',
    },
    required: ['inputSize', 'hiddenSizes', 'numClasses'],
    misspelled: ['numClases', 'numClasses'],
  },
  {
    name: 'Sequential',
    call: (options) => new Sequential([new Linear(4, 3)], options),
    kinds: {
      ...ofEveryModel,
      inputSize: 'positiveInteger',
      reg: 'nonNegative',
      l1: 'nonNegative',
      maxNorm: 'positive',
    },
    misspelled: ['dtpye', 'dtype'],
    words: [
      ['loss', 'crossentropie', 'crossEntropy'],
      ['regMode', 'los', 'loss'],
    ],
  },
  {
    name: 'SoftmaxCrossEntropyLoss',
    call: (options) => new SoftmaxCrossEntropyLoss(options),
    kinds: { labelSmoothing: 'belowOne' },
    misspelled: ['label_smoothing', 'labelSmoothing'],
    words: [['reduction', 'maen', 'mean']],
  },
  {
    name: 'FocalLoss',
    call: (options) => new FocalLoss(options),
    kinds: { gamma: 'nonNegative' },
    misspelled: ['gama', 'gamma'],
    words: [['reduction', 'summ', 'sum']],
  },
  {
    name: 'HuberLoss',
    call: (options) => new HuberLoss(options),
    kinds: { delta: 'positive' },
    misspelled: ['detla', 'delta'],
    words: [['reduction', 'maen', 'mean']],
  },
  {
    name: 'MSELoss',
    call: (options) => new MSELoss(options),
    kinds: {},
    misspelled: ['conventoin', 'convention'],
    words: [['convention', 'hafl', 'half']],
  },
  {
    name: 'KLDivLoss',
    call: (options) => new KLDivLoss(options),
    kinds: {},
    misspelled: ['reducton', 'reduction'],
    words: [['reduction', 'batchmaen', 'batchmean']],
  },
  {
    name: 'SGD',
    call: (options, { sequential }) => new SGD(sequential, options),
    kinds: { lr: 'nonNegative', momentum: 'belowOne', nesterov: 'boolean', weightDecay: 'nonNegative' },
    misspelled: ['weight_decay', 'weightDecay'],
  },
  {
    name: 'Adam',
    call: (options, { sequential }) => new Adam(sequential, options),
    kinds: { ...ofAdam, amsgrad: 'boolean' },
    misspelled: ['beta_1', 'beta1'],
  },
  {
    name: 'AdamW',
    call: (options, { sequential }) => new AdamW(sequential, options),
    kinds: { ...ofAdam, amsgrad: 'boolean' },
    misspelled: ['epsilom', 'epsilon'],
  },
  {
    name: 'Adamax',
    call: (options, { sequential }) => new Adamax(sequential, options),
    kinds: ofAdam,
    misspelled: ['epsillon', 'epsilon'],
  },
  {
    name: 'NAdam',
    call: (options, { sequential }) => new NAdam(sequential, options),
    kinds: { ...ofAdam, momentumDecay: 'nonNegative' },
    misspelled: ['momentum_decay', 'momentumDecay'],
  },
  {
    name: 'RAdam',
    call: (options, { sequential }) => new RAdam(sequential, options),
    kinds: ofAdam,
    misspelled: ['weight_decay', 'weightDecay'],
  },
  {
    name: 'Lion',
    call: (options, { sequential }) => new Lion(sequential, options),
    kinds: { lr: 'nonNegative', beta1: 'belowOne', beta2: 'belowOne', weightDecay: 'nonNegative' },
    misspelled: ['beta_2', 'beta2'],
  },
  {
    name: 'Adadelta',
    call: (options, { sequential }) => new Adadelta(sequential, options),
    kinds: { lr: 'nonNegative', rho: 'belowOne', epsilon: 'positive', weightDecay: 'nonNegative' },
    misspelled: ['roh', 'rho'],
  },
  {
    name: 'RMSProp',
    call: (options, { sequential }) => new RMSProp(sequential, options),
    kinds: { lr: 'nonNegative', decayRate: 'belowOne', epsilon: 'positive', weightDecay: 'nonNegative' },
    misspelled: ['decay_rate', 'decayRate'],
  },
  {
    name: 'Adagrad',
    call: (options, { sequential }) => new Adagrad(sequential, options),
    kinds: { lr: 'nonNegative', epsilon: 'positive', weightDecay: 'nonNegative' },
    misspelled: ['epsilonn', 'epsilon'],
  },
  {
    name: 'LBFGS',
    call: (options, { sequential }) => new LBFGS(sequential, options),
    kinds: {
      maxIterations: 'positiveInteger',
      maxEvaluations: 'positiveInteger',
      historySize: 'positiveInteger',
      gradientTolerance: 'nonNegative',
      lossTolerance: 'nonNegative',
    },
    misspelled: ['max_iterations', 'maxIterations'],
  },
  {
    name: 'LBFGS.minimize',
    call: (options, { fullyConnected, X, y }) => new LBFGS(fullyConnected).minimize(X, y, options),
    kinds: { reg: 'nonNegative', signal: 'abortSignal', onProgress: 'function' },
    misspelled: ['onprogress', 'onProgress'],
  },
  {
    name: 'TwoLayerNet.train',
    call: (options, { twoLayer, X, y }) => twoLayer.train(X, y, X, y, options),
    kinds: {
      learningRate: 'nonNegative',
      learningRateDecay: 'positive',
      schedule: 'function',
      reg: 'nonNegative',
      numIters: 'positiveInteger',
      batchSize: 'positiveInteger',
      gradientClip: 'clip',
      verbose: 'boolean',
      signal: 'abortSignal',
      onProgress: 'function',
    },
    misspelled: ['learning_rate', 'learningRate'],
  },
  {
    name: 'TwoLayerNet.loss',
    call: (options, { twoLayer, X, y }) => twoLayer.loss(X, y, options),
    kinds: { reg: 'nonNegative' },
    misspelled: ['rg', 'reg'],
  },
  {
    name: 'FullyConnectedNet.loss',
    call: (options, { fullyConnected, X, y }) => fullyConnected.loss(X, y, options),
    kinds: { reg: 'nonNegative' },
    misspelled: ['regg', 'reg'],
  },
  {
    name: 'FullyConnectedNet.accuracy',
    call: (options, { fullyConnected, X, y }) => fullyConnected.accuracy(X, y, options),
    kinds: { batchSize: 'positiveInteger', signal: 'abortSignal' },
    misspelled: ['batch_size', 'batchSize'],
  },
  {
    name: 'FullyConnectedNet.evaluate',
    call: (options, { fullyConnected, X, y }) => fullyConnected.evaluate(X, y, options),
    kinds: { reg: 'nonNegative', batchSize: 'positiveInteger', signal: 'abortSignal' },
    misspelled: ['batchsiz', 'batchSize'],
  },
  {
    name: 'NeuralNetwork.update',
    call: (options, { neural }) => neural.update(options),
    kinds: { learningRate: 'nonNegative', t: 'positiveInteger' },
    misspelled: ['optimiser', 'optimizer'],
    words: [['optimizer', 'addam', 'adam']],
  },
  {
    name: 'NeuralNetwork.update with Adam',
    call: (options, { neural }) => neural.update(options),
    good: { optimizer: 'adam' },
    kinds: { beta1: 'belowOne', beta2: 'belowOne', epsilon: 'positive' },
    misspelled: ['beta_2', 'beta2'],
  },
  {
    name: 'Sequential.backward',
    call: (options, { sequential, y }) => sequential.backward(oneHot(y, 3), options),
    kinds: { inputGradient: 'boolean' },
    misspelled: ['inputGradients', 'inputGradient'],
  },
  {
    name: 'FullyConnectedNet.startTraining',
    call: (options, { fullyConnected }) => fullyConnected.startTraining(options),
    good: { X: [[1, 2, 3, 4]], y: [0], rule: { name: 'sgd' }, batchSize: 1 },
    kinds: { batchSize: 'positiveInteger', reg: 'nonNegative', gradientClip: 'clip' },
    required: ['X', 'y', 'rule', 'batchSize'],
    misspelled: ['batch_size', 'batchSize'],
  },
  {
    name: 'Solver',
    call: (options, { fullyConnected, X, y }) =>
      new Solver(fullyConnected, { XTrain: X, yTrain: y }, options),
    kinds: {
      learningRate: 'nonNegative',
      lrDecay: 'positive',
      schedule: 'function',
      numEpochs: 'positiveInteger',
      batchSize: 'positiveInteger',
      reg: 'nonNegative',
      gradientClip: 'clip',
      printEvery: 'positiveInteger',
      verbose: 'boolean',
      log: 'function',
      seed: 'seed',
      rng: 'randomState',
    },
    misspelled: ['num_epochs', 'numEpochs'],
    words: [
      ['updateRule', 'sgd_momentum', 'sgdMomentum'],
      ['sampling', 'replacment', 'replacement'],
    ],
  },
  {
    name: 'Solver.train',
    call: (options, { fullyConnected, X, y }) =>
      new Solver(fullyConnected, { XTrain: X, yTrain: y }, { verbose: false }).train(options),
    kinds: { signal: 'abortSignal', onProgress: 'function' },
    misspelled: ['onprogres', 'onProgress'],
  },
  {
    name: 'loadDigits',
    call: (options) => loadDigits(options),
    kinds: { seed: 'seed' },
    misspelled: ['splt', 'split'],
    words: [['split', 'writer', 'writers']],
  },
  {
    name: 'gradCheck',
    call: (options, { twoLayer, X, y }) => gradCheck(twoLayer, X, y, options),
    kinds: { reg: 'nonNegative', h: 'positive', samples: 'positiveInteger', tolerance: 'positive' },
    misspelled: ['sample', 'samples'],
  },
  {
    name: 'evalNumericalGradient',
    call: (options) => evalNumericalGradient((x) => x.get(0), [1], options),
    kinds: { h: 'positive' },
    misspelled: ['H', 'h'],
  },
  {
    name: 'evalNumericalGradientArray',
    call: (options) => evalNumericalGradientArray((x) => x, [1], [1], options),
    kinds: { h: 'positive' },
    misspelled: ['H', 'h'],
  },
  {
    name: 'subtractMean',
    call: (options, { X }) => subtractMean({ XTrain: X }, options),
    kinds: { dtype: 'dtype' },
    misspelled: ['dtipe', 'dtype'],
  },
  {
    name: 'standardize',
    call: (options, { X }) => standardize({ XTrain: X }, options),
    kinds: { dtype: 'dtype' },
    misspelled: ['dtipe', 'dtype'],
  },
  {
    name: 'split',
    call: (options, { X, y }) => split(X, y, { train: 4 }, options),
    kinds: { rng: 'randomState', stratify: 'boolean' },
    misspelled: ['rgn', 'rng'],
  },
  {
    name: 'RandomState.choice',
    call: (options) => new RandomState(0).choice(5, 2, options),
    kinds: { replace: 'boolean' },
    misspelled: ['replaced', 'replace'],
  },
  {
    name: 'shuffle',
    call: (options, { X, y }) => shuffle(X, y, options),
    kinds: { seed: 'seed', rng: 'randomState' },
    misspelled: ['sede', 'seed'],
  },
  {
    name: 'balance',
    call: (options, { X, y }) => balance(X, y, options),
    good: { method: 'oversample' },
    kinds: { seed: 'seed', rng: 'randomState' },
    required: ['method'],
    misspelled: ['methode', 'method'],
    words: [['method', 'undersampel', 'undersample']],
  },
  {
    name: 'mixup',
    call: (options, { X, y }) => mixup(X, y, 3, options),
    kinds: { alpha: 'positive', seed: 'seed', rng: 'randomState' },
    misspelled: ['alhpa', 'alpha'],
  },
  {
    name: 'pca',
    call: (options, { X }) => pca(X, options),
    kinds: { whiten: 'boolean', dtype: 'dtype', signal: 'abortSignal' },
    misspelled: ['whitten', 'whiten'],
  },
  {
    name: 'Augmentation',
    call: (options) => new Augmentation(options),
    good: { height: 2, width: 2 },
    kinds: {
      height: 'positiveInteger',
      width: 'positiveInteger',
      channels: 'positiveInteger',
      subpixel: 'boolean',
    },
    required: ['height', 'width'],
    misspelled: ['rotation', 'rotate'],
  },
  {
    name: 'Augmentation: threads',
    call: (options) => new Augmentation({ height: 2, width: 2 }, options),
    kinds: { seed: 'seed', rng: 'randomState' },
    misspelled: ['worker', 'workers'],
  },
  {
    name: 'Augmentation.apply',
    call: (options, { X }) => new Augmentation({ height: 2, width: 2 }).apply(X, options),
    kinds: { signal: 'abortSignal' },
    misspelled: ['signl', 'signal'],
  },
  {
    name: 'oneHot',
    call: (options, { y }) => oneHot(y, 3, options),
    kinds: {},
    misspelled: ['dtypee', 'dtype'],
    words: [['dtype', 'flaot32', 'float32']],
  },
  {
    name: 'configure',
    call: (options) => configure(options),
    kinds: {},
    misspelled: ['thread', 'threads'],
    words: [
      ['backend', 'nativ', 'native'],
      ['isa', 'axv2', 'avx2'],
    ],
  },
];

export const optionCalls: readonly Row[] = calls.flatMap(optionRows);
