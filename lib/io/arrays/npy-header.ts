import { describe } from '../../core/describe.js';
import type { Dtype } from '../../core/dtype.js';
import { FormatError } from '../../core/errors.js';
import { elementCount, formatShape, maxRank } from '../../core/tensors/shape.js';
import type { Source } from '../files/source.js';
import { parsePythonLiteral, Tuple } from './python-literal.js';
import { type NumpyCode, numpyTypes, storedTypes } from './stored-type.js';

/** What an npy file says of its elements; checked against the file's length. */
export interface NpyHeader {
  readonly code: NumpyCode;
  readonly order: 'little' | 'big';
  /** Whether the first index runs fastest. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** The byte where the elements begin. */
  readonly bodyStart: number;
}

/** NumPy's own limit is 10,000; no header of numbers needs a thousand. */
const maxHeaderLength = 65_535;

const magic = '\x93NUMPY';

const asFloats = "write np.save(path, X.astype('float32'), allow_pickle=False)";
const asIntegers = "write np.save(path, X.astype('int64'), allow_pickle=False)";
const asIndices =
  'words, y = np.unique(X, return_inverse=True) makes numbers of words, and np.save(path, y) writes them';

/** Kinds that gemmnet has no dtype for: what they are, and what to write in NumPy instead. */
const refused: Readonly<Record<string, readonly [what: string, remedy: string]>> = {
  O: [
    'Python objects (a pickle, which is never executed)',
    `${asFloats} if they are numbers of one length; if they are words, ${asIndices}`,
  ],
  S: ['byte strings', asIndices],
  a: ['byte strings', asIndices],
  U: ['strings', asIndices],
  T: ['strings', asIndices],
  c: ['complex numbers', 'save X.real and X.imag'],
  M: ['dates', asIntegers],
  m: ['time differences', asIntegers],
  V: ['raw bytes', "write np.save(path, X.view('uint8')), or in a view of what they are"],
  f: ['floats of another width', asFloats.replace('32', '64')],
};

/** A sound array, but not of numbers. To callers it is a FormatError. */
export class NoNumbersError extends FormatError {
  constructor(message: string) {
    super(message);
    this.name = FormatError.name;
  }
}

/**
 * Reads the header of an npy file from its first byte on (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html,
 * versions 1.0, 2.0 and 3.0).
 * @throws NoNumbersError for a dtype that is not supported
 * @throws FormatError for any other file, or a body that is not just as long as the header says
 */
export async function readNpyHeader(source: Source): Promise<NpyHeader> {
  const start = await take(source, 0, 8);
  const received = String.fromCharCode(...start.subarray(0, 6));
  if (received !== magic) {
    throw new FormatError(
      `${source.name}: expected an npy file, which begins with '\\x93NUMPY', but received ${describe(received)} at byte 0`,
    );
  }
  const [major, minor] = start.subarray(6) as Uint8Array & [number, number];
  if (major < 1 || major > 3 || minor !== 0) {
    throw new FormatError(
      `${source.name}: expected version 1.0, 2.0 or 3.0 of the npy format but received ${major}.${minor} at byte 6`,
    );
  }
  const lengthBytes = await take(source, 8, major === 1 ? 2 : 4);
  const textStart = 8 + lengthBytes.length;
  const textLength = lengthBytes.reduceRight((length, byte) => length * 256 + byte, 0);
  if (textLength > maxHeaderLength) {
    throw new FormatError(
      `${source.name}: expected a header of at most ${maxHeaderLength} bytes but received ${textLength} at byte 8`,
    );
  }
  const text = await take(source, textStart, textLength);
  // A character a byte, so that a position in the text is one in the file. What is not ASCII is refused, whatever it is.
  const fields = parsePythonLiteral(
    Buffer.from(text).toString('latin1'),
    `${source.name}: the header`,
    textStart,
  );
  return checkHeader(fields, textStart + textLength, source);
}

