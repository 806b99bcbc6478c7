import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { ArgumentError, FormatError } from '../../lib/core/errors.js';
import type { Tensor } from '../../lib/core/tensors/tensor.js';
import { loadPickle, type PickleValue } from '../../lib/io/pickle/pickle.js';
import { fixture } from '../fixtures/index.js';
import { hasPython, python } from '../python.js';
import { temporaryFolder } from '../temporary-folder.js';

const sample = (name: string) => new Uint8Array(readFileSync(fixture(`formats/${name}`)));
const expected = JSON.parse(readFileSync(fixture('formats/expected.json'), 'utf8'));
const samples = ['data_batch_1', 'data_batch_py3', 'evil-refuse.pkl'] as const;

/** A pickle by hand: text stands for its letters, numbers for bytes. */
const pickle = (...parts: (string | number)[]) =>
  new Uint8Array(
    Buffer.concat(
      parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.of(part))),
    ),
  );

const mapOf = (value: PickleValue) => value as Map<string, PickleValue>;

describe('loadPickle', () => {
  test.each(['data_batch_1', 'data_batch_py3'])('reads %s', async (name) => {
    for (const from of [fixture(`formats/${name}`), sample(name)]) {
      const batch = mapOf(await loadPickle(from));
      const data = batch.get('data') as Tensor;
      expect(data).toMatchObject({ shape: [6, 3072], dtype: 'uint8', isContiguous: true });
      expect(data.data.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect([...data].reduce((sum, pixel) => sum + pixel, 0)).toBe(expected[name].sum);
      expect(batch.get('labels')).toEqual(expected[name].labels);
      if (name === 'data_batch_py3') continue;
      expect([...data].slice(0, 5)).toEqual(expected[name].firstRow);
      expect(batch.get('filenames')).toEqual(expected[name].filenames);
      expect(batch.get('batch_label')).toBe('training batch 1 of 5');
    }
  });

  test('takes file URLs', async () => {
    const url = pathToFileURL(fixture('formats/data_batch_1'));
    expect([...mapOf(await loadPickle(url)).keys()]).toEqual(['batch_label', 'labels', 'data', 'filenames']);
  });

  test.each<[string, Uint8Array, PickleValue]>([
    ['None', pickle('N.'), null],
    ['bools', pickle(0x80, 2, '(', 0x88, 0x89, 't.'), [true, false]],
    ['bools of protocol 0', pickle('(I01\nI00\nt.'), [true, false]],
    ['ints', pickle('(K', 255, 'M', 0, 1, 'J', 255, 255, 255, 255, 'I-7\nL12L\nt.'), [255, 256, -1, -7, 12]],
    ['long ints', pickle('(', 0x8a, 0, 0x8a, 1, 0x80, 0x8a, 2, 0x80, 0, 't.'), [0, -128, 128]],
    [
      'large ints',
      pickle(`(L${2n ** 64n}L\nL-${2n ** 53n}L\nL${2n ** 53n - 1n}L\nt.`),
      [2n ** 64n, -(2n ** 53n), 2 ** 53 - 1],
    ],
    ['LONG4', pickle(0x8b, 9, 0, 0, 0, ...new Array(8).fill(0), 1, '.'), 2n ** 64n],
    [
      'floats',
      pickle('(G', 0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 'F-1e-3\nF3.\nFinf\nF-inf\nt.'),
      [1.5, -0.001, 3, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ],
    ['not a number', pickle('Fnan\n.'), Number.NaN],
    [
      'text',
      pickle('(X', 2, 0, 0, 0, 0xc3, 0xa9, 0x8c, 1, 'a', 0x8d, 1, 0, 0, 0, 0, 0, 0, 0, 'bt.'),
      ['é', 'a', 'b'],
    ],
    ['text of protocol 0', pickle('V\\u20ac \\U0001f600 \\x \xe9\n.'), '€ 😀 \\x é'],
    [
      'strings of Python 2',
      pickle("(S'a\\n\\x00\\377\\'\\\\'\nS\"it's\"\nU", 1, 0xe9, 'T', 1, 0, 0, 0, 'zt.'),
      ["a\n\0ÿ'\\", "it's", 'é', 'z'],
    ],
    [
      'bytes',
      pickle('(C', 2, 0, 255, 'B', 1, 0, 0, 0, 7, 0x96, 1, 0, 0, 0, 0, 0, 0, 0, 9, 't.'),
      [Uint8Array.of(0, 255), Uint8Array.of(7), Uint8Array.of(9)],
    ],
    [
      'bytes of protocol 2',
      pickle('c_codecs\nencode\nX', 3, 0, 0, 0, 'a', 0xc3, 0xbf, 'X', 6, 0, 0, 0, 'latin1', 0x86, 'R.'),
      Uint8Array.of(0x61, 0xff),
    ],
    ['empty bytes of protocol 2', pickle('c__builtin__\nbytes\n)R.'), new Uint8Array(0)],
    [
      'tuples',
      pickle('()N', 0x85, 'NN', 0x86, 'NNN', 0x87, 't.'),
      [[], [null], [null, null], [null, null, null]],
    ],
    ['lists', pickle('(](NNe(NNlN]Nat.'), [[null, null], [null, null], null, [null]]],
    [
      'a dict',
      pickle('}(U', 1, 'aK', 1, 'K', 1, 'NuNNs.'),
      new Map<unknown, unknown>([
        ['a', 1],
        [1, null],
        [null, null],
      ]) as PickleValue,
    ],
    ['a dict of protocol 0', pickle('(U', 1, 'aK', 1, 'd.'), new Map([['a', 1]])],
    ['keys that are bytes', pickle('}C', 1, 'aNs.'), new Map([['a', null]])],
    ['the memo', pickle('(]q', 1, 'h', 1, 'j', 1, 0, 0, 0, 'g1\nt.'), [[], [], [], []]],
    [
      'a memo that counts',
      pickle(0x80, 4, '(', ']', 0x94, '}', 0x94, 'h', 1, 't.'),
      [[], new Map(), new Map()],
    ],
    [
      'a sparse memo',
      pickle('(Np300\nNr', 255, 255, 255, 255, 'g300\nj', 255, 255, 255, 255, 't.'),
      [null, null, null, null],
    ],
    ['POP, POP_MARK and DUP', pickle('NN0(NN1(0', '2', 0x86, '.'), [null, null]],
    ['a frame', pickle(0x80, 4, 0x95, 2, 0, 0, 0, 0, 0, 0, 0, 'N.'), null],
  ])('reads %s', async (_name, bytes, value) => {
    expect(await loadPickle(bytes)).toEqual(value);
  });

  test('what Python has once is one object', async () => {
    const [a, b] = (await loadPickle(pickle('(]q', 1, 'h', 1, 't.'))) as PickleValue[];
    expect(a).toBe(b);
  });

  test('a key does not reach a prototype', async () => {
    const made = mapOf(await loadPickle(pickle('}U', 9, '__proto__Ns.')));
    expect([...made.keys()]).toEqual(['__proto__']);
  });

  test.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(0), 'expected more but the file ends at byte 0'],
    ['a newer protocol', pickle(0x80, 6, 'N.'), 'expected a protocol up to 5 but received 6 at byte 0'],
    ['no value', pickle('.'), 'expected a value on the stack but received none at byte 0'],
    ['two values', pickle('NN.'), 'expected one value when the pickle stops but received 2'],
    ['an open mark', pickle('(N.'), 'expected one value when the pickle stops'],
    ['what a mark protects', pickle('N(0a.'), 'expected a value on the stack but received none at byte 3'],
    ['a mark that is not there', pickle('t.'), 'expected a mark on the stack but received none at byte 0'],
    [
      'more behind the end',
      pickle('N.N.'),
      'expected the file to end with the pickle, at byte 2, but more follows',
    ],
    [
      'a frame beyond the file',
      pickle(0x95, 9, 0, 0, 0, 0, 0, 0, 0, 'N.'),
      'expected at most the 2 bytes that follow but received a length of 9 at byte 0',
    ],
    [
      'text beyond the file',
      pickle('X', 255, 255, 255, 255, 'a.'),
      'received a length of 4294967295 at byte 0',
    ],
    [
      'bytes beyond all files',
      pickle(0x8e, ...new Array(8).fill(255), '.'),
      'received a length of 18446744073709552000 at byte 0',
    ],
    ['a negative length', pickle('T', 255, 255, 255, 255, '.'), 'received a length of -1 at byte 0'],
    [
      'a long int of many bytes',
      pickle(0x8b, 0, 0, 1, 0, ...new Array(65536).fill(1), '.'),
      'expected an integer of at most 2048 bytes but received 65536',
    ],
    [
      'a long int of many digits',
      pickle(`L${'9'.repeat(5000)}L\n.`),
      'expected a line of at most 4302 bytes',
    ],
    ['an int that is none', pickle('I0x10\n.'), "expected an integer but received '0x10' at byte 0"],
    ['a float that is none', pickle('F1e\n.'), "expected a number but received '1e' at byte 0"],
    ['a string without quotes', pickle('Sabc\n.'), 'expected a string in quotes'],
    ['a half escape', pickle("S'\\x1'\n."), 'expected a string in quotes'],
    ['an escaped closing quote', pickle("S'\\'\n."), 'expected a string in quotes'],
    ['text that is not UTF-8', pickle(0x8c, 1, 0xff, '.'), 'expected text in UTF-8'],
    ['a letter beyond Unicode', pickle('V\\U00110000\n.'), 'expected text with escapes'],
    [
      'nothing stored',
      pickle('h', 3, '.'),
      'expected a number that something was stored under but received 3',
    ],
    [
      'append to what is no list',
      pickle('}Na.'),
      'expected a list to append to but received a dict at byte 2',
    ],
    ['items of what is no dict', pickle(']NNs.'), 'expected a dict to put items into but received a list'],
    [
      'a key without a value',
      pickle('}(NNNu.'),
      'expected as many values as keys but received 3 keys and values',
    ],
    [
      'a key twice',
      pickle('}U', 1, 'aNsC', 1, 'aNs.'),
      "expected each key once in a dict but received 'a' twice",
    ],
    [
      'a tuple as a key',
      pickle('})Ns.'),
      'expected dicts with numbers and text as keys but received a tuple',
    ],
    [
      'a list within itself',
      pickle(']q', 0, 'h', 0, 'a.'),
      'expected values that end but received a list within itself',
    ],
    ['a dict within itself', pickle('}q', 0, 'Nh', 0, 's.'), 'received a dict within itself'],
    ['a tuple within a list within it', pickle(']q', 0, '(h', 0, 'ta.'), 'received a list within itself'],
    [
      'too deep',
      pickle(']'.repeat(600), 'a'.repeat(599), '.'),
      'expected at most 500 levels of lists and dicts but received more',
    ],
    [
      'a global as a value',
      pickle('cnumpy\nndarray\n.'),
      'expected data but received the global numpy.ndarray',
    ],
    [
      'an array without elements',
      pickle('cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n)U', 1, 'b', 0x87, 'R.'),
      'expected each array to have elements',
    ],
    [
      'other arguments',
      pickle('cnumpy\ndtype\n)R.'),
      'expected the arguments that numpy.dtype has in a pickle of data but received none',
    ],
    [
      'an array of objects',
      pickle('cnumpy\ndtype\nU', 2, 'O8K', 0, 'K', 1, 0x87, 'R.'),
      'expected an array of numbers (a dtype b1, u1 … u8, i1 … i8 or f2 … f8) but received one of Python objects',
    ],
    ['an array of text', pickle('cnumpy\ndtype\nU', 2, 'U3', 0x85, 'R.'), "received one of 'U3'"],
    [
      'another encoding',
      pickle('c_codecs\nencode\nU', 1, 'aU', 3, 'zip', 0x86, 'R.'),
      'expected the arguments that _codecs.encode has',
    ],
    [
      'a state of a list',
      pickle(']Nb.'),
      'expected an array or a dtype whose state is not set yet but received a list',
    ],
  ])('refuses %s', async (_name, bytes, message) => {
    await expect(loadPickle(bytes)).rejects.toThrow(FormatError);
    await expect(loadPickle(bytes)).rejects.toThrow(message);
  });

  test('names a file that it cannot read', async () => {
    await expect(loadPickle('/nowhere/x.pkl')).rejects.toThrow(ArgumentError);
    await expect(loadPickle('/nowhere/x.pkl')).rejects.toThrow(
      'loadPickle: cannot read /nowhere/x.pkl: there is no such file or folder',
    );
    await expect(loadPickle(7 as never)).rejects.toThrow(
      'expected a path or the bytes of a file but received 7',
    );
  });
});

