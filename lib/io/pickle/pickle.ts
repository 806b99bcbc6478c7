import { FormatError } from '../../core/errors.js';
import { allocate } from '../../core/memory.js';
import type { Tensor } from '../../core/tensors/tensor.js';
import { readStoredArray, resultLength, storedLength } from '../arrays/stored-array.js';
import { type Expectation, refuseForeign } from '../files/foreign-file.js';
import { gunzipWhole } from '../files/gzip.js';
import { type Readable, type Source, sourceOf, withSource } from '../files/source.js';
import { exactLength, fillFromPickle } from './pickle-bytes.js';
import { PickleMachine } from './pickle-machine.js';
import { opcodes } from './pickle-opcodes.js';
import { decodeText, latin1 } from './pickle-text.js';
import {
  type Budget,
  describePickled,
  type Pickled,
  PickledArray,
  PickledBytes,
  PickledDict,
  PickledList,
  PickledTuple,
} from './pickle-values.js';

/** A key of a Python dict. */
export type PickleKey = string | number | bigint | boolean | null;

/** What a pickle can hold. */
export type PickleValue = PickleKey | Uint8Array | Tensor | PickleValue[] | Map<PickleKey, PickleValue>;

const throughPython = "in Python, load it with joblib and save its arrays: np.savez('arrays.npz', X=X, y=y)";
/** What is in the third may be a pickle too: protocols 0 and 1 have no mark. */
const packedPickles = ['pickle.gz', 'sklearn.gz', 'gzip'];

const aPickle: Expectation = {
  expected: 'a pickle, gzip-compressed or not,',
  own: ['pickle', 'sklearn', ...packedPickles],
  remedies: { 'pickle.zlib': throughPython, 'sklearn.zlib': throughPython },
};

/** How deep lists, tuples and dicts may lie in each other. */
const maxDepth = 500;

/**
 * Reads a Python pickle, gzip-compressed or not, protocols 0 to 5 (https://docs.python.org/3/library/pickle.html), as far as it is data: None, bool, int, float,
 * str, bytes, bytearray, list, tuple, dict, and arrays and numbers of NumPy. A pickle is a program; this reader knows none
 * of its instructions that import, make or call anything else, so nothing in a file is ever executed.
 *
 * | Python | here |
 * |---|---|
 * | None, bool, float, str | null, boolean, number, string |
 * | int | number, or bigint outside ±(2⁵³ − 1) |
 * | list, tuple | array |
 * | dict | Map, in order: its keys may be numbers beside text, and `1` is not `'1'` |
 * | bytes, bytearray | Uint8Array |
 * | str of Python 2 | string, each byte the character of its number (latin1): `Buffer.from(text, 'latin1')` are the bytes |
 * | numpy.ndarray | Tensor, row-major, on shared memory: bool and uint8 become uint8; int8, int16, uint16 and int32 become int32; uint32, int64 and uint64 become int32 if all fit, else float64; float16 becomes float32 |
 * | numbers of NumPy | as bool, int and float |
 *
 * Keys that are bytes, as a program in Python 3 writes them that read a pickle of Python 2 with `encoding='bytes'`, become text. What
 * Python has once, in two places, is here one object too.
 * @param from a path, or the contents of a file
 * @throws FormatError for a file that is damaged, or holds anything else (sets, classes, arrays of objects, lists within
 *   themselves), with the byte and the name of what it asked for
 * @throws ArgumentError for a file that cannot be read
 */
export async function loadPickle(from: Readable): Promise<PickleValue> {
  return withSource('loadPickle', from, async (source) => {
    const kind = await refuseForeign(source, aPickle);
    const isPacked = kind !== undefined && packedPickles.includes(kind.format);
    return readAll(isPacked ? sourceOf(source.name, await gunzipWhole(source)) : source);
  });
}

async function readAll(source: Source): Promise<PickleValue> {
  const { root, budget } = await readPickle(source);
  const leaves = new Map<Pickled, PickleValue>();
  for (const leaf of leavesOf(root)) leaves.set(leaf, await readLeaf(source, leaf, budget));
  return new Builder(source.name, leaves).build(root);
}

