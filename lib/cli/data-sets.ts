import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ArgumentError } from '../core/errors.js';
import { RandomState } from '../core/random/random-state.js';
import type { Tensor } from '../core/tensors/tensor.js';
import { cacheFolder } from '../data/download/cache-folder.js';
import type { FetchableName } from '../data/download/manifest.js';
import { cifar10Classes, loadCifar10 } from '../data/sets/cifar10.js';
import { cifar100Classes, loadCifar100 } from '../data/sets/cifar100.js';
import { loadDigits } from '../data/sets/digits.js';
import { loadMnist } from '../data/sets/mnist.js';
import { split as cut } from '../data/split.js';
import type { Picture } from '../plot/terminal/picture.js';
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
  /** How a row is a picture; undefined where it is none that is known. */
  readonly picture: PictureFormat | undefined;
  /** What the classes are called; undefined where the digits say it. */
  readonly classNames?: readonly string[];
}

type PictureFormat = Pick<Picture, 'height' | 'width' | 'channels'>;

interface Parts {
  readonly XTrain: Tensor;
  readonly yTrain: Int32Array;
  readonly XTest: Tensor;
  readonly yTest: Int32Array;
}

const cifarPicture: PictureFormat = { height: 32, width: 32, channels: 3 };

const garments = words('T-shirt trousers pullover dress coat sandal shirt sneaker bag boot');
const hiragana = words('o ki su tsu na ha ma ya re wo');

// The courses' validation sets: Chula takes the first 5,000 of MNIST, CS145 the last 1,000 of CIFAR-10.
const idxImages = (classNames?: readonly string[]) => async (folder: string) => {
  const all = await loadMnist(folder);
  const side = Math.sqrt(all.XTrain.shape[1] ?? 0);
  return {
    ...withValidation(all, 'first', 5_000),
    maxPixel: 255,
    numClasses: 10,
    picture: Number.isInteger(side) ? ({ height: side, width: side, channels: 1 } as const) : undefined,
    ...(classNames === undefined ? {} : { classNames }),
  };
};

/** Those that are read from a folder: one that is named, or that of `gemmnet data fetch`. */
const fetched = {
  mnist: idxImages(),
  'fashion-mnist': idxImages(garments),
  kmnist: idxImages(hiragana),
  cifar10: async (folder: string) => ({
    ...withValidation(await loadCifar10(folder), 'last', 1_000),
    ...{ maxPixel: 255, numClasses: 10, picture: cifarPicture, classNames: cifar10Classes },
  }),
  cifar100: async (folder: string) => ({
    ...withValidation(await loadCifar100(folder), 'last', 5_000),
    ...{ maxPixel: 255, numClasses: 100, picture: cifarPicture, classNames: cifar100Classes },
  }),
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
  const picture = { height: 8, width: 8, channels: 1 } as const;
  return { ...parts, XTest, yTest, maxPixel: 16, numClasses: 10, picture };
}

function withValidation({ XTrain, yTrain, XTest, yTest }: Parts, where: 'first' | 'last', count: number) {
  const split = where === 'first' ? count : yTrain.length - count;
  const head = { X: XTrain.slice(0, split), y: yTrain.subarray(0, split) };
  const tail = { X: XTrain.slice(split), y: yTrain.subarray(split) };
  const [train, val] = where === 'first' ? [tail, head] : [head, tail];
  return { XTrain: train.X, yTrain: train.y, XVal: val.X, yVal: val.y, XTest, yTest };
}

function words(text: string): readonly string[] {
  return text.split(' ');
}
