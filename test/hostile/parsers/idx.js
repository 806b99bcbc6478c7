import { gzipSync } from 'node:zlib';
import { loadIdx } from '../gemmnet.js';
import { joined } from '../numbers.js';
import { bytesOfFixture } from './fixture.js';

/**
 * @param {number} type
 * @param {readonly number[]} sizes
 * @param {Uint8Array | readonly number[]} body
 */
function idx(type, sizes, body) {
  const lengths = new Uint8Array(4 * sizes.length);
  for (const [axis, size] of sizes.entries()) new DataView(lengths.buffer).setUint32(4 * axis, size);
  return joined([0, 0, type, sizes.length], lengths, body);
}

/** Small files of each element type, with one axis and more. */
const small = () => [
  idx(8, [3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
  idx(8, [5], [0, 1, 2, 3, 4]),
  idx(9, [2], [0x80, 0x7f]),
  idx(11, [2, 1], [0x80, 0, 1, 2]),
  idx(12, [1, 2], [0x80, 0, 0, 0, 0, 0, 1, 2]),
  idx(13, [2], [0x3f, 0xc0, 0, 0, 0xff, 0x80, 0, 0]),
  idx(14, [1, 1], [0xc0, 4, 0, 0, 0, 0, 0, 0]),
  idx(8, [0, 28, 28], []),
];

/** @param {Uint8Array} sample */
const fieldsOf = (sample) => [
  { offset: 2, width: 1, littleEndian: false },
  { offset: 3, width: 1, littleEndian: false },
  ...Array.from({ length: sample[3] ?? 0 }, (_, axis) => ({
    offset: 4 + 4 * axis,
    width: 4,
    littleEndian: false,
  })),
];

const types = [8, 9, 11, 12, 13, 14].map((type) => Uint8Array.of(0, 0, type, 2));
const megabyte = 2 ** 20;

/** @type {readonly import('./index.js').Parser[]} */
export const idxParsers = [
  {
    name: 'loadIdx',
    parse: (bytes) => loadIdx(bytes),
    samples: () => [...small(), bytesOfFixture('formats/matrix-idx2-float64')],
    dictionary: () => types,
    fieldsOf,
    crafted: () => [
      ['32 axes of 2³²−1', idx(14, new Array(32).fill(0xffff_ffff), [0])],
      ['32 axes of 2³²−1, but one of 0', idx(14, [...new Array(31).fill(0xffff_ffff), 0], []), 'either'],
      [
        '32 axes of 2³²−1, but one of 0, widened',
        idx(11, [...new Array(31).fill(0xffff_ffff), 0], []),
        'either',
      ],
      ['255 axes', idx(8, new Array(255).fill(1), [0])],
      ['10⁹ elements', idx(8, [1_000_000_000], [0])],
      ['10⁹ empty rows', idx(8, [1_000_000_000, 0], []), 'sound'],
      ['32 MiB of bytes', () => idx(8, [32, megabyte], new Uint8Array(32 * megabyte)), 'sound'],
      [
        '32 MiB of signed bytes, four times as wide in memory',
        () => idx(9, [32, megabyte], new Uint8Array(32 * megabyte)),
        'sound',
      ],
      ['32 MiB of doubles', () => idx(14, [4, megabyte], new Uint8Array(32 * megabyte)), 'sound'],
    ],
  },
  {
    name: 'loadIdx (gzip)',
    mutants: 15_000,
    parse: (bytes) => loadIdx(bytes),
    samples: () => [
      ...small().map((bytes) => gzipSync(bytes)),
      bytesOfFixture('formats/labels-idx1-ubyte.gz'),
    ],
    crafted: () => {
      const zeros = new Uint8Array(100 * megabyte);
      const member = gzipSync(new Uint8Array(10 * megabyte));
      const header = gzipSync(idx(8, [100 * megabyte], []));
      const emptyMember = gzipSync(new Uint8Array(0));
      const [sound] = small();
      return [
        ['a bomb behind a short idx file', gzipSync(joined(idx(8, [10], []), zeros))],
        ['a bomb of ratio over 1,000 that is what it says', gzipSync(idx(8, [100 * megabyte], zeros))],
        ['a bomb that is what it says, widened', gzipSync(idx(9, [100 * megabyte], zeros))],
        ['a bomb of many members', joined(header, ...new Array(10).fill(member))],
        ['a bomb without a header', gzipSync(zeros)],
        ['a claim of 4 GiB', gzipSync(idx(8, [0xffff_ffff], []))],
        ['a claim of 60 MB by 60 KB', gzipSync(joined(idx(8, [60_000_000], []), randomBody(60_000)))],
        ['gzip of gzip', gzipSync(gzipSync(/** @type {Uint8Array} */ (sound)))],
        ['10,000 empty members', joined(...new Array(10_000).fill(emptyMember))],
        [
          '10,000 empty members and an idx file',
          joined(...new Array(10_000).fill(emptyMember), gzipSync(/** @type {Uint8Array} */ (sound))),
          'either',
        ],
        [
          'an endless name in the gzip header',
          joined([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3], new Uint8Array(megabyte).fill(0x61)),
        ],
      ];
    },
  },
  {
    name: 'loadIdx (in gzip)',
    mutants: 15_000,
    fieldsOf,
    parse: (bytes) => loadIdx(bytes),
    wrap: (bytes) => gzipSync(bytes, { level: 1 }),
    samples: small,
    dictionary: () => types,
  },
];

/** @param {number} length */
function randomBody(length) {
  return Uint8Array.from({ length }, (_, i) => (i * i * 7919) >> 5);
}
