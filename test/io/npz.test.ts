import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ArgumentError, FormatError, ShapeError } from '../../lib/core/errors.js';
import { tensor, zeros } from '../../lib/core/tensors/tensor.js';
import { loadNpz, saveNpz } from '../../lib/io/arrays/npz.js';
import { withSource } from '../../lib/io/files/source.js';
import { listZip } from '../../lib/io/files/zip.js';
import { readMember } from '../../lib/io/files/zip-member.js';
import { fixture } from '../fixtures/index.js';
import { temporaryFolder } from '../temporary-folder.js';
import { npy, npyFields } from './npy-bytes.js';
import { type ZipEntry, zip } from './zip-bytes.js';

const expected = JSON.parse(readFileSync(fixture('formats/expected.json'), 'utf8')) as Record<
  string,
  { readonly X_train: number[]; readonly y_train: number[] }
>;

const bytesOf = (name: string) => new Uint8Array(readFileSync(fixture(`formats/${name}`)));

describe('loadNpz', () => {
  test.each(['plain.npz', 'compressed.npz'])('reads %s', async (name) => {
    const path = fixture(`formats/${name}`);
    for (const from of [path, pathToFileURL(path), bytesOf(name)]) {
      const arrays = await loadNpz(from);
      const { X_train, y_train } = expected[name]!;
      expect(Object.keys(arrays)).toEqual(['X_train', 'y_train']);
      expect(Object.getPrototypeOf(arrays)).toBeNull();
      expect(arrays.X_train).toMatchObject({ dtype: 'float32', shape: [9, 5] });
      expect([...arrays.X_train!]).toEqual(X_train);
      expect([...arrays.y_train!]).toEqual(y_train);
      expect(arrays.X_train!.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
  });

  test.each(['plain.npz', 'compressed.npz'])('refuses %s cut off anywhere', async (name) => {
    const bytes = bytesOf(name);
    for (let length = 0; length < bytes.length; length++) {
      await expect(loadNpz(bytes.subarray(0, length))).rejects.toThrow(FormatError);
    }
  });

  test('reads an archive without members', async () => {
    expect(Object.keys(await loadNpz(zip([])))).toEqual([]);
  });

  describe('with arrays that are no numbers', () => {
    const words = npy(npyFields('<U3', '(2,)'), new Array(24).fill(0));
    const objects = bytesOf('object-refuse.npy');
    const numbers = npy(npyFields('|u1', '(2,)'), [1, 2]);
    const archive = (deflate = false) =>
      zip([
        { name: 'words.npy', data: words, deflate },
        { name: 'X.npy', data: numbers, deflate },
        { name: 'objects.npy', data: objects, deflate },
      ]);

    test.each([false, true])('reads the others, deflated: %s', async (deflate) => {
      const arrays = await loadNpz(archive(deflate));
      expect(Object.keys(arrays)).toEqual(['X']);
      expect({ ...arrays }).toEqual({ X: arrays.X });
      expect(arrays.X!.toArray()).toEqual([1, 2]);
      expect(arrays.none).toBeUndefined();
    });

    test('says what it left out to whoever asks for it', async () => {
      const arrays = await loadNpz(archive());
      expect('words' in arrays).toBe(true);
      expect(() => arrays.words).toThrow(FormatError);
      expect(() => arrays.words).toThrow(
        "loadNpz: words.npy: expected an array of real numbers but received strings, dtype '<U3'; in NumPy, words, y = np.unique",
      );
      expect(() => arrays.objects).toThrow('Python objects');
    });

    test('reads those that the option arrays names', async () => {
      const arrays = await loadNpz(archive(), { arrays: ['X'] });
      expect(Reflect.ownKeys(arrays)).toEqual(['X']);
      expect(Reflect.ownKeys(await loadNpz(archive(), { arrays: [] }))).toEqual([]);
      await expect(loadNpz(archive(), { arrays: ['X', 'words'] })).rejects.toThrow('received strings');
    });

    test('reads none where there are no others', async () => {
      const only = zip([{ name: 'words.npy', data: words }]);
      await expect(loadNpz(only)).rejects.toThrow(FormatError);
      await expect(loadNpz(only)).rejects.toThrow("strings, dtype '<U3'");
    });

    test('tells a wanted array that is not there', async () => {
      await expect(loadNpz(archive(), { arrays: ['x'] })).rejects.toThrow(
        new ArgumentError("loadNpz: expected an array 'x' but it is not there; did you mean X?"),
      );
      await expect(loadNpz(archive(), { arrays: ['labels.npy'] })).rejects.toThrow(
        'there are words, X, objects',
      );
      await expect(loadNpz(archive(), { arrays: 'X' as never })).rejects.toThrow(ArgumentError);
      await expect(loadNpz(archive(), { variables: ['X'] } as never)).rejects.toThrow(
        'unknown option variables',
      );
    });

    test('still refuses what is damaged', async () => {
      const damaged = zip([
        { name: 'X.npy', data: numbers },
        { name: 'y.npy', data: numbers, crc: 0xbad },
      ]);
      await expect(loadNpz(damaged)).rejects.toThrow('CRC-32');
      expect((await loadNpz(damaged, { arrays: ['X'] })).X!.toArray()).toEqual([1, 2]);
    });
  });

  test('reads what was packed again, with folders and what macOS adds', async () => {
    const data = npy(npyFields('|u1', '(2,)'), [1, 2]);
    const nothing = new Uint8Array(0);
    const arrays = await loadNpz(
      zip([
        { name: 'set/', data: nothing },
        { name: 'set/.DS_Store', data: Uint8Array.of(0, 0, 0, 1) },
        { name: '__MACOSX/', data: nothing },
        { name: '__MACOSX/._set', data: Uint8Array.of(0, 5, 22, 7) },
        { name: 'set/X.npy', data },
        { name: '__MACOSX/set/._X.npy', data: Uint8Array.of(0, 5, 22, 7) },
        { name: 'y.npy', data },
        { name: '__MACOSX/._y.npy', data: Uint8Array.of(0, 5, 22, 7) },
      ]),
    );
    expect(Object.keys(arrays)).toEqual(['set/X', 'y']);
    expect(arrays['set/X']!.toArray()).toEqual([1, 2]);
  });

  test('passes over what is no array where it is told what is wanted', async () => {
    const data = npy(npyFields('|u1', '()'), [7]);
    const archive = zip([
      { name: 'README.md', data: Buffer.from('#') },
      { name: 'X.npy', data },
    ]);
    await expect(loadNpz(archive)).rejects.toThrow(
      "members that end in .npy but received 'README.md'; the option arrays names those that are wanted",
    );
    expect((await loadNpz(archive, { arrays: ['X'] })).X!.toArray()).toBe(7);
  });

  test('takes any name as it is', async () => {
    const data = npy(npyFields('|u1', '()'), [7]);
    const names = ['__proto__', 'group/x', 'größe', 'toString', ''];
    const arrays = await loadNpz(zip(names.map((name) => ({ name: `${name}.npy`, data }))));
    expect(Object.keys(arrays)).toEqual(names);
    expect(Object.values(arrays).map((t) => t.toArray())).toEqual([7, 7, 7, 7, 7]);
  });

  test.each([false, true])('reads ZIP64, compressed: %s', async (compress) => {
    const { ZipFile } = await import('yazl');
    const archive = new ZipFile();
    for (const name of ['X.npy', 'Y.npy'])
      archive.addBuffer(array, name, { compress, forceZip64Format: true });
    archive.end({ forceZip64Format: true, comment: 'PK' });
    const arrays = await loadNpz(await buffer(archive.outputStream));
    expect(Object.keys(arrays)).toEqual(['X', 'Y']);
    expect(arrays.Y!.toArray()).toEqual([1, 2, 3]);
  });

  test('reads large zeros, which compress a thousandfold', async () => {
    const count = 60_000_000;
    const data = Buffer.concat([npy(npyFields('|u1', `(${count},)`), []), Buffer.alloc(count)]);
    const archive = zip([{ name: 'X.npy', data, deflate: true }]);
    expect(data.length / archive.length).toBeGreaterThan(1000);
    const { X } = await loadNpz(archive);
    expect(X!.shape).toEqual([count]);
    expect(X!.data.every((value) => value === 0)).toBe(true);
  });
});

const array = npy(npyFields('|u1', '(3,)'), [1, 2, 3]);
const x: ZipEntry = { name: 'X.npy', data: array };
const packed = deflateRawSync(array);
/** The member Y.npy with its local header, and no directory. */
const inner = zip([{ name: 'Y.npy', data: array }]).subarray(0, 30 + 5 + array.length);
const long = npy(npyFields('|u1', '(100000,)'), new Array(100_000).fill(7));

/** An end of ZIP64 that says where its record is. */
function zip64(archive: Buffer, record: Uint8Array, offset: bigint): Buffer {
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50);
  locator.writeBigUInt64LE(offset, 8);
  return Buffer.concat([archive.subarray(0, -22), record, locator, archive.subarray(-22)]);
}

function zip64Record(count: bigint, directory: bigint): Buffer {
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50);
  record.writeBigUInt64LE(count, 24);
  record.writeBigUInt64LE(count, 32);
  record.writeBigUInt64LE(directory, 48);
  return record;
}

