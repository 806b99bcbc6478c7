import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configure } from '../../lib/backend/index.js';
import {
  ArgumentError,
  BackendError,
  FormatError,
  LabelError,
  ShapeError,
  StateError,
} from '../../lib/core/errors.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { Tensor, tensor, zeros } from '../../lib/core/tensors/tensor.js';
import { oneHot } from '../../lib/data/one-hot.js';
import { standardize, subtractMean } from '../../lib/data/preparation/standardize.js';
import { loadCifar10 } from '../../lib/data/sets/cifar10.js';
import { loadCifar100 } from '../../lib/data/sets/cifar100.js';
import { loadMnist } from '../../lib/data/sets/mnist.js';
import { split } from '../../lib/data/split.js';
import { loadIdx } from '../../lib/io/arrays/idx.js';
import { loadMat } from '../../lib/io/arrays/mat.js';
import { loadNpy, saveNpy, serializeNpy } from '../../lib/io/arrays/npy.js';
import { loadNpz, saveNpz } from '../../lib/io/arrays/npz.js';
import {
  loadSafetensors,
  parseSafetensors,
  saveSafetensors,
  serializeSafetensors,
} from '../../lib/io/arrays/safetensors.js';
import { loadPickle } from '../../lib/io/pickle/pickle.js';
import {
  eluForward,
  geluBackward,
  geluForward,
  leakyReluForward,
  reluBackward,
  reluForward,
  siluForward,
  tanhBackward,
} from '../../lib/models/by-hand/activations.js';
import { clipGradNorm, clipGradValue } from '../../lib/models/by-hand/clipping.js';
import { convBackward, convForward } from '../../lib/models/by-hand/convolution.js';
import { CrossEntropyLoss } from '../../lib/models/by-hand/criteria.js';
import {
  affineBackward,
  affineForward,
  affineReluBackward,
  affineReluForward,
  softmaxLoss,
} from '../../lib/models/by-hand/functional.js';
import { Adam, LBFGS, SGD } from '../../lib/models/by-hand/optimizers/index.js';
import { maxPoolBackward, maxPoolForward } from '../../lib/models/by-hand/pooling.js';
import { loadModel } from '../../lib/models/files/load-model.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { NeuralNetwork } from '../../lib/models/neural-network.js';
import { Sequential } from '../../lib/models/sequential.js';
import { TwoLayerNet } from '../../lib/models/two-layer-net.js';
import { ELU } from '../../lib/nn/layers/activations/elu.js';
import { GELU } from '../../lib/nn/layers/activations/gelu.js';
import { LeakyReLU } from '../../lib/nn/layers/activations/leaky-relu.js';
import { Maxout } from '../../lib/nn/layers/activations/maxout.js';
import { PReLU } from '../../lib/nn/layers/activations/prelu.js';
import { ReLU } from '../../lib/nn/layers/activations/relu.js';
import { Linear } from '../../lib/nn/layers/linear.js';
import { constant, exponential } from '../../lib/optim/schedules/decay.js';
import { gradCheck } from '../../lib/train/gradient-check.js';
import { historyToCsv } from '../../lib/train/history.js';
import { accuracy, confusionMatrix } from '../../lib/train/metrics.js';
import {
  evalNumericalGradient,
  evalNumericalGradientArray,
  relError,
} from '../../lib/train/numerical-gradient.js';
import { Solver } from '../../lib/train/solver.js';
import { loose, type Row } from './row.js';

type Table = readonly (readonly [
  name: string,
  call: Row['call'],
  error: Row['error'],
  expected: Row['expected'],
  received: Row['received'],
])[];

const X3 = () => new Tensor(new Float64Array(12), [3, 4]);

