import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ArgumentError, FormatError } from '../../lib/core/errors.js';
import { loadMnist } from '../../lib/data/sets/mnist.js';
import { temporaryFolder } from '../temporary-folder.js';
import { realData, realDataMissing } from './real-data.js';

const images = (count: number, side = 2) =>
  Buffer.from([
    0,
    0,
    8,
    3,
    0,
    0,
    0,
    count,
    0,
    0,
    0,
    side,
    0,
    0,
    0,
    side,
    ...Array(count * side * side).keys(),
  ]);
const labels = (...values: number[]) => Buffer.from([0, 0, 8, 1, 0, 0, 0, values.length, ...values]);

/** A folder with a small MNIST, other files in place of some of it, and without those that are undefined. */
async function mnistFolder(changed: Record<string, Buffer | undefined> = {}): Promise<string> {
  const folder = await temporaryFolder();
  const files: Record<string, Buffer | undefined> = {
    'train-images-idx3-ubyte': images(3),
    'train-labels-idx1-ubyte': labels(5, 0, 9),
    't10k-images-idx3-ubyte.gz': gzipSync(images(2)),
    't10k-labels-idx1-ubyte.gz': gzipSync(labels(1, 2)),
    ...changed,
  };
  for (const [name, bytes] of Object.entries(files))
    if (bytes !== undefined) await writeFile(join(folder, name), bytes);
  return folder;
}

describe('loadMnist', () => {
  test('reads images as rows, compressed or not', async () => {
    const { XTrain, yTrain, XTest, yTest } = await loadMnist(await mnistFolder());
    expect(XTrain.toArray()).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 10, 11],
    ]);
    expect(XTrain.dtype).toBe('uint8');
    expect(yTrain).toEqual(Int32Array.of(5, 0, 9));
    expect(XTest.shape).toEqual([2, 4]);
    expect(yTest).toEqual(Int32Array.of(1, 2));
    expect(XTrain.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(yTrain.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  test('knows the spelling with a dot', async () => {
    const folder = await mnistFolder({
      'train-images-idx3-ubyte': undefined,
      'train-images.idx3-ubyte': images(3),
    });
    expect((await loadMnist(folder)).XTrain.shape).toEqual([3, 4]);
  });

  test.each([
    ['alone', (name: string) => [join(name, name)]],
    ['beside dotted files', (name: string) => [join(name, name), name.replace('-idx', '.idx')]],
    ['with a dot', (name: string) => [join(name.replace('-idx', '.idx'), name)]],
    ['packed', (name: string) => [join(name, `${name}.gz`)]],
    ['beside folders of something else', (name: string) => [`${name}/readme.txt`, `${name}.gz`]],
  ])('finds files in folders of their own name, %s', async (_name, places) => {
    const folder = await temporaryFolder();
    for (const [name, bytes] of [
      ['train-images-idx3-ubyte', images(3)],
      ['train-labels-idx1-ubyte', labels(5, 0, 9)],
      ['t10k-images-idx3-ubyte', images(2)],
      ['t10k-labels-idx1-ubyte', labels(1, 2)],
    ] as const) {
      for (const place of places(name)) {
        await mkdir(join(folder, dirname(place)), { recursive: true });
        await writeFile(join(folder, place), place.endsWith('.gz') ? gzipSync(bytes) : bytes);
      }
    }
    const { XTrain, yTrain, XTest, yTest } = await loadMnist(folder);
    expect([XTrain.shape, XTest.shape]).toEqual([
      [3, 4],
      [2, 4],
    ]);
    expect([[...yTrain], [...yTest]]).toEqual([
      [5, 0, 9],
      [1, 2],
    ]);
  });

  test.each([[undefined], [''], [7], [null], [{ folder: 'x' }]])(
    'says what it wants instead of %j',
    async (folder) => {
      const call = () => (loadMnist as (folder?: unknown) => Promise<unknown>)(folder);
      await expect(call()).rejects.toThrow(ArgumentError);
      await expect(call()).rejects.toThrow(
        /loadMnist: expected folder to be a path but received .*fetchDataSet\('mnist'\) downloads them and returns their folder/,
      );
    },
  );

  test.each<[string, Record<string, Buffer | undefined>, string]>([
    [
      'fewer labels than images',
      { 'train-labels-idx1-ubyte': labels(1, 2) },
      'expected 3 labels, as there are images',
    ],
    [
      'a label above 9',
      { 'train-labels-idx1-ubyte': labels(1, 2, 10) },
      'expected labels in 0 … 9 but received 10 at byte 10',
    ],
    [
      'labels in place of images',
      { 'train-images-idx3-ubyte': labels(1, 2, 3) },
      'expected bytes of shape (N, height, width)',
    ],
    [
      'test images of another size',
      { 't10k-images-idx3-ubyte.gz': gzipSync(images(2, 3)) },
      'expected test images of 4 pixels',
    ],
    [
      'a file cut off',
      { 'train-images-idx3-ubyte': images(3).subarray(0, 20) },
      'expected 28 bytes for shape (3, 2, 2)',
    ],
  ])('refuses %s', async (_name, changed, message) => {
    const folder = await mnistFolder(changed);
    await expect(loadMnist(folder)).rejects.toThrow(FormatError);
    await expect(loadMnist(folder)).rejects.toThrow(message);
  });

  test('names what is missing', async () => {
    const folder = await mnistFolder({ 't10k-labels-idx1-ubyte.gz': undefined });
    await expect(loadMnist(folder)).rejects.toThrow(ArgumentError);
    await expect(loadMnist(folder)).rejects.toThrow(
      `expected t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz in ${folder}`,
    );
    await expect(loadMnist(join(folder, 'none'))).rejects.toThrow('there is no such file or folder');
  });

  test('reads the real MNIST', async (ctx) => {
    const folder = realData('mnist') ?? ctx.skip(realDataMissing('mnist'));
    const { XTrain, yTrain, XTest, yTest } = await loadMnist(folder);
    expect(XTrain.shape).toEqual([60000, 784]);
    expect(XTest.shape).toEqual([10000, 784]);
    expect([...yTrain.subarray(0, 8)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3]);
    expect([...yTest.subarray(0, 8)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9]);
    const mean = (pixels: ArrayLike<number>) => {
      let sum = 0;
      for (let i = 0; i < pixels.length; i++) sum += pixels[i]!;
      return sum / pixels.length;
    };
    // The well-known mean of the training pixels, 0.1307 · 255.
    expect(mean(XTrain.data) / 255).toBeCloseTo(0.1307, 4);
  });
});
