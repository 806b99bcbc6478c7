import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCifar10 } from '../gemmnet.js';

const recordLength = 3073;
const attacked = 'data_batch_3.bin';
const others = [
  'data_batch_1.bin',
  'data_batch_2.bin',
  'data_batch_4.bin',
  'data_batch_5.bin',
  'test_batch.bin',
];

/** @type {string | undefined} */
let folder;

/**
 * CIFAR-10 of one image a batch, with other bytes as the third batch.
 *
 * @param {Uint8Array} bytes
 */
function asBatch(bytes) {
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), 'gemmnet-'));
    for (const name of others) writeFileSync(join(folder, name), new Uint8Array(recordLength));
  }
  writeFileSync(join(folder, attacked), bytes);
  return loadCifar10(folder);
}

/** @type {readonly import('./index.js').Parser[]} */
export const cifar10Parsers = [
  {
    name: 'loadCifar10 (binary)',
    parse: asBatch,
    samples: () => [
      Uint8Array.from({ length: 2 * recordLength }, (_, i) => (i % recordLength === 0 ? 9 : i * i)),
    ],
    crafted: () => [
      ['no image', new Uint8Array(0)],
      ['a label of 10', new Uint8Array(recordLength).fill(10, 0, 1)],
      ['48 MB', () => new Uint8Array(16_000 * recordLength), 'sound'],
    ],
  },
];