const tensors: Table = [
  ['Tensor: no typed array', () => new Tensor(loose([1, 2])), ArgumentError, 'Float32Array', '[1, 2]'],
  [
    'Tensor: Uint16Array',
    () => new Tensor(loose(new Uint16Array(2))),
    ArgumentError,
    'Float32Array',
    'Uint16Array(2)',
  ],
  [
    'Tensor: too few elements',
    () => new Tensor(new Float32Array(5), [2, 3]),
    ShapeError,
    'to have 6 elements',
    '5',
  ],
  [
    'Tensor: negative size',
    () => new Tensor(new Float32Array(4), [-2, -2]),
    ShapeError,
    'integers from 0 on',
    '(-2, -2)',
  ],
  [
    'Tensor: fractional size',
    () => new Tensor(new Float32Array(4), [2.5]),
    ShapeError,
    'integers from 0 on',
    '(2.5)',
  ],
  [
    'Tensor: shape is a word',
    () => new Tensor(new Float32Array(4), loose('4')),
    ArgumentError,
    'an array of numbers',
    "'4'",
  ],
  [
    'Tensor: strides reach out',
    () => new Tensor(new Float32Array(4), [2, 2], [3, 1], 0),
    ShapeError,
    'to lie inside data',
    'from 0 to 4',
  ],
  [
    'Tensor: fractional stride',
    () => new Tensor(new Float32Array(4), [2], [0.5], 0),
    ShapeError,
    'all integers',
    '(0.5)',
  ],
  ['Tensor.get: too few indices', () => X3().get(1), ArgumentError, 'expected 2 indices', '1'],
  ['Tensor.get: out of range', () => X3().get(3, 0), ArgumentError, 'an integer in 0 … 2', '3'],
  ['Tensor.get: fractional', () => X3().get(0.5, 0), ArgumentError, 'an integer in 0 … 2', '0.5'],
  ['Tensor.get: negative', () => X3().get(0, -1), ArgumentError, 'an integer in 0 … 3', '-1'],
  ['Tensor.set: a word', ({ X }) => X.set(0, 0, loose('1')), ArgumentError, 'a number', "'1'"],
  [
    'Tensor.set: 256 in uint8',
    () => zeros([1], { dtype: 'uint8' }).set(0, 256),
    ArgumentError,
    '0 … 255',
    '256',
  ],
  [
    'Tensor.set: a parameter, out of range',
    ({ twoLayer }) => twoLayer.params.W1!.set(4, 0, 1),
    ArgumentError,
    '0 … 3',
    '4',
  ],
  ['Tensor.reshape: another count', () => X3().reshape(5, 2), ShapeError, '12 elements', '(5, 2)'],
  [
    'Tensor.reshape: -1 that does not divide',
    () => X3().reshape(-1, 5),
    ShapeError,
    '12 elements',
    '(-1, 5)',
  ],
  ['Tensor.slice: fractional', () => X3().slice(0.5), ArgumentError, 'an integer', '0.5'],
  ['Tensor.slice: no axes', () => tensor([1], []).slice(0), ShapeError, 'at least one axis', 'shape ()'],
  ['tensor: ragged', () => tensor([[1, 2], [3]]), ShapeError, '2', '1'],
  ['tensor: a word inside', () => tensor(loose([[1], ['a']])), ArgumentError, 'a number', "'a'"],
  ['tensor: a hole', () => tensor(loose([1, undefined])), ArgumentError, 'a number', 'undefined'],
  ['tensor: undefined', () => tensor(loose(undefined)), ArgumentError, 'to be a tensor', 'undefined'],
  ['tensor: another shape', () => tensor([1, 2, 3], [2, 2]), ShapeError, 'to have 4 elements', '3'],
  [
    'tensor: fraction as int32',
    () => tensor([1.5], [1], { dtype: 'int32' }),
    ArgumentError,
    'integer',
    '1.5',
  ],
  ['tensor: 300 as uint8', () => tensor([300], [1], { dtype: 'uint8' }), ArgumentError, '0 … 255', '300'],
  [
    'tensor: unknown dtype',
    () => tensor([1], [1], { dtype: loose('float16') }),
    ArgumentError,
    'float32',
    "'float16'",
  ],
  [
    'zeros: unknown dtype',
    () => zeros([1], { dtype: loose('double') }),
    ArgumentError,
    'float64',
    "'double'",
  ],
  ['zeros: negative', () => zeros([-1]), ShapeError, 'integers from 0 on', '(-1)'],
];

const randomNumbers: Table = [
  ['RandomState: a negative seed', () => new RandomState(-1), ArgumentError, '0 … 4294967295', '-1'],
  ['RandomState: a fraction', () => new RandomState(0.5), ArgumentError, '0 … 4294967295', '0.5'],
  ['RandomState: a word', () => new RandomState(loose('7')), ArgumentError, '0 … 4294967295', "'7'"],
  [
    'RandomState.randn: a negative size',
    () => new RandomState(0).randn(2, -1),
    ShapeError,
    'integers from 0 on',
    '(2, -1)',
  ],
  [
    'RandomState.rand: a fraction',
    () => new RandomState(0).rand(1.5),
    ShapeError,
    'integers from 0 on',
    '(1.5)',
  ],
  [
    'RandomState.normal: negative scale',
    () => new RandomState(0).normal(0, -1),
    ArgumentError,
    'a number from 0 on',
    '-1',
  ],
  [
    'RandomState.normal: NaN loc',
    () => new RandomState(0).normal(Number.NaN, 1),
    ArgumentError,
    'a finite number',
    'NaN',
  ],
  [
    'RandomState.uniform: infinite',
    () => new RandomState(0).uniform(0, Number.POSITIVE_INFINITY),
    ArgumentError,
    'a finite number',
    'Infinity',
  ],
  ['RandomState.randint: zero', () => new RandomState(0).randint(0), ArgumentError, 'an integer in 1', '0'],
  [
    'RandomState.randint: negative size',
    () => new RandomState(0).randint(3, -2),
    ArgumentError,
    'an integer in 0',
    '-2',
  ],
  [
    'RandomState.choice: more than there are',
    () => new RandomState(0).choice(3, 4, { replace: false }),
    ArgumentError,
    'an integer in 0 … 3',
    '4',
  ],
  [
    'RandomState.permutation: fraction',
    () => new RandomState(0).permutation(2.5),
    ArgumentError,
    'an integer in 0',
    '2.5',
  ],
  [
    'RandomState.shuffle: a word',
    () => new RandomState(0).shuffle(loose('abc')),
    ArgumentError,
    'an array or a typed array',
    "'abc'",
  ],
  [
    'RandomState.setState: null',
    ({ twoLayer }) => twoLayer.rng.setState(loose(null)),
    ArgumentError,
    'MT19937',
    'null',
  ],
  [
    'RandomState.setState: short key',
    ({ twoLayer }) => twoLayer.rng.setState(['MT19937', new Uint32Array(3), 0, 0, 0]),
    ArgumentError,
    '624 words',
    "'MT19937'",
  ],
];