describe('loadNpz refuses', () => {
  test.each<[string, Uint8Array, string]>([
    ['an npy file', array, 'expected an .npz archive but it is an .npy file; loadNpy reads it'],
    ['an empty file', new Uint8Array(0), 'expected a sound ZIP archive'],
    ['bytes after the end', Buffer.concat([zip([x]), array]), 'expected a sound ZIP archive'],
    [
      'a member that is no npy file',
      zip([x, { name: 'run.sh', data: array }]),
      "end in .npy but received 'run.sh'",
    ],
    ['a folder', zip([{ name: 'x/', data: new Uint8Array(0) }]), "end in .npy but received 'x/'"],
    [
      'a member of another format',
      zip([{ name: 'X.npy', data: Buffer.from('P5 28 28 255 ') }]),
      ': X.npy: expected an npy file',
    ],
    ['a path upwards', zip([{ ...x, name: '../X.npy' }]), 'invalid relative path: ../X.npy'],
    ['a path upwards in the middle', zip([{ ...x, name: 'a/../../X.npy' }]), 'invalid relative path'],
    ['an absolute path', zip([{ ...x, name: '/etc/X.npy' }]), 'absolute path: /etc/X.npy'],
    ['a drive', zip([{ ...x, name: 'C:X.npy' }]), 'absolute path: C:X.npy'],
    ['a backslash', zip([{ ...x, name: '..\\X.npy' }]), 'invalid characters in fileName'],
    [
      'a name twice',
      zip([x, { ...x, data: npy(npyFields('|u1', '(1,)'), [9]) }]),
      "but received two of 'X.npy'",
    ],
    [
      'another name in the local header',
      zip([{ ...x, localName: 'Y.npy' }]),
      "but received 'Y.npy' and method 0",
    ],
    [
      'encryption',
      zip([{ ...x, flags: 1, packedSize: array.length + 12, packed: Buffer.alloc(array.length + 12) }]),
      'not to be encrypted',
    ],
    ['strong encryption', zip([{ ...x, flags: 0x41 }]), 'strong encryption is not supported'],
    ['bzip2', zip([{ ...x, method: 12 }]), 'but received method 12'],
    ['a wrong CRC-32, stored', zip([{ ...x, crc: 0xbad }]), 'with CRC-32 0x00000bad but received 0x'],
    [
      'a wrong CRC-32, deflated',
      zip([{ ...x, deflate: true, crc: 0xbad }]),
      'with CRC-32 0x00000bad but received 0x',
    ],
    ['a stored member of two sizes', zip([{ ...x, size: 5 }]), 'size mismatch'],
    [
      'a stored member beyond the file',
      zip([{ ...x, size: 5000, packedSize: 5000 }]),
      'overflows file bounds',
    ],
    [
      'a deflated member beyond the file',
      zip([{ ...x, deflate: true, packedSize: 5000 }]),
      'overflows file bounds',
    ],
    ['a header beyond the file', zip([{ ...x, offset: 1_000_000 }]), "beyond the file's end"],
    ['a header elsewhere', zip([{ ...x, offset: 1 }]), 'invalid local file header signature'],
    ['more members than there are', zip([x], 2), "beyond the file's end"],
    [
      'a member inside another',
      zip([
        { name: 'X.npy', data: npy(npyFields('|u1', `(${inner.length},)`), [...inner]) },
        { name: 'Y.npy', data: array, offset: 30 + 5 + 128 },
      ]),
      "expected member 'Y.npy' to begin at byte 329 or later",
    ],
    [
      'damaged data',
      zip([{ ...x, deflate: true, packed: Buffer.alloc(50, 0xff) }]),
      'damaged or incomplete near byte',
    ],
    [
      'data cut off',
      zip([{ ...x, deflate: true, packed: packed.subarray(0, -5) }]),
      'damaged or incomplete near byte',
    ],
    [
      'data after the end',
      zip([{ ...x, deflate: true, packed: Buffer.concat([packed, Buffer.alloc(9)]) }]),
      `expected ${packed.length + 9} deflated bytes but received ${packed.length}`,
    ],
    [
      'no data at all',
      zip([{ ...x, deflate: true, packed: new Uint8Array(0) }]),
      'expected 0 bytes to inflate to at most 0',
    ],
    [
      'a claim of less than there is',
      zip([{ ...x, data: long, deflate: true, size: 5000 }]),
      "'u1' of shape (100000) but the file has 5000",
    ],
    [
      'a claim of more than there is',
      zip([{ ...x, deflate: true, size: 150 }]),
      'expected the file to end at byte 131',
    ],
    [
      'damaged data that nobody reads',
      zip([{ ...x, deflate: true, size: 5, packed: packed.subarray(0, -5) }]),
      'expected an npy header of 8 bytes or more but the file ends at byte 5',
    ],
    [
      'data longer than both headers say',
      zip([{ ...x, deflate: true, packed: deflateRawSync(Buffer.concat([array, Buffer.alloc(1_000_000)])) }]),
      'expected it to inflate to 131 bytes but more follows',
    ],
    [
      'an npy header that claims more',
      zip([{ ...x, data: npy(npyFields('|u1', '(1099511627776,)'), [1]), deflate: true }]),
      "expected 1099511627904 bytes for 'u1'",
    ],
    [
      'a claim that no data keep',
      zip([{ ...x, deflate: true, size: 0xfffffff0 }]),
      'received a claim of 4294967280',
    ],
    [
      'a record of ZIP64 that is none',
      zip64(zip([x]), new Uint8Array(56), BigInt(zip([x]).length - 22)),
      'invalid zip64 end',
    ],
    [
      'a record of ZIP64 beyond the file',
      zip64(zip([x]), new Uint8Array(56), 2n ** 64n - 1n),
      "beyond the file's end",
    ],
    [
      '2⁶⁴−1 members',
      zip64(zip([x]), zip64Record(2n ** 64n - 1n, 0n), BigInt(zip([x]).length - 22)),
      'expected at most 65535 members',
    ],
    [
      'a directory beyond the file',
      zip64(zip([x]), zip64Record(1n, 2n ** 63n), BigInt(zip([x]).length - 22)),
      "beyond the file's end",
    ],
    ['a pickle', zip([{ name: 'X.npy', data: bytesOf('object-refuse.npy') }]), 'Python objects (a pickle'],
  ])('%s', async (_name, bytes, message) => {
    const path = join(await temporaryFolder(), 'evil.npz');
    await writeFile(path, bytes);
    for (const from of [bytes, path]) {
      const failure: unknown = await loadNpz(from).then(
        () => undefined,
        (error) => error,
      );
      expect(failure).toBeInstanceOf(FormatError);
      expect((failure as Error).message).toContain(message);
    }
  });

  test('damaged data, whenever they are read', async () => {
    const damaged = zip([{ ...x, deflate: true, packed: packed.subarray(0, -5) }]);
    await withSource('test', damaged, async (source) => {
      const [member] = await listZip(source);
      const late = readMember(source, member!, async (contents) => {
        await setTimeout(50);
        await contents.read(new Uint8Array(array.length), 0);
      });
      await expect(late).rejects.toThrow(FormatError);
    });
  });

  test('a bomb, before it goes off', async () => {
    const count = 80_000_000;
    const data = Buffer.concat([npy(npyFields('|u1', `(${count},)`), []), Buffer.alloc(count)]);
    const bomb = zip([{ name: 'X.npy', data, deflate: true }]);
    await expect(loadNpz(bomb).then(Object.keys)).rejects.toThrow(
      `expected an archive of ${bomb.length} bytes to inflate to at most ${bomb.length * 1000} but received members of ${data.length}`,
    );
  });
});

