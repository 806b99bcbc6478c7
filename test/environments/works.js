import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { FullyConnectedNet, pca, Solver, Tensor, TwoLayerNet } from 'gemmnet';

const rows = 600;
const width = 40;
const classes = 10;

const X = new Tensor(
  Float32Array.from({ length: rows * width }, (_, i) => Math.sin(i * i)),
  [rows, width],
);
const y = Int32Array.from({ length: rows }, (_, i) => (i * 7) % classes);

/** Products of these take long enough for whoever ends the environment to come amid them. */
const tall = new Tensor(new Float32Array(4096 * 256).fill(1, 0, 256), [4096, 256]);

/** @param {number} seed */
const net = (seed) => new FullyConnectedNet({ inputDim: width, hiddenDims: [30], numClasses: classes, seed });

/**
 * What users set going beside their JavaScript, each without an end: in long calls, and in short ones, so that whoever ends the
 * environment finds some that are just coming back. The last is at once, and waits for nothing.
 *
 * @type {Readonly<Record<string, () => Promise<void>>>}
 */
export const works = {
  async solver() {
    for (;;)
      await new Solver(
        net(0),
        { XTrain: X, yTrain: y },
        { verbose: false, numEpochs: 50, batchSize: 50 },
      ).train();
  },
  async twoLayerNet() {
    const model = new TwoLayerNet({ inputSize: width, hiddenSize: 50, numClasses: classes, seed: 0 });
    await model.train(X, y, X, y, { numIters: 1e7, batchSize: 200 });
  },
  async steps() {
    const run = net(1).startTraining({ X, y, rule: { name: 'adam' }, batchSize: 10 });
    const indices = Int32Array.from({ length: 30 }, (_, i) => i);
    for (;;) await run.steps(indices, 1e-3);
  },
  async pca() {
    for (;;) await pca(tall, { numComponents: 3 });
  },
  async predict() {
    const one = new Tensor(X.data.slice(0, width), [1, width]);
    for (;;) {
      // A new net each time: what makes a program ready may be the last thing that an environment does.
      const model = net(2);
      model.predict(X);
      model.predict(one);
      await nextTurn();
    }
  },
};

/**
 * A training that must not notice what happens to others: the losses of each are to be those of the first, to the bit.
 *
 * @param {() => boolean} more
 * @returns {Promise<number>} how many there were
 */
export async function trainAlike(more) {
  let first = '';
  let count = 0;
  do {
    const solver = new Solver(
      net(3),
      { XTrain: X, yTrain: y },
      { verbose: false, numEpochs: 3, batchSize: 50 },
    );
    await solver.train();
    const losses = solver.lossHistory.join();
    first ||= losses;
    if (losses !== first) throw new Error(`training ${count} differs from the first: ${losses}\n${first}`);
    count++;
    await wait(100);
  } while (more());
  return count;
}
