// A program as users write it. The test beside it compiles this file, and nobody runs it: against the declarations of the package, under
// the strictest options and with a `lib` that knows neither Node nor the DOM.

import {
  accuracy,
  affineForward,
  balance,
  CrossEntropyLoss,
  confusionMatrix,
  cosine,
  FullyConnectedNet,
  findLearningRate,
  gradCheck,
  type History,
  Linear,
  loadCsv,
  loadDigits,
  loadMnist,
  loadModel,
  type MeasuredSchedule,
  type Model,
  makeMoons,
  NeuralNetwork,
  oneCycle,
  type Parameters,
  Preparation,
  pca,
  perStep,
  RandomState,
  ReLU,
  Sequential,
  SGD,
  Solver,
  saveNpz,
  saveSafetensors,
  sgdMomentum,
  shuffle,
  softmaxLoss,
  split,
  standardize,
  type Tensor,
  TwoLayerNet,
  tensor,
  warmup,
} from 'gemmnet';

export async function main(): Promise<void> {
  const { XTrain, yTrain, XTest, yTest } = loadDigits();
  const net = new FullyConnectedNet({ inputDim: 64, hiddenDims: [100], numClasses: 10, init: 'he', seed: 0 });
  const solver = new Solver(
    net,
    { XTrain, yTrain, XVal: XTest, yVal: yTest },
    { updateRule: 'adam', numEpochs: 30, batchSize: 20, lrDecay: 0.95, verbose: false },
  );
  await solver.train({ onProgress: ({ epoch, loss }) => `${epoch} ${loss.toFixed(3)}` });
  const right: number = await net.accuracy(XTest, yTest);
  await net.save('digits.safetensors');
  const model = await loadModel('digits.safetensors');
  const predicted: Int32Array = await model.predict(XTest);
  const matrix: Tensor = confusionMatrix(yTest, predicted);
  const score: number = accuracy(predicted, yTest) + matrix.get(0, 0) + right;

  // A variable for any net that tells classes apart, and what nets for other tasks give.
  const classifier: Model = net;
  const first: number | undefined = classifier.predict(XTest)[0];
  const regressor = new TwoLayerNet({ inputSize: 64, hiddenSize: 5, task: 'regression', loss: 'huber' });
  const numbers: Tensor = new Solver(regressor, { XTrain, yTrain }).model.predict(XTest);

  // @ts-expect-error: what is wrong does not compile, or this file shows nothing
  net.accuracy(XTest, 'labels');

  // Parameters and gradients by name, read and written.
  const two = new TwoLayerNet({ inputSize: 4, hiddenSize: 10, numClasses: 3, std: 1e-1, loss: 'softmax' });
  for (const { params } of [
    net,
    two,
    model,
    new NeuralNetwork({ inputSize: 4, hiddenSizes: [3], numClasses: 2 }),
  ]) {
    const { W1, b1, W2, b2 } = params;
    W1.set(0, 0, W1.get(0, 0) + b1.get(0) + W2.get(0, 0) + b2.get(0));
    for (const [name, values] of Object.entries(params)) await saveNpz('params.npz', { [name]: values });
    const named: Tensor | undefined = params.layer;
    named?.get(0);
  }
  const { loss, grads } = two.loss(tensor([[1, 2, 3, 4]]), [0]);
  const step: number = loss + grads.W1.get(0, 0);
  const best: Parameters = solver.bestParams;
  await saveSafetensors('best.safetensors', best);

  // Data sets in pieces.
  const pieces = split(XTrain, yTrain, { train: 0.8, val: 0.2 }, { stratify: true, seed: 0 });
  const history: Pick<History, 'lossHistory'> = await two.train(
    pieces.XTrain,
    pieces.yTrain,
    pieces.XVal,
    pieces.yVal,
    {
      numIters: 100,
      learningRate: 1e-4,
      verbose: false,
    },
  );
  const last: number | undefined = history.lossHistory.at(-1);
  const { XVal, yVal } = split(XTrain, yTrain, { testSize: 0.2, valSize: 0.1, stratify: true, seed: 0 });
  const targets: Float32Array = split(XTrain, new Float32Array(3), { testSize: 0.2 }).yTrain;
  const mixed = shuffle(balance(XVal, yVal, { method: 'oversample' }).X, yVal, { seed: 0 });
  const { X, y } = makeMoons({ numSamples: 100, noise: 0.1, seed: 0 });
  const scaled = standardize({ XTrain: X, XTest: mixed.X });
  const preparation = Preparation.subtractMean(X).followedBy(Preparation.divide(2, 255));
  const components = await pca(scaled.XTrain, { numComponents: 2 });
  const table = await loadCsv('iris.csv', { labelColumn: 'species' });
  const mnist = await loadMnist('mnist');

  // Loops of one's own.
  const layers = new Sequential([new Linear(2, 3), new ReLU(), new Linear(3, 2)]);
  const criterion = new CrossEntropyLoss();
  const optimizer = new SGD(layers, { lr: 0.1 });
  const value: number = criterion.forward(layers.forward(X), y);
  layers.backward(criterion.backward());
  optimizer.step();
  const { out } = affineForward(
    X,
    tensor([
      [1, 2],
      [3, 4],
    ]),
    [0, 0],
  );
  const { dx } = softmaxLoss(out, y);
  const check = gradCheck(two, tensor([[1, 2, 3, 4]]), [0]);
  const drawn: number = new RandomState(0).rand() + new RandomState(0).randn(2, 3).get(0, 0);

  // Schedules, update rules as functions, and initializers of one's own.
  const drawnByHand = new Linear(2, 3, {
    init: (rng, shape, fan) => rng.normal(0, 1 / fan.in, shape),
    biasInit: () => [0, 0, 0],
  });
  const schedules: readonly MeasuredSchedule[] = [
    warmup(2, cosine(0.1, 28)),
    (epoch) => 0.1 / (1 + epoch),
    perStep((at) => 0.1 / Math.sqrt(1 + at)),
    (epoch, checks) => (checks.at(-1)?.valAcc ?? 0) / (1 + epoch),
  ];
  const rates: readonly number[] = [0, 1, 2].map(oneCycle(0.1, 3, { per: 'step' }));
  for (const schedule of schedules) new Solver(net, { XTrain, yTrain }, { updateRule: 'adam', schedule });
  const { suggestion } = await findLearningRate(net, XTrain, yTrain, { updateRule: 'adam', steps: 50 });
  const rate: number = suggestion ?? 1e-3;
  const { nextW, config } = sgdMomentum(X, X, { learningRate: rate });
  const velocity: Tensor = sgdMomentum(nextW, X, config).config.velocity;

  two.dispose();
  void [
    drawnByHand,
    rates,
    velocity,
    first,
    numbers,
    score,
    step,
    last,
    targets,
    preparation,
    components,
    table,
    mnist,
    value,
    dx,
    check,
    drawn,
  ];
}
