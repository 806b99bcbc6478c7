import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deflateSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { ArgumentError, FormatError } from '../../lib/core/errors.js';
import { loadMat } from '../../lib/io/arrays/mat.js';
import { fixture } from '../fixtures/index.js';
import { hasPython, python } from '../python.js';

const expected = JSON.parse(readFileSync(fixture('formats/expected.json'), 'utf8'));
const samples = ['mnist-like.mat', 'mnist-like-compressed.mat'] as const;
const sample = (name: string) => new Uint8Array(readFileSync(fixture(`formats/${name}`)));

/** A MAT-file by hand, in either byte order. */
class Mat {
  readonly #little: boolean;

  constructor(little = true) {
    this.#little = little;
  }

  words(...values: number[]): Buffer {
    const bytes = Buffer.alloc(4 * values.length);
    values.forEach((value, i) => {
      if (this.#little) bytes.writeUInt32LE(value >>> 0, 4 * i);
      else bytes.writeUInt32BE(value >>> 0, 4 * i);
    });
    return bytes;
  }

  element(type: number, data: Uint8Array): Buffer {
    const padding = Buffer.alloc((8 - (data.length % 8)) % 8);
    return Buffer.concat([this.words(type, data.length), data, padding]);
  }

  small(type: number, data: Uint8Array): Buffer {
    return Buffer.concat([this.words((data.length << 16) | type), data, Buffer.alloc(4 - data.length)]);
  }

  /** @param data the element with the numbers */
  matrix(name: string, classCode: number, shape: readonly number[], data: Buffer, flags = 0): Buffer {
    const parts = [
      this.element(6, this.words(classCode | flags, 0)),
      this.element(5, this.words(...shape)),
      this.element(1, Buffer.from(name)),
      data,
    ];
    return this.element(14, Buffer.concat(parts));
  }

  file(...elements: Buffer[]): Uint8Array {
    const head = Buffer.alloc(128, ' ');
    head.write('MATLAB 5.0 MAT-file');
    head.fill(0, 116, 124);
    head.set(this.#little ? [0, 1, 0x49, 0x4d] : [1, 0, 0x4d, 0x49], 124);
    return new Uint8Array(Buffer.concat([head, ...elements]));
  }
}

const mat = new Mat();
const one = (value = 7) => mat.small(2, Uint8Array.of(value));
const scalar = (name: string) => mat.matrix(name, 9, [1, 1], one());

describe('loadMat', () => {
  test.each(samples)('reads %s', async (name) => {
    for (const from of [
      fixture(`formats/${name}`),
      pathToFileURL(fixture(`formats/${name}`)),
      sample(name),
    ]) {
      const tensors = await loadMat(from);
      expect(Object.getPrototypeOf(tensors)).toBe(null);
      expect(Object.keys(tensors)).toEqual(Object.keys(expected[name]));
      for (const [variable, { shape, sum, firstRow }] of Object.entries(expected[name]) as [
        string,
        { shape: number[]; sum: number; firstRow: number[] },
      ][]) {
        const tensor = tensors[variable]!;
        expect(tensor.shape).toEqual(shape);
        expect([...tensor].slice(0, firstRow.length)).toEqual(firstRow);
        expect([...tensor].reduce((total, value) => total + value, 0)).toBeCloseTo(sum, 10);
        expect(tensor.isContiguous).toBe(true);
        expect(tensor.data.buffer).toBeInstanceOf(SharedArrayBuffer);
      }
      expect(tensors.training_data!.dtype).toBe('uint8');
      expect(tensors.weights!.dtype).toBe('float64');
    }
  });

  test('reads the variables that are wanted, and passes over what else there is', async () => {
    const cell = mat.matrix('c', 1, [1, 1], mat.matrix('', 9, [1, 1], one()));
    const packed = deflateSync(mat.matrix('s', 2, [1, 1], Buffer.alloc(64)));
    const bytes = mat.file(
      scalar('a'),
      cell,
      Buffer.concat([mat.words(15, packed.length), packed]),
      scalar('b'),
    );
    expect(Object.keys(await loadMat(bytes, { variables: ['b', 'a'] }))).toEqual(['a', 'b']);
    expect(await loadMat(bytes, { variables: [] })).toEqual({});
    await expect(loadMat(bytes)).rejects.toThrow(
      "loadMat: expected variable 'c' to be an array of real numbers but it is a cell array; the option variables names those that are wanted",
    );
    await expect(loadMat(bytes, { variables: ['s'] })).rejects.toThrow(
      "variable 's' to be an array of real numbers but it is a struct",
    );
    await expect(loadMat(bytes, { variables: ['a', 'd'] })).rejects.toThrow(ArgumentError);
    await expect(loadMat(bytes, { variables: ['weights'] })).rejects.toThrow(
      "loadMat: expected a variable 'weights' but it is not there; there are a, c, s, b",
    );
    await expect(loadMat(fixture('formats/mnist-like.mat'), { variables: ['training_dat'] })).rejects.toThrow(
      'did you mean training_data?',
    );
  });

  test.each([1, 2, 3, 4, 5, 16, 17, 18, 99])(
    'refuses class %i by the name of the variable',
    async (classCode) => {
      const bytes = mat.file(mat.matrix('odd', classCode, [1, 1], one()));
      await expect(loadMat(bytes)).rejects.toThrow(
        classCode === 17 ? FormatError : "expected variable 'odd' to be",
      );
    },
  );

  test('passes over an opaque object, which has no dimensions', async () => {
    const parts = [
      mat.element(6, mat.words(17, 0)),
      mat.element(1, Buffer.from('when')),
      mat.element(1, Buffer.from('MCOS')),
    ];
    const bytes = mat.file(mat.element(14, Buffer.concat(parts)), scalar('a'));
    expect(Object.keys(await loadMat(bytes, { variables: ['a'] }))).toEqual(['a']);
    await expect(loadMat(bytes)).rejects.toThrow(
      "expected variable 'when' to be an array of real numbers but it is an object",
    );
  });

  test('passes over what MATLAB keeps for functions', async () => {
    const bytes = mat.file(scalar('a'), mat.matrix('', 9, [1, 1], one()));
    bytes.set(mat.words(128 + scalar('a').length), 116);
    expect(Object.keys(await loadMat(bytes))).toEqual(['a']);
  });

  test('a name does not reach a prototype', async () => {
    const tensors = await loadMat(mat.file(scalar('__proto__')));
    expect(Object.keys(tensors)).toEqual(['__proto__']);
  });

  const le = (
    type:
      | typeof Int16Array
      | typeof Float64Array
      | typeof Int32Array
      | typeof Uint32Array
      | typeof Float32Array,
    ...values: number[]
  ) => Buffer.from(type.from(values).buffer);
  test.each<[string, number, Buffer, string, number[], number?]>([
    ['double', 6, mat.element(9, le(Float64Array, 0.5, -1, 2, 3)), 'float64', [0.5, 2, -1, 3]],
    ['double as bytes', 6, mat.small(2, Uint8Array.of(1, 2, 3, 4)), 'float64', [1, 3, 2, 4]],
    ['double as 16-bit integers', 6, mat.element(3, le(Int16Array, -1, 2, 3, 4)), 'float64', [-1, 3, 2, 4]],
    ['single', 7, mat.element(7, le(Float32Array, 0.5, 1, 2, 3)), 'float32', [0.5, 2, 1, 3]],
    ['int8', 8, mat.small(1, Uint8Array.of(255, 2, 3, 128)), 'int32', [-1, 3, 2, -128]],
    ['uint8', 9, mat.small(2, Uint8Array.of(255, 2, 3, 128)), 'uint8', [255, 3, 2, 128]],
    ['logical', 9, mat.small(2, Uint8Array.of(1, 0, 1, 9)), 'uint8', [1, 1, 0, 1], 0x200],
    ['int16', 10, mat.element(3, le(Int16Array, -7, 2, 3, 4)), 'int32', [-7, 3, 2, 4]],
    ['int32', 12, mat.element(5, le(Int32Array, -(2 ** 31), 2, 3, 4)), 'int32', [-(2 ** 31), 3, 2, 4]],
    ['uint32 that fits', 13, mat.element(6, le(Uint32Array, 1, 2, 3, 4)), 'int32', [1, 3, 2, 4]],
    [
      'uint32 that does not',
      13,
      mat.element(6, le(Uint32Array, 1, 2, 3, 2 ** 32 - 1)),
      'float64',
      [1, 3, 2, 2 ** 32 - 1],
    ],
    ['int64', 14, mat.element(12, le(Int32Array, 1, 0, -1, -1, 0, 1, 3, 0)), 'float64', [1, 2 ** 32, -1, 3]],
    ['uint64 as bytes', 15, mat.small(2, Uint8Array.of(1, 2, 3, 4)), 'int32', [1, 3, 2, 4]],
  ])('reads %s', async (_name, classCode, data, dtype, values, flags) => {
    const bytes = mat.file(mat.matrix('x', classCode, [2, 2], data, flags));
    const { x } = await loadMat(bytes);
    expect(x!.dtype).toBe(dtype);
    expect([...x!]).toEqual(values);
  });

  test('reads the other byte order', async () => {
    const big = new Mat(false);
    const doubles = Buffer.alloc(16);
    doubles.writeDoubleBE(0.5);
    doubles.writeDoubleBE(-3, 8);
    const { x, s } = await loadMat(
      big.file(
        big.matrix('x', 6, [1, 2], big.element(9, doubles)),
        big.matrix('s', 10, [1, 1], big.small(3, Uint8Array.of(0xff, 0xfe))),
      ),
    );
    expect(x!.toArray()).toEqual([[0.5, -3]]);
    expect(s!.toArray()).toEqual([[-2]]);
  });

  test('reads empty and N-dimensional arrays', async () => {
    const data = mat.element(
      2,
      Uint8Array.from({ length: 24 }, (_, i) => i),
    );
    const { e, n } = await loadMat(
      mat.file(
        mat.matrix('e', 6, [0, 3], mat.element(9, Buffer.alloc(0))),
        mat.matrix('n', 9, [2, 3, 4], data),
      ),
    );
    expect(e!.shape).toEqual([0, 3]);
    expect(n!.shape).toEqual([2, 3, 4]);
    expect(n!.get(1, 2, 3)).toBe(23);
    expect(n!.get(1, 0, 0)).toBe(1);
    expect(n!.get(0, 1, 0)).toBe(2);
    expect(n!.get(0, 0, 1)).toBe(6);
  });

  test('reads an array of many pieces', async () => {
    const [rows, columns] = [3001, 1007];
    const data = Uint8Array.from({ length: rows * columns }, (_, i) => (i * 31) % 251);
    const file = mat.file(mat.matrix('x', 9, [rows, columns], mat.element(2, data)));
    const packed = deflateSync(file.subarray(128));
    for (const bytes of [file, mat.file(Buffer.concat([mat.words(15, packed.length), packed]))]) {
      const { x } = await loadMat(bytes);
      for (const [i, j] of [
        [0, 0],
        [3000, 1006],
        [17, 348],
        [2999, 700],
        [1, 1000],
      ] as const) {
        expect(x!.get(i, j)).toBe(data[j * rows + i]);
      }
      expect(Buffer.compare(x!.T.elements() as Uint8Array, data)).toBe(0);
    }
  });

  const matrix = (name: string, shape: number[], data: Buffer) => mat.file(mat.matrix(name, 9, shape, data));
  test.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(0), "expected a MAT-file, with 'IM' or 'MI' at byte 126"],
    [
      'another file',
      new Uint8Array(Buffer.alloc(200, 'x')),
      "expected a MAT-file, with 'IM' or 'MI' at byte 126",
    ],
    ['half a tag', mat.file(Buffer.alloc(5)), 'expected another element but received the end'],
    [
      'no matrix',
      mat.file(mat.element(9, Buffer.alloc(8))),
      'expected a matrix (type 14 or 15) but received type 9 at byte 128',
    ],
    [
      'a small element as a matrix',
      mat.file(mat.small(14, Uint8Array.of(1))),
      'received type 14 at byte 128',
    ],
    [
      'a matrix beyond the file',
      mat.file(mat.words(14, 1000)),
      'expected at most the 0 bytes that follow but received a length of 1000 at byte 128',
    ],
    ['an empty matrix', mat.file(mat.words(14, 0)), 'expected another element'],
    [
      'more bytes than the shape has',
      matrix('x', [2, 1], mat.small(2, Uint8Array.of(1, 2, 3))),
      "loadMat: 'x': expected 2 bytes of uint8 for shape (2, 1) but received 3 at byte",
    ],
    [
      'fewer',
      matrix('x', [2, 2], mat.small(2, Uint8Array.of(1, 2, 3))),
      'expected 4 bytes of uint8 for shape (2, 2) but received 3',
    ],
    [
      'a negative size',
      matrix('x', [-1, 2], one()),
      'expected dimensions that memory can hold but received (-1, 2)',
    ],
    [
      'a shape beyond all memory',
      matrix('x', [2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1], one()),
      'expected dimensions that memory can hold',
    ],
    [
      'too many axes',
      matrix('x', new Array(33).fill(1), one()),
      'expected at most 32 dimensions but received 33',
    ],
    [
      'numbers of an unknown type',
      matrix('x', [1, 1], mat.small(8, Uint8Array.of(1))),
      "expected the numbers of 'x' but received an element of type 8 and 1 bytes",
    ],
    [
      'a number that its class cannot hold',
      matrix('x', [1, 1], mat.small(3, Uint8Array.of(0, 1))),
      "'x': expected element (0, 0) to be an integer in 0 … 255 but received 256",
    ],
    [
      'more behind the numbers',
      matrix('x', [1, 1], Buffer.concat([one(), one()])),
      "'x': expected the matrix to end with its numbers but 8 bytes follow",
    ],
    [
      'complex numbers',
      mat.file(mat.matrix('z', 6, [1, 1], one(), 0x800)),
      "expected variable 'z' to be an array of real numbers but it is complex",
    ],
    [
      'a name twice',
      mat.file(scalar('a'), scalar('a')),
      "expected each variable once but received 'a' again",
    ],
    [
      'packed rubbish',
      mat.file(mat.element(15, Buffer.alloc(16, 7))),
      'expected zlib data but they are damaged',
    ],
    [
      'packed data cut off',
      mat.file(mat.element(15, deflateSync(scalar('a')).subarray(0, 30))),
      'expected zlib data but they are damaged or incomplete',
    ],
    [
      'a packed claim that no data hold',
      mat.file(mat.element(15, deflateSync(mat.words(14, 2 ** 31)))),
      'received a length of 2147483648',
    ],
    [
      'packed packed data',
      mat.file(mat.element(15, deflateSync(mat.element(15, deflateSync(scalar('a')))))),
      'expected a matrix (type 14) but received type 15',
    ],
    [
      'two matrices packed as one',
      mat.file(mat.element(15, deflateSync(Buffer.concat([scalar('a'), scalar('b')])))),
      'expected one matrix but received more',
    ],
  ])('refuses %s', async (_name, bytes, message) => {
    await expect(loadMat(bytes)).rejects.toThrow(FormatError);
    await expect(loadMat(bytes)).rejects.toThrow(message);
  });

