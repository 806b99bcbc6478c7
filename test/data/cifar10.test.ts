import { readFileSync } from 'node:fs';
import { copyFile, type FileHandle, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { ArgumentError, FormatError } from '../../lib/core/errors.js';
import { cifar10Classes, loadCifar10 } from '../../lib/data/sets/cifar10.js';
import { fixture } from '../fixtures/index.js';
import { hasPython, python } from '../python.js';
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

/** Python batches: Python 2's sample for training, Python 3's as the test set. */
async function pythonFolder(changed: Record<string, Buffer> = {}, inside = ''): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, inside), { recursive: true });
  const files: Record<string, Buffer> = Object.fromEntries(
    [1, 2, 3, 4, 5].map((i) => [`data_batch_${i}`, readFileSync(fixture('formats/data_batch_1'))]),
  );
  files.test_batch = readFileSync(fixture('formats/data_batch_py3'));
  for (const [name, bytes] of Object.entries({ ...files, ...changed })) {
    await writeFile(join(folder, inside, name), bytes);
  }
  return folder;
}

describe('loadCifar10, Python batches', () => {
  test('reads what Python 2 and 3 wrote as the binary version', async () => {
    for (const folder of [await pythonFolder(), await pythonFolder({}, 'cifar-10-batches-py')]) {
      const { XTrain, yTrain, XTest, yTest } = await loadCifar10(folder);
      const images = Buffer.concat([0, 1, 2, 3, 4, 5].map((i) => record(i).subarray(1)));
      const labels = [0, 1, 2, 3, 4, 5].map((i) => record(i)[0]!);
      expect(XTrain).toMatchObject({ shape: [30, 3072], dtype: 'uint8' });
      expect(XTest).toMatchObject({ shape: [6, 3072], dtype: 'uint8' });
      const all = Buffer.concat(new Array(5).fill(images));
      expect(Buffer.compare(Buffer.from(XTrain.elements() as Uint8Array), all)).toBe(0);
      expect(Buffer.compare(Buffer.from(XTest.elements() as Uint8Array), images)).toBe(0);
      expect([...yTest]).toEqual(labels);
      expect([...yTrain]).toEqual(new Array(5).fill(labels).flat());
      expect(XTrain.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
  });

  test('prefers the binary version', async () => {
    const folder = await cifarFolder();
    await writeFile(join(folder, 'data_batch_1'), 'no pickle');
    expect((await loadCifar10(folder)).XTrain.shape).toEqual([10, 3072]);
  });

  const sample = readFileSync(fixture('formats/data_batch_1'));
  const replaced = (from: string, to: string) =>
    Buffer.from(sample.toString('latin1').replace(from, to), 'latin1');
  test.each<[string, Buffer, string]>([
    ['a file cut off', sample.subarray(0, 5000), 'data_batch_3: expected at most'],
    [
      'a label above 9',
      replaced('(K\x06K\x09', '(K\x06K\x0a'),
      'data_batch_3: expected a label in 0 … 9 but received 10 as label 1',
    ],
    [
      'other labels',
      replaced('U\x06labels', 'U\x06LABELS'),
      "expected a dict with an array 'data' and a list 'labels' but received an array and nothing",
    ],
    [
      'a label less',
      replaced('(K\x06K\x09', '(K\x06'),
      'expected 6 labels, as there are images, but received 5',
    ],
    [
      'another shape',
      replaced('K\x06M\x00\x0c', 'K\x0cM\x00\x06'),
      "expected 'data' to be uint8 of shape (N, 3072) but received uint8 of shape (12, 1536)",
    ],
    [
      'a list',
      Buffer.from('].'),
      "expected a dict with an array 'data' and a list 'labels' but received a list",
    ],
    ['what would run something', readFileSync(fixture('formats/evil-refuse.pkl')), 'the global os.system'],
  ])('refuses %s', async (_name, bytes, message) => {
    const folder = await pythonFolder({ data_batch_3: bytes });
    await expect(loadCifar10(folder)).rejects.toThrow(FormatError);
    await expect(loadCifar10(folder)).rejects.toThrow(message);
  });

  test.skipIf(!hasPython('numpy'))(
    'reads what Python 3 writes by protocols 0 to 5, in either order (skipped without NumPy)',
    async () => {
      const script = `
import pickle, sys
import numpy as np
batch = pickle.load(open(sys.argv[1], 'rb'), encoding='bytes')
for protocol in range(6):
    for order in 'CF':
        made = {b'data': np.array(batch[b'data'], order=order), 'labels': batch[b'labels']}
        pickle.dump(made, open(f'{sys.argv[2]}/{protocol}{order}', 'wb'), protocol=protocol)`;
      const folder = await pythonFolder();
      python(script, [fixture('formats/data_batch_1'), folder]);
      const { XTest } = await loadCifar10(folder);
      for (const protocol of [0, 1, 2, 3, 4, 5]) {
        for (const order of ['C', 'F']) {
          await copyFile(join(folder, `${protocol}${order}`), join(folder, 'test_batch'));
          const read = (await loadCifar10(folder)).XTest.elements() as Uint8Array;
          expect(Buffer.compare(read, XTest.elements() as Uint8Array)).toBe(0);
        }
      }
    },
  );
});

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
      'expected the binary version of CIFAR-10 (data_batch_1.bin … test_batch.bin) or the Python version (data_batch_1 … test_batch)',
    );
    await expect(loadCifar10(7 as never)).rejects.toThrow(
      'loadCifar10: expected folder to be a path but received 7',
    );
    await expect(loadCifar10('/nowhere')).rejects.toThrow('there is no such file or folder');
  });

  test('finds files in folders of their own name', async () => {
    const folder = await temporaryFolder();
    const flat = await cifarFolder();
    for (const name of [...[1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`), 'test_batch.bin']) {
      await mkdir(join(folder, name));
      await copyFile(join(flat, name), join(folder, name, name));
    }
    const { XTrain, yTrain } = await loadCifar10(folder);
    const same = await loadCifar10(flat);
    expect(yTrain).toEqual(same.yTrain);
    expect(Buffer.compare(XTrain.elements() as Uint8Array, same.XTrain.elements() as Uint8Array)).toBe(0);
  });

  test('says what it wants', async () => {
    await expect((loadCifar10 as () => Promise<unknown>)()).rejects.toThrow(
      /expected folder to be a path but received undefined; .*fetchDataSet\('cifar10'\)/,
    );
  });

  test('reads more records than the system takes in one call', async () => {
    const many = Buffer.concat(Array.from({ length: 1500 }, (_, i) => record(i % 6)));
    const { XTrain, yTrain } = await loadCifar10(await cifarFolder({ 'data_batch_2.bin': many }));
    expect(XTrain.shape).toEqual([6 + 1500 + 3, 3072]);
    for (const i of [0, 511, 512, 1023, 1024, 1499]) {
      const row = XTrain.slice(6 + i, 7 + i).elements() as Uint8Array;
      expect(Buffer.compare(Buffer.from(row), record(i % 6).subarray(1))).toBe(0);
      expect(yTrain[6 + i]).toBe(record(i % 6)[0]);
    }
  });

  test('reads with file handles that read into one array alone, as those of Yarn, or read less than asked', async () => {
    const folder = await cifarFolder();
    const { XTrain, yTrain } = await loadCifar10(folder);
    const file = await open(join(folder, 'test_batch.bin'));
    const handles = Object.getPrototypeOf(file) as FileHandle;
    await file.close();
    const { readv } = handles;
    for (const other of [
      () => {
        throw new Error('Method not implemented.');
      },
      function (this: FileHandle, arrays: readonly Uint8Array[], position: number) {
        return readv.call(this, [arrays[0]!, arrays[1]!.subarray(0, 1000)], position);
      },
    ]) {
      const spy = vi.spyOn(handles, 'readv').mockImplementation(other as never);
      try {
        const again = await loadCifar10(folder);
        expect(spy).toHaveBeenCalled();
        expect(again.yTrain).toEqual(yTrain);
        expect(Buffer.compare(again.XTrain.elements() as Uint8Array, XTrain.elements() as Uint8Array)).toBe(
          0,
        );
      } finally {
        spy.mockRestore();
      }
    }
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