describe('a pickle that would run something', () => {
  test('the sample', async () => {
    const path = fixture('formats/evil-refuse.pkl');
    await expect(loadPickle(path)).rejects.toThrow(
      `loadPickle: ${path}: expected plain data and NumPy arrays alone but received the global os.system ` +
        '(which was neither imported nor called) at byte 0',
    );
    expect(existsSync('pickle-was-executed')).toBe(false);
  });

  const call = (module: string, name: string) => pickle(`c${module}\n${name}\n(S'touch MARK'\ntR.`);
  test.each<[string, Uint8Array, string]>([
    ['os.system', call('os', 'system'), 'the global os.system'],
    ['posix.system', call('posix', 'system'), 'the global posix.system'],
    ['nt.system', call('nt', 'system'), 'the global nt.system'],
    ['subprocess.Popen', call('subprocess', 'Popen'), 'the global subprocess.Popen'],
    ['builtins.eval', call('builtins', 'eval'), 'the global builtins.eval'],
    ['__builtin__.exec', call('__builtin__', 'exec'), 'the global __builtin__.exec'],
    ['builtins.getattr', call('builtins', 'getattr'), 'the global builtins.getattr'],
    ['numpy.load', call('numpy', 'load'), 'the global numpy.load'],
    [
      'numpy.core.multiarray._reconstruct.__globals__',
      pickle(0x80, 4, 0x8c, 21, 'numpy.core.multiarray', 0x8c, 24, '_reconstruct.__globals__', 0x93, '.'),
      '_reconstruct.__globals__',
    ],
    [
      'a global from the stack',
      pickle(0x80, 4, 0x8c, 2, 'os', 0x8c, 6, 'system', 0x93, 0x8c, 1, 'x', 0x85, 'R.'),
      'the global os.system',
    ],
    [
      'a dotted name that looks allowed',
      pickle(0x80, 4, 0x8c, 0, 0x8c, 11, 'numpy.dtype', 0x93, '.'),
      'the global .numpy.dtype',
    ],
    ['a name of Object.prototype', call('', 'constructor'), 'the global .constructor'],
    ['a name with control letters', pickle(0x8c, 1, 0x1b, 0x8c, 3, '[2J', 0x93, '.'), 'the global ?.[2J'],
    ['INST', pickle("(S'touch MARK'\nios\nsystem\n."), 'the global os.system'],
    ['OBJ', pickle('(cnumpy\nndarray\no.'), 'the opcode OBJ (0x6f)'],
    ['NEWOBJ', pickle('cnumpy\nndarray\n)', 0x81, '.'), 'the opcode NEWOBJ (0x81)'],
    ['NEWOBJ_EX', pickle('cnumpy\nndarray\n)}', 0x92, '.'), 'the opcode NEWOBJ_EX (0x92)'],
    ['BUILD of a dict', pickle('}}b.'), 'expected an array or a dtype'],
    ['EXT1', pickle(0x82, 1, '.'), 'the opcode EXT1 (0x82)'],
    ['EXT2', pickle(0x83, 1, 0, '.'), 'the opcode EXT2 (0x83)'],
    ['EXT4', pickle(0x84, 1, 0, 0, 0, '.'), 'the opcode EXT4 (0x84)'],
    ['a persistent id', pickle('P7\n.'), 'the opcode PERSID (0x50)'],
    ['a binary persistent id', pickle('NQ.'), 'the opcode BINPERSID (0x51)'],
    ['an outside buffer', pickle(0x80, 5, 0x97, '.'), 'the opcode NEXT_BUFFER (0x97)'],
    ['a set', pickle(0x80, 4, 0x8f, '.'), 'the opcode EMPTY_SET (0x8f)'],
    ['a call of what is no global', pickle('N)R.'), 'expected a global to call but received null'],
    [
      'a call of the class itself',
      pickle('cnumpy\nndarray\n)R.'),
      'expected the arguments that numpy.ndarray has',
    ],
    [
      'an array of another class',
      pickle('cnumpy.core.multiarray\n_reconstruct\ncnumpy\ndtype\n)U', 1, 'b', 0x87, 'R.'),
      'expected the arguments that numpy.core.multiarray._reconstruct has',
    ],
  ])('%s is refused', async (_name, bytes, message) => {
    await expect(loadPickle(bytes)).rejects.toThrow(FormatError);
    await expect(loadPickle(bytes)).rejects.toThrow(message);
  });
});

