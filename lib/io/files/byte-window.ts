import { setImmediate } from 'node:timers/promises';
import { FormatError } from '../../core/errors.js';
import type { Source } from './source.js';

const capacity = 1 << 16;
const bytesPerTurn = 1 << 22;

/**
 * A source that is read from its start to its end, a little at a time: small things are taken from a window that moves along,
 * large ones are passed over, and whoever wants them reads them from the source itself, where they shall stay.
 */
export class ByteWindow {
  readonly #source: Source;
  #view: DataView;
  #bytes: Uint8Array;
  /** The window begins at this byte of the source … */
  #start = 0;
  /** … and these of its bytes were read. */
  #end = 0;
  #at = 0;
  #sinceTurn = 0;

  constructor(source: Source) {
    this.#source = source;
    this.#bytes = new Uint8Array(Math.min(capacity, source.size));
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Where the next byte lies in the source. */
  get position(): number {
    return this.#start + this.#at;
  }

  /** How many bytes there are from here to the source's end. */
  get rest(): number {
    return this.#source.size - this.position;
  }

  /** How many bytes can be taken without waiting. */
  get ready(): number {
    return this.#end - this.#at;
  }

  /**
   * Makes at least `count` bytes ready, or those that are left.
   * @param count at most 32 KiB
   */
  async prepare(count: number): Promise<void> {
    if (this.ready >= Math.min(count, this.rest)) return;
    this.#bytes.copyWithin(0, this.#at, this.#end);
    this.#start += this.#at;
    this.#end -= this.#at;
    this.#at = 0;
    const length = Math.min(this.#bytes.length - this.#end, this.#source.size - this.#start - this.#end);
    await this.#source.read(this.#bytes.subarray(this.#end, this.#end + length), this.#start + this.#end);
    this.#end += length;
    this.#sinceTurn += length;
    if (this.#sinceTurn < bytesPerTurn) return;
    this.#sinceTurn = 0;
    await setImmediate();
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** A number above 2⁵³ is rounded, so that it is still larger than any file. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#take(8), true));
  }

  float64BigEndian(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  /** Bytes that are ready: a view, good until the window moves. */
  bytes(count: number): Uint8Array {
    const start = this.#take(count);
    return this.#bytes.subarray(start, start + count);
  }

  /** Passes over bytes, as many as are wanted up to the source's end. */
  skip(count: number): void {
    if (count <= this.ready) {
      this.#at += count;
      return;
    }
    this.#start = this.position + count;
    this.#at = 0;
    this.#end = 0;
  }

  /**
   * What stands before the next line feed, which is passed over: a view as of {@link bytes}, or for a longer line a copy.
   * @throws FormatError for a line longer than `most`, or a source that ends in it
   */
  async line(most: number): Promise<Uint8Array> {
    const lineFeed = 0x0a;
    const start = this.position;
    for (;;) {
      await this.prepare(1);
      const from = this.#at;
      const found = this.#bytes.subarray(0, this.#end).indexOf(lineFeed, from);
      const end = found < 0 ? this.#end : found;
      const length = this.position + end - from - start;
      if (length > most) {
        throw new FormatError(
          `${this.#source.name}: expected a line of at most ${most} bytes but received a longer one at byte ${start}`,
        );
      }
      if (found < 0) {
        this.#at = end;
        if (this.rest === 0) throw this.#ended();
        continue;
      }
      this.#at = found + 1;
      if (start >= this.#start) return this.#bytes.subarray(start - this.#start, found);
      const line = new Uint8Array(length);
      await this.#source.read(line, start);
      return line;
    }
  }

  #take(count: number): number {
    if (count > this.ready) throw this.#ended();
    const start = this.#at;
    this.#at += count;
    return start;
  }

  #ended(): FormatError {
    const { name, size } = this.#source;
    return new FormatError(`${name}: expected more but the file ends at byte ${size}`);
  }
}
