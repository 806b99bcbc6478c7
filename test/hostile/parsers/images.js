import { crc32, deflateSync } from 'node:zlib';
import { loadImage } from '../gemmnet.js';
import { joined, joinedAll } from '../numbers.js';
import { bytesOfFixture } from './fixture.js';

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const megabyte = 2 ** 20;

/** @param {number} value */
function u32(value) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** @param {string} type @param {Uint8Array | readonly number[]} body */
function chunk(type, body, length = body.length) {
  const checked = joined(type, body);
  return joined(u32(length), checked, u32(crc32(checked)));
}

/** @param {number} width @param {number} height @param {number} depth @param {number} type */
function header(width, height, depth = 8, type = 0, interlaced = 0) {
  return chunk('IHDR', joined(u32(width), u32(height), [depth, type, 0, 0, interlaced]));
}

/** @param {readonly Uint8Array[]} chunks */
const png = (...chunks) => joinedAll([signature, ...chunks, chunk('IEND', [])]);

/** A grey picture whose lines are `body`, with their filters' bytes. */
const grey = (
  /** @type {number} */ width,
  /** @type {number} */ height,
  /** @type {Uint8Array | readonly number[]} */ body,
  interlaced = 0,
) => png(header(width, height, 8, 0, interlaced), chunk('IDAT', deflateSync(Uint8Array.from(body))));

/**
 * The same chunks with their checksums made right, as far as there are chunks.
 *
 * @param {Uint8Array} bytes
 */
function withChecksums(bytes) {
  const result = bytes.slice();
  const view = new DataView(result.buffer);
  for (let at = signature.length; at + 12 <= result.length; ) {
    const length = view.getUint32(at);
    const end = at + 8 + length;
    if (end + 4 > result.length) break;
    view.setUint32(end, crc32(result.subarray(at + 4, end)));
    at = end + 4;
  }
  return result;
}

const pngNames = [
  'grey-1.png',
  'grey-alpha.png',
  'palette-2.png',
  'interlaced.png',
  'interlaced-palette-4.png',
  'rgb-16.png',
  'filters-rgba.png',
];
const smallPngs = () => [
  grey(2, 2, [0, 1, 2, 4, 3, 4]),
  grey(3, 1, [1, 1, 2, 4], 0),
  png(
    header(2, 1, 1, 3),
    chunk('PLTE', [1, 2, 3, 4, 5, 6]),
    chunk('tRNS', [0, 255]),
    chunk('IDAT', deflateSync(Uint8Array.of(0, 0x40))),
  ),
];

const fieldsOf = () =>
  [8, 16, 20]
    .map((offset) => ({ offset, width: 4, littleEndian: false }))
    .concat(
      [24, 25, 26, 27, 28].map((offset) => ({ offset, width: 1, littleEndian: false })),
      [33].map((offset) => ({ offset, width: 4, littleEndian: false })),
    );

/** @param {readonly string[]} words */
const latin1 = (words) => words.map((word) => Buffer.from(word, 'latin1'));

