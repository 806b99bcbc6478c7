import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ArgumentError, FormatError, ShapeError } from '../../lib/core/errors.js';
import { tensor } from '../../lib/core/tensors/tensor.js';
import {
  loadSafetensors,
  parseSafetensors,
  saveSafetensors,
  serializeSafetensors,
} from '../../lib/io/arrays/safetensors.js';
import { hasPython, python } from '../python.js';
import { temporaryFolder } from '../temporary-folder.js';

/** A file by hand, from the format's description. */
function file(header: unknown, body: Uint8Array = new Uint8Array(0), length?: bigint): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(text.length));
  return new Uint8Array(Buffer.concat([prefix, text, body]));
}

const entry = (start: number, end: number, shape: number[] = [end - start], dtype = 'U8') => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

describe('a safetensors file', () => {
  const tensors = {
    W1: tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]).T,
    b1: tensor(Float64Array.of(Number.NaN, -0, Number.NEGATIVE_INFINITY)),
    t: tensor(Int32Array.of(-5), []),
    mask: tensor(Uint8Array.of(1, 0, 255)),
    none: tensor(new Float32Array(0), [0, 3]),
    nested: [[1.5], [2.5]],
  };
  const metadata = { kind: 'TwoLayerNet', näme: '∑ "quoted"\n', __proto__x: '' };

  test.skipIf(!hasPython('numpy'))('is read by a reader in Python (skipped without NumPy)', async () => {
    const path = join(await temporaryFolder(), 'a.safetensors');
    await saveSafetensors(path, tensors, metadata);
    const printed = python(
      `
import json, struct, sys
import numpy as np
data = open(sys.argv[1], 'rb').read()
length, = struct.unpack('<Q', data[:8])
header = json.loads(data[8:8 + length])
types = {'F32': '<f4', 'F64': '<f8', 'I32': '<i4', 'U8': 'u1'}
print(json.dumps(header.pop('__metadata__')))
for name, entry in header.items():
    start, end = (8 + length + offset for offset in entry['data_offsets'])
    array = np.frombuffer(data[start:end], types[entry['dtype']]).reshape(entry['shape'])
    print(json.dumps([name, list(array.shape), [repr(float(x)) for x in array.ravel()]]))
`,
      [path],
    );
    const [words, ...arrays] = printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(words).toEqual(metadata);
    expect(arrays).toEqual([
      ['W1', [2, 3], ['1.0', '3.0', '5.0', '2.0', '4.0', '6.0']],
      ['b1', [3], ['nan', '-0.0', '-inf']],
      ['t', [], ['-5.0']],
      ['mask', [3], ['1.0', '0.0', '255.0']],
      ['none', [0, 3], []],
      ['nested', [2, 1], ['1.5', '2.5']],
    ]);
  });

  test('keeps values, shapes, dtypes, order and metadata', async () => {
    const path = join(await temporaryFolder(), 'model.safetensors');
    await saveSafetensors(path, tensors, metadata);
    const bytes = new Uint8Array(await readFile(path));
    expect(bytes).toEqual(serializeSafetensors(tensors, metadata));
    for (const loaded of [
      await loadSafetensors(path),
      await loadSafetensors(pathToFileURL(path)),
      parseSafetensors(bytes),
    ]) {
      expect({ ...loaded.metadata }).toEqual(metadata);
      expect(Object.keys(loaded.tensors)).toEqual(Object.keys(tensors));
      const { W1, b1, t, mask, none, nested } = loaded.tensors;
      expect(W1).toMatchObject({ dtype: 'float32', shape: [2, 3], strides: [3, 1] });
      expect(W1!.toArray()).toEqual([
        [1, 3, 5],
        [2, 4, 6],
      ]);
      expect(Array.from(b1!.data)).toEqual([Number.NaN, -0, Number.NEGATIVE_INFINITY]);
      expect(t).toMatchObject({ dtype: 'int32', shape: [] });
      expect(t!.get()).toBe(-5);
      expect(mask!.data).toEqual(
        new Uint8Array(new SharedArrayBuffer(3)).fill(1).map((_, i) => [1, 0, 255][i]!),
      );
      expect(none!.shape).toEqual([0, 3]);
      expect(nested!.dtype).toBe('float64');
      expect(W1!.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
  });

  test('lies on the disk as the format says, every tensor aligned', () => {
    const bytes = serializeSafetensors({ a: Uint8Array.of(7, 8, 9), w: Float32Array.of(1.5) });
    const view = new DataView(bytes.buffer);
    const length = Number(view.getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString())).toEqual({
      a: entry(4, 7),
      w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
    });
    expect(view.getFloat32(8 + length, true)).toBe(1.5);
    expect([...bytes.subarray(8 + length + 4)]).toEqual([7, 8, 9]);
  });

  test('may be empty', () => {
    const { tensors: none, metadata: words } = parseSafetensors(serializeSafetensors({}));
    expect([Object.keys(none), Object.keys(words)]).toEqual([[], []]);
    expect(Object.keys(parseSafetensors(file('{}')).tensors)).toEqual([]);
  });

  test('may have a padded header, tensors in another order, and odd names', () => {
    const header = JSON.stringify({ z: entry(2, 3), a: entry(0, 2) }).replace('"a"', '"__proto__"');
    const { tensors: loaded } = parseSafetensors(file(`${header}   \n`, Uint8Array.of(1, 2, 3)));
    expect(Object.keys(loaded)).toEqual(['z', '__proto__']);
    expect(Object.getPrototypeOf(loaded)).toBeNull();
    expect(Object.values(loaded).map((t) => t.toArray())).toEqual([[3], [1, 2]]);
  });

  test('is written whole or not at all', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'model.safetensors');
    await saveSafetensors(path, { a: [1] });
    const before = await readFile(path);
    await expect(saveSafetensors(path, { a: [1], b: 'x' as never })).rejects.toThrow(ArgumentError);
    await expect(saveSafetensors(join(path, 'x'), { a: [1] })).rejects.toThrow('cannot write');
    await expect(saveSafetensors(folder, { a: [1] })).rejects.toThrow(ArgumentError);
    expect(await readFile(path)).toEqual(before);
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });

  test('holds what the tensors held at the call', async () => {
    const path = join(await temporaryFolder(), 'model.safetensors');
    const w = tensor(new Float32Array(100_000).fill(1));
    const saving = saveSafetensors(path, { w });
    w.data.fill(2);
    await saving;
    expect((await loadSafetensors(path)).tensors.w!.get(99_999)).toBe(1);
  });

  test('is asked for with sense', async () => {
    await expect(saveSafetensors(3 as never, {})).rejects.toThrow('expected a path but received 3');
    await expect(loadSafetensors(undefined as never)).rejects.toThrow(ArgumentError);
    await expect(loadSafetensors('/nowhere/m')).rejects.toThrow(
      'cannot read /nowhere/m: there is no such file or folder',
    );
    await expect(loadSafetensors(await temporaryFolder())).rejects.toThrow(/loadSafetensors/);
    expect(() => serializeSafetensors({ a: [[1], [2, 3]] })).toThrow(ShapeError);
    expect(() => serializeSafetensors({ a: [[1], [2, 3]] })).toThrow(
      'expected tensors.a[1] to have 1 elements',
    );
    expect(() => serializeSafetensors({ __metadata__: [1] })).toThrow(ArgumentError);
    expect(() => serializeSafetensors({}, { epoch: 3 as never })).toThrow(
      'expected metadata.epoch to be a string but received 3',
    );
    expect(() => serializeSafetensors(null as never)).toThrow(ArgumentError);
    expect(() => parseSafetensors('x' as never)).toThrow(ArgumentError);
  });
});

