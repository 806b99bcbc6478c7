import {
  Adagrad,
  Adam,
  AdamW,
  accuracy,
  affineForward,
  CrossEntropyLoss,
  confusionMatrix,
  evalNumericalGradient,
  evalNumericalGradientArray,
  HingeLoss,
  Linear,
  MSELoss,
  NeuralNetwork,
  RandomState,
  ReLU,
  RMSProp,
  relError,
  Sequential,
  SGD,
  Sigmoid,
  Softmax,
  SoftmaxCrossEntropyLoss,
  Tanh,
  Tensor,
} from '../../../dist/index.js';
import { makeNet, parametersOf } from './creating.js';
import { mnist } from './data_sets.js';

/** @typedef {import('../../cases.js').Case} Case */
/** @typedef {import('./gemmnet.js').Prepared} Prepared */

/** @param {Case} one */
async function testRows(one) {
  const { XTest, yTest } = await mnist(one);
  return {
    X: new Tensor(
      Float32Array.from(XTest.elements(), (pixel) => pixel / 255),
      XTest.shape,
    ),
    y: yTest,
  };
}

/**
 * Labels, and other ones.
 *
 * @param {Case} one
 */
function twoLabels({ sizes: [count = 0, classes = 0] = [] }) {
  const rng = new RandomState(0);
  return { y: rng.randint(classes, count), predicted: rng.randint(classes, count) };
}

/**
 * A criterion's value and gradient.
 *
 * @param {new () => import('../../../dist/index.js').Criterion} Loss
 * @param {boolean} [probabilities]
 * @returns {(one: Case) => Prepared}
 */
const criterion =
  (Loss, probabilities = false) =>
  ({ sizes: [rows = 0, classes = 0] = [] }) => {
    const rng = new RandomState(0);
    const drawn = probabilities ? rng.rand(rows, classes).data : rng.randn(rows, classes).data;
    const scores = new Tensor(
      Float32Array.from(drawn, (value) => (probabilities ? value + 0.1 : value)),
      [rows, classes],
    );
    const y = rng.randint(classes, rows);
    const loss = new Loss();
    return {
      call: () => [loss.forward(scores, y), loss.backward()],
      arrays: ([value, gradient]) => [[value], gradient.data],
    };
  };

/**
 * @param {(net: ReturnType<typeof makeNet>) => { step(): void }} make
 * @returns {(one: Case) => Prepared}
 */
const stepping = (make) => (one) => {
  const net = makeNet(one);
  for (const gradient of Object.values(net.grads)) gradient.elements().fill(1e-3);
  const optimizer = make(net);
  return { call: () => optimizer.step(), arrays: () => undefined, bytes: 0 };
};

/**
 * A batch of normals, and labels.
 *
 * @param {Case} one rows, then the sizes of a net
 */
function drawBatch({ sizes: [rows = 0, ...sizes] = [] }) {
  const rng = new RandomState(1);
  const X = new Tensor(Float32Array.from(rng.randn(rows, sizes[0] ?? 0).data), [rows, sizes[0] ?? 0]);
  return { X, rng, rows, sizes };
}

/**
 * A layer behind a linear one.
 *
 * @param {new () => import('../../../dist/index.js').ReLU | Sigmoid | Softmax | Tanh} Activation
 * @returns {(one: Case) => Prepared}
 */
const sequential = (Activation) => (one) => {
  const { X, rng, rows, sizes } = drawBatch(one);
  const [inputs = 0, outputs = 0] = sizes;
  const dout = new Tensor(Float32Array.from(rng.randn(rows, outputs).data), [rows, outputs]);
  const net = new Sequential([new Linear(inputs, outputs, { init: 'he' }), new Activation()], { seed: 0 });
  return {
    call() {
      net.zeroGrad();
      const out = net.forward(X);
      net.backward(dout);
      return out;
    },
    arrays: (out) => [out.data, ...Object.values(net.grads).map((gradient) => gradient.elements())],
    bytes: (out) => out.data.byteLength,
  };
};

