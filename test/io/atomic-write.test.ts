import { execFileSync } from 'node:child_process';
import {
  chmod,
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ArgumentError, StateError } from '../../lib/core/errors.js';
import { writeAtomically } from '../../lib/io/files/atomic-write.js';
import { temporaryFolder } from '../temporary-folder.js';

const write = (path: string | URL, contents: Parameters<typeof writeAtomically>[2] = 'new') =>
  writeAtomically('save', path, contents);

/** Has every file handle do something else when it is asked for `method`. */
async function replaceMethod<Name extends 'sync' | 'write' | 'readv'>(
  name: Name,
  implementation: FileHandle[Name],
): Promise<void> {
  const file = await open(process.execPath);
  const spy = vi.spyOn(Object.getPrototypeOf(file) as FileHandle, name);
  await file.close();
  spy.mockImplementation(implementation as never);
  onTestFinished(() => spy.mockRestore());
}

const failWith = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

describe('a file', () => {
  test('is written as text, bytes or piece by piece', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'x');
    await write(path, 'größe');
    expect(await readFile(path, 'utf8')).toBe('größe');
    await write(pathToFileURL(path), Uint8Array.of(1, 2));
    expect([...(await readFile(path))]).toEqual([1, 2]);
    async function* pieces() {
      yield Uint8Array.of(3);
      yield new Uint8Array(0);
      yield Uint8Array.of(4, 5);
    }
    await write(path, pieces());
    expect([...(await readFile(path))]).toEqual([3, 4, 5]);
    await write(path, '');
    expect((await stat(path)).size).toBe(0);
    expect(await readdir(folder)).toEqual(['x']);
  });

  test('may have a name as long as the system takes', async () => {
    const folder = await temporaryFolder();
    const name = 'x'.repeat(255);
    await write(join(folder, name));
    expect(await readdir(folder)).toEqual([name]);
    await expect(write(join(folder, `${name}x`))).rejects.toThrow(ArgumentError);
    await expect(write(join(folder, `${name}x`))).rejects.toThrow('the name is too long');
  });

  test('appears in folders that were missing', async () => {
    const folder = await temporaryFolder();
    await write(join(folder, 'a', 'b', 'x'));
    await write(join(folder, 'a', 'c', 'x'));
    expect(await readFile(join(folder, 'a', 'b', 'x'), 'utf8')).toBe('new');
    expect(await readdir(join(folder, 'a'))).toEqual(['b', 'c']);
  });

  test('leaves no folders behind that were made for nothing', async () => {
    const folder = await temporaryFolder();
    await replaceMethod('write', failWith('ENOSPC'));
    await expect(write(join(folder, 'a', 'b', 'x'))).rejects.toThrow(StateError);
    expect(await readdir(folder)).toEqual([]);
  });

  test('cannot be where a folder is, or under a file', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'f'), 'old');
    await mkdir(join(folder, 'd'));
    for (const [path, reason] of [
      [join(folder, 'd'), 'it is a folder'],
      [`${folder}/d/`, 'it is a folder'],
      [`${folder}/none/`, 'it is a folder'],
      [join(folder, 'f', 'x'), 'a part of the path is no folder'],
      [join(folder, 'f', 'x', 'y'), 'a part of the path is no folder'],
      ['', 'folder'],
      ['a\0b', 'null bytes'],
    ] as const) {
      await expect(write(path)).rejects.toThrow(ArgumentError);
      await expect(write(path)).rejects.toThrow(reason);
      await expect(write(path)).rejects.toThrow('save: cannot write');
    }
    await expect(write(new URL('http://a/b'))).rejects.toThrow(ArgumentError);
    expect(await readdir(folder)).toEqual(['d', 'f']);
    expect(await readFile(join(folder, 'f'), 'utf8')).toBe('old');
  });
});

