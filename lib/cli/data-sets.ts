import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, orList } from '../core/describe.js';
import { ArgumentError } from '../core/errors.js';
import { RandomState } from '../core/random-state.js';
import { suggest } from '../core/suggest.js';
import type { Tensor } from '../core/tensor.js';
import { cacheFolder } from '../data/download/cache-folder.js';
import type { FetchableName } from '../data/download/manifest.js';
import { loadCifar10 } from '../data/sets/cifar10.js';
import { loadCifar100 } from '../data/sets/cifar100.js';
import { loadDigits } from '../data/sets/digits.js';
import { loadMnist } from '../data/sets/mnist.js';
import { split as cut } from '../data/split.js';
import type { Flag } from './arguments.js';
import { UsageError } from './usage-error.js';

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

/** Which data set a command works on, and how it is loaded. */
export interface DataSource {
  /** As given, `mnist:DIR`. */
  readonly name: string;
  load(): Promise<DataSet>;
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

const names = ['digits', ...Object.keys(fetched)];

/** The flag `--data`. */
export const dataFlag: Flag<DataSource> = {
  placeholder: 'NAME',
  help: 'digits (built in, the default; digits:writers tests on other writers), mnist, fashion-mnist, kmnist, cifar10 or cifar100 (after gemmnet data fetch; or with their folder, mnist:DIR)',
  parse: (_name, value) => parseDataSource(String(value)),
};

/** @throws UsageError for an unknown data set, or an empty or needless folder */
export function parseDataSource(name: string): DataSource {
  const colon = name.indexOf(':');
  const kind = colon < 0 ? name : name.slice(0, colon);
  const folder = colon < 0 ? undefined : name.slice(colon + 1);
  if (!names.includes(kind)) {
    const meant = suggest(kind, names);
    throw new UsageError(
      `--data: expected ${orList(names)}, or a name and a folder as in mnist:DIR, but received ${describe(name)}` +
        (meant === undefined ? '' : `; did you mean ${meant}?`),
    );
  }
  if (kind === 'digits') {
    if (folder !== undefined && folder !== 'writers') {
      throw new UsageError(
        `--data: expected digits without a folder, or digits:writers, but received ${describe(name)}`,
      );
    }
    const split = folder ?? 'stratified';
    return { name, load: async () => digits(split) };
  }
  if (folder === '') {
    throw new UsageError(`--data: expected a folder after ${kind}: but received ${describe(name)}`);
  }
  const known = kind as keyof typeof fetched;
  return { name, load: () => (folder === undefined ? loadFetched(known) : fetched[known](folder)) };
}

/** @throws ArgumentError that says how to get it, for a data set that is not there */
async function loadFetched(name: keyof typeof fetched): Promise<DataSet> {
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
