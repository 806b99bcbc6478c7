import type { Opcode, Opcodes, PickleMachine } from './pickle-machine.js';
import {
  bytesFromLiteral,
  decodeText,
  floatFromLine,
  integerFromBytes,
  integerFromLine,
  latin1,
  maxDigits,
  maxIntegerBytes,
  textFromRawEscapes,
} from './pickle-text.js';
import {
  cost,
  describePickled,
  type Pickled,
  PickledBytes,
  PickledDict,
  PickledList,
  PickledTuple,
} from './pickle-values.js';

/** Text longer than this is not decoded before somebody needs it as text. */
const shortText = 1 << 15;

/**
 * The opcodes that are followed, by Python's names for them (https://github.com/python/cpython/blob/main/Lib/pickletools.py). STOP is
 * the machine's own.
 */
const followed: Readonly<Record<string, readonly [code: number, follow: Opcode]>> = {
  PROTO: [0x80, (m) => m.checkProtocol(m.window.uint8())],
  FRAME: [0x95, (m) => m.checkFrame(m.window.uint64())],

  NONE: [0x4e, (m) => m.push(null)],
  NEWTRUE: [0x88, (m) => m.push(true)],
  NEWFALSE: [0x89, (m) => m.push(false)],

  BININT: [0x4a, (m) => m.push(m.window.int32())],
  BININT1: [0x4b, (m) => m.push(m.window.uint8())],
  BININT2: [0x4d, (m) => m.push(m.window.uint16())],
  LONG1: [0x8a, (m) => pushLong(m, m.window.uint8())],
  LONG4: [0x8b, (m) => pushLong(m, m.window.int32())],
  BINFLOAT: [0x47, (m) => m.push(m.window.float64BigEndian())],
  INT: [0x49, pushIntegerLine],
  LONG: [0x4c, pushIntegerLine],
  FLOAT: [0x46, pushFloatLine],

  SHORT_BINUNICODE: [0x8c, (m) => pushText(m, m.window.uint8(), 'utf8')],
  BINUNICODE: [0x58, (m) => pushText(m, m.window.uint32(), 'utf8')],
  BINUNICODE8: [0x8d, (m) => pushText(m, m.window.uint64(), 'utf8')],
  UNICODE: [0x56, pushUnicodeLine],
  SHORT_BINSTRING: [0x55, (m) => pushText(m, m.window.uint8(), 'latin1')],
  BINSTRING: [0x54, (m) => pushText(m, m.window.int32(), 'latin1')],
  STRING: [0x53, pushStringLine],
  SHORT_BINBYTES: [0x43, (m) => pushBytes(m, m.window.uint8())],
  BINBYTES: [0x42, (m) => pushBytes(m, m.window.uint32())],
  BINBYTES8: [0x8e, (m) => pushBytes(m, m.window.uint64())],
  BYTEARRAY8: [0x96, (m) => pushBytes(m, m.window.uint64())],

  MARK: [0x28, (m) => m.mark()],
  POP: [0x30, (m) => m.discard()],
  POP_MARK: [0x31, (m) => void m.popToMark()],
  DUP: [0x32, (m) => m.push(m.top())],

  EMPTY_TUPLE: [0x29, (m) => pushTuple(m, [])],
  TUPLE1: [0x85, (m) => pushTuple(m, popMany(m, 1))],
  TUPLE2: [0x86, (m) => pushTuple(m, popMany(m, 2))],
  TUPLE3: [0x87, (m) => pushTuple(m, popMany(m, 3))],
  TUPLE: [0x74, (m) => pushTuple(m, m.popToMark())],
  EMPTY_LIST: [0x5d, (m) => pushList(m, [])],
  LIST: [0x6c, (m) => pushList(m, m.popToMark())],
  APPEND: [0x61, (m) => append(m, [m.pop()])],
  APPENDS: [0x65, (m) => append(m, m.popToMark())],
  EMPTY_DICT: [0x7d, (m) => pushDict(m, [])],
  DICT: [0x64, (m) => pushDict(m, m.popToMark())],
  SETITEM: [0x73, (m) => setItems(m, popMany(m, 2))],
  SETITEMS: [0x75, (m) => setItems(m, m.popToMark())],

  PUT: [0x70, async (m) => m.store(await memoIndex(m))],
  BINPUT: [0x71, (m) => m.store(m.window.uint8())],
  LONG_BINPUT: [0x72, (m) => m.store(m.window.uint32())],
  MEMOIZE: [0x94, (m) => m.memoize()],
  GET: [0x67, async (m) => m.recall(await memoIndex(m))],
  BINGET: [0x68, (m) => m.recall(m.window.uint8())],
  LONG_BINGET: [0x6a, (m) => m.recall(m.window.uint32())],

  GLOBAL: [0x63, (m) => m.pushGlobal()],
  STACK_GLOBAL: [0x93, (m) => m.pushGlobalFromStack()],
  REDUCE: [0x52, (m) => m.reduce()],
  BUILD: [0x62, (m) => m.build()],
  INST: [0x69, (m) => m.refuseInstance()],
};

