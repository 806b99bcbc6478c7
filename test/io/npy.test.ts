import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Dtype } from '../../lib/core/dtype.js';
import { ArgumentError, FormatError, ShapeError } from '../../lib/core/errors.js';
import { tensor } from '../../lib/core/tensors/tensor.js';
import { loadNpy, saveNpy, serializeNpy } from '../../lib/io/arrays/npy.js';
import { serializeSafetensors } from '../../lib/io/arrays/safetensors.js';
import { fixture } from '../fixtures/index.js';
import { temporaryFolder } from '../temporary-folder.js';
import { npy, npyFields } from './npy-bytes.js';

const expected = JSON.parse(readFileSync(fixture('formats/expected.json'), 'utf8')) as Record<
  string,
  { readonly shape: number[]; readonly values: number[] }
>;

const samples: readonly (readonly [name: string, dtype: Dtype])[] = [
  ['f8.npy', 'float64'],
  ['f4.npy', 'float32'],
  ['fortran.npy', 'float64'],
  ['big-endian.npy', 'float64'],
  ['i8.npy', 'int32'],
  ['u1.npy', 'uint8'],
  ['bool.npy', 'uint8'],
  ['f2.npy', 'float32'],
];

const bytesOf = (name: string) => new Uint8Array(readFileSync(fixture(`formats/${name}`)));

