// What bundlers and runtimes are tried with: each thing that needs a file of the package, or code of another one, and what came of it, as
// JSON. The argument is a picture's path.
import { dirname, join } from 'node:path';
import * as gemmnet from 'gemmnet';
import {
  ArgumentError,
  backendInfo,
  loadDigits,
  loadImage,
  loadNpz,
  makeBlobs,
  pca,
  Tensor,
  TwoLayerNet,
} from 'gemmnet';

/** @type {unknown[]} */
const warnings = [];
process.on('warning', (/** @type {Error & { code?: string }} */ { name, code, message }) => {
  if (name === 'GemmnetWarning') warnings.push({ code, message });
});

/** @param {() => unknown} act */
async function outcome(act) {
  try {
    return await act();
  } catch (error) {
    return String(error);
  }
}

async function train() {
  const { X, y } = makeBlobs({ numSamples: 300, centers: 10, numFeatures: 64, seed: 0 });
  const net = new TwoLayerNet({ inputSize: 64, hiddenSize: 32, numClasses: 10, std: 0.1, seed: 0 });
  const { lossHistory } = await net.train(X, y, X, y, { learningRate: 1e-2, numIters: 100, batchSize: 50 });
  const [first = 0, last = 0] = [lossHistory.at(0), lossHistory.at(-1)];
  return last < first / 2 ? 'learned' : `the loss went from ${first} to ${last}`;
}

async function main() {
  const results = {
    backend: await outcome(() => backendInfo()),
    training: await outcome(train),
    digits: await outcome(() => loadDigits().XTrain.shape.join()),
    thread: await outcome(async () => {
      const X = new Tensor(
        Float64Array.from({ length: 200 * 64 }, (_, i) => Math.sin(i * i)),
        [200, 64],
      );
      return (await pca(X, { numComponents: 2 })).components.shape.join();
    }),
    picture: await outcome(async () => (await loadImage(String(process.argv[2]))).shape.join()),
    archive: await outcome(async () => {
      const arrays = await loadNpz(join(dirname(String(process.argv[2])), 'arrays.npz'));
      return arrays.X_train?.shape.join();
    }),
    // What is loaded later has the errors of what is loaded at first.
    sameErrors: await loadImage('nowhere.jpg').catch((error) => error instanceof ArgumentError),
  };
  // So that no bundler leaves out what this does not use.
  if (Object.keys(gemmnet).length < 100) throw new Error('there is more than that');
  // A warning comes in a tick of its own.
  await new Promise((resolve) => setTimeout(resolve, 10));
  console.log(JSON.stringify({ ...results, warnings }));
}

main();
