import type { DataSet } from '../data-set.js';
import type { CifarFormat } from './cifar-format.js';

/** The classes of CIFAR-10, in the order of their labels. */
export const cifar10Classes = Object.freeze([
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const);

const batches = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}`);

const format: CifarFormat = {
  who: 'loadCifar10',
  name: 'CIFAR-10',
  fetchName: 'cifar10',
  binary: {
    folder: 'cifar-10-batches-bin',
    training: batches.map((name) => `${name}.bin`),
    test: ['test_batch.bin'],
  },
  python: { folder: 'cifar-10-batches-py', training: batches, test: ['test_batch'] },
  numClasses: cifar10Classes.length,
  labelBytes: 1,
  labelByte: 0,
  labelKey: 'labels',
};

/**
 * Reads CIFAR-10 (Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html) from its binary or its Python version, in file order. The
 * pixels are read where they stay, as bytes on shared memory.
 * @param folder with data_batch_1.bin … data_batch_5.bin and test_batch.bin, or with data_batch_1 … test_batch as Python pickled
 *   them; or the one above, with cifar-10-batches-bin or cifar-10-batches-py
 * @returns pixels 0 … 255 of shape (50000, 3072) and (10000, 3072), each image as its red, green and blue plane, and class indices
 *   (see {@link cifar10Classes})
 * @throws ArgumentError for a file that is missing
 * @throws FormatError for a file that is damaged, with the byte
 */
export async function loadCifar10(folder: string): Promise<DataSet> {
  const { loadCifar } = await import('./cifar-batches.js');
  return loadCifar(folder, format);
}
