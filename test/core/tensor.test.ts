import { format, inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ArgumentError, ShapeError, StateError } from '../../lib/core/errors.js';
import { asTensor, Tensor, tensor, zeros } from '../../lib/core/tensors/tensor.js';

const counting = (length: number) => Float64Array.from({ length }, (_, i) => i);

/** Takes the memory away from an array, as postMessage with a transfer list does. */
function detach(array: Float64Array | Float32Array): void {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
}

describe('new Tensor', () => {
  test('is a window on the array, row-major by default', () => {
    const data = counting(6);
    const t = new Tensor(data, [2, 3]);
    expect(t.data).toBe(data);
    expect(t).toMatchObject({
      shape: [2, 3],
      strides: [3, 1],
      offset: 0,
      dtype: 'float64',
      rank: 2,
      size: 6,
    });
    expect(t.toArray()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  test('takes strides and an offset, negative strides too', () => {
    const t = new Tensor(counting(10), [2, 3], [-4, 1], 5);
    expect(t.toArray()).toEqual([
      [5, 6, 7],
      [1, 2, 3],
    ]);
    expect(new Tensor(counting(1), [2, 2], [0, 0], 0).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test('has one axis without a shape, and one element without axes', () => {
    expect(new Tensor(counting(3)).shape).toEqual([3]);
    expect(new Tensor(Float64Array.of(7), []).toArray()).toBe(7);
    expect(new Tensor(Float64Array.of(7), []).get()).toBe(7);
  });

  test.each([
    [[2, 4], undefined, undefined, 'expected data to have 8 elements for shape (2, 4) but received 6'],
    [[2, 3], [3, 2], 0, 'reach from 0 to 7'],
    [[2, 3], [3, 1], 1, 'reach from 1 to 6'],
    [[2, 3], [-3, 1], 0, 'reach from -3 to 2'],
    [[2, 3], [1], 0, 'expected 2 strides'],
    [[2, 3], [1.5, 1], 0, 'all integers'],
    [[2, 3], [3, 1], Number.NaN, 'all integers'],
    [[2, -3], undefined, undefined, 'integers from 0 on but received (2, -3)'],
    [[2, 1.5], undefined, undefined, 'integers from 0 on'],
    [[2 ** 40, 2 ** 40], undefined, undefined, 'a shape that memory can hold'],
    [new Array(33).fill(1), undefined, undefined, 'at most 32 axes'],
  ])('refuses shape %j with strides %j and offset %j', (shape, strides, offset, message) => {
    const make = () => new Tensor(counting(6), shape, strides, offset);
    expect(make).toThrow(ShapeError);
    expect(make).toThrow(message);
  });

  test('refuses data that no tensor can hold, and detached data', () => {
    expect(() => new Tensor(new Int16Array(4) as never)).toThrow(ArgumentError);
    expect(() => new Tensor(new Int16Array(4) as never)).toThrow(
      'Tensor: expected data to be Float32Array, Float64Array, Int32Array or Uint8Array but received Int16Array(4)',
    );
    const data = counting(4);
    detach(data);
    expect(() => new Tensor(data)).toThrow(ArgumentError);
    expect(() => new Tensor(counting(4), 'x' as never)).toThrow(ArgumentError);
  });

  test('cannot be turned towards other memory', () => {
    const t = tensor([1, 2]);
    expect(() => {
      (t as { offset: number }).offset = 1;
    }).toThrow(TypeError);
    expect(() => (t.shape as number[]).push(3)).toThrow(TypeError);
  });
});

describe('Tensor.get and set', () => {
  test('reach the shared memory', () => {
    const t = tensor(new Float32Array(6), [2, 3]);
    t.set(1, 2, 0.5);
    expect(t.data[5]).toBe(0.5);
    expect(t.T.get(2, 1)).toBe(0.5);
  });

  test.each([
    [[2, 0], 'expected index 0 to be an integer in 0 … 1 but received 2'],
    [[0, 3], 'expected index 1 to be an integer in 0 … 2 but received 3'],
    [[-1, 0], 'received -1'],
    [[0.5, 0], 'received 0.5'],
    [[Number.NaN, 0], 'received NaN'],
    [[0], 'expected 2 indices into shape (2, 3) but received 1'],
    [[0, 0, 0], 'expected 2 indices into shape (2, 3) but received 3'],
    [['0', 0], "received '0'"],
  ])('refuse the indices %j', (indices, message) => {
    const t = tensor(counting(6), [2, 3]);
    expect(() => t.get(...(indices as number[]))).toThrow(ArgumentError);
    expect(() => t.get(...(indices as number[]))).toThrow(message);
    expect(() => t.set(...(indices as number[]), 1)).toThrow(ArgumentError);
    expect([...t]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('set refuses what the dtype would change', () => {
    const pixels = tensor(new Uint8Array(2));
    for (const value of [256, -1, 1.5, Number.NaN]) expect(() => pixels.set(0, value)).toThrow(ArgumentError);
    expect(() => pixels.set(0, '1' as never)).toThrow(
      "expected the value to be an integer in 0 … 255 but received '1'",
    );
    expect(() => zeros(1).set(0, undefined as never)).toThrow(ArgumentError);
    expect([...pixels]).toEqual([0, 0]);
    expect(() => zeros(1, { dtype: 'int32' }).set(0, 2 ** 31)).toThrow(ArgumentError);
  });

  test('an empty axis has no index', () => {
    expect(() => zeros([2, 0]).get(0, 0)).toThrow('an axis with elements');
  });
});

describe('Tensor views', () => {
  const t = tensor(counting(24), [2, 3, 4]);

  test('T turns the axes around', () => {
    const { T } = t;
    expect(T.shape).toEqual([4, 3, 2]);
    expect(T.data).toBe(t.data);
    expect(T.isContiguous).toBe(false);
    expect(T.get(3, 1, 1)).toBe(t.get(1, 1, 3));
    expect(T.T.toArray()).toEqual(t.toArray());
  });

  test('slice takes rows as Array.prototype.slice does', () => {
    const rows = tensor(counting(10), [5, 2]);
    const list = rows.toArray() as number[][];
    for (const [start, end] of [
      [1, 3],
      [0],
      [-2],
      [1, -1],
      [3, 1],
      [-9, 9],
      [5],
      [9, 12],
      [],
    ] as number[][]) {
      expect(rows.slice(start, end).toArray()).toEqual(list.slice(start, end));
    }
    expect(rows.slice(1, 3).data).toBe(rows.data);
    expect(rows.slice(1, 3).isContiguous).toBe(true);
    expect(rows.T.slice(1).toArray()).toEqual([[1, 3, 5, 7, 9]]);
    expect(() => rows.slice(0.5)).toThrow(ArgumentError);
    expect(() => rows.slice('1' as never)).toThrow(ArgumentError);
    expect(() => tensor(Float64Array.of(1), []).slice(0)).toThrow(ShapeError);
  });

  test('reshape is a view of contiguous elements and a copy of others', () => {
    expect(t.reshape(6, 4).data).toBe(t.data);
    expect(t.reshape([4, -1]).shape).toEqual([4, 6]);
    expect(t.slice(1).reshape(-1).get(0)).toBe(12);
    const turned = tensor(counting(6), [2, 3]).T.reshape(6);
    expect([...turned]).toEqual([0, 3, 1, 4, 2, 5]);
    expect(zeros([0, 3]).reshape(3, 0).shape).toEqual([3, 0]);
    expect(zeros([0, 3]).reshape(-1, 3).shape).toEqual([0, 3]);
  });

  test.each([[[5, 5]], [[-1, 7]], [[-1, -1]], [[-2, -12]], [[24, 0, -1]]])('reshape refuses %j', (shape) => {
    expect(() => t.reshape(shape)).toThrow(ShapeError);
    expect(() => t.reshape(shape)).toThrow('expected a shape of 24 elements, as (2, 3, 4) has');
  });

  test('contiguous copies only what is strided; clone always', () => {
    expect(t.contiguous()).toBe(t);
    const copy = t.T.contiguous();
    expect(copy.isContiguous).toBe(true);
    expect(copy.toArray()).toEqual(t.T.toArray());
    const clone = t.clone();
    clone.set(0, 0, 0, 99);
    expect(t.get(0, 0, 0)).toBe(0);
    expect(t.slice(1).clone().data).toHaveLength(12);
  });

  test('axes of size 1 do not make a tensor strided', () => {
    expect(new Tensor(counting(3), [1, 3], [77, 1]).isContiguous).toBe(true);
    expect(new Tensor(counting(3), [3, 1], [1, 77]).isContiguous).toBe(true);
    expect(new Tensor(counting(0), [2, 0], [5, 5]).isContiguous).toBe(true);
  });

  test('elements are the memory itself where they lie in order', () => {
    const elements = t.slice(1).elements();
    expect(elements.buffer).toBe(t.data.buffer);
    expect(Array.from(elements)).toEqual(Array.from({ length: 12 }, (_, i) => 12 + i));
    expect(Array.from(t.T.elements())).toEqual([...t.T]);
  });

  test('iteration, toArray and get agree on a strided view', () => {
    const view = new Tensor(counting(40), [3, 2, 2], [2, 11, -5], 20);
    const byIndex: number[] = [];
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 2; j++) for (let k = 0; k < 2; k++) byIndex.push(view.get(i, j, k));
    }
    expect([...view]).toEqual(byIndex);
    expect((view.toArray() as number[][][]).flat(2)).toEqual(byIndex);
    expect([...zeros([3, 0])]).toEqual([]);
    expect(zeros([3, 0]).toArray()).toEqual([[], [], []]);
  });

  test('show themselves', () => {
    const big = tensor(counting(200_000), [1000, 200]);
    const row = (first: number) =>
      `[ ${first}, ${first + 1}, ${first + 2}, …, ${first + 197}, ${first + 198}, ${first + 199} ]`;
    const cases: [Tensor, string][] = [
      [tensor([[1, 2]]), 'Tensor float64 (1, 2) [ [ 1, 2 ] ]'],
      [zeros([3, 2], { dtype: 'float32' }), 'Tensor float32 (3, 2) [ [ 0, 0 ], [ 0, 0 ], [ 0, 0 ] ]'],
      [tensor([1.5, Number.NaN, -Infinity, -0]), 'Tensor float64 (4) [ 1.5, NaN, -Infinity, -0 ]'],
      [
        tensor([
          [1, 2],
          [3, 4],
        ]).T,
        'Tensor float64 (2, 2) [ [ 1, 3 ], [ 2, 4 ] ]',
      ],
      [tensor(Uint8Array.of(1, 2, 3, 4)).slice(1, 3), 'Tensor uint8 (2) [ 2, 3 ]'],
      [new Tensor(counting(6), [3], [-2], 4), 'Tensor float64 (3) [ 4, 2, 0 ]'],
      [new Tensor(Int32Array.of(-7), []), 'Tensor int32 () -7'],
      [zeros([0, 3]), 'Tensor float64 (0, 3) []'],
      [zeros([2, 0]), 'Tensor float64 (2, 0) [ [], [] ]'],
      [zeros([1, 1, 1, 1]), 'Tensor float64 (1, 1, 1, 1) [\n  [ [ [ 0 ] ] ]\n]'],
      [tensor(counting(1000)), 'Tensor float64 (1000) [ 0, 1, 2, …, 997, 998, 999 ]'],
      [
        big,
        `Tensor float64 (1000, 200) [\n  ${[row(0), row(200), row(400), '…', row(199_400), row(199_600), row(199_800)].join(',\n  ')}\n]`,
      ],
      [big.slice(0, 2), `Tensor float64 (2, 200) [ ${row(0)}, ${row(200)} ]`],
      [
        tensor(counting(400), [200, 2]).T,
        'Tensor float64 (2, 200) [ [ 0, 2, 4, …, 394, 396, 398 ], [ 1, 3, 5, …, 395, 397, 399 ] ]',
      ],
      [
        new Tensor(counting(1), [1e6, 1e6], [0, 0], 0),
        `Tensor float64 (1000000, 1000000) [\n  ${[0, 0, 0, '…', 0, 0, 0].map((one) => (one === 0 ? '[ 0, 0, 0, …, 0, 0, 0 ]' : one)).join(',\n  ')}\n]`,
      ],
    ];
    for (const [shown, text] of cases) {
      expect(shown.toString()).toBe(text);
      expect(`${shown}`).toBe(text);
      expect(inspect(shown)).toBe(text);
      expect(format('%o %s', shown, '')).toContain(text);
    }
    expect(inspect(tensor([1]), { colors: true })).toBe('Tensor float64 (1) [ \u001b[33m1\u001b[39m ]');
    expect(inspect({ a: { b: { c: { t: tensor([1]) } } } }, { depth: 5 })).toContain(
      't: Tensor float64 (1) [ 1 ]',
    );
    const gone = counting(2);
    const lost = new Tensor(gone);
    detach(gone);
    expect(String(lost)).toBe('Tensor float64 (2) (its memory was transferred away)');
  });
});

test('a tensor whose memory was transferred away says so', () => {
  const data = counting(4);
  const t = new Tensor(data, [2, 2]);
  const view = t.T;
  detach(data);
  for (const use of [
    () => t.get(0, 0),
    () => t.set(0, 0, 1),
    () => t.toArray(),
    () => t.clone(),
    () => t.elements(),
    () => view.contiguous(),
    () => [...t],
    () => [...view],
  ]) {
    expect(use).toThrow(StateError);
    expect(use).toThrow('the memory of this tensor is gone');
  }
  expect(() => asTensor(data, 'X')).toThrow('expected X to be an array with its memory');
});

describe('tensor', () => {
  test('takes a typed array without a copy, also on shared memory', () => {
    for (const data of [new Float32Array(4), new Float64Array(4), new Int32Array(4), new Uint8Array(4)]) {
      expect(tensor(data).data).toBe(data);
      expect(tensor(data, [2, 2]).data).toBe(data);
    }
    const shared = new Float32Array(new SharedArrayBuffer(32), 8, 4);
    expect(tensor(shared, [4, 1]).data).toBe(shared);
    const buffer = Buffer.from([1, 2]);
    expect(tensor(buffer).data).toBe(buffer);
  });

  test('makes float64 of numbers, or what dtype says', () => {
    expect(
      tensor([
        [1, 2],
        [3, 4],
      ]).dtype,
    ).toBe('float64');
    expect(tensor([1.1], undefined, { dtype: 'float32' }).get(0)).toBe(Math.fround(1.1));
    expect(tensor([1, 2, 3, 4], [2, 2]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(
      tensor(
        [
          [1, 2],
          [3, 4],
        ],
        [4],
      ).toArray(),
    ).toEqual([1, 2, 3, 4]);
    expect(tensor(Float64Array.of(1, 255), undefined, { dtype: 'uint8' }).data).toEqual(
      expect.any(Uint8Array),
    );
    expect(
      tensor(
        [
          [1, 2],
          [3, 4],
        ],
        undefined,
        { dtype: 'float32' },
      ).data.buffer,
    ).toBeInstanceOf(SharedArrayBuffer);
  });

  test('takes rows that are typed arrays', () => {
    expect(tensor([Float32Array.of(1, 2), [3, 4]]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test('keeps special numbers', () => {
    const kept = tensor([Number.NaN, Number.POSITIVE_INFINITY, -0]).data;
    expect(Array.from(kept)).toEqual([Number.NaN, Number.POSITIVE_INFINITY, -0]);
  });

  test.each([
    [[[1, 2], [3]], 'tensor: expected values[1] to have 2 elements, as the first row has, but received 1'],
    [
      [
        [[1], [2]],
        [[3], [4, 5]],
      ],
      'expected values[1][1] to have 1 elements',
    ],
    [[[1, 2], 3], 'expected values[1] to be an array of 2 elements, as the first one is, but received 3'],
    [[1, [2]], 'expected values[1] to be a number but received [2]'],
    [[[], [1]], 'expected values[1] to have 0 elements'],
  ])('refuses the ragged %j', (values, message) => {
    expect(() => tensor(values as number[])).toThrow(ShapeError);
    expect(() => tensor(values as number[])).toThrow(message);
  });

  test.each([
    [[1, '2'], "expected values[1] to be a number but received '2'"],
    [
      [
        [1, 2],
        [3, null],
      ],
      'expected values[1][1] to be a number but received null',
    ],
    [[[1, 2], null], 'expected values[1] to be an array of 2 elements'],
    [[1, 2n], 'received 2n'],
    // biome-ignore lint/suspicious/noSparseArray: the hole is the case
    [[1, , 3], 'expected values[1] to be a number but received undefined'],
    ['12', "received '12'"],
    [null, 'received null'],
    [{ data: [1] }, "received an object with 'data'"],
    [new BigInt64Array(2), 'received BigInt64Array(2)'],
    [new DataView(new ArrayBuffer(2)), 'received a DataView'],
  ])('refuses %o', (values, message) => {
    expect(() => tensor(values as never)).toThrow(ArgumentError);
    expect(() => tensor(values as never)).toThrow(message);
  });

  test('takes rows of all kinds into each dtype, element by element', () => {
    const rows = [
      [1, 2, 3],
      [4, 5, 6.0],
      Uint8Array.of(7, 8, 9),
      Float64Array.of(10, 11, 12),
      Int32Array.of(13, 14, 15),
    ];
    const values = [rows, [...rows].reverse()];
    const expected = values.flatMap((plane) => plane.flatMap((row) => [...row]));
    for (const dtype of ['float32', 'float64', 'int32', 'uint8'] as const) {
      const made = tensor(values, undefined, { dtype });
      expect([made.dtype, made.shape, [...made]]).toEqual([dtype, [2, 5, 3], expected]);
    }
    expect([...tensor([[0.1], Float64Array.of(1e-300)], undefined, { dtype: 'float32' })]).toEqual([
      Math.fround(0.1),
      0,
    ]);
  });

  test('says where deep inside an element is wrong', () => {
    const deep = (wrong: unknown) => [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, wrong],
      ],
    ];
    expect(() => tensor(deep('8') as never)).toThrow(
      "expected values[1][1][1] to be a number but received '8'",
    );
    expect(() => tensor(deep([8]) as never)).toThrow(
      'expected values[1][1][1] to be a number but received [8]',
    );
    expect(() => tensor(deep(8.5) as never, undefined, { dtype: 'int32' })).toThrow('values[1][1][1]');
    expect(() =>
      tensor([
        [[1], [2]],
        [[3], 4],
      ] as never),
    ).toThrow('values[1][1] to be an array of 1 elements');
  });

  test('refuses an array that contains itself', () => {
    const cyclic: unknown[] = [];
    cyclic[0] = cyclic;
    expect(() => tensor(cyclic as never)).toThrow('nested at most 32 levels deep');
  });

  test.each<[unknown, string]>([
    [new BigInt64Array(2), 'BigInt64Array(2); convert it with Float64Array.from(values, Number)'],
    [new Int16Array(3), 'Int16Array(3); convert it with Float64Array.from(values, Number)'],
    [new Uint8ClampedArray(3), 'Uint8ClampedArray(3); convert it with'],
    [new DataView(new ArrayBuffer(8)), 'a DataView; make a typed array of it, new Float32Array(buffer)'],
    [new ArrayBuffer(8), 'an instance of ArrayBuffer; make a typed array of it'],
    [new SharedArrayBuffer(8), 'an instance of SharedArrayBuffer; make a typed array of it'],
    [[new Int16Array(3)], 'expected values[0] to be a number but received Int16Array(3)'],
    [[1n, 2n], 'expected values[0] to be a number but received 1n'],
    [{ data: new BigInt64Array(2), shape: [2] }, 'BigInt64Array(2); convert it with'],
    [new Map([[0, 1]]), 'an instance of Map'],
    [new Set([0, 1]), 'an instance of Set'],
    [Symbol('x'), 'Symbol(x)'],
  ])('refuses %o with its remedy', (values, message) => {
    expect(() => tensor(values as never)).toThrow(ArgumentError);
    expect(() => tensor(values as never)).toThrow(message);
  });

  test('refuses numbers that the dtype cannot hold, saying where', () => {
    expect(() => tensor([[1], [300]], undefined, { dtype: 'uint8' })).toThrow(
      'expected values[1][0] to be an integer in 0 … 255 but received 300',
    );
    expect(() => tensor(Float64Array.of(0, 0.5), [1, 2], { dtype: 'int32' })).toThrow(
      'expected values[1] to be an integer',
    );
    expect(() => tensor([1], undefined, { dtype: 'float16' as never })).toThrow("received 'float16'");
    expect(() => tensor([1, 2, 3], [2, 2])).toThrow('to have 4 elements for shape (2, 2) but received 3');
  });
});

test('zeros are float64 unless told, on shared memory', () => {
  expect(zeros([2, 3])).toMatchObject({ shape: [2, 3], dtype: 'float64' });
  expect(zeros(3, { dtype: 'int32' }).data).toBeInstanceOf(Int32Array);
  expect(zeros([2]).data.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(() => zeros([-1])).toThrow(ShapeError);
  expect(() => zeros([1], { dtype: 'toString' as never })).toThrow(ArgumentError);
});

describe('asTensor', () => {
  test('gives a tensor back as it is', () => {
    const t = zeros([2, 3]);
    expect(
      asTensor(t, 'X', { rank: 2, dtype: ['float32', 'float64'], contiguous: true, shape: ['N', 3] }),
    ).toBe(t);
  });

  test('takes anything with data and shape', () => {
    const data = counting(6);
    expect(asTensor({ data, shape: [3, 2] }, 'X').data).toBe(data);
    expect(asTensor({ data: [1, 2], shape: [1, 2] }, 'X').toArray()).toEqual([[1, 2]]);
    const turned = [
      [0, 3],
      [1, 4],
      [2, 5],
    ];
    expect(asTensor({ data, shape: [3, 2], strides: [1, 3] }, 'X').toArray()).toEqual(turned);
    // The npm package ndarray.
    expect(asTensor({ data, shape: [3, 2], stride: [1, 3], offset: 0 }, 'X').toArray()).toEqual(turned);
    expect(asTensor({ data, shape: [2], offset: 3 }, 'X').toArray()).toEqual([3, 4]);
    expect(() => asTensor({ data, shape: [4, 2] }, 'X')).toThrow(ShapeError);
    expect(() => asTensor({ data: 'x', shape: [1] }, 'X')).toThrow(
      'expected X.data to be an array of numbers',
    );
    expect(() => asTensor({ data, shape: 6 }, 'X')).toThrow(ArgumentError);
    expect(() => asTensor({ data: [1, 'a'], shape: [2] }, 'X')).toThrow(
      "expected X.data[1] to be a number but received 'a'",
    );
  });

  test('holds the shape against what is asked for', () => {
    const t = zeros([5, 783]);
    const wrong = () => asTensor(t, 'TwoLayerNet.loss: X', { shape: ['N', 784] });
    expect(wrong).toThrow(ShapeError);
    expect(wrong).toThrow('TwoLayerNet.loss: expected X to have shape (N, 784) but received shape (5, 783)');
    expect(() => asTensor(t, 'w', { rank: 1 })).toThrow(
      'expected w to have shape (N) but received shape (5, 783)',
    );
    expect(() => asTensor(t, 'w', { rank: 3 })).toThrow('expected w to have shape (N, M, K)');
    expect(() => asTensor(counting(4), 'X', { rank: 2 })).toThrow('received shape (4)');
  });

  test('refuses other dtypes, or converts them when asked', () => {
    const x = tensor(Float64Array.of(1.1, 2, 3, 4), [2, 2]);
    expect(() => asTensor(x, 'X', { dtype: 'float32' })).toThrow(
      'expected X to be of dtype float32 but received float64',
    );
    expect(() => asTensor(x, 'X', { dtype: ['float32', 'uint8'] })).toThrow('dtype float32 or uint8');
    const converted = asTensor(x.T, 'X', { dtype: ['float32', 'uint8'], convert: true });
    expect(converted).toMatchObject({ dtype: 'float32', shape: [2, 2], strides: [2, 1] });
    expect(converted.toArray()).toEqual([
      [Math.fround(1.1), 3],
      [2, 4],
    ]);
    const pixels = new Uint8Array(4);
    expect(asTensor(pixels, 'X', { dtype: ['float32', 'uint8'], convert: true }).data).toBe(pixels);
    expect(asTensor([1, 2], 'X', { dtype: ['float32', 'uint8'] }).dtype).toBe('float32');
    expect(() => asTensor(x.T, 'X', { dtype: 'int32', convert: true })).toThrow(
      'expected X[0][0] to be an integer',
    );
    expect(() =>
      asTensor(
        tensor([
          [0, 1],
          [2.5, 0],
        ]).T,
        'X',
        { dtype: 'int32', convert: true },
      ),
    ).toThrow('X[0][1]');
  });

  test('copies strided elements when they have to lie in order', () => {
    const t = tensor(counting(6), [2, 3]);
    expect(asTensor(t.T, 'X').data).toBe(t.data);
    expect(asTensor(t.T, 'X', { contiguous: true }).strides).toEqual([2, 1]);
  });
});
