/** The element types of tensors: what the NumPy and safetensors formats call f4, f8, i4 and u1. */
export type Dtype = 'float32' | 'float64' | 'int32' | 'uint8';

export type FloatDtype = 'float32' | 'float64';

export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** The typed array of each dtype. */
export const arrayTypes = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
} as const;

/** Bytes an element. */
export function sizeOf(dtype: Dtype): number {
  return arrayTypes[dtype].BYTES_PER_ELEMENT;
}

/** What `Object.prototype.toString` asks a typed array for: its class, also of one from another realm; undefined for all else. */
const classOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get as (this: unknown) => string | undefined;

/** The dtype of a typed array of any realm, or undefined for one that no tensor can hold. */
export function dtypeOf(data: unknown): Dtype | undefined {
  switch (classOf.call(data)) {
    case 'Float32Array':
      return 'float32';
    case 'Float64Array':
      return 'float64';
    case 'Int32Array':
      return 'int32';
    case 'Uint8Array':
      return 'uint8';
    default:
      return undefined;
  }
}

/** Bytes: a Uint8Array of any realm, or a Buffer. */
export function isBytes(value: unknown): value is Uint8Array {
  return dtypeOf(value) === 'uint8';
}

/** A typed array of one dtype, of any realm. */
export function isArrayOf<D extends Dtype>(
  dtype: D,
  value: unknown,
): value is InstanceType<(typeof arrayTypes)[D]> {
  return dtypeOf(value) === dtype;
}
