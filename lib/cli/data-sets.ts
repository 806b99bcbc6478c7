import { describe } from '../core/describe.js';
import { suggest } from '../core/suggest.js';
import type { Tensor } from '../core/tensor.js';
import { loadCifar10 } from '../data/cifar10.js';
import { loadDigits } from '../data/digits.js';
import { loadMnist } from '../data/mnist.js';
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

const kinds = {
  digits: async () => withValidation(loadDigits(), 'last', 200, 16),
  // The courses' validation sets: Chula takes the first 5,000 of MNIST, CS145 the last 1,000 of CIFAR-10.
  mnist: async (folder: string) => withValidation(await loadMnist(folder), 'first', 5_000, 255),
  cifar10: async (folder: string) => withValidation(await loadCifar10(folder), 'last', 1_000, 255),
} as const;

/** The flag `--data`. */
export const dataFlag: Flag<DataSource> = {
  placeholder: 'NAME',
  help: 'digits (built in, the default), mnist:DIR (idx files, .gz or not) or cifar10:DIR (binary batches)',
  parse: (_name, value) => parseDataSource(String(value)),
};

/** @throws UsageError for an unknown data set, or a missing or needless folder */
export function parseDataSource(name: string): DataSource {
  const colon = name.indexOf(':');
  const kind = colon < 0 ? name : name.slice(0, colon);
  const folder = colon < 0 ? '' : name.slice(colon + 1);
  if (!Object.hasOwn(kinds, kind)) {
    const meant = suggest(kind, Object.keys(kinds));
    throw new UsageError(
      `--data: expected digits, mnist:DIR or cifar10:DIR but received ${describe(name)}` +
        (meant === undefined ? '' : `; did you mean ${meant}?`),
    );
  }
  if (kind === 'digits') {
    if (folder !== '')
      throw new UsageError(`--data: expected digits without a folder but received ${describe(name)}`);
    return { name, load: kinds.digits };
  }
  if (folder === '') {
    throw new UsageError(
      `--data: expected ${kind}: and the folder of its files but received ${describe(name)}`,
    );
  }
  return { name, load: () => kinds[kind as 'mnist' | 'cifar10'](folder) };
}

function withValidation(
  { XTrain, yTrain, XTest, yTest }: Parts,
  where: 'first' | 'last',
  count: number,
  maxPixel: number,
): DataSet {
  const split = where === 'first' ? count : yTrain.length - count;
  const head = { X: XTrain.slice(0, split), y: yTrain.subarray(0, split) };
  const tail = { X: XTrain.slice(split), y: yTrain.subarray(split) };
  const [train, val] = where === 'first' ? [tail, head] : [head, tail];
  return { XTrain: train.X, yTrain: train.y, XVal: val.X, yVal: val.y, XTest, yTest, maxPixel };
}
