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

/** The dtype of a typed array, or undefined for one that no tensor can hold. */
export function dtypeOf(data: unknown): Dtype | undefined {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Uint8Array) return 'uint8';
  return undefined;
}