describe.runIf(process.platform !== 'win32')('a file that is there', () => {
  test.each([0o600, 0o640, 0o644, 0o755, 0o666])('keeps its mode %o', async (mode) => {
    const path = join(await temporaryFolder(), 'x');
    await writeFile(path, 'old');
    await chmod(path, mode);
    await write(path);
    expect((await stat(path)).mode & 0o7777).toBe(mode);
    expect(await readFile(path, 'utf8')).toBe('new');
  });

  test.runIf(process.getuid?.() === 0)('keeps its owner', async () => {
    const path = join(await temporaryFolder(), 'x');
    await writeFile(path, 'old');
    execFileSync('chown', ['1234:2345', path]);
    await chmod(path, 0o4750);
    await write(path);
    expect(await stat(path)).toMatchObject({ uid: 1234, gid: 2345, mode: 0o104750 });
  });

  test('that is new has the mode of any new file', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'usual'), '');
    await write(join(folder, 'x'));
    expect((await stat(join(folder, 'x'))).mode).toBe((await stat(join(folder, 'usual'))).mode);
  });

  test('is replaced, so that other names of it keep what they had', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'x'), 'old');
    await link(join(folder, 'x'), join(folder, 'y'));
    await write(join(folder, 'x'));
    expect(await readFile(join(folder, 'y'), 'utf8')).toBe('old');
  });
});

describe.runIf(process.platform !== 'win32')('a symbolic link', () => {
  test('stays, and what it leads to is written', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'data'));
    await writeFile(join(folder, 'data', 'x'), 'old');
    await chmod(join(folder, 'data', 'x'), 0o640);
    await symlink(join('data', 'x'), join(folder, 'near'));
    await symlink(join(folder, 'near'), join(folder, 'far'));
    await write(join(folder, 'far'));
    expect(await readFile(join(folder, 'data', 'x'), 'utf8')).toBe('new');
    expect((await stat(join(folder, 'data', 'x'))).mode & 0o777).toBe(0o640);
    expect(await readlink(join(folder, 'far'))).toBe(join(folder, 'near'));
    expect(await readlink(join(folder, 'near'))).toBe(join('data', 'x'));
    expect(await readdir(folder)).toEqual(['data', 'far', 'near']);
    expect(await readdir(join(folder, 'data'))).toEqual(['x']);
  });

  test('may lead to what is not there yet', async () => {
    const folder = await temporaryFolder();
    await symlink(join('later', 'x'), join(folder, 'x'));
    await write(join(folder, 'x'));
    expect(await readFile(join(folder, 'later', 'x'), 'utf8')).toBe('new');
    expect((await lstat(join(folder, 'x'))).isSymbolicLink()).toBe(true);
  });

  test('goes up from where it lies, not from where it is called', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'a', 'b'), { recursive: true });
    await symlink(join(folder, 'a', 'b'), join(folder, 'short'));
    await symlink(join('..', 'x'), join(folder, 'a', 'b', 'up'));
    await write(join(folder, 'short', 'up'));
    expect(await readdir(join(folder, 'a'))).toEqual(['b', 'x']);
  });

  test('must lead somewhere, and to a file', async () => {
    const folder = await temporaryFolder();
    await symlink('b', join(folder, 'a'));
    await symlink('a', join(folder, 'b'));
    await symlink('.', join(folder, 'here'));
    await expect(write(join(folder, 'a'))).rejects.toThrow(ArgumentError);
    await expect(write(join(folder, 'a'))).rejects.toThrow('symbolic links lead in a circle');
    await expect(write(join(folder, 'here'))).rejects.toThrow('it is a folder');
    expect(await readdir(folder)).toEqual(['a', 'b', 'here']);
  });
});

describe.runIf(process.platform === 'linux')('what cannot be replaced', () => {
  const large = new Uint8Array(3_000_000).map((_, i) => i % 251);

  test('a named pipe is written into', async () => {
    const path = join(await temporaryFolder(), 'pipe');
    execFileSync('mkfifo', [path]);
    const reading = readFile(path);
    await write(path, large);
    expect((await reading).equals(large)).toBe(true);
    expect((await stat(path)).isFIFO()).toBe(true);
  });

  test('a device is written into', async () => {
    await write('/dev/null', large);
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
    await expect(write('/dev/full')).rejects.toThrow(StateError);
    await expect(write('/dev/full')).rejects.toThrow(
      /^save: cannot write \/dev\/full: no space left on the device$/,
    );
  });

  test('a file that is open is written where it is', async () => {
    const path = join(await temporaryFolder(), 'out');
    const file = await open(path, 'w');
    await file.write('before ');
    await write(`/dev/fd/${file.fd}`);
    await write(`/proc/self/fd/${file.fd}`);
    await file.write(' after');
    await file.close();
    expect(await readFile(path, 'utf8')).toBe('before newnew after');
  });

  test('a socket that does not wait is written as it empties', async () => {
    const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const { connect } = await import('node:net');
    await new Promise((resolve) => server.once('listening', resolve));
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const socket = await accepted;
    const { fd } = (socket as unknown as { readonly _handle: { readonly fd: number } })._handle;
    const received = buffer(client);
    await write(`/dev/fd/${fd}`, large);
    socket.end();
    expect((await received).equals(large)).toBe(true);
  });
});

