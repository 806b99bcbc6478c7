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
];

const labelled = [
  'a,b,label\n1,2.5,x\n-3,4e5,y\n0,.5,"x"\n',
  'a,colour,label\n1,red,0\n2,,1\n3,"dark ""blue""",5\n',
  '5,cat\n6,dog\n7,cat\n8,bird\n',
];

const samples = () => texts.map(file);

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
  ['what is no UTF-8', joined('a,b\n', [0xff, 0xfe, 0x2c, 0x31], '\n'), 'either'],
  ['a gzip bomb', () => gzipSync(file('1,1\n'.repeat(25 * megabyte))), 'either', 100 * megabyte],
  ['a gzip bomb of line breaks', () => gzipSync(new Uint8Array(100 * megabyte).fill(10))],
  ['a gzip bomb of one line', () => gzipSync(new Uint8Array(100 * megabyte).fill(0x31))],
  ['gzip of gzip', gzipSync(gzipSync(file('1,2\n')))],
  ['10,000 empty gzip members', joined(...new Array(10_000).fill(gzipSync(''))), 'either'],
];

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
      ['a million classes', () => file(many.join('')), 'either'],
      ['labels of 10⁹', file('1,1000000000\n2,0\n'), 'either'],
      ['labels of −1', file('1,-1\n2,0\n'), 'either'],
    ],
  },
];
