import { readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ArgumentError, StateError } from '../../lib/core/errors.js';
import { crc32c } from '../../lib/io/formats/crc32c.js';
import { TensorBoardWriter } from '../../lib/io/formats/tensorboard.js';
import { fixture } from '../fixtures/index.js';
import { temporaryFolder } from '../temporary-folder.js';
import { readEvents } from './tensorboard-events.js';

// RFC 3720, appendix B.4, and the check value of the catalogue of CRC algorithms.
test.each<[string, Uint8Array, number]>([
  ['nothing', new Uint8Array(0), 0],
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 ones', new Uint8Array(32).fill(255), 0x62a8ab43],
  ['0 … 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['31 … 0', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
])('crc32c of %s', (_name, bytes, crc) => {
  expect(crc32c(bytes)).toBe(crc);
});

async function onlyFile(folder: string): Promise<Buffer> {
  const names = await readdir(folder);
  expect(names).toHaveLength(1);
  return readFile(join(folder, names[0]!));
}

describe('TensorBoardWriter', () => {
  test('writes numbers that a reader of the format finds', async () => {
    const folder = join(await temporaryFolder(), 'runs', '1');
    const before = Date.now() / 1000;
    const board = new TensorBoardWriter(folder);
    board.scalar('loss', 2.5, 0);
    board.scalar('loss', Number.NaN, 1);
    board.scalar('accuracy/train ß', -0.125, 2 ** 40, 1234.5);
    await board.close();
    const [name] = await readdir(folder);
    expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\..+$/);
    expect(name!.endsWith(`.${hostname()}`)).toBe(true);
    const { version, scalars } = readEvents(await onlyFile(folder));
    expect(version).toBe('brain.Event:2');
    expect(scalars).toMatchObject([
      { tag: 'loss', value: 2.5, step: 0 },
      { tag: 'loss', value: Number.NaN, step: 1 },
      { tag: 'accuracy/train ß', value: -0.125, step: 2 ** 40, seconds: 1234.5 },
    ]);
    expect(scalars[0]!.seconds).toBeGreaterThanOrEqual(before);
    expect(scalars[0]!.seconds).toBeLessThanOrEqual(Date.now() / 1000);
  });

  test('appends at each flush, and by itself when much was recorded', async () => {
    const folder = await temporaryFolder();
    const board = new TensorBoardWriter(pathToFileURL(folder));
    board.scalar('a', 1, 0);
    expect(await readdir(folder)).toEqual([]);
    await board.flush();
    expect(readEvents(await onlyFile(folder)).scalars).toHaveLength(1);
    await board.flush();
    for (let step = 1; step <= 5000; step++) board.scalar('a', step, step);
    await board.close();
    await board.close();
    const { scalars } = readEvents(await onlyFile(folder));
    expect(scalars.map(({ step }) => step)).toEqual(Array.from({ length: 5001 }, (_, i) => i));
    expect(() => board.scalar('a', 1, 1)).toThrow(StateError);
  });

  test('takes a file of its own in a folder where another run began within the second', async () => {
    const folder = await temporaryFolder();
    const boards = [1, 2, 3].map(() => new TensorBoardWriter(folder));
    await Promise.all(boards.map((board) => board.close()));
    const names = await readdir(folder);
    expect(names).toHaveLength(3);
    expect(names.every((name) => name.includes('tfevents'))).toBe(true);
  });

  test('tells that it cannot write, at every flush', async () => {
    const board = new TensorBoardWriter(join(fixture('index.ts'), 'runs'));
    for (let step = 0; step < 5000; step++) board.scalar('a', 1, step);
    await expect(board.flush()).rejects.toThrow(ArgumentError);
    await expect(board.flush()).rejects.toThrow('TensorBoardWriter: cannot write');
    await expect(board.close()).rejects.toThrow('TensorBoardWriter: cannot write');
  });

  test.each<[string, unknown[], string]>([
    ['no tag', ['', 1, 1], "tag to be a name but received ''"],
    ['a tag that is a number', [7, 1, 1], 'tag to be a name but received 7'],
    ['a word', ['a', '1', 1], "value to be a number but received '1'"],
    ['a fractional step', ['a', 1, 0.5], 'step to be an integer from 0 on but received 0.5'],
    ['a negative step', ['a', 1, -1], 'step to be an integer from 0 on but received -1'],
    [
      'a time that is a date',
      ['a', 1, 1, new Date(0)],
      'seconds to be a number but received an instance of Date',
    ],
  ])('refuses %s, and records nothing', async (_name, values, message) => {
    const folder = await temporaryFolder();
    const board = new TensorBoardWriter(folder);
    const call = () => board.scalar(...(values as [string, number, number]));
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(message);
    await board.close();
    expect(readEvents(await onlyFile(folder)).scalars).toEqual([]);
  });

  test('refuses what is no folder', async () => {
    const board = new TensorBoardWriter(new URL('https://example.org/runs'));
    await expect(board.flush()).rejects.toThrow(ArgumentError);
    expect(() => new TensorBoardWriter(7 as never)).toThrow('expected a folder but received 7');
  });
});
