// Run by vitest-timeout.test.ts in a vitest of its own: a test whose time is over while it trains.
import { FullyConnectedNet, loadDigits, Solver } from 'gemmnet';
import { test } from 'vitest';

test('trains for too long', { timeout: 100 }, async () => {
  const { XTrain, yTrain } = loadDigits();
  const net = new FullyConnectedNet({ inputDim: 64, hiddenDims: [50], numClasses: 10, seed: 0 });
  await new Solver(net, { XTrain, yTrain }, { verbose: false, numEpochs: 1e6 }).train();
});
