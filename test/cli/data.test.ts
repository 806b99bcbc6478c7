import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cacheFolder } from '../../lib/data/download/cache-folder.js';
import type { ManifestEntry } from '../../lib/data/download/manifest.js';
import { breaksOffAfter, inTurn, type LocalServer, serve } from '../data/local-server.js';
import { fixture } from '../fixtures/index.js';
import { temporaryFolder } from '../temporary-folder.js';
import { runCli } from './run-cli.js';

/** A small MNIST: 6,000 and 100 images of 2 × 2 pixels, each of which tells its digit. */
const files = vi.hoisted(() => ({ bytes: {} as Record<string, Buffer> }));

vi.mock('../../lib/data/download/manifest.js', async (original) => {
  const { gzipSync: gzip } = await import('node:zlib');
  const { createHash: hashOf } = await import('node:crypto');
  const idx = (...axes: number[]) => {
    const header = Buffer.alloc(4 + 4 * axes.length);
    header.set([0, 0, 8, axes.length]);
    for (const [i, size] of axes.entries()) header.writeUInt32BE(size, 4 + 4 * i);
    return header;
  };
  for (const [part, count] of [
    ['train', 6000],
    ['t10k', 100],
  ] as const) {
    const labels = Buffer.from(Array.from({ length: count }, (_, i) => i % 10));
    const pixels = Buffer.from([...labels].flatMap((label) => [label & 1, label & 2, label & 4, label & 8]));
    files.bytes[`${part}-images-idx3-ubyte.gz`] = gzip(Buffer.concat([idx(count, 2, 2), pixels]));
    files.bytes[`${part}-labels-idx1-ubyte.gz`] = gzip(Buffer.concat([idx(count), labels]));
  }
  const mnist: ManifestEntry = {
    summary: 'digits',
    files: Object.entries(files.bytes).map(([name, bytes]) => ({
      name,
      bytes: bytes.length,
      sha256: hashOf('sha256').update(bytes).digest('hex'),
      urls: [],
    })),
  };
  const real = (await original()) as typeof import('../../lib/data/download/manifest.js');
  return { ...real, manifest: { ...real.manifest, mnist } };
});

let folder: string;
let server: LocalServer;
beforeEach(async () => {
  folder = await temporaryFolder();
  vi.stubEnv('GEMMNET_DATA', folder);
  server = await serve((request, response) => {
    const bytes = files.bytes[request.url!.slice(1)];
    if (bytes === undefined) response.writeHead(404).end();
    else response.end(bytes);
  });
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('gemmnet data fetch', () => {
  test('puts the data set where gemmnet train finds it', async () => {
    const { code, out, err } = await runCli(['data', 'fetch', 'mnist', '--mirror', server.url]);
    expect(out).toBe(`mnist is in ${join(folder, 'mnist')}\n`);
    expect(err).toMatch(/^mnist {2}\[ {24}\] {4}0 % {2}0\.0 of 0\.0 MB {2}train-images-idx3-ubyte\.gz$/m);
    expect(err).toMatch(/^mnist {2}\[={24}\] {2}100 % .* t10k-labels-idx1-ubyte\.gz$/m);
    expect(code).toBe(0);
    const path = await runCli(['data', 'path', 'mnist']);
    expect(path).toEqual({ code: 0, out: `${join(folder, 'mnist')}\n`, err: '' });
    const trained = await runCli([
      ...['train', '--data', 'mnist', '--epochs', '1', '--hidden', '8', '--lr', '0.03'],
      ...['--out', join(folder, 'run'), '--json'],
    ]);
    expect(trained.err).toMatch(/^mnist \(1,000 \/ 5,000 \/ 100\), net 4-8-10/);
    expect(JSON.parse(trained.out)).toMatchObject({ data: 'mnist' });
    expect(trained.code).toBe(0);
  });

  test('--dir names another place, --json prints the folders', async () => {
    const dir = join(folder, 'elsewhere');
    const { out, code } = await runCli([
      'data',
      'fetch',
      'mnist',
      '--dir',
      dir,
      '--mirror',
      server.url,
      '--json',
    ]);
    expect(JSON.parse(out)).toEqual({ mnist: join(dir, 'mnist') });
    expect(code).toBe(0);
    expect(await readdir(join(dir, 'mnist'))).toHaveLength(4);
    const list = await runCli(['data', 'list', '--dir', dir, '--json']);
    const rows = JSON.parse(list.out) as { name: string; state: string; folder: string; bytes: number }[];
    expect(rows.map(({ name, state }) => [name, state])).toEqual([
      ['mnist', 'here'],
      ['fashion-mnist', 'not here'],
      ['kmnist', 'not here'],
      ['cifar10', 'not here'],
      ['cifar100', 'not here'],
    ]);
    expect(rows[0]!.folder).toBe(join(dir, 'mnist'));
    expect(rows[3]!.bytes).toBe(170052171);
    expect((await runCli(['data', 'fetch', 'mnist', '--dir', dir])).code).toBe(0);
    expect(server.requests).toHaveLength(4);
  });

  test('rewrites one line on a terminal', async () => {
    let err = '';
    await runCli(['data', 'fetch', 'mnist', '--mirror', server.url], {
      interactive: true,
      err: (text) => {
        err += text;
      },
    });
    expect(err.split('\n')).toHaveLength(2);
    expect(err.trimEnd().split('\r').at(-1)).toMatch(/^mnist {2}\[={12}\] {2}100 %/);
  });

  test('stops on Ctrl-C, and goes on the next time', async () => {
    const [name, bytes] = Object.entries(files.bytes)[0]!;
    const stop = new AbortController();
    const slow = await serve(
      inTurn(
        (_request, response) => {
          response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 50));
          setTimeout(() => stop.abort(), 100);
        },
        breaksOffAfter(0, bytes),
      ),
    );
    const stopped = await runCli(['data', 'fetch', 'mnist', '--mirror', slow.url], { signal: stop.signal });
    expect(stopped.code).toBe(1);
    expect(stopped.out).toBe('');
    expect(stopped.err).toMatch(/gemmnet data fetch: stopped; the next one goes on from here\n$/);
    expect(await readdir(join(folder, 'mnist'))).toEqual([
      expect.stringMatching(new RegExp(`^${name}\\..*\\.part$`)),
    ]);
    const again = await runCli(['data', 'fetch', 'mnist', '--mirror', server.url]);
    expect(again.code).toBe(0);
    expect(server.requests[0]!.headers.range).toBe('bytes=50-');
  });

  test('says in one sentence what went wrong', async () => {
    const bad = await serve((_request, response) => response.end(Buffer.alloc(10)));
    const { code, out, err } = await runCli(['data', 'fetch', 'mnist', '--mirror', bad.url]);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err.trimEnd().split('\n').at(-1)).toBe(
      `fetchDataSet: cannot download train-images-idx3-ubyte.gz: ${bad.url}train-images-idx3-ubyte.gz ` +
        `announces 10 bytes but expected are ${Object.values(files.bytes)[0]!.length}`,
    );
    const mirror = await runCli(['data', 'fetch', 'mnist', '--mirror', 'ftp://x']);
    expect(mirror.err).toMatch(/to be an http or https URL without a password but received 'ftp:\/\/x'/);
  });
});