const models: Table = [
  [
    'TwoLayerNet: seed and rng',
    () => new TwoLayerNet({ inputSize: 1, hiddenSize: 1, numClasses: 2, seed: 1, rng: new RandomState(1) }),
    ArgumentError,
    'seed or rng',
    'both',
  ],
  [
    'Sequential: no array',
    () => new Sequential(loose(new ReLU())),
    ArgumentError,
    'to be an array',
    'an instance of ReLU',
  ],
  ['Sequential: no layers', () => new Sequential([]), ArgumentError, 'expected', /inputSize|none/],
  [
    'Sequential: what is no layer',
    () => new Sequential([new Linear(2, 3), loose('ReLU')]),
    ArgumentError,
    'layer 1 to be a layer',
    "'ReLU'",
  ],
  [
    'Sequential: a class instead of a layer',
    () => new Sequential([loose(ReLU)]),
    ArgumentError,
    'layer 0 to be a layer',
    'the function ReLU',
  ],
  [
    'Sequential: layers that do not fit',
    () => new Sequential([new Linear(2, 3), new Linear(4, 1)]),
    ShapeError,
    '4',
    '3',
  ],
  [
    'Sequential: no size anywhere',
    () => new Sequential([new ReLU()]),
    ArgumentError,
    'expected the option inputSize',
    'no layer says',
  ],
  ['Linear: zero inputs', () => new Linear(0, 3), ArgumentError, 'inputSize to be a positive integer', '0'],
  [
    'Linear: fractional outputs',
    () => new Linear(3, 1.5),
    ArgumentError,
    'outputSize to be a positive integer',
    '1.5',
  ],
  [
    'Linear: unknown initializer',
    () => new Linear(3, 2, { init: loose('hee') }),
    ArgumentError,
    "'he'",
    "'hee'",
  ],
  [
    'Linear: misspelled option',
    () => new Linear(3, 2, loose({ inti: 'he' })),
    ArgumentError,
    'did you mean init?',
    'unknown option inti',
  ],
  [
    'LeakyReLU: a slope that is no number',
    () => new LeakyReLU(Number.NaN),
    ArgumentError,
    'negativeSlope to be a finite number',
    'NaN',
  ],
  ['ELU: a negative alpha', () => new ELU(-1), ArgumentError, 'alpha to be a number from 0 on', '-1'],
  [
    'GELU: an unknown approximation',
    () => new GELU({ approximate: loose('tahn') }),
    ArgumentError,
    "did you mean 'tanh'?",
    "'tahn'",
  ],
  [
    'PReLU: no slopes',
    () => new PReLU({ numParameters: 0 }),
    ArgumentError,
    'numParameters to be a positive integer',
    '0',
  ],
  [
    'PReLU: misspelled option',
    () => new PReLU(loose({ num_parameters: 3 })),
    ArgumentError,
    'did you mean numParameters?',
    'unknown option num_parameters',
  ],
  [
    'PReLU: other features than slopes',
    () => new Sequential([new Linear(2, 3), new PReLU({ numParameters: 2 })]),
    ShapeError,
    '3 features',
    '2',
  ],
  ['Maxout: no pieces', () => new Maxout(0), ArgumentError, 'pieces to be a positive integer', '0'],
  [
    'Maxout: features that its pieces do not divide',
    () => new Sequential([new Linear(2, 3), new Maxout(2)]),
    ShapeError,
    '3 features',
    'a multiple of 2',
  ],
  [
    'leakyReluForward: a slope that is no number',
    () => leakyReluForward([1], { negativeSlope: loose('0.1') }),
    ArgumentError,
    'negativeSlope to be a finite number',
    "'0.1'",
  ],
  [
    'eluForward: a negative alpha',
    () => eluForward([1], { alpha: -1 }),
    ArgumentError,
    'alpha to be a number from 0 on',
    '-1',
  ],
  [
    'geluForward: misspelled option',
    () => geluForward([1], loose({ aproximate: 'tanh' })),
    ArgumentError,
    'did you mean approximate?',
    'unknown option aproximate',
  ],
  [
    'geluForward: out that is no tensor',
    () => geluForward([1], { out: loose(3) }),
    ArgumentError,
    'to hold tensors for out',
    '3',
  ],
  [
    'geluBackward: the cache of siluForward',
    () => geluBackward([1], siluForward([1]).cache),
    ArgumentError,
    'the cache that geluForward returned',
    'an instance of LayerCache',
  ],
  [
    'NeuralNetwork.backward before forward',
    () => new NeuralNetwork({ inputSize: 2, hiddenSizes: [], numClasses: 2, seed: 0 }).backward([0]),
    StateError,
    'a forward pass before it',
    'there was none',
  ],
  [
    'NeuralNetwork.backward: negative reg',
    ({ neural, y }) => neural.backward(y, -1),
    ArgumentError,
    'a number from 0 on',
    '-1',
  ],
  [
    'Sequential.backward before forward',
    () => new Sequential([new Linear(2, 2)], { seed: 0 }).backward([[1, 2]]),
    StateError,
    'a forward pass before it',
    'there was none',
  ],
  [
    'Sequential.backward: wrong shape',
    ({ sequential }) => sequential.backward(new Float64Array(18)),
    ShapeError,
    '(6, 3)',
    '(18)',
  ],
  [
    'CrossEntropyLoss.backward before forward',
    () => new CrossEntropyLoss().backward(),
    StateError,
    'a forward before it',
    'there was none',
  ],
  [
    'CrossEntropyLoss.forward: rank 1',
    () => new CrossEntropyLoss().forward([1, 2], [0]),
    ShapeError,
    '(N, M)',
    '(2)',
  ],
  ['SGD: no net', () => new SGD(loose({}), { lr: 1 }), ArgumentError, 'to be a model', 'an empty object'],
  [
    'clipGradNorm: no net',
    () => clipGradNorm(loose({}), 1),
    ArgumentError,
    'to be a model',
    'an empty object',
  ],
  [
    'clipGradNorm: a NaN',
    ({ sequential }) => clipGradNorm(sequential, Number.NaN),
    ArgumentError,
    'a positive',
    'NaN',
  ],
  ['LBFGS: no net', () => new LBFGS(loose({})), ArgumentError, 'to be a model', 'an empty object'],
  [
    'LBFGS.minimize: too few labels',
    ({ fullyConnected, X }) => new LBFGS(fullyConnected).minimize(X, [0]),
    ShapeError,
    '6',
    '1',
  ],
  [
    'LBFGS.minimize: a net with l1',
    ({ X, y }) =>
      new LBFGS(new FullyConnectedNet({ inputDim: 4, hiddenDims: [], numClasses: 3, l1: 0.1 })).minimize(
        X,
        y,
      ),
    ArgumentError,
    'a smooth loss',
    'the option l1',
  ],
  [
    'LBFGS.step: a closure of no number',
    ({ sequential }) => new LBFGS(sequential).step(loose(() => undefined)),
    ArgumentError,
    'the loss, a number',
    'undefined',
  ],
  ['clipGradValue: no net', () => clipGradValue(loose(7), 1), ArgumentError, 'to be a model', '7'],
  [
    'clipGradValue: 0',
    ({ sequential }) => clipGradValue(sequential, 0),
    ArgumentError,
    'a positive number',
    '0',
  ],
  [
    'SGD: nesterov without momentum',
    ({ sequential }) => new SGD(sequential, { nesterov: true }),
    ArgumentError,
    'momentum to be above 0',
    '0',
  ],
  [
    'Adam.step with a NaN learning rate',
    ({ sequential }) => {
      const adam = new Adam(sequential);
      adam.lr = Number.NaN;
      adam.step();
    },
    ArgumentError,
    'a number from 0 on',
    'NaN',
  ],
  [
    'accuracy: rows out of range',
    ({ twoLayer, X, y }) => twoLayer.accuracy(X, y, { rows: Int32Array.of(6) }),
    ArgumentError,
    '0 … 5',
    '6',
  ],
  [
    'accuracy: no rows picked',
    ({ twoLayer, X, y }) => twoLayer.accuracy(X, y, { rows: new Int32Array(0) }),
    ArgumentError,
    '0 … 5',
    'none',
  ],
  [
    'restoreParams: null',
    ({ twoLayer }) => twoLayer.restoreParams(loose(null)),
    ArgumentError,
    'an object',
    'null',
  ],
  [
    'restoreParams: one missing',
    ({ twoLayer }) => {
      const { W1, b1, W2 } = twoLayer.snapshotParams();
      twoLayer.restoreParams({ W1: W1!, b1: b1!, W2: W2! });
    },
    ArgumentError,
    'b2',
    /missing|undefined/,
  ],
  [
    'restoreParams: wrong shape',
    ({ twoLayer }) => twoLayer.restoreParams({ ...twoLayer.snapshotParams(), b2: [1, 2] }),
    ShapeError,
    '(3)',
    '(2)',
  ],
  [
    'restoreParams: unknown name',
    ({ twoLayer }) => twoLayer.restoreParams({ ...twoLayer.snapshotParams(), W3: [1] }),
    ArgumentError,
    'W1',
    'W3',
  ],
  [
    'restoreParams: NaN is allowed but a word is not',
    ({ twoLayer }) => twoLayer.restoreParams({ ...twoLayer.snapshotParams(), b2: loose(['a', 1, 2]) }),
    ArgumentError,
    'a number',
    "'a'",
  ],
  [
    'params: assigning a wrong shape',
    ({ twoLayer }) => {
      (twoLayer.params as Record<string, unknown>).b1 = [1];
    },
    ShapeError,
    '(5)',
    '(1)',
  ],
  [
    'startTraining: unknown rule',
    ({ twoLayer, X, y }) => twoLayer.startTraining({ X, y, rule: { name: loose('adma') }, batchSize: 1 }),
    ArgumentError,
    "'adam'",
    "'adma'",
  ],
  [
    'startTraining: rule is a word',
    ({ twoLayer, X, y }) => twoLayer.startTraining({ X, y, rule: loose('sgd'), batchSize: 1 }),
    ArgumentError,
    'an object',
    "'sgd'",
  ],
  [
    'startTraining: hyper-parameter out of range',
    ({ twoLayer, X, y }) =>
      twoLayer.startTraining({ X, y, rule: { name: 'adam', config: { beta1: 1 } }, batchSize: 1 }),
    ArgumentError,
    'below 1',
    '1',
  ],
  [
    'startTraining: hyper-parameter of another rule',
    ({ twoLayer, X, y }) =>
      twoLayer.startTraining({ X, y, rule: { name: 'sgd', config: loose({ beta1: 0.5 }) }, batchSize: 1 }),
    ArgumentError,
    'known are',
    'unknown',
  ],
  [
    'steps: no Int32Array',
    ({ twoLayer, X, y }) => withRun(twoLayer, X, y, (run) => run.steps(loose([0, 1]), 0.1)),
    ArgumentError,
    'an Int32Array',
    '[0, 1]',
  ],
  [
    'steps: half a batch',
    ({ twoLayer, X, y }) => withRun(twoLayer, X, y, (run) => run.steps(Int32Array.of(0, 1, 2), 0.1)),
    ShapeError,
    'whole batches of 2',
    '3',
  ],
  [
    'steps: a row out of range',
    ({ twoLayer, X, y }) => withRun(twoLayer, X, y, (run) => run.steps(Int32Array.of(0, 6), 0.1)),
    ArgumentError,
    '0 … 5',
    '6',
  ],
  [
    'steps: a negative row',
    ({ twoLayer, X, y }) => withRun(twoLayer, X, y, (run) => run.steps(Int32Array.of(0, -1), 0.1)),
    ArgumentError,
    '0 … 5',
    '-1',
  ],
  [
    'steps: negative learning rate',
    ({ twoLayer, X, y }) => withRun(twoLayer, X, y, (run) => run.steps(Int32Array.of(0, 1), -0.1)),
    ArgumentError,
    'a number from 0 on',
    '-0.1',
  ],
  [
    'steps: a NaN among the learning rates',
    ({ twoLayer, X, y }) =>
      withRun(twoLayer, X, y, (run) => run.steps(Int32Array.of(0, 1), Float64Array.of(Number.NaN))),
    ArgumentError,
    'a number from 0 on',
    'NaN',
  ],
  [
    'steps: too many learning rates',
    ({ twoLayer, X, y }) =>
      withRun(twoLayer, X, y, (run) => run.steps(Int32Array.of(0, 1), Float64Array.of(1, 1))),
    ShapeError,
    '1 learning rates',
    '2',
  ],
  [
    'a second training meanwhile',
    ({ twoLayer, X, y }) =>
      withRun(twoLayer, X, y, () => {
        twoLayer.startTraining({ X, y, rule: { name: 'sgd' }, batchSize: 1 });
      }),
    StateError,
    'the model',
    'is being trained',
  ],
  [
    'a gradient meanwhile',
    ({ twoLayer, X, y }) =>
      withRun(twoLayer, X, y, () => {
        twoLayer.loss(X, y);
      }),
    StateError,
    'the model',
    'is being trained',
  ],
  [
    'a disposed model',
    ({ X }) => {
      const net = new NeuralNetwork({ inputSize: 4, hiddenSizes: [2], numClasses: 3, seed: 0 });
      net.dispose();
      net.predict(X);
    },
    StateError,
    'NeuralNetwork',
    'was disposed of',
  ],
];