const arrays = {
  X: tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]).T,
  y: Int32Array.of(3, -1),
  'group/mask': Uint8Array.of(1, 0, 255),
  größe: [[0.1], [NaN]],
  none: zeros([0, 3]),
  __proto__x: tensor([7], []),
};

describe('saveNpz', () => {
  test.each([false, true])('keeps names, values and shapes, compressed: %s', async (compressed) => {
    const path = join(await temporaryFolder(), 'data.npz');
    await saveNpz(path, arrays, { compressed });
    const loaded = await loadNpz(path);
    expect(Object.keys(loaded)).toEqual(Object.keys(arrays));
    for (const [name, values] of Object.entries(arrays)) {
      const wanted = tensor(values);
      expect(loaded[name]).toMatchObject({ dtype: wanted.dtype, shape: wanted.shape });
      expect(loaded[name]!.toArray()).toEqual(wanted.toArray());
    }
  });

  test('compresses, in pieces too', async () => {
    const path = join(await temporaryFolder(), 'data.npz');
    const X = Float32Array.from({ length: 500_000 }, (_, i) => i % 1000);
    await saveNpz(path, { X }, { compressed: true });
    expect((await readFile(path)).length).toBeLessThan(X.byteLength / 10);
    const loaded = (await loadNpz(path)).X!.data;
    expect(Buffer.compare(Buffer.from(loaded.buffer), Buffer.from(X.buffer))).toBe(0);
  });

  test('writes the same bytes for the same tensors', async () => {
    const path = join(await temporaryFolder(), 'data.npz');
    const zone = process.env.TZ;
    const written: Buffer[] = [];
    for (const TZ of ['UTC', 'America/New_York', 'Asia/Tokyo']) {
      process.env.TZ = TZ;
      await saveNpz(path, arrays, { compressed: true });
      written.push(await readFile(path));
    }
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
    expect(written[1]).toEqual(written[0]);
    expect(written[2]).toEqual(written[0]);
  });

  test('holds what the tensors held at the call', async () => {
    const path = join(await temporaryFolder(), 'data.npz');
    const X = new Float32Array(100_000).fill(1);
    const saving = saveNpz(path, { X });
    X.fill(2);
    await saving;
    expect((await loadNpz(path)).X!.get(99_999)).toBe(1);
  });

  test('writes the whole file or none', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'data.npz');
    await saveNpz(path, {});
    expect(Object.keys(await loadNpz(path))).toEqual([]);
    const before = await readFile(path);
    await expect(saveNpz(path, { X: 'x' as never })).rejects.toThrow('expected arrays.X to be a tensor');
    await expect(saveNpz(path, { X: [[1], [2, 3]] })).rejects.toThrow(ShapeError);
    await expect(saveNpz(path, null as never)).rejects.toThrow(
      'expected arrays to be an object but received null',
    );
    await expect(saveNpz(path, tensor([1]) as never)).rejects.toThrow('expected arrays to be an object');
    await expect(saveNpz(path, {}, { compress: true } as never)).rejects.toThrow('did you mean compressed?');
    await expect(saveNpz(path, {}, { compressed: 1 as never })).rejects.toThrow(
      'true or false but received 1',
    );
    for (const name of ['../X', '/X', 'a\\b', 'C:X', 'a\0b', '\ud800', 'x'.repeat(70_000)]) {
      await expect(saveNpz(path, { [name]: [1] })).rejects.toThrow(ArgumentError);
    }
    await expect(saveNpz(join(path, 'x'), { X: [1] })).rejects.toThrow('cannot write');
    await expect(saveNpz(folder, { X: [1] })).rejects.toThrow(ArgumentError);
    await expect(saveNpz(7 as never, { X: [1] })).rejects.toThrow('saveNpz: expected a path but received 7');
    expect(await readFile(path)).toEqual(before);
    expect(await readdir(folder)).toEqual(['data.npz']);
  });
});
