import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeRunFolder } from '../../lib/cli/run-folder.js';
import { temporaryFolder } from '../temporary-folder.js';

/** What a call of the file system throws, in place of what it does; root may write anywhere. */
const faults = vi.hoisted(() => ({
  mkdir: undefined as string | undefined,
  access: undefined as string | undefined,
}));

vi.mock('node:fs/promises', async (original) => {
  const real = (await original()) as typeof import('node:fs/promises');
  const failing =
    <A extends unknown[], R>(syscall: keyof typeof faults, call: (...args: A) => Promise<R>) =>
    async (...args: A) => {
      const code = faults[syscall];
      if (code === undefined) return await call(...args);
      throw Object.assign(new Error(`${code}: ${syscall}`), { code, syscall, path: args[0] });
    };
  return { ...real, mkdir: failing('mkdir', real.mkdir as never), access: failing('access', real.access) };
});

const now = new Date('2030-01-02T03:04:05.678Z');
let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  vi.spyOn(process, 'cwd').mockReturnValue(folder);
});
afterEach(() => {
  Object.assign(faults, { mkdir: undefined, access: undefined });
  vi.restoreAllMocks();
});

describe('a run folder', () => {
  test.each([
    ['EROFS', 'the file system is read-only'],
    ['EACCES', 'permission denied'],
    ['ENOENT', `FOLDER takes no folders`],
    ['ENOSPC', 'no space left on the device'],
  ])('that cannot be made for %s: says why, and what to do', async (code, reason) => {
    faults.mkdir = code;
    await expect(makeRunFolder(undefined, now)).rejects.toThrow(
      `gemmnet train: cannot write runs: ${reason.replace('FOLDER', folder)}; ` +
        'name a folder with --out DIR, or start gemmnet in one that can be written',
    );
    const out = join(folder, 'a', 'b');
    await expect(makeRunFolder(out, now)).rejects.toThrow(
      `gemmnet train: cannot write ${out}: ${reason.replace('FOLDER', folder)}; name another folder with --out`,
    );
  });

  test('that is there and cannot be written costs no training', async () => {
    faults.access = 'EROFS';
    await expect(makeRunFolder(folder, now)).rejects.toThrow(
      `gemmnet train: cannot write ${folder}: the file system is read-only; name another folder with --out`,
    );
  });

  test('in a folder that was removed', async () => {
    vi.spyOn(process, 'cwd').mockImplementation(() => {
      throw Object.assign(new Error('ENOENT: uv_cwd'), { code: 'ENOENT', syscall: 'uv_cwd' });
    });
    await expect(makeRunFolder(undefined, now)).rejects.toThrow(
      'cannot write runs: the folder where gemmnet was started is gone; name a folder',
    );
  });

  test('where a file is: says so', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(makeRunFolder(join(file, 'run'), now)).rejects.toThrow(
      'a part of the path is no folder; name another folder with --out',
    );
  });

  test('is made with those above it, and kept when it is there', async () => {
    const out = join(folder, 'a', 'b');
    await (await makeRunFolder(out, now)).write('history.csv', 'iteration');
    expect((await makeRunFolder(out, now)).path).toBe(out);
    expect(readFileSync(join(out, 'history.csv'), 'utf8')).toBe('iteration');
  });
});