/** @returns {import('./index.js').Crafted[]} */
const craftedPng = () => {
  const zeros = deflateSync(new Uint8Array(100 * megabyte));
  const size = (/** @type {number} */ width, /** @type {number} */ height, depth = 8, type = 0) =>
    png(header(width, height, depth, type), chunk('IDAT', zeros));
  const empty = chunk('IDAT', []);
  return [
    ['2³¹−1 × 2³¹−1 pixels', size(0x7fff_ffff, 0x7fff_ffff)],
    ['2³²−1 × 1 pixels', size(0xffff_ffff, 1)],
    ['0 × 1 pixels', size(0, 1)],
    [
      '20,000 × 1,000 pixels of zeros, as many as there are',
      png(header(20_000, 1_000), chunk('IDAT', deflateSync(new Uint8Array(20_001_000)))),
    ],
    ['10,000 × 10,000 pixels of zeros, 100 KB', size(9_999, 10_000)],
    ['10,000 × 10,000 pixels of one bit', size(10_000, 10_000, 1)],
    ['5,000 × 5,000 pixels of 16-bit RGBA', size(5_000, 2_500, 16, 6)],
    ['a bomb behind the last line', png(header(1, 1), chunk('IDAT', zeros))],
    ['a chunk of 2³²−1 bytes', png(header(1, 1), chunk('IDAT', [1, 2, 3], 0xffff_ffff))],
    ['100,000 empty chunks', png(header(1, 1), joinedAll(new Array(100_000).fill(empty)))],
    [
      '100,000 empty chunks, and a picture',
      png(
        header(1, 1),
        joinedAll(new Array(100_000).fill(empty)),
        chunk('IDAT', deflateSync(Uint8Array.of(0, 7))),
      ),
      'sound',
    ],
    ['100,000 headers', png(joinedAll(new Array(100_000).fill(header(1, 1))))],
    ['no palette', png(header(1, 1, 8, 3), chunk('IDAT', deflateSync(Uint8Array.of(0, 7))))],
    [
      'an index beyond the palette',
      png(header(1, 1, 8, 3), chunk('PLTE', [1, 2, 3]), chunk('IDAT', deflateSync(Uint8Array.of(0, 7)))),
      'either',
    ],
    [
      'a palette of 1 MiB',
      png(
        header(1, 1, 8, 3),
        chunk('PLTE', new Uint8Array(3 * 349_525)),
        chunk('IDAT', deflateSync(Uint8Array.of(0, 7))),
      ),
      'either',
    ],
    ['a filter that is none', grey(1, 1, [9, 7]), 'either'],
    [
      'compressed words of 100 MiB',
      png(
        header(1, 1),
        chunk('zTXt', joined('a\0\0', zeros)),
        chunk('IDAT', deflateSync(Uint8Array.of(0, 7))),
      ),
      'either',
    ],
    [
      'a colour profile of 100 MiB',
      png(
        header(1, 1),
        chunk('iCCP', joined('a\0\0', zeros)),
        chunk('IDAT', deflateSync(Uint8Array.of(0, 7))),
      ),
      'either',
    ],
  ];
};

/** A segment of a JPEG file. */
const segment = (
  /** @type {number} */ marker,
  /** @type {Uint8Array | readonly number[]} */ body,
  length = body.length + 2,
) => joined([0xff, marker, length >> 8, length & 0xff], body);

/** @param {number} height @param {number} width */
const frame = (height, width, marker = 0xc0, components = [1, 0x11, 0]) =>
  segment(marker, [
    8,
    height >> 8,
    height & 0xff,
    width >> 8,
    width & 0xff,
    components.length / 3,
    ...components,
  ]);

