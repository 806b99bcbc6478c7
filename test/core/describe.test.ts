import { expect, test } from 'vitest';
import { describe, expectation, orList } from '../../lib/core/describe.js';
import { tensor } from '../../lib/core/tensors/tensor.js';

class Layer {}

test.each([
  [undefined, 'undefined'],
  [null, 'null'],
  [Number.NaN, 'NaN'],
  [-0, '-0'],
  [-3, '-3'],
  [5n, '5n'],
  [true, 'true'],
  ['relu', "'relu'"],
  ['a\nb', "'a\\nb'"],
  ['x'.repeat(200), `'${'x'.repeat(60)}…'`],
  [Symbol('s'), 'Symbol(s)'],
  [Math.sin, 'the function sin'],
  [
    (
      () => () =>
        1
    )(),
    'a function',
  ],
  [[], '[]'],
  [[1, 'a', null], "[1, 'a', null]"],
  [[[1, 2], []], '[[…], []]'],
  [Array.from({ length: 100 }, (_, i) => i), '[0, 1, 2, 3, 4, 5, …] (100 elements)'],
  [new Float32Array(3), 'Float32Array(3)'],
  [Buffer.alloc(2), 'Buffer(2)'],
  [new DataView(new ArrayBuffer(1)), 'a DataView'],
  [tensor([[1, 2]]), 'a float64 tensor of shape (1, 2)'],
  [{ data: [1], shape: [1] }, 'a tensor of shape (1)'],
  [new Layer(), 'an instance of Layer'],
  [new Date(0), 'an instance of Date'],
  [{}, 'an empty object'],
  [Object.create(null), 'an empty object'],
  [{ a: 1, b: 2 }, "an object with 'a', 'b'"],
])('describe(%o) is %s', (value, text) => {
  expect(describe(value)).toBe(text);
});

test('describe survives an object that throws', () => {
  const hostile = new Proxy(
    {},
    {
      getPrototypeOf: () => {
        throw new Error('no');
      },
    },
  );
  expect(describe(hostile)).toBe('an object');
});

test('expectation puts the caller in front', () => {
  expect(expectation('X', 'to be 1', '2')).toBe('expected X to be 1 but received 2');
  expect(expectation('Net.loss: X', 'to be 1', '2')).toBe('Net.loss: expected X to be 1 but received 2');
});

test('orList', () => {
  expect([orList([]), orList(['a']), orList(['a', 'b']), orList(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a or b',
    'a, b or c',
  ]);
});
