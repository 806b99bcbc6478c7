import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Dtype } from '../../lib/core/dtype.js';
import { type TensorLike, tensor, zeros } from '../../lib/core/tensors/tensor.js';
import { loadNpy, saveNpy, serializeNpy } from '../../lib/io/arrays/npy.js';
import { loadNpz, saveNpz } from '../../lib/io/arrays/npz.js';
import { hasPython, python } from '../python.js';
import { temporaryFolder } from '../temporary-folder.js';

const missing = !hasPython('numpy');

/** Of every rank, with last sizes of one, two and three digits: headers of every length, so all there is of padding. */
const headers = Array.from({ length: 31 * 3 }, (_, i): [string, TensorLike] => {
  const shape = [...new Array<number>(1 + Math.floor(i / 3)).fill(1), 10 ** (i % 3)];
  return [`rank${shape.length}x${shape.at(-1)}`, zeros(shape, { dtype: 'uint8' })];
});

const arrays: Readonly<Record<string, TensorLike>> = {
  ...Object.fromEntries(headers),
  float32: tensor(Float32Array.of(1.5, -0, 3e38, 1e-45, 5, 6), [2, 3]),
  float64: [
    [0.1, 2],
    [3, -1e300],
    [5, 6],
  ],
  int32: Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 0),
  uint8: tensor(Uint8Array.of(0, 255, 7, 8), [2, 1, 2]),
  scalar: tensor(Float64Array.of(2.5), []),
  empty: zeros([0, 784]),
  long: new Uint8Array(1_234_567),
  strided: tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]).T,
};

const show = `
import json, sys
import numpy as np
def show(a):
    assert a.flags.c_contiguous
    return [a.dtype.str, list(a.shape), a.ravel().astype('f8').tolist() if a.size < 100 else int(a.sum())]
`;

/** Prints dtype, shape and elements of the arrays of an archive. */
const loadArchive = `${show}
loaded = np.load(sys.argv[1], allow_pickle=False)
print(json.dumps({name: show(loaded[name]) for name in loaded.files}))
`;

/** The same of npy files in a folder; saves what it loaded beside them. */
const loadAndSave = `${show}
folder, *names = sys.argv[1:]
loaded = {name: np.load(f'{folder}/{name}.npy', allow_pickle=False) for name in names}
for name in names: np.save(f'{folder}/{name}-theirs.npy', loaded[name])
print(json.dumps({name: show(loaded[name]) for name in names}))
`;

const codes: Readonly<Record<Dtype, string>> = { float32: '<f4', float64: '<f8', int32: '<i4', uint8: '|u1' };

function shown(values: TensorLike): unknown {
  const t = tensor(values);
  return [codes[t.dtype], t.shape, t.size < 100 ? [...t] : 0];
}