describe('loadNpy', () => {
  test.each(samples)('reads %s', async (name, dtype) => {
    const path = fixture(`formats/${name}`);
    for (const from of [path, pathToFileURL(path), bytesOf(name)]) {
      const t = await loadNpy(from);
      const { shape, values } = expected[name]!;
      expect(t).toMatchObject({ shape, dtype });
      expect([...t]).toEqual(values);
      expect(t.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
  });

  test('keeps Fortran order as strides, as NumPy does', async () => {
    const t = await loadNpy(npy(npyFields('|u1', '(2, 3)', 'True'), [1, 4, 2, 5, 3, 6]));
    expect(t).toMatchObject({ shape: [2, 3], strides: [1, 2], isContiguous: false });
    expect(t.toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect((await loadNpy(npy(npyFields('|u1', '(3, 0)', 'True'), []))).shape).toEqual([3, 0]);
    expect((await loadNpy(npy(npyFields('|u1', '()', 'True'), [7]))).toArray()).toBe(7);
  });

  test.each<[string, string, number[], number[], Dtype]>([
    ['bytes with a sign', '|i1', [0x80, 0x7f], [-128, 127], 'int32'],
    ['i2', '<i2', [0x00, 0x80, 0x02, 0x01], [-32768, 258], 'int32'],
    ['i2, big-endian', '>i2', [0x80, 0x00, 0x01, 0x02], [-32768, 258], 'int32'],
    ['u2', '<u2', [0xff, 0xff], [65535], 'int32'],
    ['i4, big-endian', '>i4', [0x80, 0, 0, 0, 0, 0, 1, 2], [-(2 ** 31), 258], 'int32'],
    ['u4 that fits', '<u4', [0xff, 0xff, 0xff, 0x7f], [2 ** 31 - 1], 'int32'],
    ['u4 that does not', '<u4', [1, 0, 0, 0, 0, 0, 0, 0x80], [1, 2 ** 31], 'float64'],
    [
      'i8 at the ends of int32',
      '<i8',
      [0, 0, 0, 0x80, 255, 255, 255, 255, 255, 255, 255, 0x7f, 0, 0, 0, 0],
      [-(2 ** 31), 2 ** 31 - 1],
      'int32',
    ],
    [
      'i8 past the ends of int32',
      '<i8',
      [255, 255, 255, 0x7f, 255, 255, 255, 255, 0, 0, 0, 0x80, 0, 0, 0, 0],
      [-(2 ** 31) - 1, 2 ** 31],
      'float64',
    ],
    [
      'i8 at ±2⁵³',
      '>i8',
      [0, 0x20, 0, 0, 0, 0, 0, 0, 0xff, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9],
      [2 ** 53, -(2 ** 53), 9],
      'float64',
    ],
    ['u8', '>u8', [0, 0, 0, 0, 0x80, 0, 0, 0], [2 ** 31], 'float64'],
    ['u8 that fits', '<u8', [7, 0, 0, 0, 0, 0, 0, 0], [7], 'int32'],
    ['booleans of any byte', '|b1', [0, 1, 2, 255], [0, 1, 1, 1], 'uint8'],
    ['bytes with an order', '<u1', [200], [200], 'uint8'],
    [
      'halves',
      '<f2',
      [0, 0, 0, 0x80, 1, 0, 255, 3, 0, 4, 0, 0x3c, 255, 0x7b, 0, 0x7c, 0, 0xfc, 0, 0x7e],
      [0, -0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 1, 65504, Infinity, -Infinity, NaN],
      'float32',
    ],
  ])('reads %s', async (_name, descr, body, values, dtype) => {
    const t = await loadNpy(npy(npyFields(descr, `(${values.length},)`), body));
    expect(t.dtype).toBe(dtype);
    expect(t.toArray()).toEqual(values);
  });

  test.each<[string, Uint8Array]>([
    ['version 2.0', npy(npyFields('|u1', '(1,)'), [5], [2, 0])],
    ['version 3.0', npy(npyFields('|u1', '(1,)'), [5], [3, 0])],
    ['a header without padding', npy("{'descr':'|u1','fortran_order':False,'shape':(1,)}", [5])],
    ['keys in another order', npy('{"shape": (1,), "descr": "|u1", "fortran_order": False}\n', [5])],
    ["Python 2's long integers", npy(npyFields('|u1', '(1L,)'), [5])],
  ])('reads %s', async (_name, bytes) => {
    expect((await loadNpy(bytes)).toArray()).toEqual([5]);
  });

  test('reads 0-d, empty and 32-d arrays', async () => {
    expect((await loadNpy(npy(npyFields('|u1', '()'), [5]))).toArray()).toBe(5);
    expect((await loadNpy(npy(npyFields('<i8', '(0,)'), []))).toArray()).toEqual([]);
    expect((await loadNpy(npy(npyFields('<f2', '(0, 784)'), []))).shape).toEqual([0, 784]);
    expect((await loadNpy(npy(npyFields('|u1', `(${'1, '.repeat(32)})`), [5]))).rank).toBe(32);
  });

  test('reads an array of many pieces, whatever its type', async () => {
    const count = 3_000_001;
    const path = join(await temporaryFolder(), 'long.npy');
    const values = Int32Array.from({ length: count }, (_, i) => (i * 7919) % 65521);
    for (const [descr, stored] of [
      ['<i4', values],
      ['<u2', Uint16Array.from(values)],
      ['<i8', BigInt64Array.from(values, BigInt)],
    ] as const) {
      const head = npy(npyFields(descr, `(${count},)`), []);
      await writeFile(path, Buffer.concat([head, new Uint8Array(stored.buffer)]));
      const t = await loadNpy(path);
      expect(Buffer.compare(Buffer.from(t.data.buffer), Buffer.from(values.buffer))).toBe(0);
    }
  });

  test('names a file that it cannot read', async () => {
    await expect(loadNpy('/nowhere/x.npy')).rejects.toThrow(
      'loadNpy: cannot read /nowhere/x.npy: there is no such file or folder',
    );
    await expect(loadNpy(fixture('formats'))).rejects.toThrow(ArgumentError);
    await expect(loadNpy(3 as never)).rejects.toThrow(
      'expected a path or the bytes of a file but received 3',
    );
  });
});

const u1 = (shape: string, body: readonly number[] = [1]) => npy(npyFields('|u1', shape), body);

describe('loadNpy refuses', () => {
  test.each<[string, Uint8Array, string]>([
    [
      'an empty file',
      new Uint8Array(0),
      'expected an npy header of 8 bytes or more but the file ends at byte 0',
    ],
    ['another file', Buffer.from('P5 28 28 255'), "begins with '\\x93NUMPY', but received 'P5 28 '"],
    ['a ZIP archive', Buffer.from('PK\x03\x04....'), 'it is a zip archive; loadNpz reads archives of arrays'],
    ['version 4.0', npy(npyFields('|u1', '(1,)'), [1], [4, 0]), 'but received 4.0 at byte 6'],
    ['version 1.1', npy(npyFields('|u1', '(1,)'), [1], [1, 1]), 'but received 1.1 at byte 6'],
    [
      'a header longer than the file',
      npy(npyFields('|u1', '(1,)'), [1], [1, 0], 5000),
      'expected an npy header of 5010 bytes or more but the file ends at byte',
    ],
    [
      'a header of 4 GiB',
      npy(npyFields('|u1', '(1,)'), [1], [2, 0], 0xffffffff),
      'of at most 65535 bytes but received 4294967295 at byte 8',
    ],
    ['a header shorter than its text', npy(npyFields('|u1', '(1,)'), [1], [1, 0], 20), 'at byte 27'],
    ['an empty header', npy('', [1]), 'expected a Python literal but received its end at byte 10'],
    ['a call', npy("__import__('os').system('id')", [1]), "a Python literal but received '__import__("],
    ['an expression', u1('(1+0,)'), "expected ')' but received '+0,), }"],
    [
      'text after the dictionary',
      npy(`${npyFields('|u1', '(1,)')} x`, [1]),
      'expected nothing more but received',
    ],
    [
      'a list',
      npy('[1, 2]', [1]),
      'expected a dictionary of descr, fortran_order, shape but received [1, 2]',
    ],
    ['a dictionary without shape', npy("{'descr': '|u1', 'fortran_order': False}", [1]), 'to be a tuple'],
    [
      'a key of another name',
      npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'evil': 1}", [1]),
      'but received descr, fortran_order, shape, evil',
    ],
    [
      'a key twice',
      npy("{'descr': '|u1', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", [1]),
      "expected the key 'descr' once",
    ],
    ['a key that is a number', npy('{1: 2}', [1]), 'expected a string as the key'],
    [
      'a string without an end',
      npy("{'descr", [1]),
      "a Python literal but received '\\'descr'".replace('\\', ''),
    ],
    ['deep nesting', npy('('.repeat(60_000), [1]), 'expected at most 16 levels of nesting'],
    ['bytes that are not text', npy('\xff\xfe\x00', [1]), 'expected a Python literal but received'],
    [
      'fortran_order as a number',
      npy(npyFields('|u1', '(1,)', '1'), [1]),
      'to be True or False but received 1',
    ],
    ['a shape that is a number', u1('(1)'), 'expected shape to be a tuple of integers but received 1'],
    ['a shape that is a list', u1('[1]'), 'expected shape to be a tuple of integers but received [1]'],
    ['a shape of words', u1("('1',)"), "to be a tuple of integers but received ['1']"],
    ['a shape of True', u1('(True,)'), 'to be a tuple of integers but received [true]'],
    ['a fractional size', u1('(1.0,)'), "expected ')' but received '.0,)"],
    ['a size with a leading zero', u1('(01,)'), "expected ')' but received '1,)"],
    ['a negative size', u1('(-1,)'), 'to be integers from 0 on that memory can hold but received (-1)'],
    ['two negative sizes', u1('(-1, -1)'), 'but received (-1, -1)'],
    ['2⁶³ elements', u1('(9223372036854775808,)'), 'but received (9223372036854776000)'],
    ['a size of 5,000 digits', u1(`(${'9'.repeat(5000)},)`), 'but received (Infinity)'],
    ['2⁹⁰ elements', u1('(1073741824, 1073741824, 1073741824)'), 'expected a shape that memory can hold'],
    ['no elements in 2⁹⁰ rows', u1('(0, 1073741824, 1073741824, 1073741824)', []), 'that memory can hold'],
    ['33 axes', u1(`(${'1, '.repeat(33)})`), 'expected at most 32 axes but received 33'],
    ['20,000 axes', u1(`(${'1, '.repeat(20_000)})`), 'expected at most 32 axes but received 20000'],
    ['a claim of 1 TiB', u1('(1099511627776,)'), "bytes for 'u1' of shape (1099511627776) but the file has"],
    ['a file cut off', u1('(3,)', [1, 2]), "bytes for 'u1' of shape (3) but the file has 130"],
    ['bytes after the end', u1('(1,)', [1, 2]), 'expected the file to end at byte 129'],
    ['Python objects', bytesOf('object-refuse.npy'), 'Python objects (a pickle, which is never executed)'],
    ['strings', npy(npyFields('<U3', '(1,)'), []), "received strings, dtype '<U3'"],
    ['byte strings', npy(npyFields('|S5', '(1,)'), []), "received byte strings, dtype '|S5'"],
    ['complex numbers', npy(npyFields('<c16', '(1,)'), []), 'in NumPy, save X.real and X.imag'],
    [
      'dates',
      npy(npyFields('<M8[ns]', '(1,)'), []),
      "dates, dtype '<M8[ns]'; in NumPy, write np.save(path, X.astype('int64')",
    ],
    ['durations', npy(npyFields('<m8[D]', '(1,)'), []), 'time differences'],
    ['long doubles', npy(npyFields('<f16', '(1,)'), []), "floats of another width, dtype '<f16'"],
    ['raw bytes', npy(npyFields('|V2', '(1,)'), []), "raw bytes, dtype '|V2'"],
    [
      'a structured array',
      npy("{'descr': [('a', '<f4'), ('b', '<i4', (2,))], 'fortran_order': False, 'shape': (1,), }", []),
      "a structured array; in NumPy, save each field, X['name'], by itself",
    ],
    ['an unknown dtype', npy(npyFields('<q9', '(1,)'), []), "such as '<f4', but received '<q9'"],
    ['a dtype of a prototype', npy(npyFields('<constructor', '(1,)'), []), "but received '<constructor'"],
    ['a dtype without an order', npy(npyFields('f8', '(1,)'), []), 'received'],
    ['a dtype of no width', npy(npyFields('|f4', '(1,)'), []), 'received'],
    [
      'a dtype that is a number',
      npy("{'descr': 4, 'fortran_order': False, 'shape': (1,)}", []),
      'received 4',
    ],
    [
      'an i8 of 2⁵³+1',
      npy(npyFields('>i8', '(2, 2)'), [...new Array(24).fill(0), 0, 0x20, 0, 0, 0, 0, 0, 1]),
      'expected element (1, 1) to be an integer in ±2^53, which float64 holds exactly, but received 9007199254740993 at byte 152',
    ],
    [
      'an i8 of -2⁶³, in Fortran order',
      npy(npyFields('<i8', '(2, 3)', 'True'), [...new Array(31).fill(0), 0x80, ...new Array(16).fill(0)]),
      'expected element (1, 1) to be an integer in ±2^53, which float64 holds exactly, but received -9223372036854775808 at byte 152',
    ],
    ['a u8 of 2⁶⁴−1', npy(npyFields('<u8', '()'), new Array(8).fill(255)), 'received 18446744073709551615'],
  ])('%s', async (_name, bytes, message) => {
    const path = join(await temporaryFolder(), 'evil.npy');
    await writeFile(path, bytes);
    for (const from of [bytes, path]) {
      const failure: unknown = await loadNpy(from).then(
        () => undefined,
        (error) => error,
      );
      expect(failure).toBeInstanceOf(FormatError);
      expect((failure as Error).message).toContain(message);
    }
  });

  test.each([...samples.map(([name]) => name), 'object-refuse.npy'])('%s cut off anywhere', async (name) => {
    const bytes = bytesOf(name);
    for (let length = 0; length < bytes.length; length++) {
      await expect(loadNpy(bytes.subarray(0, length))).rejects.toThrow(FormatError);
    }
  });
});

describe('saveNpy', () => {
  test.each<[string, Parameters<typeof saveNpy>[1], Dtype, number[]]>([
    ['float32', tensor(Float32Array.of(1.5, -0, NaN, 4, 5, 6), [2, 3]), 'float32', [2, 3]],
    ['float64', [[0.1], [Infinity]], 'float64', [2, 1]],
    ['int32', Int32Array.of(-(2 ** 31), 7), 'int32', [2]],
    ['uint8', tensor(Uint8Array.of(255), []), 'uint8', []],
    ['no elements', tensor(new Float32Array(0), [0, 784]), 'float32', [0, 784]],
    ['a strided tensor', tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]).T, 'float32', [2, 3]],
    ['a record', { data: [1, 2], shape: [1, 2] }, 'float64', [1, 2]],
  ])('keeps %s', async (_name, values, dtype, shape) => {
    const path = join(await temporaryFolder(), 'x.npy');
    await saveNpy(path, values);
    expect(new Uint8Array(await readFile(path))).toEqual(serializeNpy(values));
    const loaded = await loadNpy(path);
    expect(loaded).toMatchObject({ dtype, shape });
    expect(loaded.toArray()).toEqual(tensor(values).toArray());
    await saveNpy(pathToFileURL(path), loaded);
    expect(new Uint8Array(await readFile(path))).toEqual(serializeNpy(values));
  });

  test.each(['f8.npy', 'f4.npy', 'u1.npy'])('writes %s just as NumPy did', async (name) => {
    expect(serializeNpy(await loadNpy(bytesOf(name)))).toEqual(bytesOf(name));
  });

  test('holds what the tensor held at the call', async () => {
    const path = join(await temporaryFolder(), 'x.npy');
    const values = new Float32Array(100_000).fill(1);
    const saving = saveNpy(path, values);
    values.fill(2);
    await saving;
    expect((await loadNpy(path)).get(99_999)).toBe(1);
  });

  test.each([false, true])('refuses a tensor whose memory was transferred, strided: %s', async (strided) => {
    const made = tensor(new Float64Array(6), [2, 3]);
    const gone = strided ? made.T : made;
    structuredClone(gone.data.buffer, { transfer: [gone.data.buffer as ArrayBuffer] });
    const why = 'the memory of this tensor is gone';
    expect(() => serializeNpy(gone)).toThrow(why);
    expect(() => serializeSafetensors({ x: gone })).toThrow(`tensors.x: ${why}`);
    await expect(saveNpy(join(await temporaryFolder(), 'x.npy'), gone)).rejects.toThrow(why);
  });

  test('writes the whole file or none', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'x.npy');
    await saveNpy(path, [1]);
    const before = await readFile(path);
    await expect(saveNpy(path, 'x' as never)).rejects.toThrow('saveNpy: expected tensor to be a tensor');
    await expect(saveNpy(path, [[1], [2, 3]])).rejects.toThrow(ShapeError);
    await expect(saveNpy(join(path, 'x.npy'), [1])).rejects.toThrow('cannot write');
    await expect(saveNpy(folder, [1])).rejects.toThrow(ArgumentError);
    await expect(saveNpy(7 as never, [1])).rejects.toThrow('saveNpy: expected a path but received 7');
    await expect(saveNpy(new URL('https://example.org/x.npy'), [1])).rejects.toThrow(ArgumentError);
    expect(() => serializeNpy({} as never)).toThrow(ArgumentError);
    expect(await readFile(path)).toEqual(before);
    expect(await readdir(folder)).toEqual(['x.npy']);
  });
});