/** The opcodes that are refused, for their names in errors: they make objects of classes, or ask the caller for some. */
const refused: Readonly<Record<string, number>> = {
  PERSID: 0x50,
  BINPERSID: 0x51,
  OBJ: 0x6f,
  NEWOBJ: 0x81,
  NEWOBJ_EX: 0x92,
  EXT1: 0x82,
  EXT2: 0x83,
  EXT4: 0x84,
  EMPTY_SET: 0x8f,
  ADDITEMS: 0x90,
  FROZENSET: 0x91,
  NEXT_BUFFER: 0x97,
  READONLY_BUFFER: 0x98,
};

export const opcodes: Opcodes = {
  followed: new Map(Object.values(followed)),
  names: new Map(Object.entries(refused).map(([name, code]) => [code, name])),
};

function popMany(m: PickleMachine, count: number): Pickled[] {
  return Array.from({ length: count }, () => m.pop()).reverse();
}

async function pushLong(m: PickleMachine, length: number): Promise<void> {
  if (length < 0 || length > maxIntegerBytes) {
    throw m.error(`an integer of at most ${maxIntegerBytes} bytes`, `${length}`);
  }
  await m.window.prepare(length);
  m.budget.take(cost.integer + length);
  m.push(integerFromBytes(m.window.bytes(length)));
}

async function pushIntegerLine(m: PickleMachine): Promise<void> {
  const line = await m.word(maxDigits + 2);
  // So protocols 0 and 1 write False and True.
  if (line === '00' || line === '01') return m.push(line === '01');
  const value = integerFromLine(line.replace(/L$/, ''));
  if (value === undefined) throw m.error('an integer', describePickled(line));
  m.budget.take(cost.integer + line.length);
  m.push(value);
}

async function pushFloatLine(m: PickleMachine): Promise<void> {
  const line = await m.word(maxDigits);
  const value = floatFromLine(line);
  if (value === undefined) throw m.error('a number', describePickled(line));
  m.push(value);
}

async function memoIndex(m: PickleMachine): Promise<number> {
  const line = await m.word(20);
  if (!/^\d+$/.test(line)) throw m.error('a number to store under', describePickled(line));
  return Number(line);
}

async function pushText(m: PickleMachine, length: number, encoding: 'latin1' | 'utf8'): Promise<void> {
  const place = await m.place(length);
  m.budget.take(cost.text);
  if (!('inline' in place)) return m.push(new PickledBytes(place, encoding));
  m.budget.take(encoding === 'utf8' ? 2 * length : length);
  m.push(decodeText(place.inline, encoding, m.where));
}

async function pushBytes(m: PickleMachine, length: number): Promise<void> {
  const place = await m.place(length);
  // A Uint8Array has an object of its own and one for its memory.
  m.budget.take(cost.bytes);
  if (!('inline' in place)) return m.push(new PickledBytes(place));
  m.budget.take(length);
  m.push(new PickledBytes({ inline: place.inline.slice() }));
}

/** A string of Python 2 as its `repr`: bytes, which nobody knows to be text. */
async function pushStringLine(m: PickleMachine): Promise<void> {
  const line = await m.window.line(Number.POSITIVE_INFINITY);
  m.budget.take(line.length);
  const bytes = bytesFromLiteral(line);
  if (bytes === undefined) throw m.error('a string in quotes', 'another line');
  pushDecoded(m, bytes);
}

async function pushUnicodeLine(m: PickleMachine): Promise<void> {
  const line = await m.window.line(Number.POSITIVE_INFINITY);
  m.budget.take(3 * line.length);
  const text = textFromRawEscapes(line, m.where);
  if (text === undefined) throw m.error('text with escapes as Python has them', 'another line');
  if (typeof text === 'string') m.push(text);
  else pushDecoded(m, text);
}

function pushDecoded(m: PickleMachine, bytes: Uint8Array): void {
  m.budget.take(cost.text);
  m.push(bytes.length > shortText ? new PickledBytes({ inline: bytes }, 'latin1') : latin1(bytes));
}

function pushTuple(m: PickleMachine, items: Pickled[]): undefined {
  m.budget.take(cost.list + cost.item * items.length);
  m.push(new PickledTuple(items));
}

function pushList(m: PickleMachine, items: Pickled[]): undefined {
  m.budget.take(cost.list + cost.item * items.length);
  m.push(new PickledList(items));
}

function append(m: PickleMachine, items: readonly Pickled[]): undefined {
  const list = m.top();
  if (!(list instanceof PickledList)) throw m.error('a list to append to', describePickled(list));
  m.budget.take(cost.item * items.length);
  for (const item of items) list.items.push(item);
}

function pushDict(m: PickleMachine, entries: Pickled[]): undefined {
  m.push(new PickledDict());
  m.budget.take(cost.dict);
  setItems(m, entries);
}

function setItems(m: PickleMachine, entries: readonly Pickled[]): undefined {
  const dict = m.top();
  if (!(dict instanceof PickledDict)) throw m.error('a dict to put items into', describePickled(dict));
  if (entries.length % 2 !== 0) throw m.error('as many values as keys', `${entries.length} keys and values`);
  // A Map is made of them later.
  m.budget.take(3 * cost.item * entries.length);
  for (const entry of entries) dict.entries.push(entry);
}
