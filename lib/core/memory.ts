import { Buffer, constants } from 'node:buffer';
import { isShared } from './built-ins.js';
import { arrayTypes, type Dtype, dtypeOf, sizeOf, type TypedArray } from './dtype.js';
import { ArgumentError } from './errors.js';

/** What the kernels like arrays to begin at a multiple of: a cache line, and the widest vector. In bytes. */
export const alignment = 64;

/** ECMAScript 2024's growable SharedArrayBuffer, which TypeScript's es2023 library does not know. */
const Growable = SharedArrayBuffer as new (
  byteLength: number,
  options: { readonly maxByteLength: number },
) => SharedArrayBuffer;

/** From a page on, alignment is worth a page of its own. */
const pageSize = 4096;

/** From this length on, in bytes, an array surely holds a page of 2 MiB, wherever it begins. */
const largeArray = 4 << 20;

/** Told of memory that nobody has touched yet. */
export type MemoryAdviser = (memory: Uint8Array) => void;

let adviseHugePages: MemoryAdviser | undefined;

/** Sets who asks the system for huge pages whenever a large array is made; undefined: nobody. JavaScript itself cannot. */
export function setMemoryAdviser(adviser: MemoryAdviser | undefined): void {
  adviseHugePages = adviser;
}

interface ArrayOf {
  readonly float32: Float32Array<SharedArrayBuffer>;
  readonly float64: Float64Array<SharedArrayBuffer>;
  readonly int32: Int32Array<SharedArrayBuffer>;
  readonly uint8: Uint8Array<SharedArrayBuffer>;
}

/**
 * A zeroed typed array on a SharedArrayBuffer of its own, at byteOffset 0: memory that a worker and a native thread can use
 * without a copy and that nobody can detach under a running training.
 *
 * From 4 KiB on it begins at a page, so at a multiple of 64 bytes of the machine's memory: V8 takes the memory of *growable* shared
 * buffers from whole pages, whereas malloc puts that of fixed ones 16 bytes behind a page's start. Such a buffer never grows
 * (its maximum is its length). Smaller arrays come from malloc, aligned to 16 bytes.
 * @throws ArgumentError for a length that is no integer from 0 on or that memory cannot hold
 */
export function allocate<D extends Dtype>(dtype: D, length: number): ArrayOf[D];
export function allocate(dtype: Dtype, length: number): TypedArray {
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new ArgumentError(
      `allocate: expected the length to be an integer from 0 on but received ${length}`,
    );
  }
  const byteLength = length * sizeOf(dtype);
  const array = allocated(dtype, length, byteLength);
  if (byteLength >= largeArray) adviseHugePages?.(new Uint8Array(array.buffer));
  return array;
}

function allocated(dtype: Dtype, length: number, byteLength: number): ArrayOf[Dtype] {
  try {
    const buffer =
      byteLength < pageSize
        ? new SharedArrayBuffer(byteLength)
        : new Growable(byteLength, { maxByteLength: byteLength });
    // With its length given, the array does not track that of the buffer, and V8 compiles it as any other.
    const ArrayType = arrayTypes[dtype] as new (
      buffer: SharedArrayBuffer,
      byteOffset: number,
      length: number,
    ) => ArrayOf[Dtype];
    return new ArrayType(buffer, 0, length);
  } catch (cause) {
    throw new ArgumentError(
      `allocate: expected ${length} elements of ${dtype} to fit into memory, but ${byteLength} bytes cannot be had`,
      { cause },
    );
  }
}

/**
 * A typed array on an ordinary ArrayBuffer, to be overwritten whole: for what a synchronous call returns and no other thread is to see.
 * Its memory is soon used again, where that of a large shared buffer is mapped anew each time, and cleared page by page when it is first
 * touched. From a page on it may hold whatever was there before, as NumPy's `empty`: to clear it would take as long as to write it.
 * @throws ArgumentError for a length that memory cannot hold
 */
export function allocateResult<D extends Dtype>(
  dtype: D,
  length: number,
): InstanceType<(typeof arrayTypes)[D]>;
export function allocateResult(dtype: Dtype, length: number): TypedArray {
  const byteLength = length * sizeOf(dtype);
  try {
    if (byteLength < pageSize || byteLength > constants.MAX_LENGTH) return new arrayTypes[dtype](length);
    const array = new arrayTypes[dtype](Buffer.allocUnsafeSlow(byteLength).buffer, 0, length);
    if (byteLength >= largeArray) adviseHugePages?.(new Uint8Array(array.buffer));
    return array;
  } catch (cause) {
    throw new ArgumentError(`allocate: expected ${length} elements of ${dtype} to fit into memory`, {
      cause,
    });
  }
}

/** The array itself if it lies on a SharedArrayBuffer, else a copy that does, which nobody can detach while another thread reads it. */
export function shared(data: TypedArray): TypedArray {
  if (isShared(data)) return data;
  const copy: TypedArray = allocate(dtypeOf(data) ?? 'float64', data.length);
  copy.set(data);
  return copy;
}