const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;

describe('elements of types that gemmnet has not', () => {
  const bytes = (array: Uint16Array | BigInt64Array | Uint8Array) => new Uint8Array(array.buffer);
  const types = {
    F16: {
      body: bytes(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x8000, 0xfc00, 0x7e00, 0x3555)),
      dtype: 'float32',
      values: [
        1,
        -2,
        2 ** -24,
        1023 * 2 ** -24,
        65504,
        -0,
        Number.NEGATIVE_INFINITY,
        Number.NaN,
        0.333251953125,
      ],
    },
    BF16: {
      body: bytes(Uint16Array.of(0x3f80, 0xc000, 0x0001, 0x7f7f, 0x8000, 0x7f80, 0x7fc0, 0x4049)),
      dtype: 'float32',
      values: [1, -2, 2 ** -133, 255 * 2 ** 120, -0, Number.POSITIVE_INFINITY, Number.NaN, 3.140625],
    },
    I64: {
      body: bytes(BigInt64Array.of(0n, -1n, 2n ** 31n - 1n, -(2n ** 31n))),
      dtype: 'int32',
      values: [0, -1, 2 ** 31 - 1, -(2 ** 31)],
    },
    BOOL: { body: Uint8Array.of(0, 1), dtype: 'uint8', values: [0, 1] },
  };

  test.each(Object.entries(types))('%s are read', async (code, { body, dtype, values }) => {
    const contents = file({ a: entry(0, body.length, [values.length], code) }, body);
    for (const { tensors } of [parseSafetensors(contents), await loadSafetensors(contents)]) {
      expect(tensors.a).toMatchObject({ dtype, shape: [values.length] });
      expect(Array.from(tensors.a!.data)).toEqual(values);
      expect(tensors.a!.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
  });

  test('longer than what is converted at once, they are read from a file', async () => {
    const count = 300_001;
    const body = bytes(BigInt64Array.from({ length: count }, (_, i) => BigInt(3 * i)));
    const path = join(await temporaryFolder(), 'long.safetensors');
    await writeFile(path, file({ a: entry(0, body.length, [count], 'I64') }, body));
    const { tensors } = await loadSafetensors(path);
    expect((tensors.a!.data as Int32Array).every((value, i) => value === 3 * i)).toBe(true);
  });

  test.each([2n ** 31n, -(2n ** 31n) - 1n, 2n ** 62n + 1n])('%d does not fit into int32', async (value) => {
    const contents = file({ a: entry(0, 16, [2], 'I64') }, bytes(BigInt64Array.of(1n, value)));
    const message = 'tensor "a": expected element 1 to fit into int32 but received';
    expect(() => parseSafetensors(contents)).toThrow(FormatError);
    expect(() => parseSafetensors(contents)).toThrow(message);
    await expect(loadSafetensors(contents)).rejects.toThrow(message);
  });
});

describe.each<[string, Uint8Array, string]>([
  ['an empty file', new Uint8Array(0), 'but the file has 0 bytes'],
  ['a file without a header', new Uint8Array(7), 'but the file has 7 bytes'],
  ['a header of no bytes', new Uint8Array(8), 'not a JSON object'],
  [
    'a header longer than the file',
    file('{}', undefined, 3n),
    'expected a header of 3 bytes, as byte 0 says, but the file has 10',
  ],
  [
    'a header beyond the limit',
    file('{}', undefined, 100_000_001n),
    'of at most 100000000 bytes but byte 0 says 100000001',
  ],
  ['a header of 2⁶⁴−1 bytes', file('{}', undefined, 2n ** 64n - 1n), 'byte 0 says 18446744073709551615'],
  ['no JSON', file('{"a": tensor}'), 'not JSON'],
  ['a string that does not end', file('{"a'), 'not JSON'],
  ['an array', file('[]'), 'expected "{" at byte 8'],
  ['a space in front', file(' {}'), 'expected "{" at byte 8'],
  ['a byte order mark', file('\ufeff{}'), 'expected "{" at byte 8'],
  ['what is no UTF-8', file('{"a"}').fill(0xff, 10, 11), 'not UTF-8'],
  ['deep nesting', file(deep), 'nested more than 3 levels deep'],
  [
    'a name twice',
    file(`{"a":${JSON.stringify(entry(0, 1))},"a":${JSON.stringify(entry(1, 2))}}`, new Uint8Array(2)),
    'the key "a" twice',
  ],
  [
    'a name twice, once in disguise',
    file(`{"a":${JSON.stringify(entry(0, 1))},"\\u0061" :${JSON.stringify(entry(1, 2))}}`, new Uint8Array(2)),
    'twice',
  ],
  [
    'a dtype twice',
    file('{"a":{"dtype":"U8","dtype":"F32","shape":[1],"data_offsets":[0,1]}}', new Uint8Array(1)),
    'the key "dtype" twice',
  ],
  [
    'metadata that is no object',
    file({ __metadata__: 'x' }),
    'expected __metadata__ to be an object of strings',
  ],
  [
    'metadata of numbers',
    file({ __metadata__: { epoch: 3 } }),
    'expected __metadata__ to be an object of strings',
  ],
  ['a tensor that is a number', file({ a: 3 }), 'tensor "a": expected an object but received 3'],
  ['an unknown field', file({ a: { ...entry(0, 0), x: 1 } }), 'but received "x"'],
  [
    'no dtype',
    file({ a: { shape: [0], data_offsets: [0, 0] } }),
    'expected a dtype of F32, F64, I32, U8, BOOL, F16, BF16, I64 but received undefined',
  ],
  ['an unknown dtype', file({ a: entry(0, 0, [0], 'toString') }), "received 'toString'"],
  [
    'a dtype that is not supported',
    file({ a: entry(0, 1, [1], 'F8_E4M3') }, new Uint8Array(1)),
    'dtype F8_E4M3 is not supported; F32, F64, I32, U8, BOOL, F16, BF16, I64 are',
  ],
  ['a negative size', file({ a: entry(0, 0, [-1, 0]) }), 'expected a shape'],
  ['a fractional size', file({ a: entry(0, 1, [0.5]) }), 'expected a shape'],
  ['a shape that is a number', file({ a: { ...entry(0, 1), shape: 1 } }), 'expected a shape'],
  [
    'a shape of too many axes',
    file({ a: entry(0, 1, new Array(33).fill(1)) }, new Uint8Array(1)),
    'at most 32 sizes',
  ],
  [
    'a shape that overflows',
    file({ a: entry(0, 0, [2 ** 32, 2 ** 32]) }),
    'expected 18446744073709552000 bytes',
  ],
  [
    'a size beyond the safe integers',
    file('{"a":{"dtype":"U8","shape":[9007199254740993],"data_offsets":[0,0]}}'),
    'expected a shape',
  ],
  [
    'a shape that does not fit the offsets',
    file({ a: entry(0, 4, [2], 'F32') }, new Uint8Array(4)),
    'expected 8 bytes for F32 of shape (2)',
  ],
  [
    'offsets the wrong way round',
    file({ a: entry(1, 0, [1]) }, new Uint8Array(1)),
    'data_offsets are [1, 0]',
  ],
  ['one offset', file({ a: { ...entry(0, 1), data_offsets: [0] } }), 'to be [start, end] but received [0]'],
  ['negative offsets', file({ a: entry(-1, 0) }), 'to be [start, end]'],
  [
    'offsets beyond the file',
    file({ a: entry(0, 9) }, new Uint8Array(8)),
    'ends at byte 9 of the data, of which there are 8',
  ],
  [
    'tensors that overlap',
    file({ a: entry(0, 4), b: entry(2, 6) }, new Uint8Array(6)),
    'tensor "b" overlaps another',
  ],
  [
    'tensors that are the same bytes',
    file({ a: entry(0, 4), b: entry(0, 4) }, new Uint8Array(4)),
    'overlaps another',
  ],
  [
    'a hole',
    file({ a: entry(0, 2), b: entry(4, 6) }, new Uint8Array(6)),
    'tensor "b" leaves bytes 2 … 3 of the data unused',
  ],
  [
    'a hole at the start',
    file({ a: entry(2, 4) }, new Uint8Array(4)),
    'leaves bytes 0 … 1 of the data unused',
  ],
  [
    'bytes left over',
    file({ a: entry(0, 2) }, new Uint8Array(3)),
    'expected the tensors to fill 3 bytes of data but they end at byte 2',
  ],
  ['bytes without tensors', file('{}', new Uint8Array(1)), 'to fill 1 bytes of data but they end at byte 0'],
])('%s', (_name, bytes, message) => {
  test('is refused as bytes', () => {
    expect(() => parseSafetensors(bytes)).toThrow(FormatError);
    expect(() => parseSafetensors(bytes)).toThrow(message);
  });

  test('is refused as a file', async () => {
    const path = join(await temporaryFolder(), 'evil.safetensors');
    await writeFile(path, bytes);
    await expect(loadSafetensors(path)).rejects.toThrow(FormatError);
    await expect(loadSafetensors(path)).rejects.toThrow(message);
  });
});