describe('any bytes give a value or a FormatError', () => {
  /** Whether it was a value. */
  async function isRead(bytes: Uint8Array): Promise<boolean> {
    try {
      await loadPickle(bytes);
      return true;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return false;
    }
  }

  test('every opcode, with little on the stack and with much', async () => {
    let read = 0;
    for (let opcode = 0; opcode < 256; opcode++) {
      for (const before of ['', 'N', '(N', ']N', '}NN', '(]NN', '(}NN', 'U\x01aU\x01b', 'cnumpy\ndtype\n)']) {
        for (const after of ['.', '\0.', '\0\0\0\0\0\0\0\0.', '1\n.', "'1'\n1\n."]) {
          if (await isRead(pickle(before, opcode, after))) read++;
        }
      }
    }
    // The opcodes that make something of nothing, at least.
    expect(read).toBeGreaterThan(30);
  });

  test.each(samples)('%s, cut off at every byte', async (name) => {
    const bytes = sample(name);
    for (let length = 0; length < bytes.length; length++) {
      expect(await isRead(bytes.subarray(0, length))).toBe(false);
    }
  });

  test.each(samples)('%s, with each byte of its instructions changed', async (name) => {
    const bytes = sample(name);
    const body = name === 'evil-refuse.pkl' ? 0 : 18432;
    const start = Buffer.from(bytes).indexOf(bytes.length > 1000 ? '\0H\0\0' : 'none');
    for (let at = 0; at < bytes.length; at++) {
      if (body > 0 && at === start + 4) at += body;
      for (const change of [0x01, 0x20, 0x80, 0xff]) {
        const changed = bytes.slice();
        changed[at]! ^= change;
        await isRead(changed);
      }
    }
  });
});

