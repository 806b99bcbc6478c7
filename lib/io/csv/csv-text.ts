import { isAscii, isUtf8 } from 'node:buffer';
import { describe } from '../../core/describe.js';
import { FormatError } from '../../core/errors.js';

/** How the bytes of a text file stand for characters. */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin1' | 'windows-1252';

const byteOrderMarks: readonly (readonly [TextEncoding, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** The longest byte order mark, in bytes. */
const longestMark = 3;

/** What the bytes 0x80 … 0x9f are in Windows-1252, where Latin-1 has control characters (https://encoding.spec.whatwg.org). */
const windowsLetters = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

const excelHint = "'windows-1252' is that of Excel's CSV";
const zeroHint = "every other byte of 'utf-16le' is zero; other text has no zeros";

/** A file as text. */
export interface Text {
  readonly encoding: TextEncoding;
  /** Its first bytes: what tells files of other formats. */
  readonly head: Uint8Array;
  /**
   * The text piece by piece, as UTF-8 whatever it was, and without a byte order mark; each is good until the next is asked for. Throws
   * {@link UndecodableError} where it ends to be text.
   */
  readonly pieces: AsyncGenerator<Uint8Array>;
}

/** Bytes that are no characters; what stands before them was given as text. */
export class UndecodableError extends Error {
  readonly #encoding: TextEncoding;
  readonly #received: string;
  readonly #byte: number;
  readonly #hint: string;

  /**
   * @param byte where they begin, from 0 on
   * @param hint names the likely encoding
   */
  constructor(encoding: TextEncoding, received: string, byte: number, hint: string) {
    super(`expected ${encoding} but received ${received} at byte ${byte}`);
    this.#encoding = encoding;
    this.#received = received;
    this.#byte = byte;
    this.#hint = hint;
  }

  /** @param line from 1 on */
  at(name: string, line: number): FormatError {
    return new FormatError(
      `${name}: expected text in ${this.#encoding.toUpperCase()} but received ${this.#received} at line ${line}, byte ${this.#byte}; ` +
        `name the file's encoding with the option encoding (${this.#hint})`,
    );
  }
}

/**
 * Opens a file as text. Every byte has to be one of the encoding's: nothing is replaced.
 * @param given default: what the byte order mark says, without one UTF-8
 * @throws FormatError for a byte order mark of another encoding than the given one
 */
export async function openText(
  name: string,
  pieces: AsyncGenerator<Uint8Array>,
  given: TextEncoding | undefined,
): Promise<Text> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < longestMark) {
    const { done, value } = await pieces.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  const mark = byteOrderMarks.find(([, bytes]) => bytes.every((byte, i) => head[i] === byte));
  const encoding = given ?? mark?.[0] ?? 'utf-8';
  if (mark !== undefined && mark[0] !== encoding) {
    throw new FormatError(
      `${name}: expected text in ${encoding} but the file begins with the byte order mark of ${mark[0]}; ` +
        `say encoding: ${describe(mark[0])}`,
    );
  }
  const start = mark?.[1].length ?? 0;
  async function* all(): AsyncGenerator<Buffer> {
    yield head;
    for await (const piece of pieces) yield asBuffer(piece);
  }
  return { encoding, head, pieces: decode(all(), encoding, start) };
}

/** @param start how many bytes are passed over */
async function* decode(
  pieces: AsyncGenerator<Buffer>,
  encoding: TextEncoding,
  start: number,
): AsyncGenerator<Buffer> {
  const { complete, sound, utf8 } = decoders[encoding];
  // The beginning of a character whose end is in the next piece.
  let rest: Buffer = Buffer.alloc(0);
  let position = start;
  let skip = start;
  for await (const piece of pieces) {
    const bytes = rest.length === 0 ? piece.subarray(skip) : Buffer.concat([rest, piece]);
    skip = 0;
    const whole = bytes.subarray(0, complete(bytes));
    const good = sound(whole);
    const zero = zeroIn(whole.subarray(0, good), encoding);
    const end = zero ?? good;
    if (end > 0) yield utf8(whole.subarray(0, end));
    if (end < whole.length) {
      if (zero !== undefined) {
        throw new UndecodableError(encoding, 'a zero byte', position + end, zeroHint);
      }
      throw new UndecodableError(encoding, bytesAt(whole, end, encoding), position + end, excelHint);
    }
    position += end;
    // A copy: the piece may be written over.
    rest = Buffer.from(bytes.subarray(end));
  }
  if (rest.length > 0) throw new UndecodableError(encoding, 'half a character', position, excelHint);
}

interface Decoder {
  /** How many bytes there are before a character that is cut off. */
  complete(bytes: Buffer): number;
  /** How many of the bytes there are before the first that is no part of a character. */
  sound(bytes: Buffer): number;
  utf8(bytes: Buffer): Buffer;
}

const latin1: Decoder = {
  complete: (bytes) => bytes.length,
  sound: (bytes) => bytes.length,
  utf8: (bytes) => (isAscii(bytes) ? bytes : Buffer.from(bytes.toString('latin1'))),
};

const utf16le: Decoder = {
  complete(bytes) {
    const end = bytes.length & ~1;
    const lead = end > 0 ? bytes.readUInt16LE(end - 2) : 0;
    return isLead(lead) ? end - 2 : end;
  },
  sound(bytes) {
    const lone = bytes.toString('utf16le').search(/\p{Surrogate}/u);
    return lone < 0 ? bytes.length : 2 * lone;
  },
  utf8: (bytes) => Buffer.from(bytes.toString('utf16le')),
};

const decoders: Readonly<Record<TextEncoding, Decoder>> = {
  'utf-8': {
    complete: completeUtf8,
    sound: soundUtf8,
    utf8: (bytes) => bytes,
  },
  'utf-16le': utf16le,
  'utf-16be': {
    complete: (bytes) => utf16le.complete(swapped(bytes)),
    sound: (bytes) => utf16le.sound(swapped(bytes)),
    utf8: (bytes) => utf16le.utf8(swapped(bytes)),
  },
  latin1,
  'windows-1252': {
    ...latin1,
    utf8: (bytes) => {
      if (isAscii(bytes)) return bytes;
      const text = bytes.toString('latin1');
      return Buffer.from(
        text.replace(/[\x80-\x9f]/g, (letter) => windowsLetters[letter.charCodeAt(0) - 0x80]!),
      );
    },
  },
};

function isLead(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function swapped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16();
}

function completeUtf8(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) break;
    if (byte >= 0xc0) return lengthUtf8(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Of the character that begins with this byte, in bytes. */
function lengthUtf8(lead: number): number {
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

function soundUtf8(bytes: Buffer): number {
  if (isUtf8(bytes)) return bytes.length;
  const before = (length: number) => bytes.subarray(0, completeUtf8(bytes.subarray(0, length)));
  // The longest beginning that is sound, by bisection.
  let [good, bad] = [0, bytes.length + 1];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isUtf8(before(middle))) good = middle;
    else bad = middle;
  }
  return before(good).length;
}

/** Where a zero byte is in text that has none: that of UTF-16 read as another encoding, of a binary file, or of a damaged one. */
function zeroIn(bytes: Buffer, encoding: TextEncoding): number | undefined {
  const wide = encoding.startsWith('utf-16');
  const at = wide ? 2 * bytes.toString('utf16le').indexOf('\0') : bytes.indexOf(0);
  return at < 0 ? undefined : at;
}

function bytesAt(bytes: Buffer, at: number, encoding: TextEncoding): string {
  if (encoding.startsWith('utf-16')) return 'half a pair of surrogates';
  return `the byte 0x${bytes[at]!.toString(16).toUpperCase().padStart(2, '0')}`;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
