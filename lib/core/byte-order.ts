import type { TypedArray } from './dtype.js';

/** Whether this machine keeps the low byte of a number first, as all but a few do. */
export const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The memory of a typed array as bytes. */
export function bytesOf(array: TypedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/**
 * Turns elements that were read from a file with the given byte order into this machine's numbers, or back, in place.
 * @param width bytes an element, 1, 2, 4 or 8, where `array` holds the bytes of others
 */
export function swapUnlessNative(
  array: TypedArray,
  order: 'little' | 'big',
  width: number = array.BYTES_PER_ELEMENT,
): void {
  if (width === 1 || littleEndian === (order === 'little')) return;
  const bytes = Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  if (width === 2) bytes.swap16();
  else if (width === 4) bytes.swap32();
  else bytes.swap64();
}
