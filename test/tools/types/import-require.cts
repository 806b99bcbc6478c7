// TypeScript's own way to require, and `import`, in a file that is CommonJS: the same types.
import gemmnet = require('gemmnet');

import { ArgumentError, loadDigits, TwoLayerNet } from 'gemmnet';

const net: gemmnet.TwoLayerNet = new TwoLayerNet({ inputSize: 64, hiddenSize: 32, numClasses: 10 });
const { XTrain, yTrain } = gemmnet.loadDigits();
const { XTest, yTest }: ReturnType<typeof loadDigits> = loadDigits({ split: 'writers' });

export async function main(): Promise<gemmnet.BackendInfo> {
  await net.train(XTrain, yTrain, XTest, yTest, { learningRate: 1e-2 });
  if (!(new ArgumentError('none') instanceof gemmnet.GemmnetError)) throw new Error('two copies');
  return gemmnet.backendInfo();
}
