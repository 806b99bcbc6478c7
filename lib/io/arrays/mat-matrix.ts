import { describe } from '../../core/describe.js';
import { FormatError } from '../../core/errors.js';
import { elementCount, formatShape, maxRank } from '../../core/tensors/shape.js';
import type { Tensor } from '../../core/tensors/tensor.js';
import type { Elements, Tag } from './mat-stream.js';
import { type Fill, readStoredArray, storedLength } from './stored-array.js';
import type { StoredType, Target } from './stored-type.js';

/** The data types of elements: mi… in the specification. */
const storedBy: Readonly<Record<number, StoredType>> = {
  1: 'int8',
  2: 'uint8',
  3: 'int16',
  4: 'uint16',
  5: 'int32',
  6: 'uint32',
  7: 'float32',
  9: 'float64',
  12: 'int64',
  13: 'uint64',
};

const [int8, uint8, int32, uint32, utf8] = [1, 2, 5, 6, 16];

/** The classes of MATLAB that hold numbers, and what they become. */
const targets: Readonly<Record<number, Target>> = {
  6: 'float64',
  7: 'float32',
  8: 'int32',
  9: 'uint8',
  10: 'int32',
  11: 'int32',
  12: 'int32',
  13: 'integers',
  14: 'integers',
  15: 'integers',
};

const otherClasses: Readonly<Record<number, string>> = {
  1: 'a cell array',
  2: 'a struct',
  3: 'an object',
  4: 'text',
  5: 'a sparse matrix',
  16: 'a function handle',
  17: 'an object',
  18: 'an object',
};

const opaque = 17;
const complexFlag = 0x0800;
const logicalFlag = 0x0200;
const longestName = 1024;

/** What stands before the numbers of a matrix. */
export interface MatrixHeader {
  readonly name: string;
  readonly classCode: number;
  readonly flags: number;
  readonly shape: readonly number[];
}

/** @throws FormatError for what is not as the specification says */
export async function readMatrixHeader(elements: Elements): Promise<MatrixHeader> {
  const flagsTag = await elements.tag();
  if (flagsTag.type !== uint32 || flagsTag.length !== 8)
    throw unlike(elements, 'the flags of an array', flagsTag);
  const flags = elements.uint32(await elements.data(flagsTag), 0);
  const classCode = flags & 0xff;
  // Objects of classes have no dimensions of their own.
  const shape = classCode === opaque ? [] : await readShape(elements);
  const nameTag = await elements.tag();
  const isText = nameTag.type === int8 || nameTag.type === uint8 || nameTag.type === utf8;
  if (!isText || nameTag.length > longestName) throw unlike(elements, 'the name of a variable', nameTag);
  const name = Buffer.from(await elements.data(nameTag)).toString('utf8');
  return { name, classCode, flags, shape };
}

async function readShape(elements: Elements): Promise<readonly number[]> {
  const tag = await elements.tag();
  const rank = tag.length / 4;
  if (tag.type !== int32 || !Number.isInteger(rank) || rank < 1)
    throw unlike(elements, 'the dimensions', tag);
  if (rank > maxRank) throw elements.error(`at most ${maxRank} dimensions`, String(rank), tag.at);
  const sizes = await elements.data(tag);
  const shape = Array.from({ length: rank }, (_, i) => elements.uint32(sizes, 4 * i) | 0);
  if (shape.every((size) => size >= 0) && Number.isSafeInteger(elementCount(shape))) return shape;
  throw elements.error('dimensions that memory can hold', formatShape(shape), tag.at);
}

/** What the variable is, if it is no array of real numbers. */
export function otherKind({ classCode, flags }: MatrixHeader): string | undefined {
  if (targets[classCode] === undefined) return otherClasses[classCode] ?? `of class ${classCode}`;
  return (flags & complexFlag) === 0 ? undefined : 'complex';
}

/**
 * The numbers of a matrix, which end it.
 * @throws FormatError for more or fewer numbers than the dimensions say, or such as the class does not hold
 */
export async function readMatrix(elements: Elements, header: MatrixHeader): Promise<Tensor> {
  const { shape, classCode, flags } = header;
  const what = `${elements.name}: ${describe(header.name)}`;
  const tag = await elements.tag();
  const stored = storedBy[tag.type];
  if (stored === undefined) throw unlike(elements, `the numbers of ${describe(header.name)}`, tag);
  const type = stored === 'uint8' && (flags & logicalFlag) !== 0 ? 'bool' : stored;
  const array = { type, byteOrder: elements.order, shape, columnMajor: true, target: targets[classCode]! };
  if (tag.length !== storedLength(array)) {
    throw new FormatError(
      `${what}: expected ${storedLength(array)} bytes of ${type} for shape ${formatShape(shape)} but received ${tag.length} at byte ${tag.at}`,
    );
  }
  const { small } = tag;
  const fill: Fill =
    small === undefined
      ? (bytes) => elements.fill(bytes)
      : (bytes) => {
          bytes.set(small);
          return Promise.resolve();
        };
  const tensor = await readStoredArray(array, fill, what);
  if (small === undefined) await elements.pad(tag.length);
  if (elements.rest > 0) {
    throw new FormatError(
      `${what}: expected the matrix to end with its numbers but ${elements.rest} bytes follow`,
    );
  }
  return tensor;
}

function unlike(elements: Elements, expected: string, { type, length, at }: Tag): FormatError {
  return elements.error(expected, `an element of type ${type} and ${length} bytes`, at);
}