/** What a net is asked beside its training. @satisfies {Record<string, (one: Case) => Prepared | Promise<Prepared>>} */
export const judging = {
  /** @param {Case} one */
  async predict(one) {
    const net = makeNet(one);
    const { X } = await testRows(one);
    return { call: () => net.predict(X), arrays: (classes) => [classes] };
  },
  /** @param {Case} one */
  async modelAccuracy(one) {
    const net = makeNet(one);
    const { X, y } = await testRows(one);
    return { call: () => net.accuracy(X, y), arrays: (right) => [[right]] };
  },
  /** @param {Case} one */
  confusionMatrix(one) {
    const { y, predicted } = twoLabels(one);
    return { call: () => confusionMatrix(y, predicted), arrays: (matrix) => [matrix.data] };
  },
  /** @param {Case} one */
  accuracy(one) {
    const { y, predicted } = twoLabels(one);
    return { call: () => accuracy(predicted, y), arrays: (right) => [[right]] };
  },
  /** @param {Case} one */
  evalNumericalGradient(one) {
    const x = new RandomState(0).randn(...(one.sizes ?? []));
    const squares = (/** @type {Tensor} */ { data }) => {
      let sum = 0;
      for (let i = 0; i < data.length; i++) sum += /** @type {number} */ (data[i]) ** 2;
      return sum;
    };
    return { call: () => evalNumericalGradient(squares, x), arrays: (gradient) => [gradient.data] };
  },
  /** @param {Case} one */
  evalNumericalGradientArray({ sizes: [m = 0, k = 0, n = 0] = [] }) {
    const rng = new RandomState(0);
    const [x, w, b, dout] = [rng.randn(m, k), rng.randn(k, n), rng.randn(n), rng.randn(m, n)];
    const f = (/** @type {Tensor} */ at) => affineForward(at, w, b).out;
    return { call: () => evalNumericalGradientArray(f, x, dout), arrays: (gradient) => [gradient.data] };
  },
  /** @param {Case} one */
  relError({ sizes: [count = 0] = [] }) {
    const rng = new RandomState(0);
    const [a, b] = [rng.randn(count), rng.randn(count)];
    return { call: () => relError(a, b), arrays: (error) => [[error]] };
  },
  adamStep: stepping((net) => new Adam(net)),
  sgdStep: stepping((net) => new SGD(net, { momentum: 0.9 })),
  adamWStep: stepping((net) => new AdamW(net)),
  rmsPropStep: stepping((net) => new RMSProp(net)),
  adagradStep: stepping((net) => new Adagrad(net)),
  sequentialReLU: sequential(ReLU),
  sequentialSigmoid: sequential(Sigmoid),
  sequentialTanh: sequential(Tanh),
  sequentialSoftmax: sequential(Softmax),
  /** @param {Case} one */
  neuralNetwork(one) {
    const { X, rng, rows, sizes } = drawBatch(one);
    const [inputSize = 0, numClasses = 0] = [sizes[0], sizes.at(-1)];
    const y = rng.randint(numClasses, rows);
    const net = new NeuralNetwork({ inputSize, hiddenSizes: sizes.slice(1, -1), numClasses, seed: 0 });
    return {
      call() {
        net.forward(X);
        return net.backward(y);
      },
      arrays: (loss) => [[loss], ...Object.values(net.grads).map((gradient) => gradient.elements())],
      bytes: 0,
    };
  },
  /** @param {Case} one */
  snapshotParams(one) {
    const net = makeNet(one);
    return {
      call: () => net.snapshotParams(),
      arrays: () => parametersOf(net),
    };
  },
  /** @param {Case} one */
  restoreParams(one) {
    const net = makeNet(one);
    const snapshot = net.snapshotParams();
    return { call: () => net.restoreParams(snapshot), arrays: () => parametersOf(net), bytes: 0 };
  },
  softmaxCrossEntropy: criterion(SoftmaxCrossEntropyLoss),
  crossEntropy: criterion(CrossEntropyLoss, true),
  hinge: criterion(HingeLoss),
  /** @param {Case} one */
  mse({ sizes: [rows = 0, outputs = 0] = [] }) {
    const rng = new RandomState(0);
    const [scores, targets] = [rng.randn(rows, outputs), rng.randn(rows, outputs)].map(
      (drawn) => new Tensor(Float32Array.from(drawn.data), drawn.shape),
    );
    const loss = new MSELoss();
    return {
      call: () => [
        loss.forward(/** @type {Tensor} */ (scores), /** @type {Tensor} */ (targets)),
        loss.backward(),
      ],
      arrays: ([value, gradient]) => [[value], gradient.data],
    };
  },
};
