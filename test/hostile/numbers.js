/** Values that break readers of integers, whatever the integer's width is. */
export const evilIntegers = [
  0n,
  1n,
  -1n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  1_000_000_000n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1_0000_0000n,
  2n ** 53n,
  2n ** 62n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** The same for numbers that are written in digits. */
export const evilNumerals = [
  '0',
  '1',
  '-1',
  '-0',
  '00',
  '1.5',
  '65536',
  '1000000000',
  '2147483648',
  '4294967295',
  '4294967296',
  '9007199254740992',
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551615',
  '18446744073709551616',
  '1e9',
  '1e308',
  '1e999',
  'NaN',
  '',
];

/**
 * @param {Uint8Array} bytes
 * @param {number} offset
 * @param {number} width bytes
 * @param {boolean} littleEndian
 * @returns {bigint} the unsigned integer there
 */
export function readInteger(bytes, offset, width, littleEndian) {
  let value = 0n;
  for (let i = 0; i < width; i++) {
    const at = littleEndian ? offset + width - 1 - i : offset + i;
    value = (value << 8n) | BigInt(bytes[at] ?? 0);
  }
  return value;
}

/**
 * Writes the low bytes of an integer, as far as the array reaches.
 *
 * @param {Uint8Array} bytes
 * @param {number} offset
 * @param {number} width bytes
 * @param {boolean} littleEndian
 * @param {bigint} value
 */
export function writeInteger(bytes, offset, width, littleEndian, value) {
  for (let i = 0, rest = BigInt.asUintN(8 * width, value); i < width; i++, rest >>= 8n) {
    const at = littleEndian ? offset + i : offset + width - 1 - i;
    if (at < bytes.length) bytes[at] = Number(rest & 0xffn);
  }
}

/**
 * Where numbers stand in digits.
 *
 * @param {Uint8Array} bytes
 * @returns {{ start: number, end: number }[]}
 */
export function findNumerals(bytes) {
  const found = [];
  for (let start = 0; start < bytes.length; start++) {
    if (!isDigit(bytes[start])) continue;
    let end = start + 1;
    while (isDigit(bytes[end])) end++;
    found.push({ start, end });
    start = end;
  }
  return found;
}

/** @param {number | undefined} byte */
function isDigit(byte) {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} end
 * @param {Uint8Array} replacement
 * @returns {Uint8Array} a copy with other bytes in place of start … end−1
 */
export function replaced(bytes, start, end, replacement) {
  const result = new Uint8Array(start + replacement.length + Math.max(0, bytes.length - end));
  result.set(bytes.subarray(0, start));
  result.set(replacement, start);
  result.set(bytes.subarray(end), start + replacement.length);
  return result;
}

/**
 * The same with the length kept where that is possible: the spaces that pad a header behind the numeral give way or become more. So
 * a header's length, told in front of it, stays right.
 *
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} end
 * @param {Uint8Array} replacement
 * @returns {Uint8Array | undefined} undefined where there are no such spaces
 */
export function replacedInPlace(bytes, start, end, replacement) {
  const more = replacement.length - (end - start);
  let run = 0;
  for (let at = end; at < bytes.length; at++) {
    run = bytes[at] === 0x20 ? run + 1 : 0;
    if (run <= Math.max(2, more)) continue;
    const middle = bytes.subarray(end, at - Math.max(0, more));
    const spaces = new Uint8Array(Math.max(0, -more)).fill(0x20);
    return replaced(bytes, start, at, joined(replacement, middle, spaces));
  }
  return undefined;
}

/**
 * @param {...(Uint8Array | readonly number[] | string)} parts text as Latin-1
 * @returns {Uint8Array}
 */
export function joined(...parts) {
  return joinedAll(parts);
}

/**
 * The same of any number of parts.
 *
 * @param {readonly (Uint8Array | readonly number[] | string)[]} parts
 * @returns {Uint8Array}
 */
export function joinedAll(parts) {
  const arrays = parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part));
  const result = new Uint8Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of arrays) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
