import { join } from 'node:path';
import {
  loadCifar10,
  loadCifar100,
  loadDigits,
  loadIdx,
  loadMat,
  loadMnist,
  loadPickle,
  Tensor,
} from '../../../dist/index.js';
import { input } from './saving.js';

/** @typedef {import('../../cases.js').Case} Case */
/** @typedef {import('./gemmnet.js').Prepared} Prepared */
/** @typedef {import('../../../dist/index.js').DataSet} DataSet */

/** @param {Case} one */
export const mnist = ({ folder = '' }) => loadMnist(join(folder, 'mnist'));

/** @param {Case} one */
export const cifar10 = ({ folder = '' }) => loadCifar10(join(folder, 'cifar-10-batches-bin'));

/** @param {DataSet} set */
const parts = ({ XTrain, yTrain, XTest, yTest }) => [XTrain.data, yTrain, XTest.data, yTest];

/** Data sets in their own formats. @satisfies {Record<string, (one: Case) => Prepared>} */
export const dataSets = {
  /** @param {Case} one */
  loadMnist: (one) => ({ call: () => loadMnist(input(one)), arrays: parts }),
  /** @param {Case} one */
  loadCifar10: (one) => ({ call: () => loadCifar10(input(one)), arrays: parts }),
  /** @param {Case} one */
  loadCifar100: (one) => ({ call: () => loadCifar100(input(one)), arrays: parts }),
  /** @param {Case} one */
  loadIdx: (one) => ({ call: () => loadIdx(input(one)), arrays: (images) => [images.data] }),
  /** @param {Case} one */
  loadMat: (one) => ({ call: () => loadMat(input(one)), arrays: ({ X }) => (X ? [X.elements()] : []) }),
  /** @param {Case} one */
  loadPickle: (one) => ({
    call: () => loadPickle(input(one)),
    arrays: (value) =>
      value instanceof Map
        ? [...value.values()].flatMap((each) => (each instanceof Tensor ? [each.data] : []))
        : [],
  }),
  loadDigits: () => ({ call: () => loadDigits(), arrays: ({ X, y }) => [X.data, y] }),
};
