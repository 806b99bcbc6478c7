import { afterEach, describe, expect, test } from 'vitest';
import { arrayTypes, type Dtype } from '../../lib/core/dtype.js';
import { ArgumentError } from '../../lib/core/errors.js';
import { alignment, allocate, setMemoryAdviser } from '../../lib/core/memory.js';

describe('allocate', () => {
  test.each(Object.keys(arrayTypes) as Dtype[])('gives zeroed shared memory of %s', (dtype) => {
    for (const length of [0, 1, 17, 5000]) {
      const array = allocate(dtype, length);
      expect(array).toBeInstanceOf(arrayTypes[dtype]);
      expect(array).toHaveLength(length);
      expect(array.every((value: number) => value === 0)).toBe(true);
      expect(array.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect(array.byteOffset % alignment).toBe(0);
      expect(array.buffer.byteLength).toBe(array.byteLength);
    }
  });

  test('gives memory that cannot be transferred away or grow', () => {
    const array = allocate('float32', 5000);
    expect(() => structuredClone(array, { transfer: [array.buffer as never] })).toThrow();
    const { grow } = array.buffer as { grow?: (length: number) => void };
    expect(() => grow?.call(array.buffer, array.byteLength + 1)).toThrow(RangeError);
  });

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3' as never])(
    'refuses %s elements',
    (length) => {
      expect(() => allocate('float32', length)).toThrow(ArgumentError);
    },
  );

  test('says what does not fit into memory', () => {
    expect(() => allocate('float64', 2 ** 50)).toThrow(ArgumentError);
    expect(() => allocate('float64', 2 ** 50)).toThrow('1125899906842624 elements of float64');
  });
});

describe('setMemoryAdviser', () => {
  afterEach(() => setMemoryAdviser(undefined));

  test('shows the whole memory of large arrays, and of no others, before anybody touches it', () => {
    const seen: { readonly memory: Uint8Array; readonly zero: boolean }[] = [];
    setMemoryAdviser((memory) => seen.push({ memory, zero: memory.every((byte) => byte === 0) }));
    allocate('float32', (1 << 20) - 1);
    expect(seen).toHaveLength(0);
    const array = allocate('float32', 1 << 20);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ zero: true });
    expect(seen[0]!.memory.buffer).toBe(array.buffer);
    expect(seen[0]!.memory.byteLength).toBe(4 << 20);
  });
});
