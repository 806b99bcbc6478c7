import { ftruncateSync, mkdtempSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCifar100 } from '../gemmnet.js';
import { joined } from '../numbers.js';

const pixels = 3072;

/**
 * A folder of sound files of which one is replaced before each reading. Files are opened for each case, so these parsers get fewer
 * random files; what reads the pickles gets its 100,000 as loadPickle, and a binary batch is labels and pixels alone.
 *
 * @param {(folder: string) => Promise<unknown>} load
 * @param {string} attacked
 * @param {readonly string[]} others
 * @param {() => Uint8Array} sound
 */
function inFolder(load, attacked, others, sound) {
  /** @type {string | undefined} */
  let folder;
  let file = -1;
  return (/** @type {Uint8Array} */ bytes) => {
    if (folder === undefined) {
      folder = mkdtempSync(join(tmpdir(), 'gemmnet-'));
      for (const name of others) writeFileSync(join(folder, name), sound());
      file = openSync(join(folder, attacked), 'w');
    }
    // Over what was there: a file that is emptied first gives its blocks back and is put on the disk.
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, at);
    ftruncateSync(file, bytes.length);
    return load(folder);
  };
}

/** @param {readonly number[]} labels @param {number} count */
const records = (labels, count) =>
  joined(
    ...Array.from({ length: count }, (_, i) =>
      joined(
        labels,
        Uint8Array.from({ length: pixels }, (_, j) => i + j * j),
      ),
    ),
  );

/** A batch as Python 2 pickled it, of one image. */
const batch = () =>
  joined(
    '\x80\x02}q\x01(U\x04dataq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85U\x01b\x87Rq\x05(K\x01K\x01M\x00\x0c\x86',
    'cnumpy\ndtype\nq\x06U\x02u1K\x00K\x01\x87Rq\x07(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T\x00\x0c\x00\x00',
    Uint8Array.from({ length: pixels }, (_, i) => i * i),
    'tbU\x0bfine_labelsq\x08]q\x09K\x07aU\x0dcoarse_labels]K\x03au.',
  );

/** @type {readonly import('./index.js').Parser[]} */
export const cifar100Parsers = [
  {
    name: 'loadCifar100 (Python)',
    fieldsOf: () => [],
    mutants: 50_000,
    parse: inFolder(loadCifar100, 'train', ['test'], batch),
    samples: () => [batch()],
    dictionary: () =>
      ['coarse_labels', 'data', 'K\x0a', 'fine_labels', 'cos\nsystem\n'].map((word) => Buffer.from(word)),
    crafted: () => [['a batch without an end', batch().subarray(0, -1)]],
  },
  {
    name: 'loadCifar100 (binary)',
    mutants: 50_000,
    parse: inFolder(loadCifar100, 'train.bin', ['test.bin'], () => records([3, 4], 1)),
    fieldsOf: () => [0, 1].map((offset) => ({ offset, width: 1, littleEndian: true })),
    samples: () => [records([19, 99], 1)],
    crafted: () => [
      ['no image', new Uint8Array(0)],
      ['a label of 100', records([0, 100], 1)],
      ['48 MB', () => new Uint8Array(16_000 * (2 + pixels)), 'sound'],
    ],
  },
];
