// The same as import.mjs, from CommonJS.
const { backendInfo, loadDigits, TwoLayerNet } = require('gemmnet');

async function main() {
  const { XTrain, yTrain, XTest, yTest } = loadDigits();
  const net = new TwoLayerNet({ inputSize: 64, hiddenSize: 32, numClasses: 10, std: 0.1, seed: 0 });
  const options = { learningRate: 1e-2, numIters: 200, batchSize: 50 };
  const { lossHistory } = await net.train(XTrain, yTrain, XTest, yTest, options);
  console.log(JSON.stringify({ info: backendInfo(), losses: [...lossHistory] }));
}

main();
