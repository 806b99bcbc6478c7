import { FormatError } from '../../core/errors.js';
import { Turns } from '../../core/process/turns.js';
import { type Fill, fillFrom } from '../arrays/stored-array.js';
import type { Source } from '../files/source.js';
import type { PickledBytes, Place } from './pickle-values.js';

const pieceLength = 1 << 18;

/** How many bytes there can be at least and at most: of those in UTF-8 nobody knows before they are read. */
export function lengthRange(place: Place): readonly [least: number, most: number] {
  if ('inline' in place) return [place.inline.length, place.inline.length];
  return [place.utf8 ? Math.ceil(place.length / 2) : place.length, place.length];
}

/** How many bytes there are, which for those in UTF-8 only their letters tell. */
export async function exactLength(source: Source, place: Place): Promise<number> {
  const [least, most] = lengthRange(place);
  if (least === most || 'inline' in place) return least;
  const piece = new Uint8Array(Math.min(most, pieceLength));
  let count = 0;
  for (let done = 0; done < most; done += piece.length) {
    const bytes = piece.subarray(0, most - done);
    await source.read(bytes, place.start + done);
    for (let i = 0; i < bytes.length; i++) if ((bytes[i]! & 0xc0) !== 0x80) count++;
  }
  return count;
}

/**
 * Gives bytes one after the other, from wherever they are, and no others.
 * @param count how many will be asked for
 * @throws FormatError on the way, when they are more or fewer
 */
export function fillFromPickle(source: Source, { place }: PickledBytes, count: number): Fill {
  if ('inline' in place) {
    let done = 0;
    return async (bytes) => {
      bytes.set(place.inline.subarray(done, done + bytes.length));
      done += bytes.length;
    };
  }
  if (place.utf8) {
    const decoder = new ByteDecoder(source, place.start, place.length, count);
    return (bytes) => decoder.fill(bytes);
  }
  return fillFrom(source, place.start);
}

/** Bytes that were written as characters, in UTF-8. */
class ByteDecoder {
  readonly #source: Source;
  readonly #piece: Uint8Array;
  #position: number;
  readonly #end: number;
  #at = 0;
  #filled = 0;
  /** How many are still to come. */
  #missing: number;

  constructor(source: Source, start: number, length: number, count: number) {
    this.#source = source;
    this.#position = start;
    this.#end = start + length;
    this.#piece = new Uint8Array(Math.min(length, pieceLength));
    this.#missing = count;
  }

  async fill(bytes: Uint8Array): Promise<void> {
    const turns = new Turns();
    for (let done = 0; done < bytes.length; ) {
      // A character has two bytes at most.
      if (this.#filled - this.#at < 2) await this.#refill();
      done += this.#decode(bytes.subarray(done));
      if (turns.isOver) await turns.next();
    }
    this.#missing -= bytes.length;
    if (this.#missing === 0 && (this.#at < this.#filled || this.#position < this.#end)) throw this.#error();
  }

  async #refill(): Promise<void> {
    this.#piece.copyWithin(0, this.#at, this.#filled);
    this.#filled -= this.#at;
    this.#at = 0;
    const length = Math.min(this.#piece.length - this.#filled, this.#end - this.#position);
    await this.#source.read(this.#piece.subarray(this.#filled, this.#filled + length), this.#position);
    this.#position += length;
    this.#filled += length;
    if (this.#filled === 0) throw this.#error();
  }

  /** Decodes into `bytes` what is there of whole characters, and tells how many. */
  #decode(bytes: Uint8Array): number {
    const piece = this.#piece;
    // The last byte of a piece may be half a character, unless it is the last of all.
    const end = this.#position < this.#end ? this.#filled - 1 : this.#filled;
    const last = this.#filled - 1;
    let at = this.#at;
    let done = 0;
    // Without branches, since nobody can predict which bytes are characters of two.
    let wrong = 0;
    while (at < end && done < bytes.length) {
      const byte = piece[at]!;
      const next = piece[at < last ? at + 1 : at]!;
      const isLong = byte >> 7;
      const long = ((byte & 0x03) << 6) | (next & 0x3f);
      wrong |= -isLong & (((byte & 0xfe) ^ 0xc2) | ((next & 0xc0) ^ 0x80));
      bytes[done++] = isLong === 0 ? byte : long;
      at += 1 + isLong;
    }
    if (wrong !== 0) throw this.#error();
    this.#at = at;
    return done;
  }

  #error(): FormatError {
    return new FormatError(
      `${this.#source.name}: expected as many bytes as the array has, as characters up to 255 in UTF-8, but received others ` +
        `before byte ${this.#position}`,
    );
  }
}
