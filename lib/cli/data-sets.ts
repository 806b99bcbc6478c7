import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ArgumentError } from '../core/errors.js';
import { RandomState } from '../core/random-state.js';
import type { Tensor } from '../core/tensor.js';
import { cacheFolder } from '../data/download/cache-folder.js';
import type { FetchableName } from '../data/download/manifest.js';
import { loadCifar10 } from '../data/sets/cifar10.js';
import { loadCifar100 } from '../data/sets/cifar100.js';
import { loadDigits } from '../data/sets/digits.js';
import { loadMnist } from '../data/sets/mnist.js';
import { split as cut } from '../data/split.js';
import type { DataSource } from './data-flag.js';

/** Pictures in three parts. */
export interface DataSet {
  /** (N, D), uint8. */
  readonly XTrain: Tensor;
  readonly yTrain: Int32Array;
  readonly XVal: Tensor;
  readonly yVal: Int32Array;
  readonly XTest: Tensor;
  readonly yTest: Int32Array;
  /** The largest value that a pixel can have. */
  readonly maxPixel: number;
  readonly numClasses: number;
}

interface Parts {
  readonly XTrain: Tensor;
  readonly yTrain: Int32Array;
  readonly XTest: Tensor;
  readonly yTest: Int32Array;
}

// The courses' validation sets: Chula takes the first 5,000 of MNIST, CS145 the last 1,000 of CIFAR-10.
const loadIdxImages = async (folder: string) =>
  withValidation(await loadMnist(folder), 'first', 5_000, 255, 10);

/** Those that are read from a folder: one that is named, or that of `gemmnet data fetch`. */
const fetched = {
  mnist: loadIdxImages,
  'fashion-mnist': loadIdxImages,
  kmnist: loadIdxImages,
  cifar10: async (folder: string) => withValidation(await loadCifar10(folder), 'last', 1_000, 255, 10),
  cifar100: async (folder: string) => withValidation(await loadCifar100(folder), 'last', 5_000, 255, 100),
} as const satisfies Record<FetchableName, (folder: string) => Promise<DataSet>>;

/** @throws ArgumentError that says how to get it, for a data set that is not there */
export async function loadDataSet(source: DataSource): Promise<DataSet> {
  if (source.kind === 'digits') return digits(source.split);
  const { kind, folder } = source;
  return folder === undefined ? loadFetched(kind) : fetched[kind](folder);
}

async function loadFetched(name: FetchableName): Promise<DataSet> {
  const folder = join(cacheFolder(), name);
  const remedy = `run gemmnet data fetch ${name}, or name its folder, --data ${name}:DIR`;
  if (!existsSync(folder)) {
    throw new ArgumentError(`gemmnet: expected ${name} in ${folder} but it is not there; ${remedy}`);
  }
  try {
    return await fetched[name](folder);
  } catch (cause) {
    if (!(cause instanceof ArgumentError)) throw cause;
    throw new ArgumentError(`${cause.message}; ${remedy}`, { cause });
  }
}

/** A validation part with every writer of the training in it, so that no epoch is chosen for one writer's hand. */
function digits(split: 'stratified' | 'writers'): DataSet {
  const { XTrain, yTrain, XTest, yTest } = loadDigits({ split });
  const parts = cut(XTrain, yTrain, { train: 1300, val: 200 }, { stratify: true, rng: new RandomState(0) });
  return { ...parts, XTest, yTest, maxPixel: 16, numClasses: 10 };
}

function withValidation(
  { XTrain, yTrain, XTest, yTest }: Parts,
  where: 'first' | 'last',
  count: number,
  maxPixel: number,
  numClasses: number,
): DataSet {
  const split = where === 'first' ? count : yTrain.length - count;
  const head = { X: XTrain.slice(0, split), y: yTrain.subarray(0, split) };
  const tail = { X: XTrain.slice(split), y: yTrain.subarray(split) };
  const [train, val] = where === 'first' ? [tail, head] : [head, tail];
  return { XTrain: train.X, yTrain: train.y, XVal: val.X, yVal: val.y, XTest, yTest, maxPixel, numClasses };
}