describe('gemmnet data list and path', () => {
  test('tell what is here', async () => {
    const state = async () => /^ {2}mnist +(.+?) {2,}\d/m.exec((await runCli(['data', 'list'])).out)?.[1];
    expect((await runCli(['data', 'list'])).out).toMatch(
      /^ {2}cifar10 +not here +170\.1 MB {2}photographs in ten classes/m,
    );
    expect(await state()).toBe('not here');
    const place = join(folder, 'mnist');
    await mkdir(place);
    const [name, bytes] = Object.entries(files.bytes)[0]!;
    await writeFile(join(place, name), bytes);
    expect(await state()).toBe('incomplete');
    const { code, err } = await runCli(['data', 'path', 'mnist']);
    expect(code).toBe(1);
    expect(err).toBe(`gemmnet data path: mnist is incomplete, in ${place}; run gemmnet data fetch mnist\n`);
    for (const each of Object.keys(files.bytes)) await writeFile(join(place, each), 'repacked');
    expect(await state()).toBe('other files');
    const found = await runCli(['data', 'path', 'mnist', '--json']);
    expect(JSON.parse(found.out)).toEqual({ name: 'mnist', folder: place, state: 'other files' });
  });
});

describe('--data without a folder', () => {
  test.each(['mnist', 'fashion-mnist', 'kmnist', 'cifar10'])(
    '%s that is not there says how to get it',
    async (name) => {
      const { code, out, err } = await runCli(['train', '--data', name]);
      expect(code).toBe(1);
      expect(out).toBe('');
      expect(err).toBe(
        `gemmnet: expected ${name} in ${join(folder, name)} but it is not there; ` +
          `run gemmnet data fetch ${name}, or name its folder, --data ${name}:DIR\n`,
      );
    },
  );

  test('reads CIFAR-10 from there, and says what is missing', async () => {
    const place = join(folder, 'cifar10', 'cifar-10-batches-bin');
    await mkdir(place, { recursive: true });
    for (const i of [1, 2, 3, 4])
      await copyFile(fixture('formats/data_batch_1.bin'), join(place, `data_batch_${i}.bin`));
    const { code, err } = await runCli(['train', '--data', 'cifar10']);
    expect(code).toBe(1);
    expect(err).toMatch(
      /expected data_batch_5\.bin, test_batch\.bin beside the other batches .*; run gemmnet data fetch cifar10/,
    );
  });
});

test('the cache is where GEMMNET_DATA, XDG_CACHE_HOME or the home folder say', () => {
  expect(cacheFolder({ GEMMNET_DATA: '/data', XDG_CACHE_HOME: '/cache' })).toBe('/data');
  expect(cacheFolder({ GEMMNET_DATA: '', XDG_CACHE_HOME: '/cache' })).toBe(join('/cache', 'gemmnet'));
  for (const env of [{}, { XDG_CACHE_HOME: '' }, { XDG_CACHE_HOME: 'relative' }]) {
    expect(cacheFolder(env)).toBe(join(homedir(), '.cache', 'gemmnet'));
  }
});

test.each(['', 'relative'])(
  'a HOME that is %j is no home folder: the system’s list of users has it',
  (home) => {
    vi.stubEnv('HOME', home);
    expect(cacheFolder({})).toBe(join(userInfo().homedir, '.cache', 'gemmnet'));
  },
);
