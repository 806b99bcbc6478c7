import { littleEndian, swapUnlessNative } from '../../core/byte-order.js';
import { elementCount, formatShape, maxRank } from '../../core/tensors/shape.js';
import { storedLength } from '../arrays/stored-array.js';
import { decodeElements, type NumpyCode, numpyTypes, storedTypes } from '../arrays/stored-type.js';
import { lengthRange } from './pickle-bytes.js';
import { integerFromBytes, isLatin1 } from './pickle-text.js';
import {
  type Caller,
  describePickled,
  type Pickled,
  PickledArray,
  PickledBytes,
  PickledDtype,
  PickledGlobal,
  PickledTuple,
} from './pickle-values.js';

type Call = (args: readonly Pickled[], machine: Caller) => Pickled | undefined;

/** What a pickle may call, and what we do then; undefined for other arguments than those that Python and NumPy write. */
const calls: ReadonlyMap<string, Call> = new Map([
  ...inNumPy('multiarray._reconstruct', reconstruct),
  ...inNumPy('multiarray.scalar', scalar),
  ...inNumPy('numeric._frombuffer', fromBuffer),
  ['numpy.dtype', dtype],
  ['_codecs.encode', encode],
  // Python 2's name, which protocols up to 2 keep, and Python 3's.
  ['__builtin__.bytes', noBytes],
  ['builtins.bytes', noBytes],
  ['__builtin__.bytearray', byteArray],
  ['builtins.bytearray', byteArray],
]);

const arrayClass = 'numpy.ndarray';

/** numpy.core is called numpy._core since NumPy 2. */
function inNumPy(name: string, call: Call): readonly (readonly [string, Call])[] {
  return [
    [`numpy.core.${name}`, call],
    [`numpy._core.${name}`, call],
  ];
}

export function isAllowedGlobal(name: string): boolean {
  return calls.has(name) || name === arrayClass;
}

/**
 * REDUCE.
 * @throws FormatError for arguments that are not those that Python and NumPy write
 */
export function callGlobal({ name }: PickledGlobal, args: readonly Pickled[], m: Caller): Pickled {
  const made = calls.get(name)?.(args, m);
  if (made !== undefined) return made;
  const received = args.slice(0, 6).map(describePickled).join(', ');
  throw m.error(`the arguments that ${name} has in a pickle of data`, received === '' ? 'none' : received);
}

/**
 * BUILD.
 * @throws FormatError for what is neither an array nor a dtype, or a state that is not one of it
 */
export function setState(target: Pickled, state: Pickled, m: Caller): undefined {
  const items = state instanceof PickledTuple ? state.items : [];
  if (target instanceof PickledDtype && target.byteOrder === undefined) {
    const [version, order, subtype, names, fields] = items;
    const plain = subtype === null && names === null && fields === null;
    if ((version === 3 || version === 4) && plain && typeof order === 'string' && /^[|<>]$/.test(order)) {
      target.byteOrder = order === '>' ? 'big' : 'little';
      return;
    }
    throw m.error('the state of a dtype of numbers', `${items.slice(0, 5).map(describePickled).join(', ')}`);
  }
  if (target instanceof PickledArray && target.content === undefined) {
    const [shape, type, columnMajor, data] = items.slice(-4);
    if ((items.length === 5 && items[0] === 1) || items.length === 4) {
      fillArray(target, shape!, type!, toBoolean(columnMajor), data!, m);
      return;
    }
    throw m.error('the state of an array', `${items.slice(0, 5).map(describePickled).join(', ')}`);
  }
  throw m.error('an array or a dtype whose state is not set yet', describePickled(target));
}

function fillArray(
  array: PickledArray,
  shape: Pickled,
  type: Pickled,
  columnMajor: boolean | undefined,
  data: Pickled,
  m: Caller,
): PickledArray {
  if (!(type instanceof PickledDtype) || type.byteOrder === undefined) {
    throw m.error('the dtype of the array', describePickled(type));
  }
  const bytes = asBytes(data);
  if (columnMajor === undefined || bytes === undefined) {
    throw m.error("the array's order and its bytes", describePickled(data));
  }
  const stored = {
    type: type.type,
    byteOrder: type.byteOrder,
    shape: readShape(shape, m),
    columnMajor,
    target: storedTypes[type.type].target,
    ...('start' in bytes.place && !bytes.place.utf8 ? { start: bytes.place.start } : {}),
  };
  const length = storedLength(stored);
  const [least, most] = lengthRange(bytes.place);
  if (!(length >= least && length <= most)) {
    const many = least === most ? `${most}` : `${least} to ${most}`;
    throw m.error(`${length} bytes for shape ${formatShape(stored.shape)}`, many);
  }
  array.content = { stored, bytes };
  return array;
}

