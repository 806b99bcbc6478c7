import { littleEndian } from '../../core/byte-order.js';
import { FormatError } from '../../core/errors.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Python's own limit of an integer in decimal digits; without one, reading it takes time quadratic in its length. */
export const maxDigits = 4300;

/** The longest integer in bytes. */
export const maxIntegerBytes = 2048;

/** More than this V8 cannot hold in one string, and its memory would be twice as much. */
const maxTextLength = 2 ** 28;

/** @throws FormatError for bytes that are not UTF-8, or more of them than a string can hold */
export function decodeText(bytes: Uint8Array, encoding: 'latin1' | 'utf8', where: string): string {
  if (bytes.length > maxTextLength) throw tooLong(bytes.length, where);
  if (encoding === 'latin1') return latin1(bytes);
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new FormatError(`${where}: expected text in UTF-8 but received other bytes`, { cause });
  }
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Whether each character is a byte. */
export function isLatin1(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}

/** A number if it is one that JavaScript holds exactly, else a bigint. */
export function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Two's complement, the low byte first, of any length. */
export function integerFromBytes(bytes: Uint8Array): number | bigint {
  if (bytes.length === 0) return 0;
  const digits = Buffer.from(bytes).reverse().toString('hex');
  return integer(BigInt.asIntN(8 * bytes.length, BigInt(`0x${digits}`)));
}

/** A line of decimal digits, or undefined for another. */
export function integerFromLine(line: string): number | bigint | undefined {
  return /^[+-]?\d+$/.test(line) ? integer(BigInt(line.replace('+', ''))) : undefined;
}

/** A line as Python's `repr` of a float, or undefined for another. */
export function floatFromLine(line: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(line)) return Number(line);
  const word = /^([+-]?)(inf|nan)$/.exec(line);
  if (word === null) return undefined;
  return word[2] === 'nan'
    ? Number.NaN
    : word[1] === '-'
      ? Number.NEGATIVE_INFINITY
      : Number.POSITIVE_INFINITY;
}

const [backslash, letterX, lowerU, upperU] = [0x5c, 0x78, 0x75, 0x55];

/** What a letter behind a backslash stands for in Python 2, by their codes. */
const escapes: ReadonlyMap<number, number> = new Map([
  [backslash, backslash],
  [0x22, 0x22],
  [0x27, 0x27],
  [0x61, 0x07],
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
  [0x76, 0x0b],
]);

/** The bytes of a string literal of Python 2 with its quotes, or undefined for what is none. */
export function bytesFromLiteral(line: Uint8Array): Uint8Array | undefined {
  const [quote, end] = [line[0], line.length - 1];
  if (end < 1 || (quote !== 0x27 && quote !== 0x22) || line[end] !== quote) return undefined;
  const bytes = new Uint8Array(end - 1);
  let length = 0;
  for (let at = 1; at < end; ) {
    const byte = line[at++]!;
    if (byte !== backslash) {
      bytes[length++] = byte;
      continue;
    }
    if (at === end) return undefined;
    const letter = line[at++]!;
    let code = escapes.get(letter);
    if (letter === letterX) {
      code = hexadecimal(line, at, 2, end);
      at += 2;
    } else if (isOctal(letter)) {
      code = letter - 0x30;
      for (let digits = 1; digits < 3 && at < end && isOctal(line[at]!); digits++) {
        code = 8 * code + line[at++]! - 0x30;
      }
    }
    if (code === undefined || code > 0xff) return undefined;
    bytes[length++] = code;
  }
  return bytes.subarray(0, length);
}

/**
 * Text in Python's encoding raw-unicode-escape, which is latin1 with `\\u` and `\\U` for what latin1 has not: bytes if latin1 has all
 * of it, else a string. Undefined for what is none.
 */
export function textFromRawEscapes(line: Uint8Array, where: string): Uint8Array | string | undefined {
  const units = new Uint16Array(line.length);
  let length = 0;
  let all = 0;
  const add = (unit: number) => {
    all |= unit;
    units[length++] = unit;
  };
  for (let at = 0; at < line.length; ) {
    const byte = line[at++]!;
    const letter = line[at];
    if (byte !== backslash || (letter !== lowerU && letter !== upperU)) {
      add(byte);
      continue;
    }
    const digits = letter === lowerU ? 4 : 8;
    const code = hexadecimal(line, at + 1, digits, line.length);
    if (code === undefined || code > 0x10ffff) return undefined;
    at += 1 + digits;
    if (code <= 0xffff) {
      add(code);
    } else {
      add(0xd800 + ((code - 0x10000) >> 10));
      add(0xdc00 + (code & 0x3ff));
    }
  }
  const used = units.subarray(0, length);
  return all > 0xff ? decodeUnits(used, where) : Uint8Array.from(used);
}

function decodeUnits(units: Uint16Array, where: string): string {
  if (units.length > maxTextLength) throw tooLong(units.length, where);
  // In this machine's byte order, as the array itself.
  return new TextDecoder(littleEndian ? 'utf-16le' : 'utf-16be', { ignoreBOM: true }).decode(units);
}

function tooLong(length: number, where: string): FormatError {
  return new FormatError(
    `${where}: expected text of at most ${maxTextLength} letters but received ${length}`,
  );
}

function isOctal(code: number): boolean {
  return code >= 0x30 && code <= 0x37;
}

/** The number that the digits from `start` on are, or undefined where there are other letters, or fewer before `end`. */
function hexadecimal(line: Uint8Array, start: number, digits: number, end: number): number | undefined {
  if (start + digits > end) return undefined;
  let number = 0;
  for (let at = start; at < start + digits; at++) {
    const code = line[at]!;
    const letter = code | 0x20;
    if (code >= 0x30 && code <= 0x39) number = 16 * number + code - 0x30;
    else if (letter >= 0x61 && letter <= 0x66) number = 16 * number + letter - 0x57;
    else return undefined;
  }
  return number;
}
