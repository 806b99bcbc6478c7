import { ArgumentError, ShapeError } from '../../lib/core/errors.js';
import { Tensor } from '../../lib/core/tensors/tensor.js';
import {
  affineBatchnormReluBackward,
  affineBatchnormReluForward,
} from '../../lib/models/by-hand/affine-batchnorm-relu.js';
import {
  type BatchnormParam,
  batchnormBackward,
  batchnormBackwardAlt,
  batchnormForward,
} from '../../lib/models/by-hand/batchnorm.js';
import { dropoutBackward, dropoutForward } from '../../lib/models/by-hand/dropout.js';
import { layernormBackward, layernormForward } from '../../lib/models/by-hand/layernorm.js';
import {
  spatialBatchnormBackward,
  spatialBatchnormForward,
  spatialGroupnormBackward,
  spatialGroupnormForward,
} from '../../lib/models/by-hand/spatial-norms.js';
import { loose, type Row } from './row.js';

const rows = [
  [1, 2],
  [3, 5],
];
const ones = [1, 1];
const zeros = [0, 0];
const train = { mode: 'train' } as const;
const pictures = () => new Tensor(new Float64Array(24), [2, 2, 3, 2]);

const norm = (bnParam: unknown) => batchnormForward(rows, ones, zeros, bnParam as BatchnormParam);
const layer = () => layernormForward(rows, ones, zeros);
const dropped = (dropoutParam: unknown) => dropoutForward(rows, loose(dropoutParam));

