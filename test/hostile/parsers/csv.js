import { gzipSync } from 'node:zlib';
import { loadCsv } from '../gemmnet.js';
import { joined } from '../numbers.js';

const megabyte = 2 ** 20;

const texts = [
  'a,b,c\n1,2.5,3\n-3,4e5,.5\n',
  '1,2\r\n3,4\r\n\r\n5,6',
  '"a ""quoted"" name","line\nbreak",c\n1,"2",3\n',
  '\ufeffä,b\n1,2\n',
  'x\n1\n',
  'a;b\n3,14;2\n-1,5;0\n',
  'label\t0\t1\n5\t10\t20\n',
  '0,1,2\n10,20,30\n',
];

const labelled = [
  'a,b,label\n1,2.5,x\n-3,4e5,y\n0,.5,"x"\n',
  'a,colour,label\n1,red,0\n2,,1\n3,"dark ""blue""",5\n',
  '5,cat\n6,dog\n7,cat\n8,bird\n',
];

const samples = () => [...texts.map(file), new Uint8Array(Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'))];

const words = [
  ',',
  ';',
  '\t',
  '"',
  '""',
  '\n',
  '\r\n',
  '\r',
  '\n\n',
  '\0',
  '\ufeff',
  'NaN',
  'nan',
  'inf',
  '-Infinity',
  '1e308',
  '1e999',
  '0x10',
  '-',
  '?',
  'label',
  ' ',
  '__proto__',
  '|',
  '#',
  '1,5',
  '1,234',
  '0.5',
  '#N/A',
  '\x1f\x8b',
  'é',
  '\ud800',
].map((word) => Buffer.from(word));

/** @param {string} text */
const file = (text) => new Uint8Array(Buffer.from(text));

/** @returns {import('./index.js').Crafted[]} */
const crafted = () => [
  ['nothing but line breaks', file('\n'.repeat(megabyte))],
  ['nothing but spaces', file(' '.repeat(megabyte))],
  ['10⁶ columns', file(`${'1,'.repeat(1_000_000)}1\n`)],
  ['8 MiB of commas', file(','.repeat(8 * megabyte))],
  ['8 MiB of one-digit rows', () => file('1\n'.repeat(4 * megabyte)), 'either'],
  ['8 MiB of rows of two', () => file('1,1\n'.repeat(2 * megabyte)), 'sound'],
  ['a quote without an end', file(`a,b\n1,"2${'x'.repeat(8 * megabyte)}`)],
  ['a quote without an end over many lines', file(`a,b\n1,"2\n${'3,4\n'.repeat(2 * megabyte)}`)],
  ['a line of 8 MiB', file(`${'1'.repeat(8 * megabyte)}\n`)],
  ['a name of 1 MiB', file(`${'x'.repeat(megabyte)},b\nx,1\n`)],
  ['a cell of 1 MiB that is no number', file(`a,b\n1,${'x'.repeat(megabyte)}\n`), 'either'],
  ['a cell of 1 MiB in the second row', file(`a,b\n1,2\n1,${'x'.repeat(megabyte)}\n`)],
  ['100,000 columns of one name', file(`${'a,'.repeat(100_000)}a\n${'1,'.repeat(100_000)}1\n`), 'either'],
  ['columns named __proto__ and constructor', file('__proto__,constructor\n1,2\n'), 'sound'],
  ['a row that is longer', file('a,b\n1,2\n1,2,3\n')],
  ['a row that is shorter', file('a,b\n1,2\n1\n')],
  ['what is no UTF-8', joined('a,b\n', [0xff, 0xfe, 0x2c, 0x31], '\n')],
  [
    '8 MiB of UTF-8 that ends in the middle of a character',
    joined('1,2\n'.repeat(2 * megabyte), [0xf0, 0x9f]),
  ],
  ['8 MiB of what only may begin a character', () => new Uint8Array(8 * megabyte).fill(0xc3)],
  ['8 MiB of what only may end a character', () => new Uint8Array(8 * megabyte).fill(0x80)],
  ['a byte order mark and nothing else', joined([0xff, 0xfe])],
  ['half a character of UTF-16', joined([0xff, 0xfe, 0x31])],
  ['8 MiB of surrogates', () => joined([0xff, 0xfe], Buffer.alloc(8 * megabyte, Buffer.from([0x00, 0xd8])))],
  ['8 MiB of zeros', () => new Uint8Array(8 * megabyte)],
  ['8 MiB of quotes', () => file('"'.repeat(8 * megabyte))],
  ['8 MiB of quotes, an odd number', () => file(`${'"'.repeat(8 * megabyte)}"`)],
  ['doubled quotes in many lines', () => file(`"${'""\n'.repeat(2 * megabyte)}`)],
  ['empty cells in quotes', () => file('"",'.repeat(megabyte))],
  ['a quote in each of 10⁶ lines', () => file('"1",2\n'.repeat(megabyte)), 'sound'],
  ['8 MiB of carriage returns', () => file('\r'.repeat(8 * megabyte))],
  ['lines of carriage returns', () => file('1,2\r'.repeat(megabyte)), 'sound'],
  ['semicolons and commas', () => file(';,'.repeat(2 * megabyte))],
  ['bars, tabs, commas and semicolons in turn', () => file('1|2\t3,4;5\n'.repeat(megabyte)), 'either'],
  ['a gzip bomb', () => gzipSync(file('1,1\n'.repeat(25 * megabyte))), 'either', 100 * megabyte],
  ['a gzip bomb of line breaks', () => gzipSync(new Uint8Array(100 * megabyte).fill(10))],
  ['a gzip bomb of one line', () => gzipSync(new Uint8Array(100 * megabyte).fill(0x31))],
  ['gzip of gzip', gzipSync(gzipSync(file('1,2\n')))],
  ['10,000 empty gzip members', joined(...new Array(10_000).fill(gzipSync(''))), 'either'],
];

/** @param {number} count */
const distinct = (count) => Array.from({ length: count }, (_, i) => `${i + 0.5},c\n`).join('');

const many = Array.from({ length: megabyte }, (_, i) => `${i},c${i}\n`);

/** @type {readonly import('./index.js').Parser[]} */
export const csvParsers = [
  {
    name: 'loadCsv',
    mutants: 75_000,
    fieldsOf: () => [],
    parse: (bytes) => loadCsv(bytes),
    samples,
    dictionary: () => words,
    crafted,
  },
  {
    name: 'loadCsv (with labels)',
    mutants: 25_000,
    fieldsOf: () => [],
    parse: (bytes) => loadCsv(bytes, { labelColumn: -1, categorical: 'oneHot', missing: 'mean' }),
    samples: () => labelled.map(file),
    dictionary: () => words,
    crafted: () => [
      ['a million classes', () => file(`x,label\n${many.join('')}`), 'either'],
      ['labels of 10⁹', file('1,1000000000\n2,0\n'), 'either'],
      ['labels of −1', file('1,-1\n2,0\n'), 'either'],
    ],
  },
  {
    name: 'loadCsv (with comments, words and numbers as labels)',
    mutants: 25_000,
    fieldsOf: () => [],
    parse: (bytes) =>
      loadCsv(bytes, {
        labelColumn: 0,
        labelKind: 'numbers',
        comment: '#',
        categorical: 'ordinal',
        header: false,
        missing: 0,
        missingTokens: ['', '-999'],
      }),
    samples: () =>
      ['1.5,red\n# none\n2,"blue"# two\n', '1,-999.0\n,5\n3,\n'.replace('\n,5', '\n2,5')].map(file),
    dictionary: () => words,
    crafted: () => [
      ['a million labels', () => file(distinct(megabyte)), 'sound'],
      ['8 MiB of comments', () => file('#\n'.repeat(4 * megabyte))],
      ['a comment of 8 MiB', () => file(`1,2\n#${'"'.repeat(8 * megabyte)}`)],
      ['comments with quotes', () => file('1,2 # "\n'.repeat(megabyte)), 'sound'],
    ],
  },
  ...['latin1', 'windows-1252', 'utf-16be'].map((encoding) => ({
    name: `loadCsv (in ${encoding})`,
    mutants: 10_000,
    fieldsOf: () => [],
    parse: (/** @type {Uint8Array} */ bytes) =>
      loadCsv(bytes, { encoding: /** @type {'latin1'} */ (encoding), labelColumn: -1 }),
    samples: () => [
      encoding === 'utf-16be'
        ? new Uint8Array(Buffer.from('a,é\n1,€\n', 'utf16le').swap16())
        : new Uint8Array(Buffer.from('a,\xe9\n1,\x80\n', 'latin1')),
    ],
    dictionary: () => words,
  })),
];
