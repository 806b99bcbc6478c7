import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ArgumentError, FormatError } from '../../lib/core/errors.js';
import { cifar100Classes, cifar100CoarseClasses, loadCifar100 } from '../../lib/data/sets/cifar100.js';
import { hasPython, python } from '../python.js';
import { temporaryFolder } from '../temporary-folder.js';

/** A record: the coarse label, the fine one and pixels that tell it from others. */
const record = (coarse: number, fine: number, seed: number) =>
  Buffer.from([coarse, fine, ...Array.from({ length: 3072 }, (_, i) => (i * 7 + seed) % 251)]);

async function cifarFolder(changed: Record<string, Buffer | undefined> = {}, inside = ''): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, inside), { recursive: true });
  const files: Record<string, Buffer | undefined> = {
    'train.bin': Buffer.concat([record(19, 99, 1), record(0, 4, 2), record(7, 24, 3)]),
    'test.bin': record(14, 98, 4),
    ...changed,
  };
  for (const [name, bytes] of Object.entries(files)) {
    if (bytes !== undefined) await writeFile(join(folder, inside, name), bytes);
  }
  return folder;
}

describe('loadCifar100', () => {
  test('reads the binary version', async () => {
    for (const folder of [await cifarFolder(), await cifarFolder({}, 'cifar-100-binary')]) {
      const { XTrain, yTrain, XTest, yTest } = await loadCifar100(folder);
      expect(XTrain).toMatchObject({ shape: [3, 3072], dtype: 'uint8' });
      expect([...yTrain]).toEqual([99, 4, 24]);
      expect([...yTest]).toEqual([98]);
      expect([...XTrain.slice(1, 2)]).toEqual([...record(0, 4, 2).subarray(2)]);
      expect([...XTest]).toEqual([...record(14, 98, 4).subarray(2)]);
      const coarse = await loadCifar100(folder, { labels: 'coarse' });
      expect([...coarse.yTrain]).toEqual([19, 0, 7]);
      expect(coarse.XTrain.elements()).toEqual(XTrain.elements());
    }
  });

  test('has the names of the classes', () => {
    expect(cifar100Classes).toHaveLength(100);
    expect(new Set(cifar100Classes).size).toBe(100);
    expect([cifar100Classes[0], cifar100Classes[99]]).toEqual(['apple', 'worm']);
    expect(cifar100CoarseClasses).toHaveLength(20);
    expect(new Set(cifar100CoarseClasses).size).toBe(20);
  });

  test.skipIf(!hasPython('numpy'))('reads the Python version (skipped without NumPy)', async () => {
    const script = `
import os, pickle, sys
import numpy as np
rows = np.arange(3 * 3072, dtype=np.uint8).reshape(3, 3072)
batch = {'filenames': ['a', 'b', 'c'], 'batch_label': 'training batch 1 of 1', 'fine_labels': [99, 4, 24], 'coarse_labels': [19, 0, 7], 'data': rows}
os.mkdir(f'{sys.argv[1]}/cifar-100-python')
for name in ['train', 'test']:
    pickle.dump(batch, open(f'{sys.argv[1]}/cifar-100-python/{name}', 'wb'), protocol=2)`;
    const folder = await temporaryFolder();
    python(script, [folder]);
    const { XTrain, yTrain, yTest } = await loadCifar100(folder);
    expect([...XTrain]).toEqual(Array.from({ length: 3 * 3072 }, (_, i) => i % 256));
    expect([...yTrain]).toEqual([99, 4, 24]);
    expect([...yTest]).toEqual([99, 4, 24]);
    expect([...(await loadCifar100(folder, { labels: 'coarse' })).yTrain]).toEqual([19, 0, 7]);
  });

  test.each<[string, Buffer, string]>([
    [
      'a file cut off',
      record(0, 1, 2).subarray(0, 3000),
      'expected records of 3074 bytes each but the file has 3000 bytes',
    ],
    ['a label above 99', record(0, 100, 2), 'expected a label in 0 … 99 but received 100 at byte 1'],
  ])('refuses %s', async (_name, bytes, message) => {
    const folder = await cifarFolder({ 'test.bin': bytes });
    await expect(loadCifar100(folder)).rejects.toThrow(FormatError);
    await expect(loadCifar100(folder)).rejects.toThrow(message);
  });

  test('refuses a coarse label above 19', async () => {
    const folder = await cifarFolder({ 'test.bin': record(20, 1, 2) });
    expect((await loadCifar100(folder)).yTest).toEqual(Int32Array.of(1));
    await expect(loadCifar100(folder, { labels: 'coarse' })).rejects.toThrow(
      'expected a label in 0 … 19 but received 20 at byte 0',
    );
  });

  test('refuses other options and names what is missing', async () => {
    const folder = await cifarFolder({ 'test.bin': undefined });
    await expect(loadCifar100(folder)).rejects.toThrow(ArgumentError);
    await expect(loadCifar100(folder)).rejects.toThrow('expected test.bin beside the other batches');
    await expect(loadCifar100(folder, { labels: 'rough' as never })).rejects.toThrow(
      "expected option labels to be 'fine' or 'coarse' but received 'rough'",
    );
    await expect(loadCifar100(folder, { label: 'fine' } as never)).rejects.toThrow('did you mean labels?');
  });
});