  test('names versions that it does not read, and the remedy', async () => {
    const remedy = "in MATLAB, save('x.mat', '-v7') writes one";
    const newer = mat.file();
    newer.set([0, 2], 124);
    const text = Buffer.from(mat.file());
    text.write('MATLAB 7.3 MAT-file');
    const hdf5 = Buffer.concat([Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), Buffer.alloc(200)]);
    for (const bytes of [newer, new Uint8Array(text), new Uint8Array(hdf5)]) {
      await expect(loadMat(bytes)).rejects.toThrow(FormatError);
      await expect(loadMat(bytes)).rejects.toThrow(`one of version 7.3, which is an HDF5 file; ${remedy}`);
    }
    const old = new Uint8Array(
      Buffer.concat([mat.words(0, 1, 1, 0, 2), Buffer.from('x\0'), Buffer.alloc(8)]),
    );
    await expect(loadMat(old)).rejects.toThrow(`one of level 4, or another file; ${remedy}`);
  });

  test('refuses too many variables', async () => {
    const many = mat.file(...Array.from({ length: 10_001 }, (_, i) => scalar(`v${i}`)));
    await expect(loadMat(many)).rejects.toThrow('expected at most 10000 variables but received more');
  });

  test('refuses other options', async () => {
    const bytes = mat.file();
    expect(await loadMat(bytes)).toEqual({});
    await expect(loadMat(bytes, { variable: ['a'] } as never)).rejects.toThrow('did you mean variables?');
    await expect(loadMat(bytes, { variables: 'a' as never })).rejects.toThrow(
      'expected option variables to be an array of strings',
    );
    await expect(loadMat('/nowhere/x.mat')).rejects.toThrow('there is no such file or folder');
    await expect(loadMat(3 as never)).rejects.toThrow(ArgumentError);
  });
});

