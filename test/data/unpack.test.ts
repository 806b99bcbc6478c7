import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Header, type HeaderData } from 'tar';
import { describe, expect, test } from 'vitest';
import { ArgumentError, FormatError } from '../../lib/core/errors.js';
import { type FetchProgress, fetchEntry } from '../../lib/data/download/fetch.js';
import type { ManifestEntry } from '../../lib/data/download/manifest.js';
import { unpack } from '../../lib/data/download/unpack.js';
import { temporaryFolder } from '../temporary-folder.js';
import { serve, wholeAndRanges } from './local-server.js';

type Entry = HeaderData & { readonly path: string; readonly body?: Buffer };

const a = Buffer.alloc(700_000, 'a');
const b = Buffer.from('b'.repeat(1000));
const members = [
  { path: 'set/a.bin', bytes: a.length },
  { path: 'set/b.bin', bytes: b.length },
  { path: 'set/names.txt', atMost: 100 },
];
const good: readonly Entry[] = [
  { path: 'set/', type: 'Directory' },
  { path: 'set/readme.html', body: Buffer.from('<p>') },
  { path: 'set/b.bin', body: b },
  { path: './set/a.bin', body: a },
  { path: 'set/names.txt', body: Buffer.from('cat\n') },
];

/** A tar archive: headers and bodies in blocks of 512 bytes, and two empty blocks. */
function tar(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ body = Buffer.alloc(0), ...data }) => {
    const header = Buffer.alloc(512);
    new Header({ mode: 0o644, type: 'File', size: body.length, ...data }).encode(header);
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** The archive in a folder in a folder of its own, so that `..` has somewhere to lead. */
async function archived(contents: Buffer): Promise<{ outer: string; folder: string; archive: string }> {
  const outer = await temporaryFolder();
  const folder = join(outer, 'data');
  await mkdir(folder);
  const archive = join(folder, 'set.tar.gz');
  await writeFile(archive, contents);
  return { outer, folder, archive };
}

const everything = async (folder: string) => (await readdir(folder, { recursive: true })).sort();

describe('unpack', () => {
  test('writes the members and nothing else', async () => {
    const { folder, archive } = await archived(gzipSync(tar(good)));
    await unpack(archive, folder, members, undefined);
    expect(await everything(folder)).toEqual([
      'set',
      'set.tar.gz',
      'set/a.bin',
      'set/b.bin',
      'set/names.txt',
    ]);
    expect((await readFile(join(folder, 'set/a.bin'))).equals(a)).toBe(true);
    expect((await readFile(join(folder, 'set/b.bin'))).equals(b)).toBe(true);
  });

  const instead = (path: string, ...entries: Entry[]) => [
    ...good.filter((one) => one.path !== path),
    ...entries,
  ];

  test.each<[string, Buffer, string]>([
    ['a path that leads out', tar([{ path: '../evil', body: b }, ...good]), "received '../evil'"],
    [
      'one that leads out further in',
      tar([{ path: 'set/../../evil', body: b }, ...good]),
      "'set/../../evil'",
    ],
    ['one with backslashes', tar([{ path: 'set\\..\\..\\evil', body: b }, ...good]), 'expected paths inside'],
    ['an absolute path', tar([...good, { path: '/tmp/evil', body: b }]), "received '/tmp/evil'"],
    ['a drive', tar([...good, { path: 'C:/evil', body: b }]), "received 'C:/evil'"],
    [
      'a symbolic link',
      tar([{ path: 'set/a.bin', type: 'SymbolicLink', linkpath: '/etc/passwd' }, ...good]),
      "'set/a.bin' is a SymbolicLink",
    ],
    [
      'a symbolic link to a folder and a file through it',
      tar([{ path: 'set', type: 'SymbolicLink', linkpath: '..' }, ...good]),
      "'set' is a SymbolicLink",
    ],
    ['a hard link', tar([...good, { path: 'set/c', type: 'Link', linkpath: 'set/a.bin' }]), 'is a Link'],
    ['a device', tar([...good, { path: 'set/null', type: 'CharacterDevice' }]), 'is a CharacterDevice'],
    ['a pipe', tar([...good, { path: 'set/pipe', type: 'FIFO' }]), 'is a FIFO'],
    [
      'a member of another size',
      tar(instead('set/b.bin', { path: 'set/b.bin', body: b.subarray(1) })),
      "expected 'set/b.bin' to have 1000 bytes but it has 999",
    ],
    [
      'a text that is too long',
      tar(instead('set/names.txt', { path: 'set/names.txt', body: Buffer.alloc(101) })),
      "expected 'set/names.txt' to have at most 100 bytes but it has 101",
    ],
    [
      'a huge entry, announced',
      tar([{ path: 'set/huge', size: 8e9 }, ...good]),
      "expected 'set/huge' to have at most 1048576 bytes but it has 8000000000",
    ],
    [
      'a huge entry, there',
      tar([{ path: 'set/huge', body: Buffer.alloc(64 << 20) }, ...good]),
      "expected 'set/huge' to have at most",
    ],
    ['a member twice', tar([...good, { path: 'set/b.bin', body: b }]), "expected 'set/b.bin' once"],
    ['a missing member', tar(instead('set/b.bin')), 'expected set/b.bin in it but found none'],
    [
      'more entries than it should have',
      tar([...Array.from({ length: 200 }, (_, i) => ({ path: `set/${i}` })), ...good]),
      'expected at most 100 entries',
    ],
    ['an end in the middle of a member', tar(good).subarray(0, 300_000), 'set.tar.gz: '],
    ['a damaged header', Buffer.from(tar(good)).fill(255, 100, 108), 'set.tar.gz: '],
    ['no entries', tar([]), 'Unrecognized archive format'],
    ['noise', Buffer.alloc(5000, 'noise'), 'set.tar.gz: '],
  ])('refuses %s', async (_name, contents, message) => {
    const { outer, folder, archive } = await archived(gzipSync(contents));
    const unpacking = unpack(archive, folder, members, undefined);
    await expect(unpacking).rejects.toThrow(FormatError);
    await expect(unpacking).rejects.toThrow(message);
    await expect(unpacking).rejects.toThrow(`fetchDataSet: ${archive}: `);
    expect(await everything(outer)).toEqual(['data', 'data/set.tar.gz']);
  });

  test.each<[string, Buffer]>([
    ['cut off', gzipSync(tar(good)).subarray(0, -20)],
    ['damaged', gzipSync(tar(good)).fill(255, 300, 310)],
    ['empty', Buffer.alloc(0)],
    ['a bomb', gzipSync(Buffer.alloc(256 << 20))],
  ])('refuses gzip data that are %s', async (_name, contents) => {
    const { outer, folder, archive } = await archived(contents);
    await expect(unpack(archive, folder, members, undefined)).rejects.toThrow(FormatError);
    expect(await everything(outer)).toEqual(['data', 'data/set.tar.gz']);
  });

  test('leaves what is in its place', async () => {
    const { outer, folder, archive } = await archived(gzipSync(tar(good)));
    await mkdir(join(outer, 'elsewhere'));
    await writeFile(join(outer, 'elsewhere', 'mine'), 'mine');
    await symlink(join(outer, 'elsewhere'), join(folder, 'set'));
    await expect(unpack(archive, folder, members, undefined)).rejects.toThrow(ArgumentError);
    expect((await readdir(folder)).sort()).toEqual(['set', 'set.tar.gz']);
    expect(await readdir(join(outer, 'elsewhere'))).toEqual(['mine']);
  });

  test('stops when it is aborted', async () => {
    const { outer, folder, archive } = await archived(gzipSync(tar(good)));
    const reason = new Error('enough');
    await expect(unpack(archive, folder, members, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await everything(outer)).toEqual(['data', 'data/set.tar.gz']);
  });
});

describe('fetchEntry of an archive', () => {
  const archive = gzipSync(tar(good));
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const settings = { signal: undefined, onProgress: undefined, timeout: 1000, patience: 5 };
  const entry = (url: string): ManifestEntry => ({
    summary: '',
    files: [{ name: 'set.tar.gz', bytes: archive.length, sha256, urls: [url], members }],
  });

  test('unpacks it once and removes it', async () => {
    const { url, requests } = await serve(wholeAndRanges(archive));
    const folder = await temporaryFolder();
    const stages: string[] = [];
    const onProgress = ({ stage }: FetchProgress) => stages.push(stage);
    await fetchEntry(entry(url), folder, [], { ...settings, onProgress });
    expect(await everything(folder)).toEqual(['set', 'set/a.bin', 'set/b.bin', 'set/names.txt']);
    expect(stages.at(-1)).toBe('unpack');
    await fetchEntry(entry(url), folder, [], settings);
    expect(requests).toHaveLength(1);
  });

  test('unpacks one that is there, and four at a time leave one', async () => {
    const { url, requests } = await serve(wholeAndRanges(archive));
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'set.tar.gz'), archive);
    await Promise.all(Array.from({ length: 4 }, () => fetchEntry(entry(url), folder, [], settings)));
    expect(await everything(folder)).toEqual(['set', 'set/a.bin', 'set/b.bin', 'set/names.txt']);
    expect(requests).toHaveLength(0);
  });

  test('leaves a folder in its place that holds something else', async () => {
    const { url, requests } = await serve(wholeAndRanges(archive));
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'set'));
    await writeFile(join(folder, 'set', 'a.bin'), 'mine');
    const fetching = fetchEntry(entry(url), folder, [], settings);
    await expect(fetching).rejects.toThrow(ArgumentError);
    await expect(fetching).rejects.toThrow(
      /a\.bin of 700000 bytes but it is not so; remove .*set, or choose/,
    );
    expect(requests).toHaveLength(0);
  });
});
