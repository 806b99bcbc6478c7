import { describe } from '../../core/describe.js';
import { FormatError } from '../../core/errors.js';
import type { StoredArray } from '../arrays/stored-array.js';
import type { StoredType } from '../arrays/stored-type.js';
import type { Source } from '../files/source.js';

/** What the stack of a pickle holds: Python's objects, arrays and large strings still where they lie in the file. */
export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickledBytes
  | PickledList
  | PickledTuple
  | PickledDict
  | PickledDtype
  | PickledArray
  | PickledGlobal;

/** Where bytes are: in memory already, or in the file. */
export type Place =
  | { readonly inline: Uint8Array }
  | {
      readonly start: number;
      readonly length: number;
      /** Each byte as the character of its number, in UTF-8: so Python 3 writes bytes for protocols up to 2. */
      readonly utf8: boolean;
    };

/** Bytes, or text that is too long to be decoded before anybody knows what it is for. */
export class PickledBytes {
  readonly place: Place;
  /** The encoding if it is text: latin1 for the strings of Python 2, which hold bytes as well. */
  readonly text: 'latin1' | 'utf8' | undefined;

  constructor(place: Place, text?: 'latin1' | 'utf8') {
    this.place = place;
    this.text = text;
  }
}

export class PickledList {
  readonly items: Pickled[];

  constructor(items: Pickled[] = []) {
    this.items = items;
  }
}

export class PickledTuple {
  readonly items: readonly Pickled[];

  constructor(items: readonly Pickled[]) {
    this.items = items;
  }
}

export class PickledDict {
  /** Key, value, key, value … */
  readonly entries: Pickled[];

  constructor(entries: Pickled[] = []) {
    this.entries = entries;
  }
}

/** What numpy.dtype made: complete once its state was set. */
export class PickledDtype {
  readonly type: StoredType;
  byteOrder: 'little' | 'big' | undefined;

  constructor(type: StoredType) {
    this.type = type;
  }
}

/** A NumPy array: complete once its state was set. */
export class PickledArray {
  content: { readonly stored: StoredArray; readonly bytes: PickledBytes } | undefined;
}

/** A name that stands for a class or function of Python. Nothing is ever looked up by it but a row of the allow-list. */
export class PickledGlobal {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** For the end of "… but received". */
export function describePickled(value: Pickled): string {
  if (value instanceof PickledBytes) return value.text === undefined ? 'bytes' : 'text';
  if (value instanceof PickledList) return 'a list';
  if (value instanceof PickledTuple) return 'a tuple';
  if (value instanceof PickledDict) return 'a dict';
  if (value instanceof PickledDtype) return 'a dtype';
  if (value instanceof PickledArray) return 'an array';
  if (value instanceof PickledGlobal) return `the global ${value.name}`;
  return describe(value);
}

/**
 * Counts what a pickle makes us take of memory: at most four times its own size and 32 MiB. (V8 takes up to twice
 * as much before it collects its garbage.) One byte of a pickle can ask for an empty dict, and a few for one more array of the same million
 * bytes.
 */
export class Budget {
  readonly #name: string;
  readonly #limit: number;
  #taken = 0;

  constructor({ name, size }: Source) {
    this.#name = name;
    this.#limit = 2 ** 25 + 4 * size;
  }

  /** @throws FormatError when that is too much */
  take(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken <= this.#limit) return;
    throw new FormatError(
      `${this.#name}: expected values that fit into ${this.#limit} bytes of memory, by the file's size, but received more`,
    );
  }
}

/** About what each takes with all that is kept of it on the way, in bytes, as measured. */
export const cost = {
  /** On the stack or in the memo, which grow by halves. */
  slot: 16,
  /** In a list, tuple or dict. */
  item: 8,
  text: 24,
  integer: 80,
  global: 80,
  list: 200,
  dict: 400,
  bytes: 400,
  /** Whatever a call makes. */
  made: 600,
  /** In the memo, under a number out of order. */
  sparse: 56,
} as const;

/** Who follows a pickle, as the functions that make its values see it. */
export interface Caller {
  readonly budget: Budget;
  /** What is wrong at the opcode that is being followed. */
  error(expected: string, received: string): FormatError;
}
