import {
  Augmentation,
  balance,
  classCounts,
  classWeights,
  mixup,
  oneHot,
  Preparation,
  pca,
  RandomState,
  shuffle,
  split,
  standardize,
  subtractMean,
  Tensor,
  tensor,
} from '../../../dist/index.js';
import { cifar10, mnist } from './data_sets.js';

/** @typedef {import('../../cases.js').Case} Case */
/** @typedef {import('./gemmnet.js').Prepared} Prepared */

/**
 * Random classes, as numpy.random.RandomState(0) draws them.
 *
 * @param {Case} one
 */
export const drawLabels = ({ sizes: [count = 0, classes = 0] = [] }) =>
  new RandomState(0).randint(classes, count);

/**
 * The first pixels of MNIST between 0 and 1.
 *
 * @param {Case} one
 */
async function unitRows(one) {
  const [rows = 0] = one.sizes ?? [];
  const { XTrain } = await mnist(one);
  const pixels = XTrain.slice(0, rows);
  return new Tensor(
    Float32Array.from(pixels.elements(), (pixel) => pixel / 255),
    pixels.shape,
  );
}

/** @param {Case} one */
async function normals(one) {
  const [rows = 0, columns = 0] = one.sizes ?? [];
  return new Tensor(Float32Array.from(new RandomState(0).randn(rows * columns).data), [rows, columns]);
}

/** Between raw rows and a net. @satisfies {Record<string, (one: Case) => Prepared | Promise<Prepared>>} */
export const preparing = {
  /** @param {Case} one */
  async subtractMean(one) {
    const { XTrain, XTest } = await cifar10(one);
    return {
      call: () => subtractMean({ XTrain, XTest }),
      arrays: (sets) => [sets.XTrain.data, sets.XTest.data, sets.mean.data],
    };
  },
  /** @param {Case} one */
  async standardize(one) {
    const { XTrain, XTest } = await mnist(one);
    return {
      call: () => standardize({ XTrain, XTest }),
      arrays: (sets) => [sets.XTrain.data, sets.XTest.data, sets.mean.data, sets.std.data],
    };
  },
  /** @param {Case} one */
  oneHot(one) {
    const y = drawLabels(one);
    const classes = one.sizes?.[1] ?? 0;
    return { call: () => oneHot(y, classes), arrays: (rows) => [rows.data] };
  },
  /** @param {Case} one */
  async split(one) {
    const { XTrain, yTrain } = await mnist(one);
    return {
      call: () => split(XTrain, yTrain, { testSize: 10_000, seed: 0 }),
      arrays: (pieces) => [pieces.XTrain, pieces.yTrain, pieces.XTest, pieces.yTest].map(elementsOf),
    };
  },
  /** @param {Case} one */
  async shuffle(one) {
    const { XTrain, yTrain } = await mnist(one);
    return {
      call: () => shuffle(XTrain, yTrain, { seed: 0 }),
      arrays: ({ X, y }) => [X.data, y],
    };
  },
  /** @param {Case} one */
  async tensor(one) {
    const nested = (await unitRows(one)).toArray();
    return { call: () => tensor(/** @type {number[][]} */ (nested)), arrays: (X) => [X.data] };
  },
  /** @param {Case} one */
  async toArray(one) {
    const X = await unitRows(one);
    return { call: () => X.toArray(), arrays: (nested) => [/** @type {number[][]} */ (nested).flat()] };
  },
  /** @param {Case} one */
  async pca(one) {
    const { XTrain } = await mnist(one);
    const [numComponents] = one.sizes ?? [];
    return {
      call: () => pca(XTrain, numComponents === undefined ? {} : { numComponents }),
      arrays: ({ explainedVariance }) => [explainedVariance.data],
      bytes: ({ components }) => 8 * components.size,
      // Of the rows in double precision, in which their products are summed.
      copy: () => 8 * XTrain.size,
    };
  },
  /** @param {Case} one */
  async transform(one) {
    const { XTrain } = await mnist(one);
    const [numComponents = 1] = one.sizes ?? [];
    const found = await pca(XTrain, { numComponents });
    return { call: () => found.transform(XTrain), arrays: (Z) => [Z.data] };
  },
  /** @param {Case} one */
  async prepare(one) {
    const { XTrain } = await mnist(one);
    const preparation = Preparation.standardize(XTrain);
    return { call: () => preparation.apply(XTrain), arrays: (X) => [X.data] };
  },
  /** @param {Case} one */
  async fitPreparation(one) {
    const { XTrain } = await mnist(one);
    return { call: () => Preparation.standardize(XTrain), arrays: () => undefined };
  },
  /** @param {Case} one */
  async mixup(one) {
    const { XTest, yTest } = await cifar10(one);
    return {
      call: () => mixup(XTest, yTest, 10, { seed: 0 }),
      arrays: ({ X, y }) => [X.data, y.data],
    };
  },
  /** @param {Case} one */
  async balance(one) {
    const { XTrain, yTrain } = await mnist(one);
    const y = yTrain.map((label) => Math.max(0, label - 4));
    return {
      call: () => balance(XTrain, y, { method: 'oversample', seed: 0 }),
      arrays: (rows) => [rows.X.data, rows.y],
    };
  },
  /** @param {Case} one */
  classCounts(one) {
    const y = drawLabels(one);
    return { call: () => classCounts(y), arrays: (counts) => [counts] };
  },
  /** @param {Case} one */
  classWeights(one) {
    const y = drawLabels(one);
    return { call: () => classWeights(y), arrays: (weights) => [weights] };
  },
  /** @param {Case} one */
  async augmentByCrop(one) {
    const { XTest } = await cifar10(one);
    const options = { height: 32, width: 32, channels: 3, crop: 4, flip: 0.5 };
    return augmenting(XTest, new Augmentation(options, { seed: 0 }));
  },
  /** @param {Case} one */
  async augmentByDistortion(one) {
    const X = (await mnist(one)).XTrain.slice(0, one.sizes?.[0] ?? 0);
    const options = { height: 28, width: 28, shift: 2, rotate: 15, elastic: { alpha: 34, sigma: 4 } };
    return augmenting(X, new Augmentation(options, { seed: 0 }));
  },
  /** @param {Case} one */
  async contiguous(one) {
    const { T } = await normals(one);
    return { call: () => T.contiguous(), arrays: (X) => [X.data] };
  },
  /** @param {Case} one */
  async clone(one) {
    const X = await normals(one);
    return { call: () => X.clone(), arrays: (copy) => [copy.data] };
  },
};

/** @param {Tensor | Int32Array} part */
const elementsOf = (part) => (part instanceof Tensor ? part.elements() : part);

/**
 * The changes come from a stream of its own: only that they are as many is compared, by nobody.
 *
 * @param {Tensor} X
 * @param {Augmentation} augmentation
 * @returns {Prepared}
 */
const augmenting = (X, augmentation) => ({
  call: () => augmentation.apply(X),
  arrays: () => undefined,
  bytes: X.data.byteLength,
});