describe('a pickle takes no more memory than its size allows', () => {
  const million = 1_000_000;
  const repeated = (text: string, count: number, rest = '.') =>
    new Uint8Array(Buffer.from(`(${text.repeat(count)}t${rest}`, 'latin1'));

  test.each<[string, Uint8Array]>([
    ['empty dicts', repeated('}', million)],
    ['empty lists', repeated(']', million)],
    ['empty tuples', repeated(')', million)],
    ['marks', pickle('('.repeat(20 * million), '.')],
    [
      'what is stored',
      pickle('N', ...Array.from({ length: 1 }, () => 'r\xff\xff\xff\x00'), '\x94'.repeat(20 * million), '.'),
    ],
    ['calls', pickle(`(${'c__builtin__\nbytes\n)R'.repeat(million / 5)}t.`)],
  ])('%s', async (_name, bytes) => {
    await expect(loadPickle(bytes)).rejects.toThrow("memory, by the file's size");
  });

  test('the same bytes as many arrays', async () => {
    const folder = await temporaryFolder();
    const dtype = 'cnumpy\ndtype\nU\x02u1\x85R(K\x03U\x01|NNNtbq\x01';
    const size = 1 << 20;
    const length = Buffer.alloc(4);
    length.writeUInt32LE(size);
    const state = Buffer.concat([
      Buffer.from(
        `(K\x01J${length.toString('latin1')}\x85${dtype}\x89T${length.toString('latin1')}`,
        'latin1',
      ),
      Buffer.alloc(size),
      Buffer.from('tq\x02', 'latin1'),
    ]);
    const one = 'cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n)U\x01b\x87Rh\x02b';
    const made = Buffer.concat([Buffer.from('('), state, Buffer.from(`${one.repeat(200)}t.`, 'latin1')]);
    const path = join(folder, 'many.pkl');
    await writeFile(path, made);
    await expect(loadPickle(path)).rejects.toThrow("memory, by the file's size");
  });

  test('long text is read once, in linear time', async () => {
    const text = 'x'.repeat(30_000_000);
    const bytes = pickle(`(S'${text}'\nX`, ...Buffer.from(Uint32Array.of(text.length).buffer), `${text}t.`);
    expect((await loadPickle(bytes)) as string[]).toEqual([text, text]);
  });
});

