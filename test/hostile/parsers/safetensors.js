import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSafetensors, parseSafetensors, serializeSafetensors } from '../gemmnet.js';
import { joined } from '../numbers.js';

const megabyte = 2 ** 20;

/**
 * @param {unknown} header an object, or JSON as text
 * @param {Uint8Array | readonly number[]} [body]
 * @param {bigint} [length] what the prefix says
 */
export function safetensors(header, body = [], length) {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  return joined(prefix, text, body);
}

/**
 * The same file with spaces at the end of its header, so that an attack may change words there and keep the length.
 *
 * @param {Uint8Array} bytes
 */
export function padded(bytes) {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = Buffer.from(bytes.subarray(8, 8 + length)).toString();
  return safetensors(header + ' '.repeat(64), bytes.subarray(8 + length));
}

/** @param {number} start @param {number} end */
const u8 = (start, end, shape = [end - start]) => ({ dtype: 'U8', shape, data_offsets: [start, end] });

const samples = () => [
  padded(
    serializeSafetensors(
      {
        W1: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] },
        b: Float64Array.of(Number.NaN),
        n: Int32Array.of(-5),
      },
      { kind: 'test', epoch: '12' },
    ),
  ),
  padded(
    serializeSafetensors({
      mask: Uint8Array.of(1, 0, 255),
      none: { data: new Float32Array(0), shape: [0, 3] },
    }),
  ),
  safetensors('{}'),
];

/** The header's length. */
export const safetensorsFieldsOf = () =>
  [1, 2, 4, 8].map((width) => ({ offset: 0, width, littleEndian: true }));

const words =
  '"dtype" "shape" "data_offsets" "__metadata__" "__proto__" "F32" "F64" "F16" "BF16" "I64" "I32" "U8" "BOOL" [ ] { } : , " \\ \\u0000 null true -1 1e308'
    .split(' ')
    .map((word) => Buffer.from(word));

/** @returns {import('./index.js').Crafted[]} */
const crafted = () => [
  ['a header of 2⁶³ bytes', safetensors('{}', [], 2n ** 63n)],
  ['a header of 2⁶⁴−1 bytes', safetensors('{}', [], 2n ** 64n - 1n)],
  ['a header of 2⁵³+1 bytes', safetensors('{}', [], 2n ** 53n + 1n)],
  ['a header as long as the limit in a short file', safetensors('{}', [], 100_000_000n)],
  ['overlapping ranges', safetensors({ a: u8(0, 4), b: u8(2, 6) }, new Uint8Array(6))],
  [
    'one range many times',
    safetensors(
      Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`t${i}`, u8(0, 1000)])),
      new Uint8Array(1000),
    ),
  ],
  ['a range inside another', safetensors({ a: u8(0, 8), b: u8(2, 4) }, new Uint8Array(8))],
  [
    'ranges that end before they begin',
    safetensors(
      { a: { dtype: 'U8', shape: [0], data_offsets: [4, 4] }, b: u8(4, 0, [0]) },
      new Uint8Array(4),
    ),
  ],
  [
    'a shape of 10⁹ axes',
    safetensors(`{"a":{"dtype":"U8","shape":[${'1,'.repeat(100_000)}1],"data_offsets":[0,1]}}`, [0]),
  ],
  ['10⁹ empty rows', safetensors({ a: u8(0, 0, [1_000_000_000, 0]) }), 'sound'],
  [
    'axes whose product is Infinity · 0',
    safetensors({ a: u8(0, 0, [...new Array(31).fill(2 ** 53 - 1), 0]) }),
  ],
  [
    '2⁶³ elements',
    safetensors(
      '{"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,9223372036854775808]}}',
      [0],
    ),
  ],
  ['sizes of 1e308', safetensors('{"a":{"dtype":"U8","shape":[1e308],"data_offsets":[0,1e308]}}', [0])],
  ['10⁵ brackets', safetensors(`{"a":${'['.repeat(100_000)}`)],
  ['10⁵ braces', safetensors('{"a":'.repeat(100_000))],
  ['a name of 1 MiB', safetensors({ ['x'.repeat(megabyte)]: u8(0, 9) }, new Uint8Array(8))],
  ['a dtype of 1 MiB', safetensors({ a: { ...u8(0, 8), dtype: 'x'.repeat(megabyte) } }, new Uint8Array(8))],
  [
    'an unknown key of 1 MiB',
    safetensors({ a: { ...u8(0, 8), ['x'.repeat(megabyte)]: 1 } }, new Uint8Array(8)),
  ],
  ['a key of 1 MiB twice', safetensors(`{"${'x'.repeat(megabyte)}":1,"${'x'.repeat(megabyte)}":2}`)],
  ['a header of 1 MiB of backslashes', safetensors(`{"${'\\'.repeat(megabyte)}`)],
  ['a header of 8 MiB of spaces', safetensors(`{${' '.repeat(8 * megabyte)}}`), 'sound'],
  [
    'a header of 8 MiB of words of metadata',
    safetensors(
      `{"__metadata__":{${Array.from({ length: megabyte }, (_, i) => `"${i.toString(36)}":""`).join()}}}`,
    ),
    'either',
  ],
  ['a header of 8 MiB of empty objects', safetensors(`{"a":[${'{},'.repeat(2.6 * megabyte)}{}]}`)],
  ['a header of 8 MiB of empty arrays', safetensors(`{"a":[${'[],'.repeat(2.6 * megabyte)}[]]}`)],
  ['a header of 8 MiB of zeros', safetensors(`{"a":[${'0,'.repeat(4 * megabyte)}0]}`)],
  [
    'a header of 8 MiB of one-letter strings',
    safetensors(`{"__metadata__":{"a":[${'"x",'.repeat(2 * megabyte)}""]}}`),
  ],
  [
    'a million empty tensors',
    safetensors(
      `{${Array.from({ length: 100_000 }, (_, i) => `"${i}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`).join()}}`,
    ),
    'either',
  ],
  [
    '48 MiB of floats',
    safetensors(
      { a: { dtype: 'F32', shape: [12, megabyte], data_offsets: [0, 48 * megabyte] } },
      new Uint8Array(48 * megabyte),
    ),
    'sound',
  ],
  [
    '__proto__ as the name of a tensor',
    safetensors('{"__proto__":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
    'sound',
  ],
  ['__proto__ in the metadata', safetensors('{"__metadata__":{"__proto__":"x","constructor":"y"}}'), 'sound'],
  [
    '__proto__ in a tensor',
    safetensors('{"a":{"__proto__":{"dtype":"U8"},"shape":[0],"data_offsets":[0,0]}}'),
  ],
];

/** @type {string | undefined} */
let path;

/** @param {Uint8Array} bytes */
function throughFile(bytes) {
  path ??= join(mkdtempSync(join(tmpdir(), 'gemmnet-')), 'evil.safetensors');
  writeFileSync(path, bytes);
  return loadSafetensors(path);
}

/** @type {readonly import('./index.js').Parser[]} */
export const safetensorsParsers = [
  {
    name: 'parseSafetensors',
    fieldsOf: safetensorsFieldsOf,
    parse: parseSafetensors,
    samples,
    dictionary: () => words,
    crafted,
  },
  {
    name: 'loadSafetensors',
    fieldsOf: safetensorsFieldsOf,
    parse: (bytes) => loadSafetensors(bytes),
    samples,
    dictionary: () => words,
    crafted,
  },
  {
    name: 'loadSafetensors (file)',
    fieldsOf: safetensorsFieldsOf,
    mutants: 3_000,
    parse: throughFile,
    samples: () => samples().slice(1),
    crafted,
  },
];
