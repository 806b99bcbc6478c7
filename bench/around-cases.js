/** @typedef {import('./cases.js').Case} Case */

/**
 * What surrounds the training step, at sizes that people have: creating, drawing, reading, preparing, saving. `sizes` is what the call of
 * that name takes in contenders/around, `files` are inputs that input_files.py writes, `peers` the families that do the same work.
 *
 * @typedef {object} Line
 * @property {string} [topic] The module of contenders/around that has its call; set by {@link about}.
 * @property {string} id
 * @property {string} call
 * @property {readonly number[]} [sizes]
 * @property {readonly string[]} [files]
 * @property {readonly string[]} peers
 * @property {number} [tolerance] Of what is compared; default {@link rounding}.
 */

/** Sums of float32 that were rounded in another order. */
const rounding = 1e-5;
/** Drawn by the same stream, or read from the same file: the sums alone are rounded. */
const exact = 1e-9;
/** Other versions of a decoder round a colour up or down. */
const decoding = 5e-3;
/** Differences of numbers that are nearly equal. */
const differences = 1e-4;

/**
 * @param {string} topic
 * @param {readonly Line[]} lines
 * @returns {Line[]}
 */
const about = (topic, lines) => lines.map((line) => ({ ...line, topic }));

const middleNet = [784, 1024, 1024, 10];

/** @type {readonly Line[]} */
const named = [
  ...about('creating', [
    ...[
      [784, 256, 256, 10],
      [784, 1024, 1024, 10],
      [784, 4096, 4096, 10],
    ].map((sizes) => ({
      id: `create ${sizes.join('-')}`,
      call: 'create',
      sizes,
      peers: ['numpy', 'torch'],
    })),
    { id: 'rand 5,000,000', call: 'rand', sizes: [5_000_000], peers: ['numpy', 'torch'], tolerance: exact },
    { id: 'randn 5,000,000', call: 'randn', sizes: [5_000_000], peers: ['numpy', 'torch'], tolerance: exact },
    {
      id: 'choice of 1,000,000',
      call: 'choice',
      sizes: [1_000_000, 60_000],
      peers: ['numpy', 'torch'],
      tolerance: exact,
    },
    {
      id: 'permutation of 1,000,000',
      call: 'permutation',
      sizes: [1_000_000],
      peers: ['numpy', 'torch'],
      tolerance: exact,
    },
  ]),
  ...about('saving', [
    {
      id: 'save a model of 7.5 MB',
      call: 'saveModel',
      sizes: [784, 1024, 1024, 10],
      peers: ['numpy', 'torch', 'safetensors'],
    },
    {
      id: 'load a model of 7.5 MB',
      call: 'loadModel',
      sizes: [784, 1024, 1024, 10],
      peers: ['numpy', 'torch', 'safetensors'],
    },
    { id: 'saveNpy 100 MB', call: 'saveNpy', files: ['100MB.npy'], peers: ['numpy'], tolerance: exact },
    { id: 'saveNpz 100 MB', call: 'saveNpz', files: ['100MB.npy'], peers: ['numpy'], tolerance: exact },
    { id: 'loadNpy 100 MB', call: 'loadNpy', files: ['100MB.npy'], peers: ['numpy'], tolerance: exact },
  ]),
  ...about('data sets', [
    { id: 'loadMnist', call: 'loadMnist', files: ['mnist'], peers: ['numpy'], tolerance: exact },
    {
      id: 'loadCifar10, binary',
      call: 'loadCifar10',
      files: ['cifar-10-batches-bin'],
      peers: ['numpy'],
      tolerance: exact,
    },
    {
      id: 'loadMat 60,000×784 doubles',
      call: 'loadMat',
      files: ['doubles.mat'],
      peers: ['scipy'],
      tolerance: exact,
    },
  ]),
  ...about('tables', [
    { id: 'CSV 100,000×21', call: 'loadCsv', files: ['table.csv'], peers: ['pandas', 'numpy'] },
    {
      id: 'writePredictionsCsv of 1,000,000',
      call: 'writePredictionsCsv',
      sizes: [1_000_000, 10],
      peers: ['pandas', 'python'],
      tolerance: exact,
    },
  ]),
  ...about('pictures', [
    { id: '3,000 PNGs of 32×32', call: 'loadImageFolder', files: ['pngs'], peers: ['pil'], tolerance: exact },
    {
      id: '120 JPEGs of 1024×768 to 64×64',
      call: 'loadImageFolder',
      sizes: [64, 64],
      files: ['jpegs'],
      peers: ['pil'],
      tolerance: decoding,
    },
  ]),
  ...about('preparing', [
    {
      id: 'subtractMean of CIFAR-10',
      call: 'subtractMean',
      files: ['cifar-10-batches-bin'],
      peers: ['numpy', 'torch'],
    },
    {
      id: 'standardize of MNIST',
      call: 'standardize',
      files: ['mnist'],
      peers: ['numpy', 'sklearn', 'torch'],
      tolerance: 1e-4,
    },
    {
      id: 'oneHot of 1,000,000',
      call: 'oneHot',
      sizes: [1_000_000, 10],
      peers: ['numpy', 'torch'],
      tolerance: exact,
    },
    { id: 'split of MNIST', call: 'split', files: ['mnist'], peers: ['numpy', 'sklearn'], tolerance: exact },
    {
      id: 'shuffle of MNIST',
      call: 'shuffle',
      files: ['mnist'],
      peers: ['numpy', 'sklearn', 'torch'],
      tolerance: exact,
    },
    {
      id: 'tensor of nested arrays 10,000×784',
      call: 'tensor',
      sizes: [10_000],
      files: ['mnist'],
      peers: ['numpy', 'torch'],
      tolerance: exact,
    },
    {
      id: 'toArray 10,000×784',
      call: 'toArray',
      sizes: [10_000],
      files: ['mnist'],
      peers: ['numpy', 'torch'],
      tolerance: exact,
    },
    { id: 'pca of MNIST', call: 'pca', files: ['mnist'], peers: ['numpy', 'sklearn'], tolerance: 1e-6 },
  ]),
  ...about('judging', [
    {
      id: 'predict 10,000 rows, 784-256-256-10',
      call: 'predict',
      sizes: [784, 256, 256, 10],
      files: ['mnist'],
      peers: ['numpy', 'torch'],
      tolerance: 1e-3,
    },
    {
      id: 'confusionMatrix of 1,000,000',
      call: 'confusionMatrix',
      sizes: [1_000_000, 10],
      peers: ['numpy', 'sklearn'],
      tolerance: exact,
    },
  ]),
];

