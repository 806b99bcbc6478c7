import { loadHistory } from '../gemmnet.js';

const megabyte = 2 ** 20;

const check = { iteration: 10, epoch: 1, learningRate: 0.001, trainAcc: 0.5, valAcc: 0.25 };
const texts = [
  JSON.stringify({
    lossHistory: [2.3, 1.5, 'NaN', '-Infinity'],
    trainAccHistory: [0.5],
    valAccHistory: [0.25],
    checks: [check],
  }),
  JSON.stringify({ lossHistory: [], checks: [] }),
];

/** @param {string} text */
const file = (text) => new Uint8Array(Buffer.from(text));

/** @type {readonly import('./index.js').Parser[]} */
export const historyParsers = [
  {
    name: 'loadHistory',
    parse: (bytes) => loadHistory(bytes),
    fieldsOf: () => [],
    samples: () => texts.map(file),
    dictionary: () =>
      [
        '"lossHistory"',
        '"checks"',
        '"iteration"',
        '"NaN"',
        '"Infinity"',
        'null',
        '[]',
        '{}',
        '"__proto__":',
        '-1',
        '1e999',
        '\\u0000',
      ].map(file),
    crafted: () => [
      ['10⁵ brackets', file('['.repeat(100_000))],
      ['10⁵ brackets in the history', file(`{"lossHistory":${'['.repeat(100_000)}`)],
      ['8 MiB of empty objects', file(`{"checks":[],"lossHistory":[${'{},'.repeat(2.6 * megabyte)}{}]}`)],
      ['8 MiB of zeros', file(`{"checks":[],"lossHistory":[${'0,'.repeat(4 * megabyte)}0]}`), 'either'],
      ['8 MiB of empty checks', file(`{"lossHistory":[],"checks":[${'{},'.repeat(2.6 * megabyte)}{}]}`)],
      [
        '24 MiB of losses',
        () => file(`{"checks":[],"lossHistory":[${'1.234567,'.repeat(2.6 * megabyte)}0]}`),
        'either',
      ],
      ['a word of 1 MiB for a loss', file(`{"checks":[],"lossHistory":["${'x'.repeat(megabyte)}"]}`)],
      ['a word named __proto__ for a loss', file('{"checks":[],"lossHistory":["__proto__"]}')],
      ['a key of 1 MiB', file(`{"checks":[],"lossHistory":[],"${'x'.repeat(megabyte)}":1}`), 'either'],
    ],
  },
];
