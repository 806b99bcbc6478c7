import { ArgumentError, ShapeError } from '../../lib/core/errors.js';
import { FullyConnectedNet } from '../../lib/models/fully-connected-net.js';
import { Sequential } from '../../lib/models/sequential.js';
import { ThreeLayerConvNet } from '../../lib/models/three-layer-conv-net.js';
import type { Layer } from '../../lib/nn/layer.js';
import { layers } from '../../lib/nn/layers/index.js';
import { loose, type Row } from './row.js';

const {
  AlphaDropout,
  AvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  GlobalAvgPool2d,
  GroupNorm,
  LayerNorm,
  Linear,
  MaxPool2d,
  Reshape,
  Residual,
  RMSNorm,
} = layers;

/** Behind a layer that gives four features, or on pictures of (2, 5, 5). */
const afterRows = (layer: Layer) => () => new Sequential([new Linear(3, 4), layer]);
const onPictures =
  (...chain: Layer[]) =>
  () =>
    new Sequential(chain, { inputShape: [2, 5, 5] });
const net = () =>
  new Sequential([new Conv2d(2, 3, 3), new Flatten(), new Linear(27, 2)], { inputShape: [2, 5, 5] });
const fully = (options: object) =>
  new FullyConnectedNet({ inputDim: 3, hiddenDims: [4], numClasses: 2, ...options });

