import { littleEndian } from '../../core/byte-order.js';
import type { Dtype, TypedArray } from '../../core/dtype.js';
import { fromFloat16s } from '../../core/float16.js';

export type ByteOrder = 'little' | 'big';

/** What an array becomes: a dtype, or for integers that may be too large for int32, int32 where all of them fit and else float64. */
export type Target = Dtype | 'integers';

interface StoredTypeInfo {
  /** Bytes an element. */
  readonly width: number;
  /** What an array of them becomes. */
  readonly target: Target;
}

/** The number types of files, by the names that NumPy has for them. */
export const storedTypes = {
  bool: { width: 1, target: 'uint8' },
  uint8: { width: 1, target: 'uint8' },
  int8: { width: 1, target: 'int32' },
  uint16: { width: 2, target: 'int32' },
  int16: { width: 2, target: 'int32' },
  uint32: { width: 4, target: 'integers' },
  int32: { width: 4, target: 'int32' },
  uint64: { width: 8, target: 'integers' },
  int64: { width: 8, target: 'integers' },
  float16: { width: 2, target: 'float32' },
  float32: { width: 4, target: 'float32' },
  float64: { width: 8, target: 'float64' },
} as const satisfies Record<string, StoredTypeInfo>;

export type StoredType = keyof typeof storedTypes;

/** Any view of numbers, as far as it is used here. */
export type Numbers = TypedArray | Int8Array | Uint16Array | Int16Array | Uint32Array;

/** NumPy's codes of them, as npy files and pickles have them. */
export const numpyTypes = {
  b1: 'bool',
  u1: 'uint8',
  i1: 'int8',
  u2: 'uint16',
  i2: 'int16',
  f2: 'float16',
  u4: 'uint32',
  i4: 'int32',
  f4: 'float32',
  u8: 'uint64',
  i8: 'int64',
  f8: 'float64',
} as const satisfies Record<string, StoredType>;

export type NumpyCode = keyof typeof numpyTypes;

/** An integer beyond ±2⁵³, and which element of those decoded it is. */
export interface TooLarge {
  readonly index: number;
  readonly value: bigint;
}

/**
 * Elements as numbers: a view on `bytes` where JavaScript has one for the type, else a copy.
 * @param bytes whole elements in this machine's byte order, at a multiple of their width in their buffer
 * @param refuse is told of the first integer beyond ±2⁵³, and throws
 */
export function decodeElements(
  type: StoredType,
  bytes: Uint8Array,
  refuse: (tooLarge: TooLarge) => never,
): Numbers {
  const { buffer, byteOffset } = bytes;
  const count = bytes.length / storedTypes[type].width;
  switch (type) {
    case 'bool':
      // NumPy takes every byte but 0 for True.
      for (let i = 0; i < bytes.length; i++) if (bytes[i]! > 1) bytes[i] = 1;
      return bytes;
    case 'uint8':
      return bytes;
    case 'int8':
      return new Int8Array(buffer, byteOffset, count);
    case 'uint16':
      return new Uint16Array(buffer, byteOffset, count);
    case 'int16':
      return new Int16Array(buffer, byteOffset, count);
    case 'uint32':
      return new Uint32Array(buffer, byteOffset, count);
    case 'int32':
      return new Int32Array(buffer, byteOffset, count);
    case 'float32':
      return new Float32Array(buffer, byteOffset, count);
    case 'float64':
      return new Float64Array(buffer, byteOffset, count);
    case 'float16':
      return fromFloat16s(new Uint16Array(buffer, byteOffset, count), new Float32Array(count));
    default:
      return wideIntegers(bytes, type === 'int64', refuse);
  }
}

function wideIntegers(
  bytes: Uint8Array,
  signed: boolean,
  refuse: (tooLarge: TooLarge) => never,
): Int32Array | Float64Array {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const [lowWord, highWord] = littleEndian ? [0, 1] : [1, 0];
  const narrow = new Int32Array(words.length / 2);
  let i = 0;
  for (; i < narrow.length; i++) {
    const lower = words[2 * i + lowWord]!;
    // All bits of the upper word are the sign of the lower one; that of an unsigned number is none.
    if (words[2 * i + highWord] !== lower >> 31 || (lower < 0 && !signed)) break;
    narrow[i] = lower;
  }
  if (i === narrow.length) return narrow;
  const values = new Float64Array(narrow.length);
  values.set(narrow.subarray(0, i));
  for (; i < values.length; i++) {
    const lower = words[2 * i + lowWord]! >>> 0;
    const upper = signed ? words[2 * i + highWord]! : words[2 * i + highWord]! >>> 0;
    const value = upper * 2 ** 32 + lower;
    const size = Math.abs(value);
    // 2⁵³ + 1 is rounded to 2⁵³; the lower word tells.
    if (size > 2 ** 53 || (size === 2 ** 53 && lower !== 0)) {
      refuse({ index: i, value: (BigInt(upper) << 32n) + BigInt(lower) });
    }
    values[i] = value;
  }
  return values;
}
