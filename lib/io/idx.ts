import { readFile } from 'node:fs/promises';
import { bytesOf, swapUnlessNative } from '../core/byte-order.js';
import { describe } from '../core/describe.js';
import { arrayTypes, type Dtype, type TypedArray } from '../core/dtype.js';
import { ArgumentError, FormatError } from '../core/errors.js';
import { fileError } from '../core/files.js';
import { allocate } from '../core/memory.js';
import { elementCount, formatShape, maxRank } from '../core/shape.js';
import { Tensor } from '../core/tensor.js';
import { gunzip, isGzip, maxCompression } from './gzip.js';

/** An element type of the format: how it lies in the file, and the dtype that holds it. */
interface IdxType {
  readonly stored: typeof Int8Array | typeof Int16Array | (typeof arrayTypes)[Dtype];
  readonly dtype: Dtype;
}

const idxTypes: Readonly<Record<number, IdxType>> = {
  8: { stored: Uint8Array, dtype: 'uint8' },
  9: { stored: Int8Array, dtype: 'int32' },
  11: { stored: Int16Array, dtype: 'int32' },
  12: { stored: Int32Array, dtype: 'int32' },
  13: { stored: Float32Array, dtype: 'float32' },
  14: { stored: Float64Array, dtype: 'float64' },
};

interface IdxHeader {
  readonly type: IdxType;
  readonly shape: readonly number[];
  /** Bytes of the header and of the elements. */
  readonly headerLength: number;
  readonly bodyLength: number;
}

/**
 * Reads an idx file, the format of MNIST (http://yann.lecun.com/exdb/mnist), gzip-compressed or not. Bytes become uint8; signed
 * bytes, 16- and 32-bit integers int32; floats keep their type.
 * @param source a path, or the contents of a file
 * @returns a tensor with the file's axes, on shared memory
 * @throws FormatError for a file that is no idx file or holds less or more than it says, with the byte
 * @throws ArgumentError for a file that cannot be read
 */
export async function loadIdx(source: string | URL | Uint8Array): Promise<Tensor> {
  if (source instanceof Uint8Array) return readIdx(source, 'loadIdx');
  if (typeof source !== 'string' && !(source instanceof URL)) {
    throw new ArgumentError(
      `loadIdx: expected a path or the bytes of a file but received ${describe(source)}`,
    );
  }
  let bytes: Uint8Array;
  try {
    bytes = await readFile(source);
  } catch (cause) {
    throw fileError('loadIdx', 'read', source, cause);
  }
  return readIdx(bytes, `loadIdx: ${source}`);
}

async function readIdx(bytes: Uint8Array, name: string): Promise<Tensor> {
  const compressed = isGzip(bytes);
  const pieces = compressed ? gunzip(bytes, name) : [bytes];
  const mostBytes = bytes.length * (compressed ? maxCompression : 1);
  let head: Uint8Array = new Uint8Array(0);
  let header: IdxHeader | undefined;
  let body: Body | undefined;
  for await (const piece of pieces) {
    let rest = piece;
    if (header === undefined || body === undefined) {
      head = Buffer.concat([head, piece]);
      header = readHeader(head, name);
      if (header === undefined) continue;
      const claimed = header.headerLength + header.bodyLength;
      // Before memory is taken for it. What is too long is found below.
      if (claimed > mostBytes) throw tooShort(name, header, `${compressed ? 'at most ' : ''}${mostBytes}`);
      body = new Body(header);
      rest = head.subarray(header.headerLength);
    }
    if (!body.append(rest)) {
      const end = header.headerLength + header.bodyLength;
      throw new FormatError(
        `${name}: expected the file to end at byte ${end}, after the elements of shape ${formatShape(header.shape)}, but more follows`,
      );
    }
  }
  if (header === undefined || body === undefined) {
    throw new FormatError(`${name}: expected an idx header but the file ends at byte ${head.length}`);
  }
  if (!body.isComplete) throw tooShort(name, header, String(header.headerLength + body.received));
  return new Tensor(body.elements(), header.shape);
}

/** The header, or undefined as long as not all of it is there. */
function readHeader(head: Uint8Array, name: string): IdxHeader | undefined {
  if (head.length < 4) return undefined;
  const [zero0, zero1, code, rank] = head as Uint8Array & [number, number, number, number];
  if (zero0 !== 0 || zero1 !== 0) {
    throw new FormatError(
      `${name}: expected an idx file, which begins with two zeros, but received ${zero0} ${zero1} at byte 0`,
    );
  }
  const type = idxTypes[code];
  if (type === undefined) {
    throw new FormatError(
      `${name}: expected an element type of idx (8, 9, 11 … 14) but received ${code} at byte 2`,
    );
  }
  if (rank < 1 || rank > maxRank) {
    throw new FormatError(`${name}: expected 1 … ${maxRank} axes but received ${rank} at byte 3`);
  }
  const headerLength = 4 + 4 * rank;
  if (head.length < headerLength) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  return { type, shape, headerLength, bodyLength: elementCount(shape) * type.stored.BYTES_PER_ELEMENT };
}

/** The elements as they come in. */
class Body {
  received = 0;
  readonly #type: IdxType;
  readonly #result: TypedArray | undefined;
  readonly #bytes: Uint8Array;

  constructor({ type, bodyLength }: IdxHeader) {
    this.#type = type;
    // Where the file's type is a dtype, its bytes are read where they stay.
    if (type.stored === arrayTypes[type.dtype]) {
      this.#result = allocate(type.dtype, bodyLength / type.stored.BYTES_PER_ELEMENT);
      this.#bytes = bytesOf(this.#result);
    } else {
      this.#bytes = new Uint8Array(bodyLength);
    }
  }

  get isComplete(): boolean {
    return this.received === this.#bytes.length;
  }

  /** Whether there was room for it. */
  append(piece: Uint8Array): boolean {
    if (piece.length > this.#bytes.length - this.received) return false;
    this.#bytes.set(piece, this.received);
    this.received += piece.length;
    return true;
  }

  elements(): TypedArray {
    if (this.#result !== undefined) {
      swapUnlessNative(this.#result, 'big');
      return this.#result;
    }
    const view = new DataView(this.#bytes.buffer);
    const width = this.#type.stored.BYTES_PER_ELEMENT;
    const converted = allocate(this.#type.dtype, this.#bytes.length / width);
    for (let i = 0; i < converted.length; i++) {
      converted[i] = width === 1 ? view.getInt8(i) : view.getInt16(2 * i);
    }
    return converted;
  }
}

function tooShort(
  name: string,
  { headerLength, bodyLength, shape }: IdxHeader,
  received: string,
): FormatError {
  return new FormatError(
    `${name}: expected ${headerLength + bodyLength} bytes for shape ${formatShape(shape)} but the file has ${received}`,
  );
}
