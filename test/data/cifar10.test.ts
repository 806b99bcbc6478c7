import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ArgumentError, FormatError } from '../../lib/core/errors.js';
import { cifar10Classes, loadCifar10 } from '../../lib/data/cifar10.js';
import { fixture } from '../fixtures/index.js';
import { temporaryFolder } from '../temporary-folder.js';
import { realData, realDataMissing } from './real-data.js';

/** Six records. */
const batch = readFileSync(fixture('formats/data_batch_1.bin'));
const record = (i: number) => batch.subarray(3073 * i, 3073 * (i + 1));

async function cifarFolder(changed: Record<string, Buffer | undefined> = {}, inside = ''): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, inside), { recursive: true });
  const files: Record<string, Buffer | undefined> = {
    'data_batch_1.bin': batch,
    'data_batch_2.bin': record(5),
    'data_batch_3.bin': record(4),
    'data_batch_4.bin': record(3),
    'data_batch_5.bin': record(2),
    'test_batch.bin': Buffer.concat([record(1), record(0)]),
    ...changed,
  };
  for (const [name, bytes] of Object.entries(files)) {
    if (bytes !== undefined) await writeFile(join(folder, inside, name), bytes);
  }
  return folder;
}

describe('loadCifar10', () => {
  test('reads the batches one behind the other', async () => {
    for (const folder of [await cifarFolder(), await cifarFolder({}, 'cifar-10-batches-bin')]) {
      const { XTrain, yTrain, XTest, yTest } = await loadCifar10(folder);
      const order = [0, 1, 2, 3, 4, 5, 5, 4, 3, 2];
      expect(XTrain).toMatchObject({ shape: [10, 3072], dtype: 'uint8' });
      expect([...yTrain]).toEqual(order.map((i) => record(i)[0]));
      order.forEach((i, row) => {
        expect(
          Buffer.compare(
            Buffer.from(XTrain.slice(row, row + 1).elements() as Uint8Array),
            record(i).subarray(1),
          ),
        ).toBe(0);
      });
      expect(XTest.shape).toEqual([2, 3072]);
      expect([...yTest]).toEqual([record(1)[0], record(0)[0]]);
      expect(XTrain.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
    expect(cifar10Classes).toHaveLength(10);
  });

  test('reads what Python wrote', async () => {
    const { XTrain, yTrain } = await loadCifar10(await cifarFolder());
    const { labels, sum } = JSON.parse(readFileSync(fixture('formats/expected.json'), 'utf8'))[
      'data_batch_1.bin'
    ];
    expect([...yTrain.subarray(0, 6)]).toEqual(labels);
    expect([...XTrain.slice(0, 6)].reduce((total, pixel) => total + pixel, 0)).toBe(sum);
  });

  test.each<[string, Buffer, string]>([
    [
      'a file cut off',
      batch.subarray(0, 5000),
      'expected records of 3073 bytes each but the file has 5000 bytes',
    ],
    ['an empty file', Buffer.alloc(0), 'but the file has 0 bytes'],
    [
      'a label above 9',
      Buffer.concat([record(0), Buffer.from([10]), record(1).subarray(1)]),
      'expected a label in 0 … 9 but received 10 at byte 3073',
    ],
  ])('refuses %s', async (_name, bytes, message) => {
    const folder = await cifarFolder({ 'data_batch_3.bin': bytes });
    await expect(loadCifar10(folder)).rejects.toThrow(FormatError);
    await expect(loadCifar10(folder)).rejects.toThrow(message);
    await expect(loadCifar10(folder)).rejects.toThrow('data_batch_3.bin');
  });

  test('names what is missing', async () => {
    const folder = await cifarFolder({ 'data_batch_2.bin': undefined, 'test_batch.bin': undefined });
    await expect(loadCifar10(folder)).rejects.toThrow(ArgumentError);
    await expect(loadCifar10(folder)).rejects.toThrow(
      'expected data_batch_2.bin, test_batch.bin beside the other batches',
    );
    await expect(loadCifar10(await temporaryFolder())).rejects.toThrow(
      'expected the binary version of CIFAR-10',
    );
    await expect(loadCifar10('/nowhere')).rejects.toThrow('there is no such file or folder');
  });

  test('reads the real CIFAR-10', async (ctx) => {
    const folder =
      realData('cifar10', 'cifar-10-batches-bin') ??
      ctx.skip(realDataMissing('cifar10/cifar-10-batches-bin'));
    const { XTrain, yTrain, XTest, yTest } = await loadCifar10(folder);
    expect(XTrain.shape).toEqual([50000, 3072]);
    expect(XTest.shape).toEqual([10000, 3072]);
    for (const [y, each] of [
      [yTrain, 5000],
      [yTest, 1000],
    ] as const) {
      const counts = new Array<number>(10).fill(0);
      for (const label of y) counts[label]!++;
      expect(counts).toEqual(new Array(10).fill(each));
    }
  });
});