function readShape(shape: Pickled, m: Caller): readonly number[] {
  const sizes = shape instanceof PickledTuple ? shape.items : undefined;
  const valid =
    sizes !== undefined &&
    sizes.length <= maxRank &&
    sizes.every((size): size is number => Number.isSafeInteger(size) && (size as number) >= 0);
  if (valid && Number.isSafeInteger(elementCount(sizes))) return sizes;
  throw m.error(
    `a shape of at most ${maxRank} sizes`,
    sizes === undefined ? describePickled(shape) : formatShape(sizes.slice(0, maxRank).map(describePickled)),
  );
}

function reconstruct([type, shape, code]: readonly Pickled[]): Pickled | undefined {
  const isArray = type instanceof PickledGlobal && type.name === arrayClass;
  return isArray && shape instanceof PickledTuple && code !== undefined ? new PickledArray() : undefined;
}

function fromBuffer([data, type, shape, order]: readonly Pickled[], m: Caller): Pickled | undefined {
  if (data === undefined || type === undefined || shape === undefined) return undefined;
  if (order !== 'C' && order !== 'F') return undefined;
  return fillArray(new PickledArray(), shape, type, order === 'F', data, m);
}

/** One number of NumPy's. */
function scalar([type, data]: readonly Pickled[], m: Caller): Pickled | undefined {
  const bytes = data === undefined ? undefined : asBytes(data);
  if (!(type instanceof PickledDtype) || type.byteOrder === undefined) return undefined;
  if (bytes === undefined || !('inline' in bytes.place)) return undefined;
  const { width } = storedTypes[type.type];
  if (bytes.place.inline.length !== width) {
    throw m.error(`${width} bytes for a ${type.type}`, `${bytes.place.inline.length}`);
  }
  const element = bytes.place.inline.slice();
  swapUnlessNative(element, type.byteOrder, width);
  if (width === 8 && type.type !== 'float64') {
    const lowFirst = littleEndian ? element : element.reverse();
    return integerFromBytes(type.type === 'uint64' ? Uint8Array.of(...lowFirst, 0) : lowFirst);
  }
  const number = decodeElements(type.type, element, () => {
    throw m.error('a number', 'another');
  })[0]!;
  return type.type === 'bool' ? number !== 0 : number;
}

function dtype([code]: readonly Pickled[], m: Caller): Pickled | undefined {
  if (typeof code !== 'string') return undefined;
  if (Object.hasOwn(numpyTypes, code)) return new PickledDtype(numpyTypes[code as NumpyCode]);
  const what = code.startsWith('O') ? 'Python objects' : describePickled(code);
  throw m.error('an array of numbers (a dtype b1, u1 … u8, i1 … i8 or f2 … f8)', `one of ${what}`);
}

/** Bytes as protocols up to 2 write them. */
function encode([text, encoding]: readonly Pickled[], m: Caller): Pickled | undefined {
  if (encoding !== 'latin1' && encoding !== 'latin-1') return undefined;
  if (typeof text === 'string') {
    m.budget.take(text.length);
    return isLatin1(text) ? new PickledBytes({ inline: bytesOfLatin1(text) }) : undefined;
  }
  if (!(text instanceof PickledBytes) || text.text === undefined) return undefined;
  const { place } = text;
  const utf8 = text.text === 'utf8';
  return new PickledBytes('inline' in place ? place : { ...place, utf8 });
}

/** Python 3 so writes bytes without a byte for protocols up to 2. */
function noBytes(args: readonly Pickled[]): Pickled | undefined {
  return args.length === 0 ? new PickledBytes({ inline: new Uint8Array(0) }) : undefined;
}

function byteArray(args: readonly Pickled[], m: Caller): Pickled | undefined {
  if (args.length === 0) return noBytes(args);
  if (args.length === 2) return encode(args, m);
  const [bytes] = args;
  return bytes instanceof PickledBytes && bytes.text === undefined ? bytes : undefined;
}

/** Bytes, or a string of Python 2. */
function asBytes(value: Pickled): PickledBytes | undefined {
  if (typeof value === 'string' && isLatin1(value)) return new PickledBytes({ inline: bytesOfLatin1(value) });
  return value instanceof PickledBytes && value.text !== 'utf8' ? value : undefined;
}

function bytesOfLatin1(text: string): Uint8Array {
  // Of its own memory: small Buffers share theirs.
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

function toBoolean(value: Pickled | undefined): boolean | undefined {
  return value === true || value === 1 ? true : value === false || value === 0 ? false : undefined;
}