describe('any bytes give tensors or a FormatError', () => {
  async function isRead(bytes: Uint8Array): Promise<boolean> {
    try {
      await loadMat(bytes);
      return true;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return false;
    }
  }

  test('mnist-like.mat, cut off at every byte', async () => {
    const bytes = sample('mnist-like.mat');
    // Behind the header and behind each variable a file may end.
    let read = 0;
    for (let length = 0; length < bytes.length; length++) {
      if (await isRead(bytes.subarray(0, length))) read++;
    }
    expect(read).toBe(4);
  });

  test('mnist-like-compressed.mat, cut off at every byte', async () => {
    const bytes = sample('mnist-like-compressed.mat');
    let read = 0;
    for (let length = 0; length < bytes.length; length++) {
      if (await isRead(bytes.subarray(0, length))) read++;
    }
    expect(read).toBe(4);
  });

  test.each(samples)('%s, with bytes changed', async (name) => {
    const bytes = sample(name);
    for (let at = 0; at < bytes.length; at += at < 400 ? 1 : 37) {
      for (const change of [0x01, 0x80, 0xff]) {
        const changed = bytes.slice();
        changed[at]! ^= change;
        await isRead(changed);
      }
    }
  });
});

describe.skipIf(!hasPython('numpy', 'scipy'))(
  'what SciPy writes (skipped without Python, NumPy and SciPy)',
  () => {
    const script = `
import json, sys
import numpy as np, scipy.io, scipy.sparse
folder = sys.argv[1]
rng = np.random.default_rng(0)
arrays = {}
for code in 'i1 u1 i2 u2 i4 u4 i8 u8 f4 f8 b1'.split():
    for name, shape in {'s': (), 'v': (5,), 'm': (7, 3), 'n': (2, 3, 4), 'e': (0, 2), 'l': (400, 301)}.items():
        a = rng.standard_normal(shape) * 50
        arrays[f'{code}{name}'] = np.asarray(np.abs(a) if code[0] in 'ub' else a).astype(code)
arrays['big'] = np.array([[2**40, -1]])
arrays['as_fortran'] = np.asfortranarray(rng.standard_normal((5, 4)))
for compressed in [False, True]:
    scipy.io.savemat(f'{folder}/{int(compressed)}.mat', arrays, do_compression=compressed)
read = scipy.io.loadmat(f'{folder}/0.mat')
print(json.dumps({k: [v.shape, [float(x) for x in v.astype(float).ravel()]] for k, v in read.items() if k in arrays}))
others = {'text': 'abc', 'cell': np.array([1, 'a'], dtype=object), 'struct': {'a': 1}, 'complex': np.array([1j]), 'sparse': scipy.sparse.eye(3).tocsc()}
scipy.io.savemat(f'{folder}/others.mat', {**others, 'x': np.ones((2, 2))}, do_compression=True)
scipy.io.savemat(f'{folder}/v4.mat', {'x': np.ones((2, 2))}, format='4')
`;
    const written = (async () => {
      const folder = await mkdtemp(join(tmpdir(), 'gemmnet-'));
      return { folder, shown: JSON.parse(python(script, [folder])) as Record<string, [number[], number[]]> };
    })();
    afterAll(async () => rm((await written).folder, { recursive: true, force: true }));

    const dtypes: Readonly<Record<string, string>> = {
      u1: 'uint8',
      b1: 'uint8',
      f4: 'float32',
      f8: 'float64',
      bi: 'float64',
      as: 'float64',
    };

    test.each([0, 1])('all types and shapes, do_compression=%i', async (compression) => {
      const { folder, shown } = await written;
      const tensors = await loadMat(join(folder, `${compression}.mat`));
      expect(Object.keys(tensors)).toEqual(Object.keys(shown));
      for (const [name, [shape, values]] of Object.entries(shown)) {
        const tensor = tensors[name]!;
        expect({ name, shape: tensor.shape, dtype: tensor.dtype, values: [...tensor] }).toEqual({
          name,
          shape,
          dtype: dtypes[name.slice(0, 2)] ?? 'int32',
          values,
        });
      }
    });

    test('what is no array of numbers', async () => {
      const { folder } = await written;
      const path = join(folder, 'others.mat');
      expect((await loadMat(path, { variables: ['x'] })).x!.toArray()).toEqual([
        [1, 1],
        [1, 1],
      ]);
      for (const [name, kind] of Object.entries({
        text: 'text',
        cell: 'a cell array',
        struct: 'a struct',
        complex: 'complex',
        sparse: 'a sparse matrix',
      })) {
        await expect(loadMat(path, { variables: ['x', name] })).rejects.toThrow(
          `loadMat: ${path}: expected variable '${name}' to be an array of real numbers but it is ${kind};`,
        );
      }
      await expect(loadMat(join(folder, 'v4.mat'))).rejects.toThrow('one of level 4');
    });
  },
);
