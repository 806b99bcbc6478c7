import { describe, shortened } from '../../core/describe.js';
import { FormatError } from '../../core/errors.js';
import { elementCount, formatShape, maxRank } from '../../core/tensors/shape.js';
import { parseStrictJson } from '../files/strict-json.js';
import { elementTypes, unsupported } from './safetensors-types.js';

/** The reference implementation's limit. */
export const maxHeaderLength = 100_000_000;

/** The bytes in front of the header: its length. */
export const prefixLength = 8;

export const metadataKey = '__metadata__';

/** Where a tensor lies, in bytes from the header's end. */
export interface TensorEntry {
  readonly name: string;
  /** The format's name of the element type: `F32`. */
  readonly code: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

export interface Header {
  /** In the header's order. */
  readonly entries: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The length of the header that follows.
 * @param prefix the first 8 bytes of the file (or fewer, if it has no more)
 * @param fileLength in bytes
 * @throws FormatError for one that cannot be
 */
export function readHeaderLength(prefix: Uint8Array, fileLength: number, file: string): number {
  if (prefix.length < prefixLength) {
    throw new FormatError(
      `${file}: expected the header's length in bytes 0 … 7 but the file has ${fileLength} bytes`,
    );
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefixLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(maxHeaderLength)) {
    const kind = isText(prefix) ? 'text, and loadCsv reads tables of it' : 'another kind of file, or damaged';
    throw new FormatError(
      `${file}: expected a safetensors file, with a header of at most ${maxHeaderLength} bytes but byte 0 says ${length}: ` +
        `it is ${kind}`,
    );
  }
  if (Number(length) > fileLength - prefixLength) {
    throw new FormatError(
      `${file}: expected a header of ${length} bytes, as byte 0 says, but the file has ${fileLength} bytes`,
    );
  }
  return Number(length);
}

/** Letters, digits and the like alone, tabs and line breaks. */
function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13);
}

/**
 * Reads a header and checks it against the file: known dtypes, shapes that fit the offsets, and tensors that fill the file's body
 * without holes and overlaps.
 * @param bodyLength bytes behind the header
 * @throws FormatError for anything else
 */
export function readHeader(bytes: Uint8Array, bodyLength: number, file: string): Header {
  const what = `${file}: the header`;
  if (bytes[0] !== 0x7b)
    throw new FormatError(`${what} is not a JSON object: expected "{" at byte ${prefixLength}`);
  // The header, a tensor, its shape.
  const json = parseStrictJson(bytes, 3, what) as Readonly<Record<string, unknown>>;
  const entries: TensorEntry[] = [];
  let metadata: Readonly<Record<string, string>> = Object.create(null);
  for (const [name, value] of Object.entries(json)) {
    if (name === metadataKey) metadata = readMetadata(value, what);
    else entries.push(readEntry(name, value, file));
  }
  checkLayout(entries, bodyLength, file);
  return { entries, metadata };
}

/** The header as bytes, with its length in front and spaces at its end so that the body begins at a multiple of 8. */
export function writeHeader({ entries, metadata }: Header): Uint8Array {
  const json = Object.create(null) as Record<string, unknown>;
  if (Object.keys(metadata).length > 0) json[metadataKey] = metadata;
  for (const { name, code, shape, start, end } of entries) {
    json[name] = { dtype: code, shape, data_offsets: [start, end] };
  }
  const text = Buffer.from(JSON.stringify(json));
  const length = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(prefixLength + length).fill(0x20, prefixLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, prefixLength);
  return bytes;
}

function readMetadata(value: unknown, what: string): Readonly<Record<string, string>> {
  if (!isObject(value) || !Object.values(value).every((text) => typeof text === 'string')) {
    throw new FormatError(
      `${what}: expected ${metadataKey} to be an object of strings but received ${describe(value)}`,
    );
  }
  return Object.assign(Object.create(null) as Record<string, string>, value);
}

function readEntry(name: string, value: unknown, file: string): TensorEntry {
  const what = `${file}: tensor "${shortened(name)}"`;
  if (!isObject(value)) throw new FormatError(`${what}: expected an object but received ${describe(value)}`);
  const { dtype: code, shape, data_offsets: offsets, ...others } = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new FormatError(
      `${what}: expected dtype, shape and data_offsets but received "${shortened(unknown)}"`,
    );
  const type = typeof code === 'string' && Object.hasOwn(elementTypes, code) ? elementTypes[code] : undefined;
  if (type === undefined) {
    const known = typeof code === 'string' && unsupported.includes(code);
    const supported = Object.keys(elementTypes).join(', ');
    throw new FormatError(
      known
        ? `${what}: dtype ${code} is not supported; ${supported} are`
        : `${what}: expected a dtype of ${supported} but received ${describe(code)}`,
    );
  }
  if (!isSizes(shape) || shape.length > maxRank) {
    throw new FormatError(
      `${what}: expected a shape of at most ${maxRank} sizes but received ${describe(shape)}`,
    );
  }
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw new FormatError(
      `${what}: expected data_offsets to be [start, end] but received ${describe(offsets)}`,
    );
  }
  const [start, end] = offsets as [number, number];
  const length = elementCount(shape) * type.width;
  if (end - start !== length) {
    throw new FormatError(
      `${what}: expected ${length} bytes for ${code} of shape ${formatShape(shape)} but data_offsets are [${start}, ${end}]`,
    );
  }
  return { name, code: code as string, shape, start, end };
}

function checkLayout(entries: readonly TensorEntry[], bodyLength: number, file: string): void {
  let covered = 0;
  for (const { name, start, end } of entries.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (end > bodyLength) {
      throw new FormatError(
        `${file}: tensor "${shortened(name)}" ends at byte ${end} of the data, of which there are ${bodyLength}`,
      );
    }
    if (start !== covered) {
      const fault =
        start < covered ? 'overlaps another' : `leaves bytes ${covered} … ${start - 1} of the data unused`;
      throw new FormatError(`${file}: tensor "${shortened(name)}" ${fault}`);
    }
    covered = end;
  }
  if (covered !== bodyLength) {
    throw new FormatError(
      `${file}: expected the tensors to fill ${bodyLength} bytes of data but they end at byte ${covered}`,
    );
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
