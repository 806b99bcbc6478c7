import { describe, expect, test } from 'vitest';
import { arrayTypes, type Dtype } from '../../lib/core/dtype.js';
import { FormatError } from '../../lib/core/errors.js';
import { fromFloat16 } from '../../lib/core/float16.js';
import { elementCount } from '../../lib/core/tensors/shape.js';
import { fillFrom, readStoredArray, type StoredArray } from '../../lib/io/arrays/stored-array.js';
import { type StoredType, storedTypes } from '../../lib/io/arrays/stored-type.js';
import { sourceOf } from '../../lib/io/files/source.js';

/** One element after the other, as the format says. */
function naive({ type, byteOrder, shape, columnMajor }: StoredArray, bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const little = byteOrder === 'little';
  const { width } = storedTypes[type];
  const read: Readonly<Record<StoredType, (at: number) => number>> = {
    bool: (at) => (view.getUint8(at) === 0 ? 0 : 1),
    uint8: (at) => view.getUint8(at),
    int8: (at) => view.getInt8(at),
    uint16: (at) => view.getUint16(at, little),
    int16: (at) => view.getInt16(at, little),
    uint32: (at) => view.getUint32(at, little),
    int32: (at) => view.getInt32(at, little),
    uint64: (at) => Number(view.getBigUint64(at, little)),
    int64: (at) => Number(view.getBigInt64(at, little)),
    float16: (at) => fromFloat16(view.getUint16(at, little)),
    float32: (at) => view.getFloat32(at, little),
    float64: (at) => view.getFloat64(at, little),
  };
  const values = Array.from({ length: elementCount(shape) }, (_, i) => read[type](i * width));
  if (!columnMajor) return values;
  return values.map((_, index) => {
    let rest = index;
    let at = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % shape[axis]!) * elementCount(shape.slice(0, axis));
      rest = Math.floor(rest / shape[axis]!);
    }
    return values[at]!;
  });
}

/** Bytes that look like anything, but the upper ones of wide integers are small. */
function bytesFor(
  type: StoredType,
  byteOrder: 'little' | 'big',
  count: number,
  fitsInt32: boolean,
): Uint8Array {
  const { width } = storedTypes[type];
  let state = 1;
  const bytes = new Uint8Array(count * width).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state >>> 24;
  });
  const wide = width === 8 && type !== 'float64';
  for (let i = 0; i < bytes.length; i++) {
    const place = byteOrder === 'little' ? i % width : width - 1 - (i % width);
    if (wide && place > (fitsInt32 ? 2 : 5)) bytes[i] = 0;
    if (type === 'uint32' && fitsInt32 && place === 3) bytes[i] = 0;
  }
  return bytes;
}

const types = Object.keys(storedTypes) as StoredType[];

describe('readStoredArray', () => {
  const shapes = [[7], [3, 5], [1, 4], [2, 3, 4], [150_001], [65, 33], [3, 20_001], [20_001, 3], [0, 3]];

  test.each(types)('of %s gives the numbers that stand there', async (type) => {
    for (const shape of shapes) {
      for (const byteOrder of ['little', 'big'] as const) {
        for (const columnMajor of [false, true]) {
          const { target } = storedTypes[type];
          const array: StoredArray = { type, byteOrder, shape, columnMajor, target };
          const bytes = bytesFor(type, byteOrder, elementCount(shape), false);
          const tensor = await readStoredArray(array, fillFrom(sourceOf('x', bytes), 0), 'x');
          const expected = naive(array, bytes);
          const dtype: Dtype =
            target !== 'integers' ? target : expected.every((x) => (x | 0) === x) ? 'int32' : 'float64';
          expect(tensor.dtype).toBe(dtype);
          expect(tensor.shape).toEqual(shape);
          const same = new arrayTypes[dtype](expected).every((x, i) => Object.is(x, tensor.data[i]));
          expect(same, `${shape} ${byteOrder} ${columnMajor ? 'column' : 'row'}-major`).toBe(true);
        }
      }
    }
  });

  test.each(['uint32', 'int64', 'uint64'] as const)('of small %s gives int32', async (type) => {
    const array = {
      type,
      byteOrder: 'little',
      shape: [300_000],
      columnMajor: false,
      target: 'integers',
    } as const;
    const bytes = bytesFor(type, 'little', 300_000, true);
    const { data, dtype } = await readStoredArray(array, fillFrom(sourceOf('x', bytes), 0), 'x');
    expect(dtype).toBe('int32');
    expect(data).toEqual(Int32Array.from(naive(array, bytes)));
  });

  test.each([
    [17_000_001, 2],
    [5_600_001, 3],
    [3, 5_600_001],
  ])('puts %i rows of %i columns, read in several pieces, where they belong', async (rows, columns) => {
    const bytes = new Uint8Array(rows * columns);
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.imul(i, 2654435761) >>> 24;
    const array = {
      type: 'uint8',
      byteOrder: 'little',
      shape: [rows, columns],
      columnMajor: true,
      target: 'uint8',
    } as const;
    const { data } = await readStoredArray(array, fillFrom(sourceOf('x', bytes), 0), 'x');
    let wrong = 0;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        if (data[row * columns + column] !== bytes[column * rows + row]) wrong++;
      }
    }
    expect(wrong).toBe(0);
  });

  test('takes integers up to ±2^53, wherever the first large one stands', async () => {
    for (const at of [0, 131_071, 131_072, 299_999]) {
      for (const value of [2 ** 31, -(2 ** 31) - 1, 2 ** 53, -(2 ** 53)]) {
        const numbers = new BigInt64Array(300_000).fill(-5n);
        numbers[at] = BigInt(value);
        const array = {
          type: 'int64',
          byteOrder: 'little',
          shape: [300_000],
          columnMajor: false,
          target: 'integers',
        } as const;
        const source = sourceOf('x', new Uint8Array(numbers.buffer));
        const { data, dtype } = await readStoredArray(array, fillFrom(source, 0), 'x');
        expect([dtype, data[at], data[at === 0 ? 1 : at - 1]]).toEqual(['float64', value, -5]);
        numbers[at] = value < 0 ? -(2n ** 53n) - 1n : 2n ** 53n + 1n;
        await expect(readStoredArray(array, fillFrom(source, 0), 'x')).rejects.toThrow(
          new FormatError(
            `x: expected element (${at}) to be an integer in ±2^53, which float64 holds exactly, but received ${numbers[at]}`,
          ),
        );
      }
    }
  });
});