describe.skipIf(!hasPython('numpy'))('what Python wrote (skipped without Python and NumPy)', () => {
  const script = `
import json, pickle, sys
import numpy as np
folder = sys.argv[1]
rng = np.random.default_rng(0)
codes = 'b1 u1 i1 u2 i2 u4 i4 u8 i8 f2 f4 f8'.split()
def arrays():
    for code in codes:
        for order in '<>':
            a = (rng.standard_normal((3, 4, 2)) * 100).astype(np.float64)
            a = (np.abs(a) if code[0] in 'bu' else a).astype(order + code)
            yield code + order, a
            yield code + order + 'F', np.asfortranarray(a)
            yield code + order + 'T', a.T
            yield code + order + 's', a[::2, :, 0]
            yield code + order + '0', np.array(a[0, 0, 0])
            yield code + order + 'e', a[:0]
values = {
    'None': None, 'bools': [True, False], 'ints': [0, -1, 255, 256, 65536, -2**31, 2**40, 2**53, -2**70],
    'floats': [0.1, -1e300, float('inf')], 'text': ['', 'a', 'é', '€', '😀', 'line\\n\\x00\\\\u0041', "quote ' and \\""],
    'bytes': [b'', b'abc', bytes(range(256))], 'bytearrays': [bytearray(), bytearray(b'\\x00\\xff')],
    'tuples': [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)], 'dict': {'a': {1: 2, 'b': []}},
    'long': {'text': 'xé' * 30000, 'bytes': bytes(range(256)) * 300, 'ascii': 'y' * 70000},
    'scalars': [np.float32(1.5), np.float64(-2.5), np.int64(7), np.uint8(255), np.bool_(True), np.int64(2**60 + 1), np.float16(0.5), np.int16(-3), np.uint64(2**63)],
}
made = dict(arrays())
big = rng.integers(0, 256, (300, 1000)).astype(np.uint8)
shown = {name: {'shape': a.shape, 'values': [float(x) for x in a.astype(np.float64).ravel()]} for name, a in made.items()}
for protocol in range(6):
    with open(f'{folder}/{protocol}.pkl', 'wb') as f:
        pickle.dump({'values': values, 'arrays': made, 'big': big, 'wide': np.array([2**31, 2**53, -1])}, f, protocol=protocol)
print(json.dumps({'arrays': shown, 'big': [big.shape, int(big.astype(int).sum())]}))
`;
  const written = (async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gemmnet-'));
    return { folder, shown: JSON.parse(python(script, [folder])) };
  })();
  afterAll(async () => rm((await written).folder, { recursive: true, force: true }));

  const dtypes: Readonly<Record<string, string>> = {
    b1: 'uint8',
    u1: 'uint8',
    i1: 'int32',
    u2: 'int32',
    i2: 'int32',
    u4: 'int32',
    i4: 'int32',
    u8: 'int32',
    i8: 'int32',
    f2: 'float32',
    f4: 'float32',
    f8: 'float64',
  };

  test.each([0, 1, 2, 3, 4, 5])('protocol %i', async (protocol) => {
    const { folder, shown } = await written;
    const path = join(folder, `${protocol}.pkl`);
    const read = mapOf(await loadPickle(path));
    expect(mapOf(await loadPickle(new Uint8Array(readFileSync(path)))).get('values')).toEqual(
      read.get('values'),
    );
    const values = mapOf(read.get('values')!);
    expect(values.get('None')).toBe(null);
    expect(values.get('bools')).toEqual([true, false]);
    expect(values.get('ints')).toEqual([
      0,
      -1,
      255,
      256,
      65536,
      -(2 ** 31),
      2 ** 40,
      2n ** 53n,
      -(2n ** 70n),
    ]);
    expect(values.get('floats')).toEqual([0.1, -1e300, Number.POSITIVE_INFINITY]);
    expect(values.get('text')).toEqual(['', 'a', 'é', '€', '😀', 'line\n\x00\\u0041', 'quote \' and "']);
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(values.get('bytes')).toEqual([new Uint8Array(0), new Uint8Array(Buffer.from('abc')), bytes]);
    expect(values.get('bytearrays')).toEqual([new Uint8Array(0), Uint8Array.of(0, 255)]);
    expect(values.get('tuples')).toEqual([[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]);
    expect(values.get('dict')).toEqual(
      new Map([
        [
          'a',
          new Map<unknown, unknown>([
            [1, 2],
            ['b', []],
          ]),
        ],
      ]),
    );
    const long = mapOf(values.get('long')!);
    expect(long.get('text')).toBe('xé'.repeat(30000));
    expect(long.get('ascii')).toBe('y'.repeat(70000));
    expect(Buffer.from(long.get('bytes') as Uint8Array)).toEqual(Buffer.concat(new Array(300).fill(bytes)));
    expect(values.get('scalars')).toEqual([1.5, -2.5, 7, 255, true, 2n ** 60n + 1n, 0.5, -3, 2n ** 63n]);
    const arrays = mapOf(read.get('arrays')!);
    expect([...arrays.keys()]).toEqual(Object.keys(shown.arrays));
    expect(arrays.size).toBe(12 * 2 * 6);
    for (const [name, tensor] of arrays as Map<string, Tensor>) {
      expect({ name, shape: tensor.shape, dtype: tensor.dtype, values: [...tensor] }).toEqual({
        name,
        dtype: dtypes[name.slice(0, 2)],
        ...shown.arrays[name],
      });
      expect(tensor.isContiguous).toBe(true);
      expect(tensor.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
    const big = read.get('big') as Tensor;
    expect([big.shape, [...big].reduce((sum, pixel) => sum + pixel, 0)]).toEqual(shown.big);
    const wide = read.get('wide') as Tensor;
    expect(wide.dtype).toBe('float64');
    expect([...wide]).toEqual([2 ** 31, 2 ** 53, -1]);
  });

  test.each([
    ["{'a': set([1])}", 'EMPTY_SET'],
    ['1j', 'the global builtins.complex'],
    ["np.array([1, 'a'], dtype=object)", 'one of Python objects'],
    ["np.array(['a'])", "one of 'U1'"],
    ["np.zeros(2, dtype=[('a', 'f4')])", "one of 'V4'"],
    ["np.zeros(2, dtype='c8')", "one of 'c8'"],
    ["np.zeros(2, dtype='M8[s]')", "one of 'M8'"],
    [
      'np.array([2**53 + 1])',
      'expected element (0) to be an integer in ±2^53, which float64 holds exactly, but received 9007199254740993',
    ],
    ['np.matrix([[1]])', 'the global numpy.matrix'],
    ['np.ma.array([1])', 'the global numpy.ma.core'],
    ["__import__('collections').OrderedDict()", 'the global collections.OrderedDict'],
    ["__import__('datetime').date(2020, 1, 1)", 'the global datetime.date'],
  ])('%s is refused', async (value, message) => {
    const { folder } = await written;
    const path = join(folder, 'refused.pkl');
    python(
      `import pickle, sys\nimport numpy as np\npickle.dump(${value}, open(sys.argv[1], 'wb'), protocol=4)`,
      [path],
    );
    await expect(loadPickle(path)).rejects.toThrow(FormatError);
    await expect(loadPickle(path)).rejects.toThrow(message);
  });
});
