import { bytesOf, swapUnlessNative } from '../../core/byte-order.js';
import type { Dtype, TypedArray } from '../../core/dtype.js';
import { FormatError } from '../../core/errors.js';
import { fromBfloat16, fromFloat16 } from '../../core/float16.js';

/** The format's names of the dtypes. */
export const dtypeCodes = {
  float32: 'F32',
  float64: 'F64',
  int32: 'I32',
  uint8: 'U8',
} as const satisfies Record<Dtype, string>;

/** An element type that is read: its width in the file, and the dtype that holds it. */
export interface ElementType {
  readonly dtype: Dtype;
  /** Bytes an element in the file. */
  readonly width: number;
  /** The element at that byte; left out where the bytes are those of the dtype. */
  readonly read?: (view: DataView, at: number) => number;
}

/** By the format's names. What gemmnet has no dtype for becomes the next wider one that it has. */
export const elementTypes: Readonly<Record<string, ElementType>> = {
  F32: { dtype: 'float32', width: 4 },
  F64: { dtype: 'float64', width: 8 },
  I32: { dtype: 'int32', width: 4 },
  U8: { dtype: 'uint8', width: 1 },
  BOOL: { dtype: 'uint8', width: 1 },
  F16: { dtype: 'float32', width: 2, read: (view, at) => fromFloat16(view.getUint16(at, true)) },
  BF16: { dtype: 'float32', width: 2, read: (view, at) => fromBfloat16(view.getUint16(at, true)) },
  I64: {
    dtype: 'int32',
    width: 8,
    read: (view, at) => view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true),
  },
};

/** Types that the format has and that are not read. */
export const unsupported = 'F4 F6_E2M3 F6_E3M2 F8_E5M2 F8_E4M3 F8_E8M0 I8 I16 U16 U32 U64 C64'.split(' ');

/** An element of the file fills an element of `data` as it is, but for the order of the bytes. */
export function isPlain({ read }: ElementType): boolean {
  return read === undefined;
}

/**
 * Turns bytes of the file into elements, from `first` on.
 * @param what names the tensor in errors
 * @throws FormatError for a number that the dtype cannot hold
 */
export function decodeElements(
  { read, width, dtype }: ElementType,
  bytes: Uint8Array,
  data: TypedArray,
  first: number,
  what: string,
): void {
  if (read === undefined) {
    const part = data.subarray(first, first + bytes.length / width);
    bytesOf(part).set(bytes);
    swapUnlessNative(part, 'little');
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length / width;
  for (let i = 0; i < count; i++) {
    const value = read(view, i * width);
    data[first + i] = value;
    if (dtype === 'int32' && data[first + i] !== value) {
      throw new FormatError(`${what}: expected element ${first + i} to fit into int32 but received ${value}`);
    }
  }
}