/** @returns {import('./index.js').Crafted[]} */
const craftedJpeg = () => {
  const tables = [
    segment(0xdb, [0, ...new Array(64).fill(1)]),
    segment(0xc4, [0, 1, ...new Array(15).fill(0), 0]),
    segment(0xc4, [0x10, 1, ...new Array(15).fill(0), 0]),
  ];
  const scan = segment(0xda, [1, 1, 0, 0, 63, 0]);
  const jpeg = (/** @type {readonly Uint8Array[]} */ ...parts) =>
    joined([0xff, 0xd8], ...parts, [0xff, 0xd9]);
  return [
    ['65,535 × 65,535 pixels', jpeg(...tables, frame(65_535, 65_535), scan, new Uint8Array(100))],
    ['2,000,000 pixels in 300 bytes', jpeg(...tables, frame(1000, 2000), scan, new Uint8Array(100))],
    ['0 lines', jpeg(...tables, frame(0, 8), scan, new Uint8Array(100))],
    [
      '2 million pixels in 300 bytes',
      jpeg(...tables, frame(1400, 1400), scan, new Uint8Array(100)),
      'either',
    ],
    [
      '2 million pixels, progressive',
      jpeg(...tables, frame(1400, 1400, 0xc2), scan, new Uint8Array(100)),
      'either',
    ],
    [
      '1,000 progressive scans of 2 million pixels',
      jpeg(
        ...tables,
        frame(1400, 1400, 0xc2),
        ...new Array(1000).fill(joined(segment(0xda, [1, 1, 0, 0, 0, 0]), [0, 0])),
      ),
      'either',
    ],
    [
      '1,000 frames',
      jpeg(...tables, ...new Array(1000).fill(frame(1000, 1000)), scan, new Uint8Array(100)),
      'either',
    ],
    [
      'sampling factors of 15',
      jpeg(
        ...tables,
        frame(1400, 1400, 0xc0, [1, 0xff, 0, 2, 0x11, 0, 3, 0x11, 0]),
        scan,
        new Uint8Array(100),
      ),
      'either',
    ],
    [
      'sampling factors of 0',
      jpeg(...tables, frame(8, 8, 0xc0, [1, 0, 0]), scan, new Uint8Array(100)),
      'either',
    ],
    [
      '255 components',
      jpeg(
        ...tables,
        frame(
          8,
          8,
          0xc0,
          Array.from({ length: 765 }, (_, i) => (i % 3 === 0 ? i / 3 : 0x11)),
        ),
        scan,
        new Uint8Array(100),
      ),
      'either',
    ],
    [
      'a component named __proto__ (0)',
      jpeg(...tables, frame(8, 8, 0xc0, [0, 0x11, 0]), scan, new Uint8Array(100)),
      'either',
    ],
    ['1 MiB of FF', joined([0xff, 0xd8], new Uint8Array(megabyte).fill(0xff))],
    ['100,000 empty segments', jpeg(joinedAll(new Array(100_000).fill(segment(0xe1, [])))), 'either'],
    ['a segment of length 0', jpeg(segment(0xe1, [], 0))],
    [
      'restart intervals of 1',
      jpeg(...tables, segment(0xdd, [0, 1]), frame(1400, 1400), scan, new Uint8Array(100)),
      'either',
    ],
  ];
};

/** What a picture of so many pixels takes stays within what a reader may take for a file of any length. */
const maxPixels = 1 << 21;

/** @type {readonly import('./index.js').Parser[]} */
export const imageParsers = [
  {
    name: 'loadImage (PNG)',
    mutants: 40_000,
    parse: (bytes) => loadImage(bytes, { maxPixels }),
    samples: () => [...smallPngs(), ...pngNames.map((name) => bytesOfFixture(`images/${name}`))],
    dictionary: () =>
      latin1(['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'zTXt', 'iCCP', 'acTL', 'fcTL', 'gAMA']),
    fieldsOf,
    crafted: craftedPng,
  },
  {
    name: 'loadImage (PNG, checksums made right)',
    mutants: 40_000,
    parse: (bytes) => loadImage(bytes, { maxPixels }),
    wrap: withChecksums,
    samples: smallPngs,
    fieldsOf,
  },
  {
    name: 'loadImage (JPEG)',
    mutants: 40_000,
    parse: (bytes) => loadImage(bytes, { channels: 1, maxPixels }),
    samples: () =>
      ['grey.jpg', 'progressive.jpg', 'subsampled.jpg', 'restarts.jpg', 'adobe-rgb.jpg'].map((name) =>
        bytesOfFixture(`images/${name}`),
      ),
    dictionary: () =>
      latin1([
        '\xff\xd8',
        '\xff\xd9',
        '\xff\xc0',
        '\xff\xc2',
        '\xff\xc4',
        '\xff\xda',
        '\xff\xdb',
        '\xff\xdd',
        '\xff\xd0',
        '\xff\xe1',
        '\xff\x00',
        '\xff\xff',
      ]),
    crafted: craftedJpeg,
  },
];