describe('what is written piece by piece', () => {
  test('ends with the error of whoever makes the pieces, and no file', async () => {
    const folder = await temporaryFolder();
    function* pieces() {
      yield new Uint8Array(1 << 20);
      throw new RangeError('no more');
    }
    await expect(write(join(folder, 'x'), pieces())).rejects.toThrow(new RangeError('no more'));
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('a system that fails', () => {
  test.each([
    ['ENOSPC', 'no space left on the device'],
    ['EDQUOT', 'the quota of the disk is used up'],
    ['EIO', 'the device failed (input/output error)'],
    ['EFBIG', 'the file would be larger than is allowed'],
    ['EWHATEVER', 'EWHATEVER'],
  ])('is no fault of an argument: %s', async (code, reason) => {
    const folder = await temporaryFolder();
    const path = join(folder, 'x');
    await writeFile(path, 'old');
    await replaceMethod('write', failWith(code));
    const error = await write(path).catch((cause) => cause);
    expect(error).toBeInstanceOf(StateError);
    expect(error.message).toBe(`save: cannot write ${path}: ${reason}; the old file is as it was`);
    expect(error.cause).toMatchObject({ code });
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['x']);
    await expect(write(join(folder, 'y'))).rejects.toThrow(
      new RegExp(`: ${reason.replace(/[()]/g, '\\$&')}$`),
    );
  });

  test.each(['EACCES', 'EROFS', 'ENOENT'])('is told of a wrong path: %s', async (code) => {
    await replaceMethod('write', failWith(code));
    await expect(write(join(await temporaryFolder(), 'x'))).rejects.toThrow(ArgumentError);
  });

  test.each(['EINVAL', 'ENOTSUP', 'EROFS', 'ENOSYS'])('may know no flush: %s', async (code) => {
    const path = join(await temporaryFolder(), 'x');
    await replaceMethod('sync', failWith(code));
    await write(path);
    expect(await readFile(path, 'utf8')).toBe('new');
  });

  test('may have file handles without a flush, as those of Yarn', async () => {
    const path = join(await temporaryFolder(), 'x');
    await replaceMethod('sync', () => {
      throw new Error('Method not implemented.');
    });
    await write(path);
    expect(await readFile(path, 'utf8')).toBe('new');
  });

  test.each(['EIO', 'ENOSPC', 'EDQUOT'])('may lose data in a flush, which is told: %s', async (code) => {
    const path = join(await temporaryFolder(), 'x');
    await writeFile(path, 'old');
    await replaceMethod('sync', failWith(code));
    await expect(write(path)).rejects.toThrow(StateError);
    expect(await readFile(path, 'utf8')).toBe('old');
  });

  test('may lose data of a long file in a flush before the last, which is told', async () => {
    const path = join(await temporaryFolder(), 'x');
    let flushes = 0;
    await replaceMethod('sync', () => {
      flushes++;
      return flushes === 1 ? failWith('EIO')() : Promise.resolve();
    });
    await expect(write(path, new Uint8Array(1 << 25))).rejects.toThrow(StateError);
    expect(flushes).toBeGreaterThan(0);
    await write(path, new Uint8Array(1 << 25).fill(7));
    expect((await readFile(path)).every((byte) => byte === 7)).toBe(true);
    expect(flushes).toBeGreaterThan(2);
  });

  test('may take a part of what it is given', async () => {
    const path = join(await temporaryFolder(), 'x');
    const file = await open(process.execPath);
    const original = (Object.getPrototypeOf(file) as FileHandle).write;
    await file.close();
    await replaceMethod('write', function (
      this: FileHandle,
      bytes: Uint8Array,
      offset: number,
      length: number,
    ) {
      return original.call(this, bytes as never, offset, Math.min(length, 2) as never);
    } as never);
    await write(path, 'seven 7');
    expect(await readFile(path, 'utf8')).toBe('seven 7');
  });
});

describe.runIf(process.platform === 'linux')('a folder that takes no folders', () => {
  test.each(['/proc/none/model', '/proc/none/deeper/model', '/sys/none/model'])(
    '%s: an error',
    async (path) => {
      await expect(write(path)).rejects.toThrow(`save: cannot write ${path}: `);
    },
  );
});
