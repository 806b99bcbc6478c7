import { deflateSync } from 'node:zlib';
import { loadMat } from '../gemmnet.js';
import { joined } from '../numbers.js';

const megabyte = 2 ** 20;
const [int8, uint8, int32, uint32, double, matrixType, compressedType] = [1, 2, 5, 6, 9, 14, 15];

/** @param {readonly number[]} values */
function words(...values) {
  const bytes = new Uint8Array(4 * values.length);
  for (const [i, value] of values.entries()) new DataView(bytes.buffer).setUint32(4 * i, value, true);
  return bytes;
}

/** @param {number} type @param {Uint8Array | readonly number[]} body @param {number} [length] what it says */
const element = (type, body, length = body.length) =>
  joined(words(type, length), body, new Uint8Array((8 - (body.length % 8)) % 8));

const start = joined('MATLAB 5.0 MAT-file'.padEnd(116), new Uint8Array(8), [0, 1], 'IM');

/** @param {...Uint8Array} elements */
const mat = (...elements) => joined(start, ...elements);

/**
 * @param {string} name
 * @param {readonly number[]} sizes
 * @param {Uint8Array} data an element
 */
const matrix = (name, sizes, data, mxClass = 6) =>
  element(
    matrixType,
    joined(
      element(uint32, words(mxClass, 0)),
      element(int32, words(...sizes)),
      element(int8, Buffer.from(name)),
      data,
    ),
  );

/** @param {Uint8Array} inner @param {number} [length] what it says */
const packed = (inner, length = -1) => {
  const body = deflateSync(inner);
  return joined(words(compressedType, length < 0 ? body.length : length), body);
};

const doubles = new Uint8Array(Float64Array.of(1, 2, 3, 4).buffer);
const X = matrix('X', [2, 2], element(double, doubles));
const y = matrix('y', [1, 3], element(uint8, [1, 2, 3]), 9);
const narrow = matrix('n', [2, 1], element(uint8, [1, 2]), 6);

/** The version and the words of the first elements. @param {Uint8Array} sample */
const fieldsOf = (sample) =>
  Array.from({ length: Math.min(40, (sample.length - 124) >> 2) }, (_, i) => ({
    offset: 124 + 4 * i,
    width: 4,
    littleEndian: true,
  }));

/** Packs the first matrix of a file, whatever it is. @param {Uint8Array} bytes */
const packedWhole = (bytes) => mat(packed(bytes.subarray(128)));

/** @returns {import('./index.js').Crafted[]} */
const crafted = () => {
  const none = element(double, []);
  const zeros = matrix('X', [100 * megabyte, 1], element(uint8, new Uint8Array(100 * megabyte)), 9);
  return [
    ['2³¹−1 × 2³¹−1 elements', mat(matrix('X', [0x7fff_ffff, 0x7fff_ffff], none))],
    ['2³² elements, which is 0 in 32 bits', mat(matrix('X', [65_536, 65_536], none))],
    [
      '−1 × −1 elements',
      mat(matrix('X', [0xffff_ffff, 0xffff_ffff], element(double, [0, 0, 0, 0, 0, 0, 0, 0]))),
    ],
    ['10⁹ rows without columns', mat(matrix('X', [1_000_000_000, 0], none)), 'either'],
    ['100,000 axes', mat(matrix('X', new Array(100_000).fill(1), element(double, doubles.subarray(0, 8))))],
    ['no axes', mat(matrix('X', [], none))],
    ['an element of 2³²−1 bytes', mat(element(matrixType, [], 0xffff_ffff))],
    ['a packed element of 2³²−1 bytes', mat(packed(X, 0xffff_ffff))],
    ['a bomb of ratio over 1,000 that is what it says', mat(packed(zeros))],
    ['a bomb behind a matrix', mat(packed(joined(X, new Uint8Array(100 * megabyte))))],
    ['a matrix packed twice', mat(packed(packed(X)))],
    [
      'a bomb of a short matrix',
      mat(packed(matrix('X', [1, 1], element(uint8, new Uint8Array(100 * megabyte)), 9))),
    ],
    ['a name of 1 MiB', mat(matrix('x'.repeat(megabyte), [1, 1], none))],
    ['one name twice', mat(X, X)],
    [
      'a variable named __proto__',
      mat(matrix('__proto__', [1, 1], element(double, doubles.subarray(0, 8)))),
      'either',
    ],
    ['a million empty variables', joined(start, Buffer.alloc(8_000_000, element(matrixType, [])))],
    [
      '10,000 variables',
      mat(
        ...Array.from({ length: 10_000 }, (_, i) =>
          matrix(`v${i}`, [1, 1], element(double, doubles.subarray(0, 8))),
        ),
      ),
      'either',
    ],
    ['a cell array', mat(matrix('c', [1, 1], X, 1))],
    ['100,000 cell arrays in each other', mat(nestedCells(2_000))],
    ['a function', mat(matrix('f', [1, 1], X, 16))],
    [
      '32 MiB of signed bytes, eight times as wide if they were doubles',
      () => mat(matrix('X', [megabyte, 32], element(int8, new Uint8Array(32 * megabyte)), 6)),
      'either',
      64 * megabyte,
    ],
    [
      '32 MiB of doubles',
      () => mat(matrix('X', [megabyte, 4], element(double, new Uint8Array(32 * megabyte)))),
      'sound',
    ],
  ];
};

/** @param {number} depth */
function nestedCells(depth) {
  let inner = X;
  for (let i = 0; i < depth; i++) inner = matrix('', [1, 1], inner, 1);
  return inner;
}

const samples = () => [mat(X), mat(y, X), mat(narrow)];

/** @type {readonly import('./index.js').Parser[]} */
export const matParsers = [
  {
    name: 'loadMat',
    mutants: 90_000,
    fieldsOf,
    parse: (bytes) => loadMat(bytes),
    samples: () => [...samples(), mat(packed(X)), mat(packed(y), packed(X))],
    dictionary: () => [
      words(matrixType, 8),
      words(compressedType, 8),
      words(double, 8),
      words(uint8, 1),
      joined([1, 0, 1, 0], 'X'),
    ],
    crafted,
  },
  {
    name: 'loadMat (in zlib)',
    mutants: 10_000,
    fieldsOf,
    parse: (bytes) => loadMat(bytes),
    wrap: packedWhole,
    samples: () => samples().slice(0, 1),
  },
];
