import { setImmediate } from 'node:timers/promises';
import { bytesOf, littleEndian, swapUnlessNative } from '../core/byte-order.js';
import type { Dtype, TypedArray } from '../core/dtype.js';
import { FormatError } from '../core/errors.js';
import { fromFloat16 } from '../core/float16.js';
import { allocate } from '../core/memory.js';
import { rowMajorStrides } from '../core/shape.js';
import type { ElementCode, NpyHeader } from './npy-header.js';
import type { Source } from './source.js';

/** How many bytes are read and converted before others get a turn. */
const pieceLength = 1 << 22;

/** Dtypes that a tensor holds as they are. */
const direct: Partial<Record<ElementCode, Dtype>> = {
  f4: 'float32',
  f8: 'float64',
  i4: 'int32',
  u1: 'uint8',
  b1: 'uint8',
};

type View = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => ArrayLike<number>;

/** Integers that all fit an int32. */
const narrow: Partial<Record<ElementCode, View>> = {
  i1: Int8Array,
  i2: Int16Array,
  u2: Uint16Array,
};

/**
 * Reads the elements of an npy file, in the file's order, into shared memory.
 * @throws FormatError for an integer beyond ±2⁵³
 */
export async function readElements(source: Source, header: NpyHeader): Promise<TypedArray> {
  const { code, count } = header;
  const dtype = direct[code];
  if (dtype !== undefined) {
    const data = allocate(dtype, count);
    for await (const { bytes } of pieces(source, header, bytesOf(data))) {
      // NumPy takes every byte but 0 for True.
      if (code === 'b1') for (let i = 0; i < bytes.length; i++) bytes[i] = bytes[i] === 0 ? 0 : 1;
    }
    return data;
  }
  if (code === 'f2') return readHalves(source, header);
  const Stored = narrow[code];
  if (Stored === undefined) return readWideIntegers(source, header);
  const data = allocate('int32', count);
  for await (const { bytes, first } of pieces(source, header)) {
    data.set(new Stored(bytes.buffer, 0, bytes.length / header.width), first);
  }
  return data;
}

interface Piece {
  /** Elements in this machine's byte order. */
  readonly bytes: Uint8Array;
  /** The index of the first one. */
  readonly first: number;
}

/**
 * The elements piece by piece.
 * @param target where they are put; without it each piece lies at the start of the same buffer
 */
async function* pieces(
  source: Source,
  { count, width, order, bodyStart }: NpyHeader,
  target?: Uint8Array,
): AsyncGenerator<Piece> {
  const length = count * width;
  const scratch = target ?? new Uint8Array(Math.min(length, pieceLength));
  for (let start = 0; start < length; start += pieceLength) {
    if (start > 0) await setImmediate();
    const end = Math.min(length, start + pieceLength);
    const bytes = target === undefined ? scratch.subarray(0, end - start) : target.subarray(start, end);
    await source.read(bytes, bodyStart + start);
    swapUnlessNative(bytes, order, width);
    yield { bytes, first: start / width };
  }
}

async function readHalves(source: Source, header: NpyHeader): Promise<Float32Array> {
  const data = allocate('float32', header.count);
  for await (const { bytes, first } of pieces(source, header)) {
    const halves = new Uint16Array(bytes.buffer, 0, bytes.length / 2);
    for (let i = 0; i < halves.length; i++) data[first + i] = fromFloat16(halves[i]!);
  }
  return data;
}

/** Reads u4, i8 and u8: as int32 as long as all fit, from the first on that does not as float64. */
async function readWideIntegers(source: Source, header: NpyHeader): Promise<TypedArray> {
  const { code, count, width } = header;
  const signed = code === 'i8';
  const step = width / 4;
  const low = littleEndian ? 0 : step - 1;
  const high = step - 1 - low;
  let data: TypedArray = allocate('int32', count);
  for await (const { bytes, first } of pieces(source, header)) {
    const words = new Int32Array(bytes.buffer, 0, bytes.length / 4);
    for (let i = 0, at = first; i < words.length; i += step, at++) {
      const lower = words[i + low]!;
      const upper = step === 1 ? 0 : words[i + high]!;
      if (upper === (signed ? lower >> 31 : 0) && (signed || lower >= 0)) {
        data[at] = lower;
        continue;
      }
      const value = (signed ? upper : upper >>> 0) * 2 ** 32 + (lower >>> 0);
      // 2⁵³+1 rounds to 2⁵³; the lower word tells.
      if (Math.abs(value) > 2 ** 53 || (Math.abs(value) === 2 ** 53 && lower !== 0)) {
        throw tooLarge(
          source,
          header,
          at,
          (BigInt(signed ? upper : upper >>> 0) << 32n) + BigInt(lower >>> 0),
        );
      }
      if (data instanceof Int32Array) {
        const wider = allocate('float64', count);
        wider.set(data.subarray(0, at));
        data = wider;
      }
      data[at] = value;
    }
  }
  return data;
}

function tooLarge(source: Source, header: NpyHeader, at: number, value: bigint): FormatError {
  const { shape, fortranOrder, bodyStart, width } = header;
  const strides = fortranOrder ? rowMajorStrides(shape.toReversed()).reverse() : rowMajorStrides(shape);
  const indices = strides.map((stride, axis) => Math.floor(at / stride) % shape[axis]!);
  return new FormatError(
    `${source.name}: expected element (${indices.join(', ')}) to be an integer in ±2^53, which float64 holds exactly, ` +
      `but received ${value} at byte ${bodyStart + at * width}`,
  );
}