/** What the public surface has beside them. @type {readonly Line[]} */
const others = [
  ...about('creating', [
    { id: 'uniform 5,000,000', call: 'uniform', sizes: [5_000_000], peers: ['numpy'], tolerance: exact },
    { id: 'normal 5,000,000', call: 'normal', sizes: [5_000_000], peers: ['numpy'], tolerance: exact },
    { id: 'randint 5,000,000', call: 'randint', sizes: [5_000_000, 256], peers: ['numpy'], tolerance: exact },
    {
      id: 'choice of 100,000 among 1,000,000 without replacement',
      call: 'choiceWithoutReplacement',
      sizes: [100_000, 1_000_000],
      peers: ['numpy'],
      tolerance: exact,
    },
    {
      id: 'RandomState.shuffle of 1,000,000',
      call: 'shuffleArray',
      sizes: [1_000_000],
      peers: ['numpy'],
      tolerance: exact,
    },
    { id: 'makeBlobs 100,000×20', call: 'makeBlobs', sizes: [100_000, 20, 10], peers: ['sklearn'] },
    { id: 'makeMoons 1,000,000', call: 'makeMoons', sizes: [1_000_000], peers: ['sklearn'] },
    { id: 'makeCircles 1,000,000', call: 'makeCircles', sizes: [1_000_000], peers: ['sklearn'] },
    { id: 'makeSpirals 300,000', call: 'makeSpirals', sizes: [300_000], peers: ['numpy'] },
    { id: 'makeRegression 20,000×100', call: 'makeRegression', sizes: [20_000, 100], peers: ['sklearn'] },
    {
      id: 'initializers.he.draw, 1,024×1,024',
      call: 'draw',
      sizes: [1024, 1024],
      peers: ['numpy', 'torch'],
      tolerance: exact,
    },
  ]),
  ...about('saving', [
    { id: 'loadNpz 100 MB', call: 'loadNpz', files: ['arrays.npz'], peers: ['numpy'], tolerance: exact },
    {
      id: 'loadNpz of MNIST, compressed',
      call: 'loadNpz',
      files: ['compressed.npz'],
      peers: ['numpy'],
      tolerance: exact,
    },
    {
      id: 'saveNpz of MNIST, compressed',
      call: 'saveCompressed',
      files: ['compressed.npz'],
      peers: ['numpy'],
      tolerance: exact,
    },
    {
      id: 'serializeNpy 100 MB',
      call: 'serializeNpy',
      files: ['100MB.npy'],
      peers: ['numpy'],
      tolerance: exact,
    },
    {
      id: 'saveSafetensors 100 MB',
      call: 'saveSafetensors',
      files: ['100MB.npy'],
      peers: ['safetensors'],
      tolerance: exact,
    },
    {
      id: 'loadSafetensors 100 MB',
      call: 'loadSafetensors',
      files: ['100MB.npy'],
      peers: ['safetensors'],
      tolerance: exact,
    },
    {
      id: 'serializeSafetensors 100 MB',
      call: 'serializeSafetensors',
      files: ['100MB.npy'],
      peers: ['safetensors'],
      tolerance: exact,
    },
    {
      id: 'parseSafetensors 100 MB',
      call: 'parseSafetensors',
      files: ['100MB.npy'],
      peers: ['safetensors'],
      tolerance: exact,
    },
    { id: 'exportOnnx of 7.5 MB', call: 'exportOnnx', sizes: middleNet, peers: ['onnx'] },
    { id: 'saveTorchStateDict of 7.5 MB', call: 'saveTorchStateDict', sizes: middleNet, peers: ['torch'] },
    { id: 'loadTorchStateDict of 7.5 MB', call: 'loadTorchStateDict', sizes: middleNet, peers: ['torch'] },
    { id: 'serializeOnnx of 7.5 MB', call: 'serializeOnnx', sizes: middleNet, peers: ['onnx'] },
    {
      id: 'loadKerasWeights of 7.5 MB, npz',
      call: 'loadKerasWeights',
      sizes: middleNet,
      peers: ['numpy'],
      tolerance: exact,
    },
    {
      id: 'loadSklearnWeights of 7.5 MB, npz',
      call: 'loadSklearnWeights',
      sizes: middleNet,
      peers: ['numpy'],
      tolerance: exact,
    },
  ]),
  ...about('data sets', [
    {
      id: 'loadIdx 60,000×28×28',
      call: 'loadIdx',
      files: ['train-images-idx3-ubyte'],
      peers: ['numpy'],
      tolerance: exact,
    },
    {
      id: 'loadMat 10,000×784 doubles, compressed',
      call: 'loadMat',
      files: ['compressed.mat'],
      peers: ['scipy'],
      tolerance: exact,
    },
    {
      id: 'loadPickle of MNIST',
      call: 'loadPickle',
      files: ['arrays.pkl'],
      peers: ['python'],
      tolerance: exact,
    },
    {
      id: 'loadCifar10, Python batches',
      call: 'loadCifar10',
      files: ['cifar-10-batches-py'],
      peers: ['numpy'],
      tolerance: exact,
    },
    { id: 'loadDigits', call: 'loadDigits', peers: ['sklearn'], tolerance: exact },
    {
      id: 'loadCifar100, binary',
      call: 'loadCifar100',
      files: ['cifar-100-binary'],
      peers: ['numpy'],
      tolerance: exact,
    },
  ]),
  ...about('tables', [
    { id: 'CSV 100,000×9 with words', call: 'loadCsvWords', files: ['words.csv'], peers: ['pandas'] },
    {
      id: 'loadHistory of 100,000 steps',
      call: 'loadHistory',
      files: ['history.json'],
      peers: ['python'],
      tolerance: exact,
    },
    {
      id: 'saveHistory of 100,000 steps, JSON',
      call: 'saveHistoryJson',
      files: ['history.json'],
      peers: ['python'],
    },
    {
      id: 'saveHistory of 100,000 steps, CSV',
      call: 'saveHistoryCsv',
      files: ['history.json'],
      peers: ['python', 'pandas'],
    },
    {
      id: 'historyToCsv of 100,000 steps',
      call: 'historyToCsv',
      files: ['history.json'],
      peers: ['python'],
    },
    {
      id: 'TensorBoardWriter, 20,000 scalars',
      call: 'tensorBoard',
      sizes: [20_000],
      peers: ['tensorboardX'],
    },
    {
      id: 'writeHistoryToTensorBoard of 100,000 steps',
      call: 'writeHistoryToTensorBoard',
      files: ['history.json'],
      // Whoever writes scalars one by one would take minutes; the line before this one tells their rate.
      peers: [],
    },
  ]),
  ...about('pictures', [
    {
      id: 'loadImage, JPEG of 1024×768',
      call: 'loadImage',
      files: ['photograph.jpg'],
      peers: ['pil'],
      tolerance: decoding,
    },
    {
      id: 'loadImage, PNG of 1024×768',
      call: 'loadImage',
      files: ['photograph.png'],
      peers: ['pil'],
      tolerance: exact,
    },
    {
      id: 'savePng of 1024×768',
      call: 'savePng',
      files: ['photograph.png'],
      peers: ['pil'],
      tolerance: exact,
    },
  ]),
  ...about('preparing', [
    {
      id: 'contiguous of a transpose 4,096×4,096',
      call: 'contiguous',
      sizes: [4096, 4096],
      peers: ['numpy', 'torch'],
      tolerance: exact,
    },
    {
      id: 'clone 4,096×4,096',
      call: 'clone',
      sizes: [4096, 4096],
      peers: ['numpy', 'torch'],
      tolerance: exact,
    },
    {
      id: 'Preparation.standardize of MNIST',
      call: 'fitPreparation',
      files: ['mnist'],
      peers: ['numpy', 'sklearn'],
    },
    {
      id: 'Preparation.apply to MNIST',
      call: 'prepare',
      files: ['mnist'],
      peers: ['numpy', 'sklearn', 'torch'],
      tolerance: 1e-4,
    },
    {
      id: 'pca of MNIST, 50 components',
      call: 'pca',
      sizes: [50],
      files: ['mnist'],
      peers: ['numpy', 'sklearn'],
      tolerance: 1e-4,
    },
    {
      id: 'transform of MNIST to 50 components',
      call: 'transform',
      sizes: [50],
      files: ['mnist'],
      peers: ['numpy', 'sklearn'],
      tolerance: 1e-3,
    },
    {
      id: 'mixup of 10,000 of CIFAR-10',
      call: 'mixup',
      files: ['cifar-10-batches-bin'],
      peers: ['numpy', 'torch'],
    },
    {
      id: 'balance of MNIST to 180,000',
      call: 'balance',
      files: ['mnist'],
      peers: ['numpy'],
      tolerance: exact,
    },
    { id: 'classCounts of 1,000,000', call: 'classCounts', sizes: [1_000_000, 10], peers: ['numpy'] },
    {
      id: 'classWeights of 1,000,000',
      call: 'classWeights',
      sizes: [1_000_000, 10],
      peers: ['numpy', 'sklearn'],
    },
    {
      id: 'Augmentation.apply, crop and flip of 10,000 of CIFAR-10',
      call: 'augmentByCrop',
      files: ['cifar-10-batches-bin'],
      peers: ['numpy'],
    },
    {
      id: 'Augmentation.apply, rotation and distortion of 5,000 of MNIST',
      call: 'augmentByDistortion',
      sizes: [5000],
      files: ['mnist'],
      peers: ['scipy'],
    },
  ]),
  ...about('judging', [
    {
      id: 'model.accuracy of 10,000 rows, 784-256-256-10',
      call: 'modelAccuracy',
      sizes: [784, 256, 256, 10],
      files: ['mnist'],
      peers: ['numpy', 'torch'],
      tolerance: 1e-3,
    },
    {
      id: 'accuracy of 1,000,000',
      call: 'accuracy',
      sizes: [1_000_000, 10],
      peers: ['numpy', 'sklearn'],
      tolerance: exact,
    },
    {
      id: 'evalNumericalGradient 40×40',
      call: 'evalNumericalGradient',
      sizes: [40, 40],
      peers: ['numpy'],
      tolerance: differences,
    },
    {
      id: 'evalNumericalGradientArray of affineForward 20×30×10',
      call: 'evalNumericalGradientArray',
      sizes: [20, 30, 10],
      peers: ['numpy'],
      tolerance: differences,
    },
    { id: 'relError of 1,000,000', call: 'relError', sizes: [1_000_000], peers: ['numpy'], tolerance: exact },
    { id: 'snapshotParams 7.5 MB', call: 'snapshotParams', sizes: middleNet, peers: ['numpy', 'torch'] },
    { id: 'restoreParams 7.5 MB', call: 'restoreParams', sizes: middleNet, peers: ['numpy', 'torch'] },
    { id: 'Adam.step 784-1024-1024-10', call: 'adamStep', sizes: middleNet, peers: ['torch'] },
    { id: 'SGD.step 784-1024-1024-10, momentum', call: 'sgdStep', sizes: middleNet, peers: ['torch'] },
    {
      id: 'SoftmaxCrossEntropyLoss 256×1000',
      call: 'softmaxCrossEntropy',
      sizes: [256, 1000],
      peers: ['numpy', 'torch'],
      tolerance: 1e-4,
    },
    {
      id: 'CrossEntropyLoss 256×1000',
      call: 'crossEntropy',
      sizes: [256, 1000],
      peers: ['numpy'],
      tolerance: 1e-4,
    },
    { id: 'HingeLoss 256×1000', call: 'hinge', sizes: [256, 1000], peers: ['numpy'], tolerance: 1e-4 },
    { id: 'MSELoss 256×1000', call: 'mse', sizes: [256, 1000], peers: ['numpy', 'torch'], tolerance: 1e-4 },
    { id: 'AdamW.step 784-1024-1024-10', call: 'adamWStep', sizes: middleNet, peers: ['torch'] },
    { id: 'RMSProp.step 784-1024-1024-10', call: 'rmsPropStep', sizes: middleNet, peers: ['torch'] },
    { id: 'Adagrad.step 784-1024-1024-10', call: 'adagradStep', sizes: middleNet, peers: ['torch'] },
    ...['ReLU', 'Sigmoid', 'Tanh', 'Softmax'].map((layer) => ({
      id: `Sequential of Linear and ${layer}, forward and backward, 200×784×256`,
      call: `sequential${layer}`,
      sizes: [200, 784, 256],
      peers: ['numpy', 'torch'],
      tolerance: 1e-4,
    })),
    {
      id: 'NeuralNetwork.forward and backward 784-256-256-10, 200 rows',
      call: 'neuralNetwork',
      sizes: [200, 784, 256, 256, 10],
      peers: ['numpy', 'torch'],
      tolerance: 1e-3,
    },
  ]),
];

/**
 * @param {Line} line
 * @param {NonNullable<Case['group']>} group
 * @returns {Case}
 */
function aroundCase({ id, tolerance = rounding, ...line }, group) {
  return {
    kind: 'around',
    id,
    title: id,
    dtype: 'float32',
    agreement: { units: 1, of: 'numbers', tolerance },
    group,
    ...line,
  };
}

/** @type {readonly Case[]} */
export const aroundCases = [
  ...named.map((line) => aroundCase(line, 'named')),
  ...others.map((line) => aroundCase(line, 'others')),
];
