import { deflateRawSync } from 'node:zlib';
import { loadNpy, loadNpz, serializeNpy } from '../gemmnet.js';
import { joined } from '../numbers.js';
import { zipFieldsOf, zipOf } from '../zip-bytes.js';
import { bytesOfFixture } from './fixture.js';

const megabyte = 2 ** 20;

/**
 * An npy file by hand.
 *
 * @param {string} header
 * @param {Uint8Array | readonly number[]} body
 * @param {number} [version]
 * @param {number} [length] what the file says of the header's
 */
function npy(header, body, version = 1, length = header.length) {
  const prefix = new Uint8Array(version === 1 ? 10 : 12);
  prefix.set(Buffer.from('\x93NUMPY', 'latin1'));
  prefix[6] = version;
  const view = new DataView(prefix.buffer);
  if (version === 1) view.setUint16(8, length, true);
  else view.setUint32(8, length, true);
  return joined(prefix, header, body);
}

/** @param {string} descr @param {string} shape */
const words = (descr, shape, fortran = 'False') =>
  `${`{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }`.padEnd(117)}\n`;

const npySamples = () => [
  npy(words('<f4', '2, 3'), new Uint8Array(24).fill(0x3f)),
  npy(words('>f8', '2,', 'True'), new Uint8Array(16).fill(0x40)),
  npy(words('<i8', '3,'), new Uint8Array(24).fill(1, 0, 4)),
  npy(words('|b1', '2, 2'), [0, 1, 2, 0], 2),
  npy(words('<f2', ''), [0, 0x3c], 3),
  serializeNpy(Uint8Array.of(1, 2, 3)),
  bytesOfFixture('formats/i8.npy'),
];

/** The versions, and the header's length. */
const npyFieldsOf = () => [
  { offset: 6, width: 1, littleEndian: true },
  { offset: 7, width: 1, littleEndian: true },
  { offset: 8, width: 2, littleEndian: true },
  { offset: 8, width: 4, littleEndian: true },
];

const npyWords =
  "'descr' 'fortran_order' 'shape' True False '<f4' '>f8' '|O' '<i8' '<U5' '|V8' ( ) { } [ ] , : , () (1,) -1 1e308 \\x93NUMPY \\x00 # lambda"
    .split(' ')
    .map((word) => Buffer.from(word.replace('\\x93', '\x93').replace('\\x00', '\0'), 'latin1'));

const npzSamples = () => {
  const [a, b, c] = /** @type {[Uint8Array, Uint8Array, Uint8Array]} */ (npySamples());
  return [
    zipOf([{ name: 'a.npy', contents: a }]),
    zipOf([
      { name: 'b.npy', contents: b, deflate: true },
      { name: 'ç/c.npy', contents: c, deflate: true },
    ]),
    bytesOfFixture('formats/compressed.npz'),
    bytesOfFixture('formats/plain.npz'),
  ];
};

const zipWords = [
  'PK\x01\x02',
  'PK\x03\x04',
  'PK\x05\x06',
  'PK\x06\x06',
  'PK\x06\x07',
  '\x01\x00\x10\x00',
  '.npy',
  '../',
].map((word) => Buffer.from(word, 'latin1'));

/** @returns {import('./index.js').Crafted[]} */
const craftedNpy = () => [
  ['2⁶³ elements', npy(words('<f4', '9223372036854775808,'), [])],
  ['2⁶⁴ elements', npy(words('<f4', '18446744073709551616,'), [])],
  ['10⁹ × 10⁹ elements', npy(words('<f8', '1000000000, 1000000000'), [0])],
  ['2³² × 2³² elements, which is 0 in 64 bits', npy(words('<f8', '4294967296, 4294967296'), [])],
  ['10⁹ empty rows', npy(words('<f8', '1000000000, 0'), []), 'sound'],
  ['−1 elements', npy(words('<f8', '-1,'), [])],
  ['33 axes', npy(words('|u1', '1, '.repeat(33)), [0])],
  ['10⁵ axes', npy(words('|u1', '1, '.repeat(100_000)), [0], 2)],
  ['a header of 2³²−1 bytes', npy(words('|u1', '1,'), [0], 2, 0xffff_ffff)],
  ['a header of 1 MiB of parentheses', npy('('.repeat(megabyte), [], 2)],
  ['a header of 60,000 parentheses', npy('('.repeat(60_000), [], 2)],
  ['a header of 60,000 braces', npy("{'a':".repeat(12_000), [], 2)],
  ['a header of 60,000 digits', npy(words('|u1', `${'9'.repeat(60_000)},`), [], 2)],
  ['a header of 60,000 backslashes', npy(`{'${'\\'.repeat(60_000)}`, [], 2)],
  ['a key of 60,000 letters', npy(`{'${'x'.repeat(60_000)}': 1}`, [], 2)],
  ['a call', npy("{'descr': __import__('os').system('true'), 'fortran_order': False, 'shape': (1,), }", [0])],
  [
    '__proto__ as a key',
    npy("{'__proto__': {'descr': '<f4'}, 'fortran_order': False, 'shape': (1,), }", [0]),
  ],
  ['Python objects', bytesOfFixture('formats/object-refuse.npy')],
  [
    '32 MiB of halves, twice as wide in memory',
    () => npy(words('<f2', `${16 * megabyte},`), new Uint8Array(32 * megabyte)),
    'sound',
  ],
  [
    '32 MiB of signed bytes, four times as wide in memory',
    () => npy(words('|i1', `${32 * megabyte},`), new Uint8Array(32 * megabyte)),
    'sound',
  ],
  [
    '32 MiB of doubles in Fortran order',
    () => npy(words('<f8', '4, 1048576', 'True'), new Uint8Array(32 * megabyte)),
    'sound',
  ],
  [
    '48 MiB of integers, of which the last is wide',
    () =>
      npy(
        words('<i8', `${6 * megabyte},`),
        new Uint8Array(48 * megabyte).fill(1, 48 * megabyte - 3, 48 * megabyte - 2),
      ),
    'sound',
  ],
  [
    '48 MiB of 32-bit integers, of which the last is wide',
    () => npy(words('<u4', `${12 * megabyte},`), new Uint8Array(48 * megabyte).fill(0xff, 48 * megabyte - 4)),
    'sound',
  ],
];

