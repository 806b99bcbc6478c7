import { describe, expect, test } from 'vitest';
import { arrayTypes, type Dtype, type TypedArray } from '../../lib/core/dtype.js';
import { RandomState } from '../../lib/core/random/random-state.js';
import { elementCount } from '../../lib/core/tensors/shape.js';
import { copyElements, copyRowMajor, offsetsOf } from '../../lib/core/tensors/strided.js';

const dtypes = Object.keys(arrayTypes) as Dtype[];

function randomShape(rng: RandomState): number[] {
  const rank = rng.randint(5);
  return Array.from({ length: rank }, () => rng.randint(rank < 3 ? 150 : 8));
}

/** Axes in any order, with gaps between them, backwards, or, where one is `repeated`, all elements of an axis in one place. */
function randomView(rng: RandomState, dtype: Dtype, shape: readonly number[], repeated = true) {
  const below = (n: number) => Math.floor(rng.rand() * n);
  const strides = shape.map(() => 0);
  let stride = 1 + below(2);
  let offset = below(4);
  let end = offset;
  for (const axis of [...strides.keys()].toSorted(() => rng.rand() - 0.5)) {
    const size = shape[axis]!;
    if (repeated && rng.rand() < 0.1) continue;
    const reach = Math.max(0, size - 1) * stride;
    const backwards = rng.rand() < 0.3;
    strides[axis] = backwards ? -stride : stride;
    if (backwards) offset += reach;
    end += reach;
    stride *= Math.max(1, size) + below(2);
  }
  const data = new arrayTypes[dtype](end + 1).map(() => below(256));
  return { data, shape, strides, offset };
}

describe('copyRowMajor', () => {
  test.each(dtypes)('puts each element of %s where its index says', (dtype) => {
    const rng = new RandomState(7);
    for (let count = 0; count < 300; count++) {
      const view = randomView(rng, dtype, randomShape(rng));
      const target = new arrayTypes[dtype](elementCount(view.shape) + 2).fill(99);
      copyRowMajor(view, target);
      const expected = [...offsetsOf(view)].map((at) => view.data[at]!);
      expect(Array.from(target), JSON.stringify(view.shape)).toEqual([...expected, 99, 99]);
    }
  });

  test('converts what is of another dtype', () => {
    const source = {
      data: Float64Array.of(1.5, -0.1, 300, 1e300),
      shape: [2, 2],
      strides: [1, 2],
      offset: 0,
    };
    const [single, bytes] = [new Float32Array(4), new Uint8Array(4)];
    copyRowMajor(source, single);
    copyRowMajor(source, bytes);
    expect(single).toEqual(Float32Array.of(1.5, 300, -0.1, 1e300));
    expect(bytes).toEqual(Uint8Array.of(1.5, 300, -0.1, 1e300));
    const back = new Int32Array(4);
    copyRowMajor({ data: Float32Array.of(1, 2, -3, 4.9), shape: [2, 2], strides: [1, 2], offset: 0 }, back);
    expect(back).toEqual(Int32Array.of(1, -3, 2, 4));
  });

  test('keeps the bits of what is no number', () => {
    const bits = Int32Array.of(0x7fc00001, 0x7f800001, -1, 0x7fa00000);
    const copy = new Float32Array(4);
    copyRowMajor({ data: new Float32Array(bits.buffer), shape: [2, 2], strides: [1, 2], offset: 0 }, copy);
    expect(new Int32Array(copy.buffer)).toEqual(Int32Array.of(bits[0]!, bits[2]!, bits[1]!, bits[3]!));
  });
});

describe('copyElements', () => {
  test.each(dtypes)('copies %s whose axes lie in the same order in both, as one piece or with gaps', (to) => {
    const data = Float32Array.from({ length: 40 }, (_, i) => i);
    for (const [rows, axis] of [
      [3, 3],
      [3, 4],
    ] as const) {
      const source = { data, shape: [rows, 1, 5], strides: [1, 9, axis], offset: 2 };
      const target = { data: new arrayTypes[to](40), shape: [rows, 1, 5], strides: [1, 7, 3], offset: 1 };
      copyElements(source, target);
      const expected = new arrayTypes[to](40);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < 5; j++) expected[1 + i + 3 * j] = 2 + i + axis * j;
      }
      expect(target.data).toEqual(expected);
    }
  });

  const pairs = dtypes.flatMap((from) => dtypes.map((to) => [from, to] as const));

  test.each(pairs)('puts each element of %s to its place among %s, and nothing between', (from, to) => {
    const rng = new RandomState(8);
    for (let count = 0; count < 100; count++) {
      const shape = randomShape(rng);
      const source = randomView(rng, from, shape);
      const target = randomView(rng, to, shape, false);
      const expected = target.data.slice();
      const places = offsetsOf(target);
      for (const at of offsetsOf(source)) expected[places.next().value as number] = source.data[at]!;
      copyElements(source, target);
      expect(Buffer.compare(bytes(target.data), bytes(expected)), JSON.stringify(shape)).toBe(0);
    }
  });

  test('converts fractions and keeps the bits of what is no number', () => {
    const transposed = { shape: [2, 2], strides: [1, 2], offset: 0 };
    const rows = { shape: [2, 2], strides: [2, 1], offset: 0 };
    const fractions = { ...transposed, data: Float64Array.of(0.1, 1e300, -2.7, 300) };
    for (const ArrayType of [Float32Array, Int32Array, Uint8Array]) {
      const data = new ArrayType(4);
      copyElements(fractions, { ...rows, data });
      expect(data).toEqual(ArrayType.of(0.1, -2.7, 1e300, 300));
    }
    const bits = Int32Array.of(0x7fc00001, 0x7f800001, -1, 0x7fa00000);
    const copy = new Float32Array(4);
    copyElements({ ...rows, data: new Float32Array(bits.buffer) }, { ...transposed, data: copy });
    expect(new Int32Array(copy.buffer)).toEqual(Int32Array.of(bits[0]!, bits[2]!, bits[1]!, bits[3]!));
  });
});

function bytes(data: TypedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
