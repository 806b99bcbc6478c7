import { FormatError } from '../../core/errors.js';
import { ByteWindow } from '../files/byte-window.js';
import type { Source } from '../files/source.js';
import type { ByteOrder } from './stored-type.js';

/** Bytes one after the other: those of a file, or those that were packed in it. */
export interface ByteStream {
  /** How many were given or passed over. */
  readonly position: number;
  fill(bytes: Uint8Array): Promise<void>;
  skip(count: number): Promise<void>;
}

/** A file from its start on: small things through a window, large ones to where they stay. */
export class FileStream implements ByteStream {
  readonly #source: Source;
  readonly #window: ByteWindow;

  constructor(source: Source) {
    this.#source = source;
    this.#window = new ByteWindow(source);
  }

  get position(): number {
    return this.#window.position;
  }

  async fill(bytes: Uint8Array): Promise<void> {
    if (bytes.length > largestSmall) {
      await this.#source.read(bytes, this.position);
      this.#window.skip(bytes.length);
    } else {
      await this.#window.prepare(bytes.length);
      bytes.set(this.#window.bytes(bytes.length));
    }
  }

  skip(count: number): Promise<void> {
    this.#window.skip(count);
    return Promise.resolve();
  }
}

const largestSmall = 4096;

/** What stands before the data of an element: its type and its length. */
export interface Tag {
  readonly type: number;
  /** In bytes. */
  readonly length: number;
  /** The data of a small element, which lie in the tag. */
  readonly small: Uint8Array | undefined;
  /** Where the tag lies. */
  readonly at: number;
}

/** The elements within one element of a level 5 MAT-file. */
export class Elements {
  readonly name: string;
  readonly order: ByteOrder;
  readonly #stream: ByteStream;
  readonly #end: number;

  /**
   * @param name opens the message of an error
   * @param length bytes of the element
   */
  constructor(stream: ByteStream, order: ByteOrder, length: number, name: string) {
    this.#stream = stream;
    this.#end = stream.position + length;
    this.order = order;
    this.name = name;
  }

  /** Bytes that are left. */
  get rest(): number {
    return this.#end - this.#stream.position;
  }

  /** @throws FormatError for a length that is more than is left */
  async tag(): Promise<Tag> {
    const at = this.#stream.position;
    if (this.rest < 8) {
      throw this.error('another element', `the end of the matrix after ${this.rest} bytes`, at);
    }
    const bytes = new Uint8Array(8);
    await this.#stream.fill(bytes);
    const first = this.uint32(bytes, 0);
    const smallLength = first >>> 16;
    if (smallLength > 4) throw this.error('at most 4 bytes in a small element', String(smallLength), at);
    if (smallLength > 0) {
      return { type: first & 0xffff, length: smallLength, small: bytes.slice(4, 4 + smallLength), at };
    }
    const length = this.uint32(bytes, 4);
    if (length > this.rest) {
      throw this.error(`at most the ${this.rest} bytes that follow`, `a length of ${length}`, at);
    }
    return { type: first, length, small: undefined, at };
  }

  /** The number at that byte. (A DataView would cost more than all else that is done for a small matrix.) */
  uint32(bytes: Uint8Array, at: number): number {
    const [a, b, c, d] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!];
    return (
      (this.order === 'little'
        ? a | (b << 8) | (c << 16) | (d << 24)
        : (a << 24) | (b << 16) | (c << 8) | d) >>> 0
    );
  }

  /** The data of an element as a whole. */
  async data({ length, small }: Tag): Promise<Uint8Array> {
    if (small !== undefined) return small;
    const bytes = new Uint8Array(length);
    await this.#stream.fill(bytes);
    await this.pad(length);
    return bytes;
  }

  /** The next bytes of the data of an element; {@link pad} has to follow the last. */
  fill(bytes: Uint8Array): Promise<void> {
    return this.#stream.fill(bytes);
  }

  /** Passes over what fills an element of the given length up to a multiple of eight bytes. */
  async pad(length: number): Promise<void> {
    await this.#stream.skip(Math.min((8 - (length % 8)) % 8, this.rest));
  }

  error(expected: string, received: string, at: number): FormatError {
    return new FormatError(`${this.name}: expected ${expected} but received ${received} at byte ${at}`);
  }
}
