// What a user's ESM program does with the installed package; scripts/test-package.js runs it in an empty project.
import { Augmentation, backendInfo, loadDigits, pca, TwoLayerNet } from 'gemmnet';

const { XTrain, yTrain, XTest, yTest } = loadDigits();
const net = new TwoLayerNet({ inputSize: 64, hiddenSize: 32, numClasses: 10, std: 0.1, seed: 0 });
const options = { learningRate: 1e-2, numIters: 200, batchSize: 50 };
const { lossHistory } = await net.train(XTrain, yTrain, XTest, yTest, options);
// Worker threads find their files, and the process ends without a dispose().
const augmentation = new Augmentation({ height: 8, width: 8, shift: 1 }, { seed: 0 });
const { components } = await pca(await augmentation.apply(XTrain), { numComponents: 2 });
if (components.shape[1] !== 64) throw new Error(`pca found ${components}`);
console.log(JSON.stringify({ info: backendInfo(), losses: [...lossHistory] }));