/** The header that NumPy writes for a C-contiguous array, byte by byte. */
export function writeNpyHeader(dtype: Dtype, shape: readonly number[]): Uint8Array {
  const descr = { float32: '<f4', float64: '<f8', int32: '<i4', uint8: '|u1' }[dtype];
  const tuple = shape.length === 1 ? `(${shape[0]},)` : formatShape(shape);
  // NumPy keeps room for the first size to grow in place.
  const room = shape.length === 0 ? 0 : 21 - String(shape[0]).length;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }${' '.repeat(room)}`;
  const unpadded = magic.length + 4 + text.length + 1;
  const padding = 64 - (unpadded % 64);
  const length = text.length + padding + 1;
  const prefix = `${magic}\x01\x00${String.fromCharCode(length % 256, length >> 8)}`;
  return new Uint8Array(Buffer.from(`${prefix}${text}${' '.repeat(padding)}\n`, 'latin1'));
}

async function take(source: Source, position: number, length: number): Promise<Uint8Array> {
  if (position + length > source.size) {
    throw new FormatError(
      `${source.name}: expected an npy header of ${position + length} bytes or more but the file ends at byte ${source.size}`,
    );
  }
  const bytes = new Uint8Array(length);
  await source.read(bytes, position);
  return bytes;
}

function checkHeader(fields: unknown, bodyStart: number, { name, size }: Source): NpyHeader {
  const what = `${name}: the header`;
  if (!(fields instanceof Map) || ![...fields.keys()].every((key) => headerKeys.includes(key as string))) {
    const received = fields instanceof Map ? [...fields.keys()].join(', ') : describe(fields);
    throw new FormatError(
      `${what}: expected a dictionary of ${headerKeys.join(', ')} but received ${received.slice(0, 100)}`,
    );
  }
  const { code, order } = readDescr(fields.get('descr'), name);
  const fortranOrder: unknown = fields.get('fortran_order');
  if (typeof fortranOrder !== 'boolean') {
    throw new FormatError(
      `${what}: expected fortran_order to be True or False but received ${describe(fortranOrder)}`,
    );
  }
  const shape = readShape(fields.get('shape'), what);
  const { width } = storedTypes[numpyTypes[code]];
  // As NumPy does, an empty array may not have sizes either that memory could not hold.
  if (!Number.isSafeInteger(shape.reduce((bytes, length) => bytes * Math.max(length, 1), width))) {
    throw new FormatError(
      `${what}: expected a shape that memory can hold but received ${formatShape(shape)}`,
    );
  }
  const count = elementCount(shape);
  const end = bodyStart + count * width;
  if (end > size) {
    throw new FormatError(
      `${name}: expected ${end} bytes for '${code}' of shape ${formatShape(shape)} but the file has ${size}`,
    );
  }
  if (end < size) {
    throw new FormatError(
      `${name}: expected the file to end at byte ${end}, after '${code}' of shape ${formatShape(shape)}, but more follows ` +
        '(several arrays in one file are read by loadNpz, and written by np.savez)',
    );
  }
  return { code, order, fortranOrder, shape, bodyStart };
}

const headerKeys: readonly string[] = ['descr', 'fortran_order', 'shape'];

function readDescr(descr: unknown, name: string): Pick<NpyHeader, 'code' | 'order'> {
  if (Array.isArray(descr)) {
    throw unsupported(name, 'a structured array', "save each field, X['name'], by itself");
  }
  const [, order = '', code = '', kind = ''] =
    (typeof descr === 'string' && /^([<>|]?)(([a-zA-Z])\d*(?:\[\w*\])?)$/.exec(descr)) || [];
  if (
    Object.hasOwn(numpyTypes, code) &&
    (order === '<' || order === '>' || (order === '|' && code.endsWith('1')))
  ) {
    return { code: code as NumpyCode, order: order === '>' ? 'big' : 'little' };
  }
  const known = Object.hasOwn(refused, kind) ? refused[kind] : undefined;
  if (known !== undefined) {
    const [what, remedy] = known;
    throw unsupported(name, `${what}, dtype ${describe(descr)}`, remedy);
  }
  throw new FormatError(
    `${name}: the header: expected descr to be a dtype of numbers, such as '<f4', but received ${describe(descr)}`,
  );
}

function unsupported(name: string, received: string, remedy: string): NoNumbersError {
  return new NoNumbersError(
    `${name}: expected an array of real numbers but received ${received}; in NumPy, ${remedy}`,
  );
}

function readShape(value: unknown, what: string): readonly number[] {
  const items = value instanceof Tuple ? value.items : undefined;
  if (items === undefined || !items.every((size) => typeof size === 'number')) {
    throw new FormatError(
      `${what}: expected shape to be a tuple of integers but received ${describe(items ?? value)}`,
    );
  }
  const sizes: readonly number[] = items;
  if (sizes.length > maxRank) {
    throw new FormatError(`${what}: expected at most ${maxRank} axes but received ${sizes.length}`);
  }
  if (!sizes.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new FormatError(
      `${what}: expected the sizes of shape to be integers from 0 on that memory can hold but received ${formatShape(sizes)}`,
    );
  }
  return sizes;
}
