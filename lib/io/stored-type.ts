import { littleEndian } from '../core/byte-order.js';
import type { Dtype, TypedArray } from '../core/dtype.js';

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

/** An integer that float64 cannot hold, and which element of those decoded it is. */
export interface Inexact {
  readonly index: number;
  readonly value: bigint;
}

/**
 * Elements as numbers: a view on `bytes` where JavaScript has one for the type, else a copy.
 * @param bytes whole elements in this machine's byte order, at a multiple of their width in their buffer
 * @param refuse is told of the first integer that float64 cannot hold, and throws
 */
export function decodeElements(
  type: StoredType,
  bytes: Uint8Array,
  refuse: (inexact: Inexact) => never,
): Numbers {
  const { buffer, byteOffset } = bytes;
  const count = bytes.length / storedTypes[type].width;
  switch (type) {
    case 'bool':
      // NumPy takes every byte but 0 for True.
      for (let i = 0; i < bytes.length; i++) bytes[i] = bytes[i] === 0 ? 0 : 1;
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
      return Float32Array.from(new Uint16Array(buffer, byteOffset, count), halfToNumber);
    default:
      return wideIntegers(bytes, type === 'int64', refuse);
  }
}

/** IEEE 754's binary16. */
function halfToNumber(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (0x400 + fraction) * 2 ** (exponent - 25);
}

function wideIntegers(bytes: Uint8Array, signed: boolean, refuse: (inexact: Inexact) => never): Float64Array {
  const words = bytes.length / 4;
  const low = new Uint32Array(bytes.buffer, bytes.byteOffset, words);
  const high = signed ? new Int32Array(bytes.buffer, bytes.byteOffset, words) : low;
  const [lowWord, highWord] = littleEndian ? [0, 1] : [1, 0];
  const values = new Float64Array(words / 2);
  for (let i = 0; i < values.length; i++) {
    const [l, h] = [low[2 * i + lowWord]!, high[2 * i + highWord]!];
    const value = h * 2 ** 32 + l;
    if (!Number.isSafeInteger(value)) {
      const exact = (BigInt(h) << 32n) + BigInt(l);
      if (BigInt(value) !== exact) refuse({ index: i, value: exact });
    }
    values[i] = value;
  }
  return values;
}