const table: readonly (readonly [
  name: string,
  call: Row['call'],
  error: Row['error'],
  expected: Row['expected'],
  received: Row['received'],
])[] = [
  ['Dropout: all', () => new Dropout(1), ArgumentError, 'p to be a number from 0 to below 1', '1'],
  [
    'Dropout: a negative p',
    () => new Dropout(-0.1),
    ArgumentError,
    'p to be a number from 0 to below 1',
    '-0.1',
  ],
  ['Dropout: NaN', () => new Dropout(Number.NaN), ArgumentError, 'p to be a number from 0 to below 1', 'NaN'],
  [
    'Dropout: keeps nothing',
    () => new Dropout({ keep: 0 }),
    ArgumentError,
    'keep to be a number above 0, up to 1',
    '0',
  ],
  ['Dropout: misspelled option', () => new Dropout(loose({ kept: 0.5 })), ArgumentError, 'keep', 'kept'],
  ['AlphaDropout: all', () => new AlphaDropout(1), ArgumentError, 'p to be a number from 0 to below 1', '1'],
  [
    'BatchNorm1d: no features',
    () => new BatchNorm1d(0),
    ArgumentError,
    'numFeatures to be a positive integer',
    '0',
  ],
  [
    'BatchNorm1d: a momentum above 1',
    () => new BatchNorm1d(3, { momentum: 1.5 }),
    ArgumentError,
    'momentum to be a number from 0 to 1',
    '1.5',
  ],
  ['BatchNorm1d: no epsilon', () => new BatchNorm1d(3, { epsilon: 0 }), ArgumentError, 'epsilon', '0'],
  [
    'BatchNorm1d: misspelled option',
    () => new BatchNorm1d(3, loose({ eps: 1 })),
    ArgumentError,
    'epsilon',
    'eps',
  ],
  [
    'BatchNorm1d: other features',
    afterRows(new BatchNorm1d(5)),
    ShapeError,
    'layer 1 (BatchNorm1d) to take 4 features, as the layer before it gives',
    'it takes 5',
  ],
  [
    'BatchNorm2d: flat rows',
    afterRows(new BatchNorm2d(4)),
    ShapeError,
    'layer 1 (BatchNorm2d) to take 4 features',
    'it takes (4, H, W)',
  ],
  ['LayerNorm: no shape', () => new LayerNorm(loose('x')), ArgumentError, 'shape', 'x'],
  [
    'LayerNorm: other features',
    afterRows(new LayerNorm(5)),
    ShapeError,
    'layer 1 (LayerNorm) to take 4 features',
    'it takes 5',
  ],
  [
    'RMSNorm: other features',
    afterRows(new RMSNorm(5)),
    ShapeError,
    'layer 1 (RMSNorm) to take 4 features',
    'it takes 5',
  ],
  [
    'GroupNorm: channels that do not part',
    () => new GroupNorm(2, 5),
    ArgumentError,
    'numChannels to be a multiple of numGroups, 2',
    '5',
  ],
  [
    'GroupNorm: other channels',
    onPictures(new GroupNorm(2, 4)),
    ShapeError,
    'layer 0 (GroupNorm)',
    'it takes (4, H, W)',
  ],
  [
    'Conv2d: no filters',
    () => new Conv2d(2, 0, 3),
    ArgumentError,
    'outChannels to be a positive integer',
    '0',
  ],
  [
    'Conv2d: three sizes',
    () => new Conv2d(2, 3, loose([1, 2, 3])),
    ArgumentError,
    'a number or two of them',
    '[1, 2, 3]',
  ],
  ['Conv2d: no stride', () => new Conv2d(2, 3, 3, { stride: 0 }), ArgumentError, 'stride', '0'],
  ['Conv2d: a negative border', () => new Conv2d(2, 3, 3, { padding: -1 }), ArgumentError, 'padding', '-1'],
  [
    'Conv2d: misspelled option',
    () => new Conv2d(2, 3, 3, loose({ pad: 1 })),
    ArgumentError,
    'padding',
    'pad',
  ],
  [
    'Conv2d: flat rows',
    afterRows(new Conv2d(2, 3, 3)),
    ShapeError,
    'layer 1 (Conv2d) to take 4 features',
    '(2, H, W)',
  ],
  [
    'Conv2d: other channels',
    onPictures(new Conv2d(3, 4, 3)),
    ShapeError,
    'layer 0 (Conv2d) to take rows of shape (2, 5, 5), as the input has',
    'pictures of shape (3, H, W)',
  ],
  [
    'Conv2d: filters larger than the pictures',
    onPictures(new Conv2d(2, 4, 6)),
    ShapeError,
    'layer 0 (Conv2d) to take rows of shape (2, 5, 5)',
    'at least 6×6 pixels',
  ],
  ['MaxPool2d: no window', () => new MaxPool2d(0), ArgumentError, 'kernelSize', '0'],
  ['MaxPool2d: flat rows', afterRows(new MaxPool2d(2)), ShapeError, 'layer 1 (MaxPool2d)', '(C, H, W)'],
  [
    'AvgPool2d: larger than the pictures',
    onPictures(new AvgPool2d(6)),
    ShapeError,
    'layer 0 (AvgPool2d)',
    'at least 6×6',
  ],
  [
    'GlobalAvgPool2d: flat rows',
    afterRows(new GlobalAvgPool2d()),
    ShapeError,
    'layer 1 (GlobalAvgPool2d)',
    '(C, H, W)',
  ],
  ['Reshape: no sizes', () => new Reshape(loose('2×2')), ArgumentError, 'shape', '2×2'],
  [
    'Reshape: other numbers',
    afterRows(new Reshape([5])),
    ShapeError,
    'layer 1 (Reshape) to take 4 features',
    '5 numbers',
  ],
  ['Residual: no layers', () => new Residual([]), ArgumentError, 'an array of layers', '[]'],
  [
    'Residual: what is no layer',
    () => new Residual([loose('ReLU')]),
    ArgumentError,
    'layer 0 to be a layer',
    'ReLU',
  ],
  [
    'Residual: rows of another shape',
    afterRows(new Residual([new Linear(4, 3)])),
    ShapeError,
    'to give rows of shape (4), as they take',
    'they give (3)',
  ],
  [
    'Residual: a layer inside that does not fit',
    afterRows(new Residual([new Linear(5, 4)])),
    ShapeError,
    'layer 1.0 (Linear) to take 4 features',
    'it takes 5',
  ],
  [
    'Linear: pictures',
    onPictures(new Linear(50, 2)),
    ShapeError,
    'layer 0 (Linear) to take rows of shape (2, 5, 5)',
    'it takes 50',
  ],
  [
    'Sequential: inputSize and inputShape',
    () => new Sequential([new Flatten()], { inputSize: 4, inputShape: [1, 2, 2] }),
    ArgumentError,
    'option inputSize or inputShape',
    'both',
  ],
  [
    'loss of pictures of another size',
    () => net().loss(loose([[[[1]]]])),
    ShapeError,
    /\(N, 2, 5, 5\)|\(N, 50\)/,
    /1/,
  ],
  [
    'FullyConnectedNet: an unknown norm',
    () => fully({ normalization: 'batch' }),
    ArgumentError,
    'batchnorm',
    'batch',
  ],
  ['FullyConnectedNet: all dropped', () => fully({ dropout: 1 }), ArgumentError, 'dropout', '1'],
  [
    'ThreeLayerConvNet: an even filter',
    () => new ThreeLayerConvNet({ filterSize: 4 }),
    ArgumentError,
    'filterSize to be odd',
    '4',
  ],
  [
    'ThreeLayerConvNet: no picture',
    () => new ThreeLayerConvNet({ inputDim: [784] }),
    ArgumentError,
    'inputDim to be three numbers',
    '1',
  ],
];

/** Of layers, alone and in nets. */
export const layerCalls: readonly Row[] = table.map(([name, call, error, expected, received]) => ({
  name,
  call,
  error,
  expected,
  received,
}));
