/**
 * Chula: the two-layer net with softmax loss, on the sheet's toy problem and on MNIST.
 *
 * node examples/chula-two-layer-net.js [--toy] [--quick] [--data DIR]
 */
import {
  FullyConnectedNet,
  gradCheck,
  loadMnist,
  RandomState,
  split,
  subtractMean,
  TwoLayerNet,
} from 'gemmnet';
import { exact, printFigures, within } from './course-figures.js';
import { dataFolder, quick } from './example-options.js';

function toyNet() {
  return new TwoLayerNet({
    inputSize: 4,
    hiddenSize: 10,
    numClasses: 3,
    std: 0.1,
    dtype: 'float64',
    seed: 0,
  });
}

async function toyProblem() {
  const X = new RandomState(1).normal(0, 10, [5, 4]);
  const y = [0, 1, 2, 2, 1];

  const net = toyNet();
  const { loss } = net.loss(X, y, { reg: 0.1 });
  const check = gradCheck(net, X, y, { reg: 0.1 });
  const { lossHistory } = await toyNet().train(X, y, X, y, {
    learningRate: 0.1,
    learningRateDecay: 0.95,
    reg: 5e-6,
    numIters: 100,
    batchSize: 200,
  });

  console.log(`Gradients against central differences:\n${check}`);
  printFigures('Toy problem', [
    exact('first score', -0.8123374131092695, net.loss(X).get(0, 0)),
    exact('loss at reg 0.1', 1.3037878913298202, loss),
    exact('loss after 100 steps', 0.01714364353292376, lossHistory.at(-1) ?? Number.NaN),
    within('largest gradient error', 0, check.maxRelError, 1e-8),
  ]);
}

/** The sheet asks for the parameters of a net 30-1024-512-1; its solution, 559,059, is an arithmetic slip. */
function countParameters() {
  const net = new FullyConnectedNet({
    inputDim: 30,
    hiddenDims: [1024, 512],
    numClasses: 1,
    loss: 'mse',
    seed: 0,
  });
  console.log(`\n${net.summary()}`);
  printFigures('Counting parameters', [exact('31·1024 + 1025·512 + 513', 557_057, net.numParameters)]);
}

/** @param {string} folder */
async function mnist(folder) {
  const all = await loadMnist(folder);
  const { XTrain, yTrain, XVal, yVal } = split(all.XTrain, all.yTrain, { val: 5_000, train: 55_000 });
  const data = subtractMean({ XTrain, XVal, XTest: all.XTest });

  /** @param {{ hiddenSize: number, batchSize: number, numIters: number, learningRate: number, learningRateDecay: number, reg: number }} setting */
  const run = async ({ hiddenSize, numIters, ...setting }) => {
    const net = new TwoLayerNet({ inputSize: 784, hiddenSize, numClasses: 10, seed: 0 });
    await net.train(data.XTrain, yTrain, data.XVal, yVal, {
      ...setting,
      numIters: quick ? numIters / 10 : numIters,
    });
    return { val: await net.accuracy(data.XVal, yVal), test: await net.accuracy(data.XTest, all.yTest) };
  };
  const small = { hiddenSize: 50, batchSize: 200, numIters: 2_000, reg: 5e-6 };
  const fixed = await run({ ...small, learningRate: 1e-4, learningRateDecay: 1 });
  const faster = await run({ ...small, learningRate: 5e-4, learningRateDecay: 0.95 });
  const best = await run({
    hiddenSize: 150,
    batchSize: 1_024,
    numIters: 6_000,
    learningRate: 0.01,
    learningRateDecay: 0.82,
    reg: 0.1,
  });

  printFigures(
    'MNIST, 784-50-10, 2,000 steps of 200',
    [
      within('lr 1e-4: validation', 0.8922, fixed.val, 0.01),
      within('lr 5e-4, decay 0.95: validation', 0.9432, faster.val, 0.006),
    ],
    { judge: !quick },
  );
  printFigures(
    'MNIST, 784-150-10, 6,000 steps of 1,024',
    [
      within('lr 0.01, decay 0.82: validation', 0.9828, best.val, 0.003),
      within('lr 0.01, decay 0.82: test', 0.9791, best.test, 0.003),
    ],
    { judge: !quick },
  );
}

await toyProblem();
countParameters();
const folder = dataFolder('mnist');
if (folder !== undefined) await mnist(folder);
