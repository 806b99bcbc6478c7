import { setImmediate as nextTurn } from 'node:timers/promises';
import { bytesOf, swapUnlessNative } from '../../core/byte-order.js';
import { describe, expectation, shortened } from '../../core/describe.js';
import { arrayTypes, isBytes, sizeOf, type TypedArray } from '../../core/dtype.js';
import { ArgumentError } from '../../core/errors.js';
import { allocate, allocateResult } from '../../core/memory.js';
import { elementCount } from '../../core/tensors/shape.js';
import { copyRowMajor } from '../../core/tensors/strided.js';
import { asTensor, Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import { writeAtomically } from '../files/atomic-write.js';
import { refuseForeign } from '../files/foreign-file.js';
import { type Source, withSource } from '../files/source.js';
import {
  type Header,
  maxHeaderLength,
  metadataKey,
  prefixLength,
  readHeader,
  readHeaderLength,
  type TensorEntry,
  writeHeader,
} from './safetensors-header.js';
import { decodeElements, dtypeCodes, elementTypes, isPlain } from './safetensors-types.js';

/** What a safetensors file holds. The two records have no prototype, so a file may name a tensor as it likes. */
export interface SafetensorsContents {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Writes tensors and words into a file in the safetensors format (https://github.com/huggingface/safetensors), which PyTorch,
 * NumPy and others read. What the tensors hold at the call is written. The file appears at once and whole.
 * @param tensors float32, float64, int32 or uint8 by name; strided ones are written row-major
 * @throws ArgumentError for what is no tensor, metadata that is no string, or a file that cannot be written
 * @throws StateError for a disk that is full or fails; an old file is as it was
 */
export async function saveSafetensors(
  path: string | URL,
  tensors: Readonly<Record<string, TensorLike>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeSafetensors('saveSafetensors', path, tensors, metadata);
}

/**
 * As {@link saveSafetensors}, for others that save so.
 * @param who opens the message of an error: `Sequential.save`
 */
export async function writeSafetensors(
  who: string,
  path: string | URL,
  tensors: Readonly<Record<string, TensorLike>>,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await writeAtomically(who, path, serialize(who, tensors, metadata));
}

/**
 * Reads a safetensors file. Nothing in it is trusted: no more memory is taken than for what the file holds. Elements of F32, F64, I32
 * and U8 keep their type, F16 and BF16 become float32, BOOL uint8, and I64 int32.
 * @param from a path, or the contents of a file
 * @returns tensors on shared memory, row-major
 * @throws FormatError for a file that is not just as the format says, or holds another type, or an I64 that int32 cannot hold
 * @throws ArgumentError for a file that cannot be read
 */
export async function loadSafetensors(from: string | URL | Uint8Array): Promise<SafetensorsContents> {
  return withSource('loadSafetensors', from, async (source) => {
    await refuseForeign(source, { expected: 'a safetensors file', own: ['safetensors'] });
    return readSafetensors(source);
  });
}

/** As {@link loadSafetensors}. */
export async function readSafetensors(source: Source): Promise<SafetensorsContents> {
  const { name, size } = source;
  const prefix = new Uint8Array(Math.min(prefixLength, size));
  await source.read(prefix, 0);
  const headerBytes = new Uint8Array(readHeaderLength(prefix, size, name));
  await source.read(headerBytes, prefixLength);
  const bodyStart = prefixLength + headerBytes.length;
  const { entries, metadata } = readHeader(headerBytes, size - bodyStart, name);
  const tensors = emptyTensors();
  for (const entry of entries) {
    const start = bodyStart + entry.start;
    tensors[entry.name] = await readTensor(source, entry, start);
  }
  return { tensors, metadata };
}

/** Bytes of elements that are converted between two turns of the event loop. */
const pieceLength = 1 << 20;

async function readTensor(source: Source, entry: TensorEntry, start: number): Promise<Tensor> {
  const type = elementTypes[entry.code]!;
  const data = newArray(entry);
  if (isPlain(type)) {
    await source.read(bytesOf(data), start);
    swapUnlessNative(data, 'little');
    return new Tensor(data, entry.shape);
  }
  const length = entry.end - entry.start;
  const piece = new Uint8Array(Math.min(length, pieceLength));
  for (let at = 0; at < length; at += pieceLength) {
    const bytes = piece.subarray(0, Math.min(pieceLength, length - at));
    await source.read(bytes, start + at);
    decodeElements(type, bytes, data, at / type.width, `${source.name}: tensor "${shortened(entry.name)}"`);
    await nextTurn();
  }
  return new Tensor(data, entry.shape);
}

/**
 * The contents of a safetensors file as bytes. The same tensors give the same bytes.
 * @throws ArgumentError for what is no tensor, or metadata that is no string
 */
export function serializeSafetensors(
  tensors: Readonly<Record<string, TensorLike>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return serialize('serializeSafetensors', tensors, metadata);
}

/**
 * Reads the contents of a safetensors file from bytes; the tensors are copies.
 * @throws FormatError as {@link loadSafetensors}
 */
export function parseSafetensors(bytes: Uint8Array): SafetensorsContents {
  const name = 'parseSafetensors';
  if (!isBytes(bytes))
    throw new ArgumentError(`${name}: expected a Uint8Array but received ${describe(bytes)}`);
  const headerLength = readHeaderLength(bytes.subarray(0, prefixLength), bytes.length, name);
  const body = bytes.subarray(prefixLength + headerLength);
  const { entries, metadata } = readHeader(
    bytes.subarray(prefixLength, prefixLength + headerLength),
    body.length,
    name,
  );
  const tensors = emptyTensors();
  for (const entry of entries) {
    const data = newArray(entry);
    const bytes = body.subarray(entry.start, entry.end);
    decodeElements(elementTypes[entry.code]!, bytes, data, 0, `${name}: tensor "${shortened(entry.name)}"`);
    tensors[entry.name] = new Tensor(data, entry.shape);
  }
  return { tensors, metadata };
}

function serialize(who: string, tensors: unknown, metadata: unknown): Uint8Array {
  if (typeof tensors !== 'object' || tensors === null) {
    throw new ArgumentError(
      expectation(`${who}: tensors`, 'to be an object of tensors by name', describe(tensors)),
    );
  }
  const words = checkMetadata(who, metadata);
  const named = Object.entries(tensors).map(([name, value]: [string, unknown]) => {
    if (name === metadataKey)
      throw new ArgumentError(`${who}: expected another name of a tensor than ${metadataKey}`);
    return { name, tensor: asTensor(value, `${who}: tensors.${name}`) };
  });
  // The widest elements first, so that each tensor begins at a multiple of its elements' size.
  const byWidth = named.toSorted((a, b) => sizeOf(b.tensor.dtype) - sizeOf(a.tensor.dtype));
  const starts = new Map<string, number>();
  let bodyLength = 0;
  for (const { name, tensor } of byWidth) {
    starts.set(name, bodyLength);
    bodyLength += tensor.size * sizeOf(tensor.dtype);
  }
  const header: Header = {
    entries: named.map(({ name, tensor: { dtype, shape, size } }) => {
      const start = starts.get(name)!;
      return { name, code: dtypeCodes[dtype], shape, start, end: start + size * sizeOf(dtype) };
    }),
    metadata: words,
  };
  const head = writeHeader(header);
  if (head.length - prefixLength > maxHeaderLength) {
    throw new ArgumentError(
      `${who}: expected names and metadata of at most ${maxHeaderLength} bytes but received more`,
    );
  }
  const bytes = allocateResult('uint8', head.length + bodyLength);
  bytes.set(head);
  for (const { name, tensor } of named) {
    const { dtype, size } = tensor;
    const data = new arrayTypes[dtype](bytes.buffer, head.length + starts.get(name)!, size);
    tensor.assertAlive(`${who}: tensors.${name}`);
    copyRowMajor(tensor, data);
    swapUnlessNative(data, 'little');
  }
  return bytes;
}

function checkMetadata(who: string, metadata: unknown): Readonly<Record<string, string>> {
  if (typeof metadata !== 'object' || metadata === null) {
    throw new ArgumentError(
      expectation(`${who}: metadata`, 'to be an object of strings', describe(metadata)),
    );
  }
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') {
      throw new ArgumentError(expectation(`${who}: metadata.${key}`, 'to be a string', describe(value)));
    }
  }
  return metadata as Readonly<Record<string, string>>;
}

function newArray({ code, shape }: TensorEntry): TypedArray {
  return allocate(elementTypes[code]!.dtype, elementCount(shape));
}

function emptyTensors(): Record<string, Tensor> {
  return Object.create(null) as Record<string, Tensor>;
}
