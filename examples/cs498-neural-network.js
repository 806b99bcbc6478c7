/**
 * CS498: NeuralNetwork with SGD and Adam in a loop of one's own, on a toy problem and on CIFAR-10.
 *
 * node examples/cs498-neural-network.js [--toy] [--quick] [--epochs N] [--data DIR]
 */
import { loadCifar10, NeuralNetwork, RandomState, split, subtractMean, Tensor } from 'gemmnet';
import { exact, printFigures, within } from './course-figures.js';
import { dataFolder, epochs, quick } from './example-options.js';

function toyProblem() {
  /** @param {Parameters<NeuralNetwork['update']>[0]} update */
  const threeSteps = (update) => {
    // One stream draws the weights, then the data.
    const rng = new RandomState(5);
    const net = new NeuralNetwork({
      inputSize: 12,
      hiddenSizes: [9, 9],
      numClasses: 4,
      dtype: 'float64',
      rng,
    });
    const X = rng.randn(15, 12);
    const y = rng.randint(4, 15);
    return [1, 2, 3].map((t) => {
      net.forward(X);
      const loss = net.backward(y, 0.01);
      net.update({ ...update, t });
      return loss;
    });
  };
  const sgd = threeSteps({ optimizer: 'sgd', learningRate: 0.05 });
  const adam = threeSteps({ optimizer: 'adam', learningRate: 3e-4, beta1: 0.7, beta2: 0.79, epsilon: 1e-8 });

  const course = {
    sgd: [1.3959757945485933, 1.3688275382470245, 1.344835135007759],
    adam: [1.3959757945485933, 1.3937539416636777, 1.3915413272337058],
  };
  printFigures('Toy problem', [
    ...course.sgd.map((loss, i) => exact(`SGD, loss ${i + 1}`, loss, sgd[i] ?? Number.NaN)),
    ...course.adam.map((loss, i) => exact(`Adam, loss ${i + 1}`, loss, adam[i] ?? Number.NaN)),
  ]);
}

/** @param {string} folder */
async function cifar10(folder) {
  const all = await loadCifar10(folder);
  const { XTrain, yTrain, XVal, yVal } = split(all.XTrain, all.yTrain, { train: 49_000, val: 1_000 });
  const data = subtractMean({ XTrain, XVal, XTest: all.XTest });
  for (const { data: pixels } of [data.XTrain, data.XVal, data.XTest]) {
    for (let i = 0; i < pixels.length; i++) pixels[i] = (pixels[i] ?? 0) / 255;
  }

  const net = new NeuralNetwork({ inputSize: 3072, hiddenSizes: [120, 120], numClasses: 10, seed: 0 });
  const batchSize = 200;
  const batch = new Tensor(new Float32Array(batchSize * 3072), [batchSize, 3072]);
  const labels = new Int32Array(batchSize);
  const numEpochs = epochs(12);
  let learningRate = 3e-4;
  for (let epoch = 1; epoch <= numEpochs; epoch++) {
    const order = net.rng.permutation(yTrain.length);
    let sum = 0;
    const numBatches = Math.floor(order.length / batchSize);
    for (let step = 0; step < numBatches; step++) {
      order.subarray(step * batchSize, (step + 1) * batchSize).forEach((row, i) => {
        batch.data.set(data.XTrain.data.subarray(row * 3072, (row + 1) * 3072), i * 3072);
        labels[i] = yTrain[row] ?? 0;
      });
      net.forward(batch);
      sum += net.backward(labels, 1e-5);
      // The course counts Adam's t in epochs.
      net.update({ optimizer: 'adam', learningRate, beta1: 0.7, beta2: 0.79, epsilon: 1e-8, t: epoch });
    }
    const val = await net.accuracy(data.XVal, yVal);
    console.log(
      `epoch ${epoch}/${numEpochs}  learning rate ${learningRate.toExponential(2)}  mean loss ${(sum / numBatches).toFixed(4)}  ` +
        `validation ${val.toFixed(3)}`,
    );
    learningRate *= 0.85;
  }

  printFigures(
    `CIFAR-10, 3072-120-120-10, Adam, ${numEpochs} epochs`,
    [
      within('validation (1,000 rows)', 0.53, await net.accuracy(data.XVal, yVal), 0.032),
      within('test (10,000 rows)', 0.53, await net.accuracy(data.XTest, all.yTest), 0.02),
    ],
    { judge: !quick },
  );
}

toyProblem();
const folder = dataFolder('cifar10');
if (folder !== undefined) await cifar10(folder);