async function withRun(
  net: TwoLayerNet,
  X: Tensor,
  y: Int32Array,
  use: (run: ReturnType<TwoLayerNet['startTraining']>) => unknown,
): Promise<void> {
  const run = net.startTraining({ X, y, rule: { name: 'sgd' }, batchSize: 2 });
  try {
    await use(run);
  } finally {
    run.end();
  }
}

const solvers: Table = [
  [
    'Solver: no model',
    ({ X, y }) => new Solver(loose({}), { XTrain: X, yTrain: y }),
    ArgumentError,
    'an instance of Model',
    'an empty object',
  ],
  [
    'Solver: no data',
    ({ twoLayer }) => new Solver(twoLayer, loose(undefined)),
    ArgumentError,
    'XTrain',
    'it is missing',
  ],
  [
    'Solver: data are an array',
    ({ twoLayer, X, y }) => new Solver(twoLayer, loose([X, y])),
    ArgumentError,
    'data to be an object',
    /\[/,
  ],
  [
    'Solver: X_train',
    ({ twoLayer, X, y }) => new Solver(twoLayer, loose({ X_train: X, yTrain: y })),
    ArgumentError,
    'did you mean XTrain?',
    'unknown data.X_train',
  ],
  [
    'Solver: yTrain missing',
    ({ twoLayer, X }) => new Solver(twoLayer, loose({ XTrain: X })),
    ArgumentError,
    'yTrain',
    'it is missing',
  ],
  [
    'Solver: XVal without yVal',
    ({ twoLayer, X, y }) => new Solver(twoLayer, { XTrain: X, yTrain: y, XVal: X }),
    ArgumentError,
    'both XVal and yVal',
    'only XVal',
  ],
  [
    'Solver: yVal without XVal',
    ({ twoLayer, X, y }) => new Solver(twoLayer, { XTrain: X, yTrain: y, yVal: y }),
    ArgumentError,
    'both XVal and yVal',
    'only yVal',
  ],
  [
    'Solver: seed and rng',
    ({ twoLayer, X, y }) =>
      new Solver(twoLayer, { XTrain: X, yTrain: y }, { seed: 1, rng: new RandomState(1) }),
    ArgumentError,
    'seed or rng',
    'both',
  ],
  [
    'Solver: numTrainSamples 0',
    ({ twoLayer, X, y }) => new Solver(twoLayer, { XTrain: X, yTrain: y }, { numTrainSamples: 0 }),
    ArgumentError,
    'a positive integer or null',
    '0',
  ],
  [
    'Solver: numValSamples fractional',
    ({ twoLayer, X, y }) => new Solver(twoLayer, { XTrain: X, yTrain: y }, { numValSamples: 1.5 }),
    ArgumentError,
    'a positive integer or null',
    '1.5',
  ],
  [
    'Solver: optimConfig is a number',
    ({ twoLayer, X, y }) => new Solver(twoLayer, { XTrain: X, yTrain: y }, { optimConfig: loose(0.1) }),
    ArgumentError,
    'an object',
    '0.1',
  ],
  [
    'Solver: optimConfig.learning_rate',
    ({ twoLayer, X, y }) =>
      new Solver(twoLayer, { XTrain: X, yTrain: y }, { optimConfig: loose({ learning_rate: 0.1 }) }),
    ArgumentError,
    'did you mean learningRate?',
    'unknown optimConfig.learning_rate',
  ],
  [
    'Solver: optimConfig.learningRate NaN',
    ({ twoLayer, X, y }) =>
      new Solver(twoLayer, { XTrain: X, yTrain: y }, { optimConfig: { learningRate: Number.NaN } }),
    ArgumentError,
    'optimConfig.learningRate to be a number from 0 on',
    'NaN',
  ],
  [
    'Solver: optimConfig.beta2 of 1',
    ({ twoLayer, X, y }) =>
      new Solver(twoLayer, { XTrain: X, yTrain: y }, { updateRule: 'adam', optimConfig: { beta2: 1 } }),
    ArgumentError,
    'optimConfig.beta2 to be a number from 0 to below 1',
    '1',
  ],
];

const functions: Table = [
  [
    'affineForward: w that does not fit',
    () => affineForward([[1, 2, 3]], [[1], [2]], [0]),
    ShapeError,
    '(3, M)',
    '(2, 1)',
  ],
  [
    'affineForward: b that does not fit',
    () => affineForward([[1, 2]], [[1], [2]], [0, 0]),
    ShapeError,
    '(1)',
    '(2)',
  ],
  ['affineForward: w of rank 1', () => affineForward([[1, 2]], [1, 2], [0]), ShapeError, '(2, M)', '(2)'],
  ['affineForward: empty x', () => affineForward([], [[1]], [0]), ShapeError, 'at least one element', '(0)'],
  [
    'affineBackward: dout that does not fit',
    () => affineBackward([[1, 2]], affineForward([[1, 2]], [[1], [2]], [0]).cache),
    ShapeError,
    '(1, 1)',
    '(1, 2)',
  ],
  [
    'affineBackward: no cache',
    () => affineBackward([[1]], loose(undefined)),
    ArgumentError,
    'the cache that affineForward returned',
    'undefined',
  ],
  [
    'affineBackward: the cache of reluForward',
    () => affineBackward([[1]], reluForward([[1]]).cache),
    ArgumentError,
    'the cache that affineForward returned',
    'LayerCache',
  ],
  ['convForward: x of rank 2', () => convForward([[1]], [[[[1]]]], [0]), ShapeError, 'x', '(1, 1)'],
  [
    'convForward: empty x',
    () => convForward([[[[]]]], [[[[1]]]], [0]),
    ShapeError,
    'at least one element',
    '0)',
  ],
  [
    'convForward: w of other channels',
    () => convForward([[[[1]]]], [[[[1]], [[1]]]], [0]),
    ShapeError,
    '(F, 1, HH, WW)',
    '(1, 2, 1, 1)',
  ],
  [
    'convForward: w larger than the pictures',
    () => convForward([[[[1]]]], [[[[1, 2]]]], [0]),
    ShapeError,
    'at most as high and wide as the pictures with their zeros (1, 1)',
    '(1, 1, 1, 2)',
  ],
  [
    'convForward: b that does not fit',
    () => convForward([[[[1]]]], [[[[1]]]], [0, 0]),
    ShapeError,
    '(1)',
    '(2)',
  ],
  [
    'convForward: stride 0',
    () => convForward([[[[1]]]], [[[[1]]]], [0], { stride: 0 }),
    ArgumentError,
    'option stride',
    '0',
  ],
  [
    'convForward: pad −1',
    () => convForward([[[[1]]]], [[[[1]]]], [0], { pad: -1 }),
    ArgumentError,
    'option pad',
    '-1',
  ],
  [
    'convBackward: dout that does not fit',
    () => convBackward([[[[1, 2]]]], convForward([[[[1]]]], [[[[1]]]], [0]).cache),
    ShapeError,
    '(1, 1, 1, 1)',
    '(1, 1, 1, 2)',
  ],
  [
    'convBackward: no cache',
    () => convBackward([[[[1]]]], loose(undefined)),
    ArgumentError,
    'the cache that convForward returned',
    'undefined',
  ],
  [
    'maxPoolForward: windows larger than the pictures',
    () => maxPoolForward([[[[1]]]], { poolHeight: 1, poolWidth: 2, stride: 1 }),
    ShapeError,
    'at most as large as the pictures (1, 1)',
    '(1, 2)',
  ],
  [
    'maxPoolForward: no stride',
    () => maxPoolForward([[[[1]]]], loose({ poolHeight: 1, poolWidth: 1 })),
    ArgumentError,
    'option stride',
    'missing',
  ],
  [
    'maxPoolBackward: the cache of convForward',
    () => maxPoolBackward([[[[1]]]], loose(convForward([[[[1]]]], [[[[1]]]], [0]).cache)),
    ArgumentError,
    'the cache that maxPoolForward returned',
    'ConvCache',
  ],
  [
    'reluBackward: dout of another shape',
    () => reluBackward([1, 2], reluForward([1]).cache),
    ShapeError,
    '(1)',
    '(2)',
  ],
  [
    'reluBackward: the cache of affineForward',
    () => reluBackward([[1]], affineForward([[1]], [[1]], [1]).cache),
    ArgumentError,
    'the cache that reluForward returned',
    'LayerCache',
  ],
  [
    'tanhBackward: an object',
    () => tanhBackward([1], loose({ x: 1 })),
    ArgumentError,
    'the cache that tanhForward returned',
    "'x'",
  ],
  [
    'affineReluBackward: one cache',
    () => affineReluBackward([[1]], loose(affineReluForward([[1]], [[1]], [1]).cache[0])),
    ArgumentError,
    'the cache that affineReluForward returned',
    'LayerCache',
  ],
  ['softmaxLoss: rank 1', () => softmaxLoss([1, 2], [0]), ShapeError, '(N, M)', '(2)'],
  [
    'softmaxLoss: empty',
    () => softmaxLoss(new Tensor(new Float64Array(0), [0, 3]), []),
    ShapeError,
    'at least one row',
    '(0, 3)',
  ],
  [
    'evalNumericalGradient: x is null',
    () => evalNumericalGradient(() => 0, loose(null)),
    ArgumentError,
    'x to be a tensor',
    'null',
  ],
  [
    'evalNumericalGradient: integers',
    () => evalNumericalGradient(() => 0, Int32Array.of(1)),
    ArgumentError,
    'float64 or float32',
    'int32',
  ],
  [
    'evalNumericalGradient: f is no function',
    () => evalNumericalGradient(loose(3), [1]),
    ArgumentError,
    'a function',
    '3',
  ],
  [
    'evalNumericalGradientArray: f is no function',
    () => evalNumericalGradientArray(loose('f'), [1], [1]),
    ArgumentError,
    'a function',
    "'f'",
  ],
  [
    'evalNumericalGradientArray: f returns nothing',
    () =>
      evalNumericalGradientArray(
        loose(() => undefined),
        [1],
        [1],
      ),
    ArgumentError,
    'f(x) to be a tensor',
    'undefined',
  ],
  [
    'evalNumericalGradientArray: df of another shape',
    () => evalNumericalGradientArray((x) => x, [1], [1, 2]),
    ShapeError,
    '(2)',
    '(1)',
  ],
  ['relError: other shapes', () => relError([1], [1, 2]), ShapeError, '(1)', '(2)'],
  [
    'relError: undefined',
    () => relError([1], loose(undefined)),
    ArgumentError,
    'b to be a tensor',
    'undefined',
  ],
  ['accuracy: other lengths', () => accuracy([1, 2], [1]), ShapeError, '1 labels', '2'],
  ['accuracy: nothing', () => accuracy([], []), ShapeError, 'at least one label', 'none'],
  ['accuracy: a fraction', () => accuracy([0.5], [1]), LabelError, 'a class label', '0.5'],
  [
    'confusionMatrix: outside the classes',
    () => confusionMatrix([0, 3], [0, 1], 3),
    LabelError,
    '0 … 2',
    '3',
  ],
  [
    'confusionMatrix: no classes',
    () => confusionMatrix([0], [0], 0),
    ArgumentError,
    'a positive integer',
    '0',
  ],
  [
    'confusionMatrix: classes are a word',
    () => confusionMatrix([0], [0], loose('3')),
    ArgumentError,
    'a positive integer',
    "'3'",
  ],
  [
    'gradCheck: no model',
    ({ X, y }) => gradCheck(loose({}), X, y),
    ArgumentError,
    'an instance of Model',
    'an empty object',
  ],
  [
    'historyToCsv: undefined',
    () => historyToCsv(loose(undefined)),
    ArgumentError,
    'lossHistory and checks',
    'undefined',
  ],
  ['historyToCsv: an array', () => historyToCsv(loose([1])), ArgumentError, 'lossHistory and checks', '[1]'],
  ['constant: negative', () => constant(-1), ArgumentError, 'a number from 0 on', '-1'],
  ['exponential: zero decay', () => exponential(1, 0), ArgumentError, 'a positive number', '0'],
  ['configure: 0 threads', () => configure({ threads: 0 }), ArgumentError, '1 … 1024', '0'],
  ['configure: 2.5 threads', () => configure({ threads: 2.5 }), ArgumentError, '1 … 1024', '2.5'],
  [
    'configure: an instruction set of another machine',
    () => configure({ isa: process.arch === 'arm64' ? 'avx2' : 'neon' }),
    BackendError,
    /expected|available/,
    /neon|avx2|js/,
  ],
];

const data: Table = [
  ['oneHot: class out of range', () => oneHot([3], 3), LabelError, '0 … 2', '3'],
  ['oneHot: no classes', () => oneHot([0], 0), ArgumentError, 'a positive integer', '0'],
  [
    'split: too many rows',
    ({ X, y }) => split(X, y, { train: 5, val: 2 }),
    ArgumentError,
    'at most 6 rows',
    'row 7',
  ],
  ['split: zero rows', ({ X, y }) => split(X, y, { train: 0 }), ArgumentError, 'a number of rows', '0'],
  [
    'split: a negative fraction',
    ({ X, y }) => split(X, y, { train: -0.5 }),
    ArgumentError,
    'a number of rows',
    '-0.5',
  ],
  [
    'split: a word',
    ({ X, y }) => split(X, y, { train: loose('all') }),
    ArgumentError,
    'a number of rows',
    "'all'",
  ],
  ['split: no pieces', ({ X, y }) => split(X, y, {}), ArgumentError, 'to name the pieces', 'an empty object'],
  ['split: labels too short', ({ X }) => split(X, [1, 2], { train: 1 }), ShapeError, '6 labels', '2'],
  ['subtractMean: no XTrain', ({ X }) => subtractMean(loose({ XVal: X })), ArgumentError, 'XTrain', "'XVal'"],
  [
    'subtractMean: other widths',
    ({ X }) => subtractMean(loose({ XTrain: X, XVal: [[1, 2]] })),
    ShapeError,
    '(N, 4)',
    '(1, 2)',
  ],
  ['standardize: rank 1', () => standardize({ XTrain: [1, 2] }), ShapeError, 'rows and columns', '(2)'],
  [
    'standardize: no rows',
    () => standardize({ XTrain: new Tensor(new Float64Array(0), [0, 3]) }),
    ShapeError,
    'rows and columns',
    '(0, 3)',
  ],
  ['loadIdx: no file', () => loadIdx('/nowhere/at-all'), ArgumentError, 'loadIdx', '/nowhere/at-all'],
  [
    'loadIdx: no idx bytes',
    () => loadIdx(Buffer.from('no idx file')),
    FormatError,
    'expected',
    /byte|received/,
  ],
  ['loadMat: no file', () => loadMat('/nowhere/x.mat'), ArgumentError, 'loadMat', '/nowhere/x.mat'],
  ['loadMat: a number', () => loadMat(loose(3)), ArgumentError, 'a path or the bytes of a file', '3'],
  [
    'loadMat: no MAT-file',
    () => loadMat(Buffer.from('no MAT-file')),
    FormatError,
    "'IM' or 'MI'",
    'another file',
  ],
  [
    'loadMat: variables are a word',
    () => loadMat(new Uint8Array(0), loose({ variables: 'X' })),
    ArgumentError,
    'option variables to be an array of strings',
    "'X'",
  ],
  ['loadPickle: no file', () => loadPickle('/nowhere/x.pkl'), ArgumentError, 'loadPickle', '/nowhere/x.pkl'],
  ['loadPickle: a number', () => loadPickle(loose(3)), ArgumentError, 'a path or the bytes of a file', '3'],
  [
    'loadPickle: what would run something',
    () => loadPickle(Buffer.from("cos\nsystem\n(S'true'\ntR.")),
    FormatError,
    'plain data and NumPy arrays alone',
    'the global os.system',
  ],
  ['loadNpy: no file', () => loadNpy('/nowhere/x.npy'), ArgumentError, 'loadNpy', '/nowhere/x.npy'],
  ['loadNpy: a number', () => loadNpy(loose(3)), ArgumentError, 'a path or the bytes of a file', '3'],
  ['loadNpy: no npy bytes', () => loadNpy(Buffer.from('no npy file')), FormatError, 'NUMPY', "'no npy'"],
  ['saveNpy: no path', () => saveNpy(loose(undefined), [1]), ArgumentError, 'a path', 'undefined'],
  ['saveNpy: no tensor', () => saveNpy('/nowhere/x.npy', loose('x')), ArgumentError, 'a tensor', "'x'"],
  ['serializeNpy: ragged', () => serializeNpy([[1, 2], [3]]), ShapeError, '2 elements', '1'],
  ['loadNpz: no file', () => loadNpz('/nowhere/x.npz'), ArgumentError, 'loadNpz', '/nowhere/x.npz'],
  ['loadNpz: no ZIP', () => loadNpz(Buffer.from('no npz file')), FormatError, 'a sound ZIP archive', 'fault'],
  ['saveNpz: no path', () => saveNpz(loose(null), {}), ArgumentError, 'a path', 'null'],
  ['saveNpz: no arrays', () => saveNpz('/nowhere/x', loose(null)), ArgumentError, 'an object', 'null'],
  ['saveNpz: a tensor', () => saveNpz('/nowhere/x', loose(X3())), ArgumentError, 'an object', 'tensor'],
  [
    'saveNpz: a path upwards',
    () => saveNpz('/nowhere/x', { '../X': [1] }),
    ArgumentError,
    'relative',
    '../X',
  ],
  [
    'saveNpz: misspelled option',
    () => saveNpz('/nowhere/x', {}, loose({ compresed: true })),
    ArgumentError,
    'did you mean compressed?',
    'unknown option compresed',
  ],
  [
    'loadMnist: nothing',
    () => loadMnist(loose(undefined)),
    ArgumentError,
    'folder to be a path',
    'undefined; loadMnist(folder) reads',
  ],
  [
    'loadNpz: an option of loadMat',
    () => loadNpz(new Uint8Array(0), loose({ variables: [] })),
    ArgumentError,
    'loadNpz',
    'unknown option variables',
  ],
  ['loadMnist: no folder', () => loadMnist('/nowhere/at-all'), ArgumentError, 'loadMnist', '/nowhere/at-all'],
  [
    'loadCifar10: no folder',
    () => loadCifar10('/nowhere/at-all'),
    ArgumentError,
    'loadCifar10',
    '/nowhere/at-all',
  ],
  ['loadCifar10: a number', () => loadCifar10(loose(3)), ArgumentError, 'folder to be a path', '3'],
  ['loadCifar100: null', () => loadCifar100(loose(null)), ArgumentError, 'folder to be a path', 'null'],
  [
    'loadCifar100: other labels',
    () => loadCifar100('/nowhere/at-all', loose({ labels: 'rough' })),
    ArgumentError,
    "'fine' or 'coarse'",
    "'rough'",
  ],
  [
    'parseSafetensors: empty',
    () => parseSafetensors(new Uint8Array(0)),
    FormatError,
    'parseSafetensors',
    /0 bytes|8/,
  ],
  ['parseSafetensors: a word', () => parseSafetensors(loose('x')), ArgumentError, 'a Uint8Array', "'x'"],
  [
    'serializeSafetensors: no tensors',
    () => serializeSafetensors(loose(null)),
    ArgumentError,
    'an object of tensors',
    'null',
  ],
  [
    'serializeSafetensors: what is no tensor',
    () => serializeSafetensors(loose({ w: 'x' })),
    ArgumentError,
    'tensors.w to be a tensor',
    "'x'",
  ],
  [
    'serializeSafetensors: metadata of numbers',
    () => serializeSafetensors({}, loose({ a: 1 })),
    ArgumentError,
    'metadata.a to be a string',
    '1',
  ],
  ['saveSafetensors: no path', () => saveSafetensors(loose(7), {}), ArgumentError, 'a path', '7'],
  ['loadSafetensors: no path', () => loadSafetensors(loose(undefined)), ArgumentError, 'a path', 'undefined'],
  [
    'loadModel: no file',
    () => loadModel('/nowhere/model.safetensors'),
    ArgumentError,
    'read',
    '/nowhere/model.safetensors',
  ],
  [
    'loadModel: no model',
    () => inFile(Buffer.from('garbage'), loadModel),
    FormatError,
    'model.safetensors',
    /expected|byte/,
  ],
  [
    'TwoLayerNet.load: a file without a model',
    () => inFile(serializeSafetensors({ W1: [1] }), TwoLayerNet.load),
    FormatError,
    'a gemmnet model',
    'found none',
  ],
  [
    'TwoLayerNet.load: another class',
    ({ neural }) => saved(neural, TwoLayerNet.load),
    FormatError,
    'to hold a TwoLayerNet',
    'NeuralNetwork',
  ],
  [
    'Model.save: no path',
    ({ twoLayer }) => twoLayer.save(loose(undefined)),
    ArgumentError,
    'a path',
    'undefined',
  ],
  [
    'Model.save: extra under a parameter’s name',
    ({ twoLayer, X }) => twoLayer.save('/nowhere/x', { tensors: { W1: X } }),
    ArgumentError,
    'names that the model does not use',
    'W1',
  ],
  [
    'Model.save: misspelled extra',
    ({ twoLayer }) => twoLayer.save('/nowhere/x', loose({ metdata: {} })),
    ArgumentError,
    'did you mean metadata?',
    'unknown option metdata',
  ],
  [
    'Model.save: a path through a file',
    ({ twoLayer }) => twoLayer.save(`${process.execPath}/x`),
    ArgumentError,
    'TwoLayerNet.save: cannot write',
    'a part of the path is no folder',
  ],
];

async function inFile(bytes: Uint8Array, use: (path: string) => Promise<unknown>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gemmnet-bad-'));
  try {
    const path = join(folder, 'model.safetensors');
    writeFileSync(path, bytes);
    await use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function saved(model: NeuralNetwork, use: (path: string) => Promise<unknown>): Promise<void> {
  await inFile(new Uint8Array(0), async (path) => {
    await model.save(path);
    await use(path);
  });
}

/** Everything that is not about options, rows or labels. */
export const otherCalls: readonly Row[] = [tensors, randomNumbers, models, solvers, functions, data].flatMap(
  (table) =>
    table.map(([name, call, error, expected, received]) => ({ name, call, error, expected, received })),
);
