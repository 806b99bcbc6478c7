import { ArgumentError, LabelError, ShapeError } from '../../lib/core/errors.js';
import { Tensor } from '../../lib/core/tensors/tensor.js';
import type { BadValue } from './row.js';

function bad(name: string, value: unknown, received: string | RegExp): BadValue {
  return { name, make: () => value, received };
}

/** An array whose memory was transferred away. */
function detached<T extends Float32Array | Float64Array | Int32Array>(array: T): T {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}

const wrongTypes: readonly BadValue[] = [
  bad('a word', '8', "'8'"),
  bad('null', null, 'null'),
  bad('true', true, 'true'),
  bad('an array', [4], '[4]'),
  bad('an object', {}, 'an empty object'),
];

const notFinite: readonly BadValue[] = [
  bad('NaN', Number.NaN, 'NaN'),
  bad('Infinity', Number.POSITIVE_INFINITY, 'Infinity'),
];

/** What an option may be asked to be, with what is not that. */
export const badValues = {
  positiveInteger: {
    expected: 'a positive integer',
    values: [
      ...wrongTypes,
      ...notFinite,
      bad('zero', 0, '0'),
      bad('negative', -3, '-3'),
      bad('a fraction', 2.5, '2.5'),
    ],
  },
  positive: {
    expected: 'a positive number',
    values: [...wrongTypes, ...notFinite, bad('zero', 0, '0'), bad('negative', -0.5, '-0.5')],
  },
  nonNegative: {
    expected: 'a number from 0 on',
    values: [...wrongTypes, ...notFinite, bad('negative', -0.5, '-0.5')],
  },
  clip: {
    expected: 'gradientClip',
    values: [
      bad('a number', 5, '5'),
      bad('empty', {}, 'neither'),
      bad('both', { norm: 1, value: 1 }, 'both'),
      bad('by zero', { norm: 0 }, '0'),
      bad('by a negative value', { value: -1 }, '-1'),
      bad('misspelled', { nrom: 1 }, 'did you mean norm?'),
    ],
  },
  belowOne: {
    expected: 'a number from 0 to below 1',
    values: [
      ...wrongTypes,
      ...notFinite,
      bad('negative', -0.1, '-0.1'),
      bad('one', 1, '1'),
      bad('1.5', 1.5, '1.5'),
    ],
  },
  seed: {
    expected: 'an integer in 0 … 4294967295',
    values: [
      ...wrongTypes,
      ...notFinite,
      bad('negative', -1, '-1'),
      bad('a fraction', 0.5, '0.5'),
      bad('2³²', 2 ** 32, '4294967296'),
    ],
  },
  boolean: {
    expected: 'true or false',
    values: [bad('one', 1, '1'), bad('a word', 'yes', "'yes'"), bad('null', null, 'null')],
  },
  function: {
    expected: 'a function',
    values: [bad('a number', 7, '7'), bad('a word', 'log', "'log'"), bad('null', null, 'null')],
  },
  abortSignal: {
    expected: 'an AbortSignal',
    values: [
      bad('true', true, 'true'),
      bad('a controller', new AbortController(), 'an instance of AbortController'),
    ],
  },
  randomState: {
    expected: 'an instance of RandomState',
    values: [bad('a seed', 7, '7'), bad('an object', {}, 'an empty object')],
  },
  dtype: {
    expected: "'float32' or 'float64'",
    values: [bad('float16', 'float16', "'float16'"), bad('a number', 32, '32'), bad('null', null, 'null')],
  },
  sizes: {
    expected: 'an array of positive integers',
    values: [
      bad('a number', 5, '5'),
      bad('a zero in it', [4, 0], 'element 1 is 0'),
      bad('a fraction in it', [4.5], 'element 0 is 4.5'),
      bad('a word in it', ['4'], "element 0 is '4'"),
      // biome-ignore lint/suspicious/noSparseArray: a hole is the point
      bad('a hole in it', [4, , 3], 'element 1 is undefined'),
    ],
  },
} as const satisfies Record<string, { readonly expected: string; readonly values: readonly BadValue[] }>;

export type OptionKind = keyof typeof badValues;

