import type { TypedArray } from './dtype.js';

/** Whether this machine keeps the low byte of a number first, as all but a few do. */
export const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The memory of a typed array as bytes. */
export function bytesOf(array: TypedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Turns elements that were read from a file with the given byte order into this machine's numbers, or back, in place. */
export function swapUnlessNative(array: TypedArray, order: 'little' | 'big'): void {
  const width = array.BYTES_PER_ELEMENT;
  if (width === 1 || littleEndian === (order === 'little')) return;
  const bytes = bytesOf(array);
  for (let start = 0; start < bytes.length; start += width) bytes.subarray(start, start + width).reverse();
}