const table: readonly (readonly [
  name: string,
  call: Row['call'],
  error: Row['error'],
  expected: Row['expected'],
  received: Row['received'],
])[] = [
  [
    'batchnormForward: x of rank 1',
    () => batchnormForward([1, 2], ones, zeros, train),
    ShapeError,
    '(N, D)',
    '(2)',
  ],
  [
    'batchnormForward: no rows',
    () => batchnormForward(new Tensor(new Float64Array(0), [0, 2]), ones, zeros, train),
    ShapeError,
    'at least one row',
    '(0, 2)',
  ],
  [
    'batchnormForward: gamma that does not fit',
    () => batchnormForward(rows, [1], zeros, train),
    ShapeError,
    'gamma to have shape (2)',
    '(1)',
  ],
  [
    'batchnormForward: beta that does not fit',
    () => batchnormForward(rows, ones, [[0, 0]], train),
    ShapeError,
    'beta to have shape (2)',
    '(1, 2)',
  ],
  ['batchnormForward: no bnParam', () => norm(undefined), ArgumentError, 'bnParam.mode', 'missing'],
  ['batchnormForward: bnParam is a number', () => norm(3), ArgumentError, 'bnParam to be an object', '3'],
  [
    'batchnormForward: mode is misspelled',
    () => norm({ mode: 'trian' }),
    ArgumentError,
    "bnParam.mode to be 'train' or 'test'",
    "'trian'; did you mean 'train'?",
  ],
  [
    'batchnormForward: running_mean, as Python has it',
    () => norm({ ...train, running_mean: [0, 0] }),
    ArgumentError,
    'unknown bnParam.running_mean',
    'did you mean runningMean',
  ],
  [
    'batchnormForward: eps is negative',
    () => norm({ ...train, eps: -1e-5 }),
    ArgumentError,
    'bnParam.eps to be a number from 0 on',
    '-0.00001',
  ],
  [
    'batchnormForward: momentum above 1',
    () => norm({ ...train, momentum: 1.5 }),
    ArgumentError,
    'bnParam.momentum to be a number in 0 … 1',
    '1.5',
  ],
  [
    'batchnormForward: runningMean that does not fit',
    () => norm({ ...train, runningMean: [0, 0, 0] }),
    ShapeError,
    'bnParam.runningMean to have shape (2)',
    '(3)',
  ],
  [
    'batchnormForward: runningVar is a word',
    () => norm({ ...train, runningVar: 'ones' }),
    ArgumentError,
    'bnParam.runningVar to be a tensor',
    "'ones'",
  ],
  [
    'batchnormBackward: no cache',
    () => batchnormBackward(rows, loose(undefined)),
    ArgumentError,
    'the cache that batchnormForward returned',
    'undefined',
  ],
  [
    'batchnormBackwardAlt: the cache of layernormForward',
    () => batchnormBackwardAlt(rows, loose(layer().cache)),
    ArgumentError,
    'the cache that batchnormForward returned',
    'LayernormCache',
  ],
  [
    'batchnormBackward: dout of another shape',
    () => batchnormBackward([[1, 2]], norm(train).cache),
    ShapeError,
    '(2, 2)',
    '(1, 2)',
  ],
  [
    'layernormForward: x of rank 3',
    () => layernormForward([rows], ones, zeros),
    ShapeError,
    '(N, D)',
    '(1, 2, 2)',
  ],
  [
    'layernormForward: eps is NaN',
    () => layernormForward(rows, ones, zeros, { eps: Number.NaN }),
    ArgumentError,
    'lnParam.eps to be a number from 0 on',
    'NaN',
  ],
  [
    'layernormForward: gamma that does not fit',
    () => layernormForward(rows, [1, 2, 3], zeros),
    ShapeError,
    'gamma to have shape (2)',
    '(3)',
  ],
  [
    'layernormBackward: the cache of batchnormForward',
    () => layernormBackward(rows, loose(norm(train).cache)),
    ArgumentError,
    'the cache that layernormForward returned',
    'BatchnormCache',
  ],
  [
    'layernormBackward: dout of another shape',
    () => layernormBackward([1, 2], layer().cache),
    ShapeError,
    '(2, 2)',
    '(2)',
  ],
  ['dropoutForward: no p', () => dropped(train), ArgumentError, 'dropoutParam.p', 'missing'],
  [
    'dropoutForward: p is 0',
    () => dropped({ ...train, p: 0 }),
    ArgumentError,
    'dropoutParam.p to be a probability to keep, from above 0 to 1',
    '0',
  ],
  [
    'dropoutForward: p is above 1',
    () => dropped({ ...train, p: 1.5 }),
    ArgumentError,
    'a probability to keep',
    '1.5',
  ],
  [
    'dropoutForward: mode is a number',
    () => dropped({ mode: 1, p: 0.5 }),
    ArgumentError,
    "'train' or 'test'",
    '1',
  ],
  [
    'dropoutForward: the seed is a fraction',
    () => dropped({ ...train, p: 0.5, seed: 0.5 }),
    ArgumentError,
    'dropoutParam.seed to be an integer in 0 … 9007199254740991',
    '0.5',
  ],
  [
    'dropoutForward: a rate, as Keras has it',
    () => dropped({ ...train, p: 0.5, rate: 0.5 }),
    ArgumentError,
    'unknown dropoutParam.rate',
    'rate',
  ],
  [
    'dropoutBackward: no cache',
    () => dropoutBackward(rows, loose({})),
    ArgumentError,
    'the cache that dropoutForward returned',
    'an empty object',
  ],
  [
    'dropoutBackward: dout of another shape',
    () => dropoutBackward([1], dropped({ ...train, p: 0.5 }).cache),
    ShapeError,
    '(2, 2)',
    '(1)',
  ],
  [
    'spatialBatchnormForward: x of rank 2',
    () => spatialBatchnormForward(rows, ones, zeros, train),
    ShapeError,
    '(N, C, H, W)',
    '(2, 2)',
  ],
  [
    'spatialBatchnormForward: no pictures',
    () => spatialBatchnormForward(new Tensor(new Float64Array(0), [0, 2, 3, 2]), ones, zeros, train),
    ShapeError,
    'at least one element',
    '(0, 2, 3, 2)',
  ],
  [
    'spatialBatchnormForward: mode is missing',
    () => spatialBatchnormForward(pictures(), ones, zeros, loose({})),
    ArgumentError,
    'bnParam.mode',
    'missing',
  ],
  [
    'spatialBatchnormBackward: the cache of spatialGroupnormForward',
    () =>
      spatialBatchnormBackward(pictures(), loose(spatialGroupnormForward(pictures(), ones, zeros, 1).cache)),
    ArgumentError,
    'the cache that spatialBatchnormForward returned',
    'SpatialGroupnormCache',
  ],
  [
    'spatialGroupnormForward: G that does not divide the channels',
    () => spatialGroupnormForward(new Tensor(new Float64Array(6), [1, 3, 2, 1]), [1, 1, 1], [0, 0, 0], 2),
    ArgumentError,
    'G to divide the 3 channels',
    '2',
  ],
  [
    'spatialGroupnormForward: G is 0',
    () => spatialGroupnormForward(pictures(), ones, zeros, 0),
    ArgumentError,
    'G to be a positive integer',
    '0',
  ],
  [
    'spatialGroupnormForward: gamma to be broadcast otherwise',
    () => spatialGroupnormForward(pictures(), new Tensor(new Float64Array(2), [2, 1, 1, 1]), zeros, 1),
    ShapeError,
    'gamma to have shape (1, 2, 1, 1)',
    '(2, 1, 1, 1)',
  ],
  [
    'spatialGroupnormForward: gnParam is a number',
    () => spatialGroupnormForward(pictures(), ones, zeros, 1, loose(1e-5)),
    ArgumentError,
    'gnParam to be an object',
    '0.00001',
  ],
  [
    'spatialGroupnormBackward: no cache',
    () => spatialGroupnormBackward(pictures(), loose(null)),
    ArgumentError,
    'the cache that spatialGroupnormForward returned',
    'null',
  ],
  [
    'affineBatchnormReluForward: gamma that does not fit',
    () => affineBatchnormReluForward(rows, rows, zeros, [1], zeros, train),
    ShapeError,
    'gamma to have shape (2)',
    '(1)',
  ],
  [
    'affineBatchnormReluBackward: no cache',
    () => affineBatchnormReluBackward(rows, loose(undefined)),
    ArgumentError,
    'the cache that affineBatchnormReluForward returned',
    'undefined',
  ],
];

export const normalizationCalls: readonly Row[] = table.map(([name, call, error, expected, received]) => ({
  name,
  call,
  error,
  expected,
  received,
}));