describe.skipIf(missing)(`NumPy${missing ? ' (skipped: there is no Python with numpy)' : ''}`, () => {
  test('reads our npy files, which are those that it writes', async () => {
    const folder = await temporaryFolder();
    const names = Object.keys(arrays);
    for (const name of names) await saveNpy(join(folder, `${name}.npy`), arrays[name]!);
    const loaded = JSON.parse(python(loadAndSave, [folder, ...names])) as Record<string, unknown>;
    for (const name of names) {
      expect(loaded[name], name).toEqual(shown(arrays[name]!));
      const ours = await readFile(join(folder, `${name}.npy`));
      const theirs = await readFile(join(folder, `${name}-theirs.npy`));
      expect(Buffer.compare(ours, theirs), name).toBe(0);
    }
  });

  test.each([false, true])('reads the npz archive, compressed: %s', async (compressed) => {
    const path = join(await temporaryFolder(), 'ours.npz');
    await saveNpz(path, { ...arrays, größe: [1], 'group/x': [2] }, { compressed });
    const loaded = JSON.parse(python(loadArchive, [path])) as Record<string, unknown>;
    expect(Object.keys(loaded)).toEqual([...Object.keys(arrays), 'größe', 'group/x']);
    for (const [name, values] of Object.entries(arrays)) expect(loaded[name]).toEqual(shown(values));
    // Its members are those of np.save.
    const member = python(
      "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(z.read('float32.npy').hex())",
      [path],
    );
    expect(Buffer.from(member.trim(), 'hex')).toEqual(Buffer.from(serializeNpy(arrays.float32!)));
  });

  const dtypes: readonly (readonly [code: string, dtype: Dtype])[] = [
    ['b1', 'uint8'],
    ['u1', 'uint8'],
    ['i1', 'int32'],
    ['u2', 'int32'],
    ['i2', 'int32'],
    ['u4', 'float64'],
    ['i4', 'int32'],
    ['u8', 'float64'],
    ['i8', 'float64'],
    ['f2', 'float32'],
    ['f4', 'float32'],
    ['f8', 'float64'],
  ];

  /** Writes every dtype in both byte orders, both element orders and all versions of the format, and prints what they hold. */
  const write = `
import json, os, sys
import numpy as np
folder, *codes = sys.argv[1:]
rng = np.random.default_rng(7)
shown = {}
def code(dtype): return dtype.str[1:] + ('-swapped' if dtype.byteorder == '>' else '')
for dtype in [np.dtype(order + code) for code in codes for order in '<>']:
    if dtype.kind == 'f':
        values = rng.normal(size=60) * 100
        values[:5] = [0, -0.0, np.inf, -np.inf, np.nan]
    elif dtype.kind == 'b':
        values = rng.integers(0, 2, 60)
    else:
        info = np.iinfo(dtype)
        lowest, highest = max(info.min, -2**53), min(info.max, 2**53)
        values = rng.integers(lowest, highest, 60, endpoint=True)
        values[:2] = [lowest, highest]
    for shape in [(), (60,), (3, 20), (3, 4, 5), (1, 60, 1), (0, 7)]:
        for layout in 'CF':
            array = np.resize(values, shape).astype(dtype).copy(layout)
            for version in [(1, 0), (2, 0), (3, 0)]:
                name = f'{code(dtype)}-{"x".join(map(str, shape))}-{layout}-{version[0]}.npy'
                with open(os.path.join(folder, name), 'wb') as file:
                    np.lib.format.write_array(file, array, version)
                shown[name] = [list(shape), [repr(x) for x in array.ravel().astype('f8').tolist()]]
print(json.dumps(shown))
`;

  test('writes arrays in every way, and we read them', async () => {
    const folder = await temporaryFolder();
    const codes = dtypes.map(([code]) => code);
    const written = JSON.parse(python(write, [folder, ...codes])) as Record<string, [number[], string[]]>;
    // 6 shapes × 2 element orders × 3 versions, and both byte orders of the 9 wider than a byte.
    expect(Object.keys(written).length).toBe(36 * (3 + 2 * 9));
    for (const [name, [shape, values]] of Object.entries(written)) {
      const t = await loadNpy(join(folder, name));
      expect(t.shape, name).toEqual(shape);
      if (t.size > 1) expect(t.dtype, name).toBe(dtypes.find(([code]) => name.startsWith(code))![1]);
      expect([...t], name).toEqual(values.map(toNumber));
    }
  });

  test.each(['savez', 'savez_compressed'])('writes an archive with %s, and we read it', async (save) => {
    const path = join(await temporaryFolder(), 'theirs.npz');
    python(
      `import sys, numpy as np
np.${save}(sys.argv[1], np.arange(6.).reshape(2, 3).T, **{'größe': np.arange(500000), 'a/b': np.float16(2.5), 'none': np.zeros((0, 4), '>f8')})`,
      [path],
    );
    const loaded = await loadNpz(path);
    expect(Object.keys(loaded).sort()).toEqual(['a/b', 'arr_0', 'größe', 'none']);
    expect(loaded.arr_0!.toArray()).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect(loaded.größe!.dtype).toBe('int32');
    expect(loaded.größe!.data.every((value, i) => value === i)).toBe(true);
    expect(loaded['a/b']!.toArray()).toBe(2.5);
    expect(loaded.none!.shape).toEqual([0, 4]);
  });

  test('writes objects, which we refuse', async () => {
    const path = join(await temporaryFolder(), 'objects.npz');
    python("import sys, numpy as np; np.savez(sys.argv[1], X=np.array([1, 'a', None], dtype=object))", [
      path,
    ]);
    await expect(loadNpz(path)).rejects.toThrow(
      "X.npy: expected an array of real numbers but received Python objects (a pickle, which is never executed), dtype '|O'",
    );
  });
});

/** What Python's repr writes. */
function toNumber(text: string): number {
  return text.endsWith('inf') ? Number(text.replace('inf', 'Infinity')) : Number(text);
}
