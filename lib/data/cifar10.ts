import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError, FormatError } from '../core/errors.js';
import { fileError, readFully } from '../core/files.js';
import { allocate } from '../core/memory.js';
import { Tensor } from '../core/tensor.js';
import type { DataSet } from './data-set.js';

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

/** 32 × 32 red, then green, then blue. */
const pixels = 3072;
const recordLength = 1 + pixels;
const recordsAtOnce = 1000;

const trainingFiles = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`);
const testFiles = ['test_batch.bin'];

/**
 * Reads CIFAR-10 (Krizhevsky 2009) from its binary version, in file order.
 * @param folder with data_batch_1.bin … data_batch_5.bin and test_batch.bin, or the one above, with cifar-10-batches-bin
 * @returns pixels 0 … 255 of shape (50000, 3072) and (10000, 3072), each image as its red, green and blue plane, and class indices
 *   (see {@link cifar10Classes})
 * @throws ArgumentError for a file that is missing
 * @throws FormatError for a file that is damaged, with the byte
 */
export async function loadCifar10(folder: string): Promise<DataSet> {
  const place = await findBatches(folder);
  const [XTrain, yTrain] = await loadBatches(trainingFiles.map((name) => join(place, name)));
  const [XTest, yTest] = await loadBatches(testFiles.map((name) => join(place, name)));
  return { XTrain, yTrain, XTest, yTest };
}

async function findBatches(folder: string): Promise<string> {
  const inside = join(folder, 'cifar-10-batches-bin');
  for (const place of [folder, inside]) {
    let names: readonly string[];
    try {
      names = await readdir(place);
    } catch (cause) {
      if (place === inside) break;
      throw fileError('loadCifar10', 'read', place, cause);
    }
    const missing = [...trainingFiles, ...testFiles].filter((name) => !names.includes(name));
    if (missing.length === 0) return place;
    if (missing.length < trainingFiles.length + testFiles.length) {
      throw new ArgumentError(
        `loadCifar10: expected ${missing.join(', ')} beside the other batches in ${place} but found none`,
      );
    }
  }
  throw new ArgumentError(
    `loadCifar10: expected the binary version of CIFAR-10 (data_batch_1.bin … test_batch.bin) in ${folder} but found none`,
  );
}

/** Batch files of 3,073-byte records, a label and an image each, one behind the other. */
async function loadBatches(paths: readonly string[]): Promise<[X: Tensor, y: Int32Array]> {
  const files: FileHandle[] = [];
  let path = '';
  try {
    const counts: number[] = [];
    for (path of paths) {
      const file = await open(path);
      files.push(file);
      counts.push(recordCount((await file.stat()).size, path));
    }
    const count = counts.reduce((sum, records) => sum + records, 0);
    const X = allocate('uint8', count * pixels);
    const y = allocate('int32', count);
    let row = 0;
    for (let i = 0; i < paths.length; i++) {
      path = paths[i]!;
      await readBatch(files[i]!, path, X, y, row, counts[i]!);
      row += counts[i]!;
    }
    return [new Tensor(X, [count, pixels]), y];
  } catch (cause) {
    throw fileError('loadCifar10', 'read', path, cause);
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

function recordCount(size: number, path: string): number {
  if (size > 0 && size % recordLength === 0) return size / recordLength;
  throw new FormatError(
    `loadCifar10: ${path}: expected records of ${recordLength} bytes each but the file has ${size} bytes`,
  );
}

async function readBatch(
  file: FileHandle,
  path: string,
  X: Uint8Array,
  y: Int32Array,
  firstRow: number,
  count: number,
): Promise<void> {
  const records = Buffer.allocUnsafe(recordsAtOnce * recordLength);
  for (let done = 0; done < count; done += recordsAtOnce) {
    const start = done * recordLength;
    const length = Math.min(recordsAtOnce, count - done) * recordLength;
    await readFully(file, records.subarray(0, length), start, `loadCifar10: ${path}`);
    for (let at = 0, row = firstRow + done; at < length; at += recordLength, row++) {
      const label = records[at]!;
      if (label >= cifar10Classes.length) {
        throw new FormatError(
          `loadCifar10: ${path}: expected a label in 0 … 9 but received ${label} at byte ${start + at}`,
        );
      }
      y[row] = label;
      X.set(records.subarray(at + 1, at + recordLength), row * pixels);
    }
  }
}