/** Follows a pickle, and leaves arrays and long strings where they are. */
export async function readPickle(
  source: Source,
): Promise<{ readonly root: Pickled; readonly budget: Budget }> {
  const machine = new PickleMachine(source);
  return { root: await machine.run(opcodes), budget: machine.budget };
}

/** Reads an array into memory of its own. */
export async function readPickledArray(source: Source, array: PickledArray, budget: Budget): Promise<Tensor> {
  if (array.content === undefined) {
    throw new FormatError(`${source.name}: expected each array to have elements but one received no state`);
  }
  const { stored, bytes } = array.content;
  budget.take(resultLength(stored));
  const fill = fillFromPickle(source, bytes, storedLength(stored));
  return readStoredArray(stored, fill, source.name);
}

/** Text and bytes that name something, as text. */
export function keyOf(key: Pickled): PickleKey | undefined {
  if (key instanceof PickledBytes) return 'inline' in key.place ? latin1(key.place.inline) : undefined;
  return typeof key === 'object' && key !== null ? undefined : key;
}

type Leaf = PickledArray | PickledBytes;

function childrenOf(value: Pickled): readonly Pickled[] {
  if (value instanceof PickledList || value instanceof PickledTuple) return value.items;
  return value instanceof PickledDict ? value.entries : [];
}

/** The arrays and long strings that the value holds, each once. */
function leavesOf(root: Pickled): Set<Leaf> {
  const leaves = new Set<Leaf>();
  const seen = new Set<Pickled>([root]);
  const open = [root];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (value instanceof PickledArray || value instanceof PickledBytes) leaves.add(value);
    for (const child of childrenOf(value)) {
      if (typeof child !== 'object' || child === null || seen.has(child)) continue;
      seen.add(child);
      open.push(child);
    }
  }
  return leaves;
}

async function readLeaf(source: Source, leaf: Leaf, budget: Budget): Promise<PickleValue> {
  if (leaf instanceof PickledArray) return readPickledArray(source, leaf, budget);
  const { place, text } = leaf;
  let bytes: Uint8Array;
  if ('inline' in place) {
    bytes = place.inline;
  } else {
    const length = await exactLength(source, place);
    budget.take(length);
    bytes = text === undefined ? allocate('uint8', length) : new Uint8Array(length);
    await fillFromPickle(source, leaf, length)(bytes);
  }
  if (text === undefined) return bytes;
  budget.take(2 * bytes.length);
  return decodeText(bytes, text, source.name);
}

/** Makes values of what the stack held, in the same arrays where it can. */
class Builder {
  readonly #name: string;
  readonly #values: Map<Pickled, PickleValue>;
  /** Those within which we are. */
  readonly #open = new Set<Pickled>();

  constructor(name: string, leaves: Map<Pickled, PickleValue>) {
    this.#name = name;
    this.#values = leaves;
  }

  build(value: Pickled): PickleValue {
    if (typeof value !== 'object' || value === null) return value;
    const built = this.#values.get(value);
    if (built !== undefined) return built;
    if (this.#open.has(value))
      throw this.#error('values that end', `${describePickled(value)} within itself`);
    if (this.#open.size === maxDepth)
      throw this.#error(`at most ${maxDepth} levels of lists and dicts`, 'more');
    this.#open.add(value);
    const made = this.#container(value);
    this.#open.delete(value);
    this.#values.set(value, made);
    return made;
  }

  #container(value: Pickled): PickleValue {
    if (value instanceof PickledList || value instanceof PickledTuple) {
      const items = value.items as (Pickled | PickleValue)[];
      for (let i = 0; i < items.length; i++) items[i] = this.build(items[i] as Pickled);
      return items as PickleValue[];
    }
    if (!(value instanceof PickledDict)) throw this.#error('data', describePickled(value));
    const map = new Map<PickleKey, PickleValue>();
    for (let i = 0; i < value.entries.length; i += 2) {
      const [key, item] = [value.entries[i]!, value.entries[i + 1]!];
      const name = keyOf(key);
      if (name === undefined) throw this.#error('dicts with numbers and text as keys', describePickled(key));
      if (map.has(name)) throw this.#error('each key once in a dict', `${describePickled(name)} twice`);
      map.set(name, this.build(item));
    }
    return map;
  }

  #error(expected: string, received: string): FormatError {
    return new FormatError(`${this.#name}: expected ${expected} but received ${received}`);
  }
}
