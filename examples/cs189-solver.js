/**
 * CS189: layer functions, FullyConnectedNet and Solver, on a toy problem and on MNIST's raw pixels in batches of 4.
 *
 * node examples/cs189-solver.js [--toy] [--quick] [--epochs N] [--data DIR]
 */
import {
  affineBackward,
  affineForward,
  evalNumericalGradientArray,
  FullyConnectedNet,
  loadMnist,
  RandomState,
  relError,
  Solver,
  split,
} from 'gemmnet';
import { exact, printFigures, within } from './course-figures.js';
import { dataFolder, epochs, quick } from './example-options.js';

function layerFunctions() {
  const rng = new RandomState(231);
  const [x, w, b, dout] = [rng.randn(10, 6), rng.randn(6, 5), rng.randn(5), rng.randn(10, 5)];
  const { cache } = affineForward(x, w, b);
  const { dx, dw, db } = affineBackward(dout, cache);
  printFigures('affineBackward against central differences: relative errors', [
    within(
      'dx',
      0,
      relError(
        dx,
        evalNumericalGradientArray((v) => affineForward(v, w, b).out, x, dout),
      ),
      1e-8,
    ),
    within(
      'dw',
      0,
      relError(
        dw,
        evalNumericalGradientArray((v) => affineForward(x, v, b).out, w, dout),
      ),
      1e-8,
    ),
    within(
      'db',
      0,
      relError(
        db,
        evalNumericalGradientArray((v) => affineForward(x, w, v).out, b, dout),
      ),
      1e-8,
    ),
  ]);
}

function toyProblem() {
  /** @param {{ reg: number, regMode: 'loss' | 'gradient' }} l2 */
  const lossAndGradient = (l2) => {
    // One stream draws the weights, then the data.
    const rng = new RandomState(3);
    const net = new FullyConnectedNet({
      inputDim: 20,
      hiddenDims: [12, 8],
      numClasses: 5,
      weightScale: 0.1,
      ...l2,
      dtype: 'float64',
      rng,
    });
    const X = rng.randn(7, 20);
    const y = rng.randint(5, 7);
    const { loss, grads } = net.loss(X, y);
    return { loss, dW1: grads.W1?.get(0, 0) ?? Number.NaN };
  };
  const gradientOnly = lossAndGradient({ reg: 1, regMode: 'gradient' });
  const lossToo = lossAndGradient({ reg: 0.3, regMode: 'loss' });
  printFigures('Toy problem', [
    exact('L2 in the gradient only: loss', 1.5959360586284619, gradientOnly.loss),
    exact('L2 in the gradient only: dW1[0, 0]', 0.1624696295691529, gradientOnly.dW1),
    exact('L2 in the loss too: loss', 2.202028866325265, lossToo.loss),
    exact('L2 in the loss too: dW1[0, 0]', 0.03726563642903057, lossToo.dW1),
  ]);
}

/** @param {string} folder */
async function mnist(folder) {
  const all = await loadMnist(folder);
  // Which 10,000 rows validate matters by a point: the last ones of the file are easier than the first.
  const data = split(all.XTrain, all.yTrain, { val: 10_000, train: 50_000 });
  const net = new FullyConnectedNet({
    inputDim: 784,
    hiddenDims: [250],
    numClasses: 10,
    weightScale: 0.1,
    reg: 1,
    regMode: 'gradient',
    seed: 0,
  });
  const solver = new Solver(net, data, {
    updateRule: 'sgd',
    optimConfig: { learningRate: 1e-4 },
    lrDecay: 0.95,
    numEpochs: epochs(4),
    batchSize: 4,
    printEvery: 6_250,
  });
  await solver.train();

  // The course's validation accuracies after the epochs 1, 2, 3 and 20; entry 0 of the history is that after the first step.
  const course = new Map([
    [1, 0.9269],
    [2, 0.9472],
    [3, 0.9492],
    [20, 0.9605],
  ]);
  printFigures(
    'MNIST, raw pixels, 784-250-10, SGD, batches of 4: validation',
    [...course]
      .filter(([epoch]) => epoch < solver.valAccHistory.length)
      .map(([epoch, accuracy]) =>
        within(`after epoch ${epoch}`, accuracy, solver.valAccHistory[epoch] ?? Number.NaN, 0.008),
      ),
    { judge: !quick },
  );
}

layerFunctions();
toyProblem();
const folder = dataFolder('mnist');
if (folder !== undefined) await mnist(folder);
