import { FormatError } from '../../core/errors.js';
import { formatShape, maxRank } from '../../core/tensors/shape.js';
import type { Tensor } from '../../core/tensors/tensor.js';
import { refuseForeign } from '../files/foreign-file.js';
import { isGzip, maxCompression, Unpacked, unpackedLimit } from '../files/gzip.js';
import { type Readable, type Source, withSource } from '../files/source.js';
import { fillFrom, readStoredArray, type StoredArray, storedLength } from './stored-array.js';
import { type StoredType, storedTypes } from './stored-type.js';

const types: Readonly<Record<number, StoredType>> = {
  8: 'uint8',
  9: 'int8',
  11: 'int16',
  12: 'int32',
  13: 'float32',
  14: 'float64',
};

/** Two zeros, the type, how many axes, and their sizes. */
const longestHeader = 4 + 4 * maxRank;

interface Header {
  readonly array: StoredArray;
  /** Bytes of the header, and of all. */
  readonly length: number;
  readonly end: number;
}

/**
 * Reads an idx file, the format of MNIST (http://yann.lecun.com/exdb/mnist), gzip-compressed or not. Bytes become uint8; signed
 * bytes, 16- and 32-bit integers int32; floats keep their type. What lies in the file as in memory is read where it stays.
 * @param source a path, or the contents of a file
 * @returns a tensor with the file's axes, on shared memory
 * @throws FormatError for a file that is no idx file or holds less or more than it says, with the byte
 * @throws ArgumentError for a file that cannot be read
 */
export async function loadIdx(source: Readable): Promise<Tensor> {
  return withSource('loadIdx', source, async (file) => {
    await refuseForeign(file, { expected: 'an idx file', own: ['idx', 'idx.gz', 'gzip'] });
    const head = new Uint8Array(Math.min(longestHeader, file.size));
    await file.read(head, 0);
    return isGzip(head) ? readCompressed(file) : readPlain(file, head);
  });
}

async function readPlain(file: Source, head: Uint8Array): Promise<Tensor> {
  const { name, size } = file;
  const { array, length, end } = readHeader(head, name);
  if (size < end) throw tooShort(name, array, end, String(size));
  if (size > end) throw tooLong(name, array, end);
  return readStoredArray({ ...array, start: length }, fillFrom(file, length), name);
}

async function readCompressed(file: Source): Promise<Tensor> {
  const { name, size } = file;
  const unpacked = new Unpacked(file, 'gzip');
  try {
    const start = new Uint8Array(4);
    await unpacked.fill(start);
    const head = new Uint8Array(4 + 4 * Math.min(start[3]!, maxRank));
    head.set(start);
    checkMagic(head, name);
    await unpacked.fill(head.subarray(4));
    const { array, end } = readHeader(head, name);
    // Before memory is taken for it.
    if (end > size * maxCompression) throw tooShort(name, array, end, `at most ${size * maxCompression}`);
    const limit = unpackedLimit(size);
    if (end > limit) {
      throw new FormatError(
        `${name}: expected a file of ${size} bytes to unpack to at most ${limit} but it says ${end}`,
      );
    }
    const tensor = await readStoredArray(array, (bytes) => unpacked.fill(bytes), name);
    if (!(await unpacked.isAtEnd())) throw tooLong(name, array, end);
    return tensor;
  } finally {
    await unpacked.close();
  }
}

/** Reads the header from the file's first bytes. */
function readHeader(head: Uint8Array, name: string): Header {
  const type = checkMagic(head, name);
  const rank = head[3]!;
  const length = 4 + 4 * rank;
  if (head.length < length) throw noHeader(head, name);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const array = {
    type,
    byteOrder: 'big',
    shape,
    columnMajor: false,
    target: storedTypes[type].target,
  } as const;
  return { array, length, end: length + storedLength(array) };
}

/** Reads the first four bytes. */
function checkMagic(head: Uint8Array, name: string): StoredType {
  if (head.length < 4) throw noHeader(head, name);
  const [zero0, zero1, code, rank] = head as Uint8Array & [number, number, number, number];
  if (zero0 !== 0 || zero1 !== 0) {
    throw new FormatError(
      `${name}: expected an idx file, which begins with two zeros, but received ${zero0} ${zero1} at byte 0`,
    );
  }
  const type = types[code];
  if (type === undefined) {
    throw new FormatError(
      `${name}: expected an element type of idx (8, 9, 11 … 14) but received ${code} at byte 2`,
    );
  }
  if (rank < 1 || rank > maxRank) {
    throw new FormatError(`${name}: expected 1 … ${maxRank} axes but received ${rank} at byte 3`);
  }
  return type;
}

function noHeader(head: Uint8Array, name: string): FormatError {
  return new FormatError(`${name}: expected an idx header but the file ends at byte ${head.length}`);
}

function tooShort(name: string, { shape }: StoredArray, end: number, received: string): FormatError {
  return new FormatError(
    `${name}: expected ${end} bytes for shape ${formatShape(shape)} but the file has ${received}`,
  );
}

function tooLong(name: string, { shape }: StoredArray, end: number): FormatError {
  return new FormatError(
    `${name}: expected the file to end at byte ${end}, after the elements of shape ${formatShape(shape)}, but more follows`,
  );
}
