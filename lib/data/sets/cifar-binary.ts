import { type FileHandle, open } from 'node:fs/promises';
import { FormatError } from '../../core/errors.js';
import { allocate } from '../../core/memory.js';
import { fileError, readFully } from '../../core/process/files.js';
import { Tensor } from '../../core/tensors/tensor.js';
import { type CifarFormat, checkLabel, cifarPixels } from './cifar-format.js';

/** The system takes at most 1,024 arrays in one call, and a record fills two. */
const recordsAtOnce = 512;

interface Batch {
  readonly file: FileHandle;
  readonly path: string;
  /** Records. */
  readonly count: number;
  /** The row of its first record. */
  readonly firstRow: number;
}

/**
 * Batch files of records, the label bytes and an image each, one behind the other. The system itself puts each image into its row,
 * so that no pixel is copied after it was read.
 */
export async function readBinaryBatches(
  paths: readonly string[],
  format: CifarFormat,
): Promise<[X: Tensor, y: Int32Array]> {
  const batches: Batch[] = [];
  let count = 0;
  let path = '';
  try {
    for (path of paths) {
      const file = await open(path);
      batches.push({ file, path, count: 0, firstRow: count });
      const records = recordCount((await file.stat()).size, path, format);
      batches[batches.length - 1] = { file, path, count: records, firstRow: count };
      count += records;
    }
    const X = allocate('uint8', count * cifarPixels);
    const y = allocate('int32', count);
    // All at once: the system copies on other threads than this one.
    const outcomes = await Promise.allSettled(batches.map((batch) => readBatch(batch, X, y, format)));
    outcomes.forEach((outcome, i) => {
      path = paths[i]!;
      if (outcome.status === 'rejected') throw outcome.reason;
    });
    return [new Tensor(X, [count, cifarPixels]), y];
  } catch (cause) {
    throw fileError(format.who, 'read', path, cause);
  } finally {
    await Promise.all(batches.map(({ file }) => file.close()));
  }
}

function recordCount(size: number, path: string, { who, labelBytes }: CifarFormat): number {
  const recordLength = labelBytes + cifarPixels;
  if (size > 0 && size % recordLength === 0) return size / recordLength;
  throw new FormatError(
    `${who}: ${path}: expected records of ${recordLength} bytes each but the file has ${size} bytes`,
  );
}

async function readBatch(
  { file, path, count, firstRow }: Batch,
  X: Uint8Array,
  y: Int32Array,
  format: CifarFormat,
): Promise<void> {
  const { who, labelBytes, labelByte, numClasses } = format;
  const recordLength = labelBytes + cifarPixels;
  const where = `${who}: ${path}`;
  const labels = new Uint8Array(Math.min(count, recordsAtOnce) * labelBytes);
  // Where the labels of each record go, and then its pixels.
  const arrays: Uint8Array[] = [];
  for (let at = 0; at < labels.length; at += labelBytes) {
    arrays.push(labels.subarray(at, at + labelBytes), labels);
  }
  for (let done = 0; done < count; done += recordsAtOnce) {
    const records = Math.min(recordsAtOnce, count - done);
    for (let i = 0, start = (firstRow + done) * cifarPixels; i < records; i++, start += cifarPixels) {
      arrays[2 * i + 1] = new Uint8Array(X.buffer, start, cifarPixels);
    }
    arrays.length = 2 * records;
    await readArrays(file, arrays, done * recordLength, records * recordLength, where);
    for (let i = 0; i < records; i++) {
      const label = labels[i * labelBytes + labelByte]!;
      if (label >= numClasses) {
        checkLabel(label, format, where, `at byte ${(done + i) * recordLength + labelByte}`);
      }
      y[firstRow + done + i] = label;
    }
  }
}

/**
 * Fills the arrays one behind the other.
 * @param length bytes of all of them
 */
async function readArrays(
  file: FileHandle,
  arrays: readonly Uint8Array[],
  position: number,
  length: number,
  where: string,
): Promise<void> {
  const done = await readAtOnce(file, arrays, position);
  if (done === length) return;
  // The system may read less than it was asked for.
  const rest = new Uint8Array(length - done);
  await readFully(file, rest, position + done, where);
  let end = 0;
  for (const array of arrays) {
    const start = end;
    end += array.length;
    if (end > done)
      array.set(rest.subarray(Math.max(start - done, 0), end - done), Math.max(done - start, 0));
  }
}

/** @returns how many bytes were read; none where file handles do not know how, as those of Yarn */
async function readAtOnce(
  file: FileHandle,
  arrays: readonly Uint8Array[],
  position: number,
): Promise<number> {
  try {
    return (await file.readv(arrays, position)).bytesRead;
  } catch (cause) {
    if (typeof (cause as NodeJS.ErrnoException).code === 'string') throw cause;
    return 0;
  }
}
