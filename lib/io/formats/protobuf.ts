import { describe, expectation } from '../../core/describe.js';
import { ArgumentError } from '../../core/errors.js';
import { allocateResult } from '../../core/memory.js';

/** Wire types. */
const [varintType, fixed64Type, lengthType, fixed32Type] = [0, 1, 2, 5];

/** The most that a message may have, in bytes: protobuf's lengths are int32. */
const maxLength = 0x7fffffff;

/** From here on bytes are not copied until the message is finished. */
const longBytes = 1024;

/**
 * Writes a message in the protocol buffers' wire format (https://protobuf.dev/programming-guides/encoding), field by field, in the
 * order of the calls. A repeated field is written once for each element, unless it is packed. Values are written even where they
 * are a field's default.
 *
 * ```ts
 * const event = new ProtobufWriter();
 * event.double(1, seconds);
 * event.varint(2, step);
 * event.message(5, (summary) => summary.string(1, tag));
 * const bytes = event.finish();
 * ```
 */
export class ProtobufWriter {
  /** What was written, but for the first `#used` bytes of `#tail`, which come last. */
  #parts: Uint8Array[] = [];
  #length = 0;
  #tail = new Uint8Array(64);
  #used = 0;

  /**
   * A field of type int32, int64, uint32, uint64, bool or enum; a negative number as two's complement of 64 bits.
   * @throws ArgumentError for a number that is no safe integer, or a bigint of more than 64 bits
   */
  varint(field: number, value: number | bigint | boolean): this {
    const bits = twosComplement(typeof value === 'boolean' ? Number(value) : value);
    return this.#tag(field, varintType).#varint(bits);
  }

  /** A field of type float. */
  float(field: number, value: number): this {
    this.#tag(field, fixed32Type);
    const start = this.#reserve(4);
    new DataView(this.#tail.buffer).setFloat32(start, value, true);
    return this;
  }

  /** A field of type double. */
  double(field: number, value: number): this {
    this.#tag(field, fixed64Type);
    const start = this.#reserve(8);
    new DataView(this.#tail.buffer).setFloat64(start, value, true);
    return this;
  }

  /** A field of type string, as UTF-8. */
  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /** A field of type bytes. Many bytes are read when the message is finished: leave them as they are until then. */
  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, lengthType).#varint(value.length);
    if (value.length >= longBytes) {
      this.#adopt([value], value.length);
    } else {
      const start = this.#reserve(value.length);
      this.#tail.set(value, start);
    }
    return this;
  }

  /** A message inside this one, whose fields `write` writes. */
  message(field: number, write: (inner: ProtobufWriter) => void): this {
    const inner = new ProtobufWriter();
    write(inner);
    return this.#inside(field, inner);
  }

  /**
   * A repeated field of integers, packed.
   * @throws ArgumentError as {@link varint}
   */
  packedInt64s(field: number, values: Iterable<number | bigint>): this {
    const inner = new ProtobufWriter();
    for (const value of values) inner.#varint(twosComplement(value));
    return this.#inside(field, inner);
  }

  /** A repeated field of floats, packed. */
  packedFloats(field: number, values: Iterable<number>): this {
    const numbers = Float32Array.from(values);
    const packed = new Uint8Array(numbers.byteLength);
    const view = new DataView(packed.buffer);
    numbers.forEach((value, i) => {
      view.setFloat32(4 * i, value, true);
    });
    return this.bytes(field, packed);
  }

  /**
   * The message as bytes.
   * @throws ArgumentError for a message of 2 GiB or more, which the format does not allow
   */
  finish(): Uint8Array {
    this.#flush();
    if (this.#length > maxLength) {
      throw new ArgumentError(
        `ProtobufWriter: expected a message of at most ${maxLength} bytes but received ${this.#length}`,
      );
    }
    const bytes = allocateResult('uint8', this.#length);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  #tag(field: number, wireType: number): this {
    return this.#varint(field * 8 + wireType);
  }

  #inside(field: number, inner: ProtobufWriter): this {
    inner.#flush();
    this.#tag(field, lengthType).#varint(inner.#length);
    this.#adopt(inner.#parts, inner.#length);
    return this;
  }

  /** `value` from 0 on. */
  #varint(value: number | bigint): this {
    let rest = value;
    let at = this.#reserve(varintLength(rest));
    for (; rest > 0x7fffffff; rest = typeof rest === 'bigint' ? rest >> 7n : Math.floor(rest / 128)) {
      this.#tail[at++] = Number(BigInt.asUintN(7, BigInt(rest))) | 0x80;
    }
    let small = Number(rest);
    for (; small > 0x7f; small >>>= 7) this.#tail[at++] = (small & 0x7f) | 0x80;
    this.#tail[at] = small;
    return this;
  }

  /** Room for so many bytes in the tail, taken; where it begins. */
  #reserve(length: number): number {
    if (this.#used + length > this.#tail.length) {
      const grown = new Uint8Array(Math.max(2 * this.#tail.length, this.#used + length));
      grown.set(this.#tail.subarray(0, this.#used));
      this.#tail = grown;
    }
    const start = this.#used;
    this.#used += length;
    return start;
  }

  #adopt(parts: readonly Uint8Array[], length: number): void {
    this.#flush();
    for (const part of parts) this.#parts.push(part);
    this.#length += length;
  }

  #flush(): void {
    if (this.#used === 0) return;
    this.#parts.push(this.#tail.slice(0, this.#used));
    this.#length += this.#used;
    this.#used = 0;
  }
}

/** The number from 0 on that has the same 64 bits. */
function twosComplement(value: number | bigint): number | bigint {
  if (typeof value === 'bigint') {
    if (value >= -(1n << 63n) && value < 1n << 64n) return BigInt.asUintN(64, value);
  } else if (Number.isSafeInteger(value)) {
    return value < 0 ? BigInt.asUintN(64, BigInt(value)) : value;
  }
  throw new ArgumentError(
    expectation('ProtobufWriter: a value', 'to be an integer of at most 64 bits', describe(value)),
  );
}

function varintLength(value: number | bigint): number {
  let length = 1;
  let limit = 128;
  for (; value >= limit && length < 10; limit *= 128) length++;
  return length;
}
