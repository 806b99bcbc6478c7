/**
 * CS145: the two-layer net with mean squared error on one-hot labels, on the sheet's toy problem and on CIFAR-10.
 *
 * node examples/cs145-two-layer-net.js [--toy] [--quick] [--data DIR]
 */
import { gradCheck, loadCifar10, RandomState, split, subtractMean, TwoLayerNet } from 'gemmnet';
import { exact, printFigures, within } from './course-figures.js';
import { dataFolder, quick } from './example-options.js';

/** The course's toy net, whose weights are drawn in (out, in) order from seed 0. */
function toyNet() {
  return new TwoLayerNet({
    inputSize: 4,
    hiddenSize: 10,
    numClasses: 3,
    std: 0.1,
    loss: 'mse',
    weightLayout: 'outIn',
    dtype: 'float64',
    seed: 0,
  });
}

async function toyProblem() {
  const X = new RandomState(1).normal(0, 10, [5, 4]);
  const y = [0, 1, 2, 2, 1];

  const net = toyNet();
  const { loss } = net.loss(X, y, { reg: 0.05 });
  const check = gradCheck(net, X, y, { reg: 0.05 });
  const { lossHistory } = await toyNet().train(X, y, X, y, {
    learningRate: 0.1,
    learningRateDecay: 0.95,
    reg: 5e-6,
    numIters: 100,
    batchSize: 200,
  });

  console.log(`Gradients against central differences:\n${check}`);
  printFigures('Toy problem', [
    exact('first score', -1.0726020891815589, net.loss(X).get(0, 0)),
    exact('loss at reg 0.05', 1.8973332763705641, loss),
    exact('loss after 100 steps', 0.02950555626206818, lossHistory.at(-1) ?? Number.NaN),
    within('largest gradient error', 0, check.maxRelError, 1e-8),
  ]);
}

/** @param {string} folder */
async function cifar10(folder) {
  const all = await loadCifar10(folder);
  const { XTrain, yTrain, XVal, yVal } = split(all.XTrain, all.yTrain, { train: 49_000, val: 1_000 });
  const data = subtractMean({ XTrain, XVal, XTest: all.XTest });

  /** @param {{ learningRate: number, reg: number }} setting */
  const run = async (setting) => {
    const net = new TwoLayerNet({
      inputSize: 3072,
      hiddenSize: 50,
      numClasses: 10,
      loss: 'mse',
      weightLayout: 'outIn',
      seed: 0,
    });
    await net.train(data.XTrain, yTrain, data.XVal, yVal, {
      ...setting,
      learningRateDecay: 0.95,
      numIters: quick ? 100 : 1_000,
      batchSize: 200,
    });
    return { val: await net.accuracy(data.XVal, yVal), test: await net.accuracy(data.XTest, all.yTest) };
  };
  const first = await run({ learningRate: 1e-5, reg: 0.1 });
  const best = await run({ learningRate: 1e-3, reg: 1e-4 });

  // An accuracy on the course's 1,000 rows has a standard error of 0.016; two of them are the tolerance. The test figure here is on
  // all 10,000 rows, since the first 1,000 alone come out up to 0.04 higher.
  printFigures(
    'CIFAR-10, 3072-50-10, 1,000 steps of 200',
    [
      within('lr 1e-5, reg 0.1: validation', 0.186, first.val, 0.032),
      within('lr 1e-3, reg 1e-4: validation', 0.473, best.val, 0.032),
      within('lr 1e-3, reg 1e-4: test', 0.46, best.test, 0.032),
    ],
    { judge: !quick },
  );
}

await toyProblem();
const folder = dataFolder('cifar10');
if (folder !== undefined) await cifar10(folder);