/** What is no (N, cols) tensor of floats with rows. */
export function badRows(cols: number): readonly BadValue[] {
  const shape = `(N, ${cols})`;
  const tensor = 'to be a tensor';
  const rank = `to have shape ${shape}`;
  return [
    { name: 'undefined', make: () => undefined, expected: tensor, received: 'undefined' },
    { name: 'null', make: () => null, expected: tensor, received: 'null' },
    { name: 'a number', make: () => 3, expected: tensor, received: '3' },
    { name: 'a word', make: () => 'X', expected: tensor, received: "'X'" },
    { name: 'an object', make: () => ({ rows: 3 }), expected: tensor, received: "an object with 'rows'" },
    {
      name: 'big integers',
      make: () => new BigInt64Array(cols),
      expected: tensor,
      received: `BigInt64Array(${cols})`,
    },
    {
      name: 'a DataView',
      make: () => new DataView(new ArrayBuffer(8)),
      expected: tensor,
      received: 'a DataView',
    },
    {
      name: 'a detached array',
      make: () => ({ data: detached(new Float32Array(cols)), shape: [1, cols] }),
      expected: 'to be an array with its memory',
      received: 'one whose ArrayBuffer was transferred',
    },
    {
      name: 'a word among the numbers',
      make: () => [Array.from({ length: cols }, (_, i) => (i === 1 ? 'x' : i))],
      expected: 'a number',
      received: "'x'",
    },
    {
      name: 'more shape than data',
      make: () => ({ data: new Float64Array(cols), shape: [2, cols] }),
      expected: `to have ${2 * cols} elements`,
      received: String(cols),
      error: ShapeError,
    },
    {
      name: 'rank 1, and not a row',
      make: () => new Float64Array(cols + 1),
      expected: rank,
      received: `shape (${cols + 1})`,
      error: ShapeError,
    },
    {
      name: 'rank 3',
      make: () => new Tensor(new Float64Array(2 * cols), [1, 2, cols]),
      expected: rank,
      received: `shape (1, 2, ${cols})`,
      error: ShapeError,
    },
    {
      name: 'a column too many',
      make: () => new Tensor(new Float32Array(2 * (cols + 1)), [2, cols + 1]),
      expected: rank,
      received: `shape (2, ${cols + 1})`,
      error: ShapeError,
    },
    {
      name: 'rows of unequal length',
      make: () => [Array(cols).fill(1), Array(cols - 1).fill(1)],
      expected: String(cols),
      received: String(cols - 1),
      error: ShapeError,
    },
  ];
}

/** No rows at all. */
export function noRows(cols: number): BadValue {
  return {
    name: 'no rows',
    make: () => new Tensor(new Float64Array(0), [0, cols]),
    expected: 'to have at least one row',
    received: 'none',
    error: ShapeError,
  };
}

/** What are no `count` labels of three classes. */
export function badLabels(count: number): readonly BadValue[] {
  const label = 'to be a class label, an integer in 0 … 2';
  const ones = (last: unknown) => Array.from({ length: count }, (_, i) => (i === count - 1 ? last : 1));
  return [
    { name: 'null', make: () => null, expected: 'expected', received: 'null', error: ArgumentError },
    { name: 'a number', make: () => 1, expected: 'expected', received: '1', error: ArgumentError },
    { name: 'a class too high', make: () => ones(3), expected: label, received: '3', error: LabelError },
    {
      name: 'a negative class',
      make: () => Int32Array.from(ones(-1) as number[]),
      expected: label,
      received: '-1',
      error: LabelError,
    },
    {
      name: 'a fractional class',
      make: () => ones(0.5),
      expected: label,
      received: '0.5',
      error: LabelError,
    },
    {
      name: 'a NaN',
      make: () => Float64Array.from(ones(Number.NaN) as number[]),
      expected: label,
      received: 'NaN',
      error: LabelError,
    },
    { name: 'a word', make: () => ones('1'), expected: label, received: "'1'", error: ArgumentError },
    {
      name: 'one too few',
      make: () => ones(1).slice(1),
      expected: `to have ${count} labels`,
      received: String(count - 1),
      error: ShapeError,
    },
    {
      name: 'one too many',
      make: () => new Uint8Array(count + 1),
      expected: `to have ${count} labels`,
      received: String(count + 1),
      error: ShapeError,
    },
    {
      name: 'detached ones',
      make: () => detached(new Int32Array(count)),
      expected: 'to be an array with its memory',
      received: 'one whose ArrayBuffer was transferred',
      error: ArgumentError,
    },
  ];
}