/** @param {number} length of zeros, of bytes */
const zeros = (length) => npy(words('|u1', `${length},`), new Uint8Array(length));

/** @returns {import('./index.js').Crafted[]} */
const craftedNpz = () => {
  const [a = new Uint8Array(0)] = npySamples();
  const half = 50 * megabyte;
  const bomb = zeros(2 * half);
  const packedBomb = new Uint8Array(deflateRawSync(bomb, { level: 9 }));
  const packedHalf = new Uint8Array(deflateRawSync(zeros(half), { level: 9 }));
  const many = 100;
  /** @type {import('../zip-bytes.js').Member} */
  const first = { name: '0.npy', packed: packedHalf, contents: zeros(half), method: 8 };
  return [
    ['a bomb of ratio over 1,000', zipOf([{ name: 'a.npy', contents: bomb, packed: packedBomb, method: 8 }])],
    ['a bomb of many members', zipOf(Array.from({ length: 3 }, (_, i) => ({ ...first, name: `${i}.npy` })))],
    [
      'one member listed many times',
      zipOf([
        first,
        ...Array.from({ length: many }, (_, i) => ({
          ...first,
          name: `${i + 1}.npy`,
          packed: new Uint8Array(0),
          packedSize: packedHalf.length,
          headerAt: 0,
        })),
      ]),
    ],
    ['a bomb that says it is short', zipOf([{ name: 'a.npy', contents: a, packed: packedBomb, method: 8 }])],
    [
      'a short member that says it is long',
      zipOf([{ name: 'a.npy', contents: a, deflate: true, size: 0x7fff_ffff }]),
    ],
    [
      'a stored member that says it is long',
      zipOf([{ name: 'a.npy', contents: a, size: 0x7fff_ffff, packedSize: 0x7fff_ffff }]),
    ],
    [
      'a ZIP64 size without a ZIP64 field',
      zipOf([{ name: 'a.npy', contents: a, size: 0xffff_ffff, packedSize: 0xffff_ffff }]),
    ],
    ['a member named ../a.npy', zipOf([{ name: '../a.npy', contents: a }]), 'refused'],
    ['a member named /etc/a.npy', zipOf([{ name: '/etc/a.npy', contents: a }]), 'refused'],
    ['a member named C:\\a.npy', zipOf([{ name: 'C:\\a.npy', contents: a }]), 'refused'],
    ['a member named ..\\a.npy', zipOf([{ name: '..\\a.npy', contents: a }]), 'refused'],
    ['a member named __proto__', zipOf([{ name: '__proto__.npy', contents: a }]), 'sound'],
    ['a member named constructor', zipOf([{ name: 'constructor.npy', contents: a }]), 'sound'],
    [
      'two members of one name',
      zipOf([
        { name: 'a.npy', contents: a },
        { name: 'a.npy', contents: a },
      ]),
    ],
    ['a name of 60,000 letters', zipOf([{ name: `${'x'.repeat(60_000)}.npy`, contents: a.subarray(0, 20) }])],
    ['65,535 empty members', zipOf(Array.from({ length: 65_535 }, (_, i) => ({ name: `${i}.npy` })))],
    ['a directory that says 65,535 members', zipOf([{ name: 'a.npy', contents: a }], { count: 0xffff })],
    ['a directory that says no members', zipOf([{ name: 'a.npy', contents: a }], { count: 0 }), 'either'],
    ['an encrypted member', zipOf([{ name: 'a.npy', contents: a, flags: 1 }])],
    ['a member packed by another method', zipOf([{ name: 'a.npy', contents: a, method: 12 }])],
    [
      'an archive in an archive',
      zipOf([{ name: 'a.npy', contents: zipOf([{ name: 'a.npy', contents: a }]), deflate: true }]),
    ],
    [
      'a comment with ends of archives',
      zipOf([{ name: 'a.npy', contents: a }], {
        comment: Buffer.from('PK\x05\x06'.repeat(15_000), 'latin1'),
      }),
    ],
    [
      '24 MiB, stored',
      () =>
        zipOf([
          { name: 'a.npy', contents: zeros(12 * megabyte) },
          { name: 'b.npy', contents: zeros(12 * megabyte) },
        ]),
      'sound',
    ],
  ];
};

/** @type {readonly import('./index.js').Parser[]} */
export const numpyParsers = [
  {
    name: 'loadNpy',
    parse: (bytes) => loadNpy(bytes),
    samples: npySamples,
    fieldsOf: npyFieldsOf,
    dictionary: () => npyWords,
    crafted: craftedNpy,
  },
  {
    name: 'loadNpz',
    mutants: 90_000,
    parse: (bytes) => loadNpz(bytes),
    samples: npzSamples,
    fieldsOf: zipFieldsOf,
    dictionary: () => zipWords,
    crafted: craftedNpz,
  },
  {
    name: 'loadNpz (an npy file in it)',
    mutants: 10_000,
    parse: (bytes) => loadNpz(bytes),
    wrap: (bytes) => zipOf([{ name: 'a.npy', contents: bytes, deflate: bytes.length % 2 === 0 }]),
    samples: () => npySamples().slice(0, 3),
    fieldsOf: npyFieldsOf,
    dictionary: () => npyWords,
  },
];
