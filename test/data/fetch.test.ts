import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ArgumentError } from '../../lib/core/errors.js';
import { DownloadError } from '../../lib/data/download/download-error.js';
import { type FetchProgress, fetchDataSet, fetchEntry } from '../../lib/data/download/fetch.js';
import { redirected } from '../../lib/data/download/http-client.js';
import { fetchableNames, type ManifestEntry, manifest } from '../../lib/data/download/manifest.js';
import { ownName, spaceError } from '../../lib/data/download/part-file.js';
import { temporaryFolder } from '../temporary-folder.js';
import { breaksOffAfter, inTurn, listen, serve, wholeAndRanges } from './local-server.js';

const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) >> 5));
const sha256 = createHash('sha256').update(bytes).digest('hex');
const wrong = Buffer.from(bytes).fill(7, 1000, 1010);

function entry(...urls: string[]): ManifestEntry {
  return { summary: '', files: [{ name: 'data.bin', bytes: bytes.length, sha256, urls }] };
}

const settings = { signal: undefined, onProgress: undefined, timeout: 400, patience: 5 };

/** Fetches from the addresses, and gives the folder's files. */
async function fetchFrom(...urls: string[]): Promise<Record<string, Buffer>> {
  const place = await temporaryFolder();
  await fetchEntry(entry(...urls), place, [], settings);
  return contents(place);
}

async function contents(place: string): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  for (const name of (await readdir(place)).sort()) files[name] = await readFile(join(place, name));
  return files;
}

/** What it rejects with, and that the folder stays without the file. */
async function failure(...urls: string[]): Promise<string> {
  const place = await temporaryFolder();
  const error: unknown = await fetchEntry(entry(...urls), place, [], settings).catch((cause) => cause);
  expect(error).toBeInstanceOf(DownloadError);
  expect(Object.keys(await contents(place))).not.toContain('data.bin');
  return (error as Error).message;
}

/** The only file is the one that was published. */
function expectPublished(files: Record<string, Buffer>): void {
  expect(Object.keys(files)).toEqual(['data.bin']);
  expect(files['data.bin']!.equals(bytes)).toBe(true);
}

describe('fetchEntry', () => {
  test('downloads a file once, and says how far it is', async () => {
    const { url, requests } = await serve(wholeAndRanges(bytes));
    const place = join(await temporaryFolder(), 'new', 'folder');
    const progress: FetchProgress[] = [];
    const onProgress = (one: FetchProgress) => progress.push(one);
    await fetchEntry(entry(`${url}data.bin`), place, [], { ...settings, onProgress });
    expectPublished(await contents(place));
    expect(progress[0]).toEqual({ stage: 'download', file: 'data.bin', received: 0, total: bytes.length });
    expect(progress.at(-1)).toMatchObject({ received: bytes.length });
    expect(progress.every(({ received }, i) => i === 0 || received >= progress[i - 1]!.received)).toBe(true);
    expect(requests[0]).toMatchObject({ method: 'GET', url: '/data.bin' });
    expect(requests[0]!.headers).toMatchObject({ 'accept-encoding': 'identity' });
    await fetchEntry(entry(`${url}data.bin`), place, [], settings);
    expect(requests).toHaveLength(1);
  });

  test('goes on where a connection broke off, with the version it began with', async () => {
    const { url, requests } = await serve(
      inTurn(breaksOffAfter(100_000, bytes, '"v1"'), wholeAndRanges(bytes)),
    );
    expectPublished(await fetchFrom(url));
    expect(requests.map(({ headers }) => [headers.range, headers['if-range']])).toEqual([
      [undefined, undefined],
      ['bytes=100000-', '"v1"'],
    ]);
  });

  test('begins anew when the file has changed since, or the server knows no ranges', async () => {
    const changed = await serve(inTurn(breaksOffAfter(1000, wrong, '"old"'), wholeAndRanges(bytes)));
    expectPublished(await fetchFrom(changed.url));
    expect(changed.requests[1]!.headers['if-range']).toBe('"old"');
    const ignoring = await serve(
      inTurn(breaksOffAfter(1000, bytes), (_request, response) => response.end(bytes)),
    );
    expectPublished(await fetchFrom(ignoring.url));
    expect(ignoring.requests[1]!.headers.range).toBe('bytes=1000-');
  });

  test('goes on at the next address with what the first one sent', async () => {
    const first = await serve(
      inTurn(breaksOffAfter(200_000, bytes, '"a"'), (_request, response) => response.writeHead(404).end()),
    );
    const second = await serve(wholeAndRanges(bytes, '"b"'));
    expectPublished(await fetchFrom(first.url, second.url));
    expect(second.requests.map(({ headers }) => [headers.range, headers['if-range']])).toEqual([
      ['bytes=200000-', undefined],
    ]);
  });

  test('begins anew when what it goes on from was wrong', async () => {
    const first = await serve(
      inTurn(breaksOffAfter(200_000, wrong), (_request, response) => response.writeHead(410).end()),
    );
    const second = await serve(wholeAndRanges(bytes));
    expectPublished(await fetchFrom(first.url, second.url));
    expect(second.requests.map(({ headers }) => headers.range)).toEqual(['bytes=200000-', undefined]);
  });

  test('goes on from what an earlier process left', async () => {
    const { url, requests } = await serve(wholeAndRanges(bytes));
    const place = await temporaryFolder();
    // No process has this number.
    const left = ownName(join(place, 'data.bin'), 'part').replace(/-\d+-/, '-4194305-');
    await writeFile(left, bytes.subarray(0, 123_456));
    await writeFile(left.replace(/.{8}\.part$/, '00000000.part'), bytes.subarray(0, 99));
    await fetchEntry(entry(url), place, [], settings);
    expectPublished(await contents(place));
    expect(requests.map(({ headers }) => headers.range)).toEqual(['bytes=123456-']);
  });

  test.each<[string, Buffer]>([
    ['a whole file that only wants its name', bytes],
    ['a whole file of other bytes', wrong],
    ['a file that is too long', Buffer.concat([bytes, bytes])],
  ])('makes the best of what was left: %s', async (_name, left) => {
    const { url, requests } = await serve(wholeAndRanges(bytes));
    const place = await temporaryFolder();
    await writeFile(ownName(join(place, 'data.bin'), 'part').replace(/-\d+-/, '-4194305-'), left);
    await fetchEntry(entry(url), place, [], settings);
    expectPublished(await contents(place));
    expect(requests).toHaveLength(left === bytes ? 0 : 1);
  });

  test('keeps what has arrived when it is aborted', async () => {
    const { url, requests } = await serve(
      inTurn((_request, response) => {
        response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 150_000));
      }, wholeAndRanges(bytes)),
    );
    const place = await temporaryFolder();
    const stop = new AbortController();
    const reason = new Error('enough');
    const onProgress = ({ received }: FetchProgress) => {
      if (received >= 150_000) stop.abort(reason);
    };
    const stopped = fetchEntry(entry(url), place, [], { ...settings, signal: stop.signal, onProgress });
    await expect(stopped).rejects.toBe(reason);
    const [[name, part]] = Object.entries(await contents(place)) as [[string, Buffer]];
    expect(name).toMatch(/^data\.bin\.[0-9a-f]{6}-\d+-[0-9a-f]{8}\.part$/);
    expect(part.equals(bytes.subarray(0, 150_000))).toBe(true);
    await fetchEntry(entry(url), place, [], settings);
    expectPublished(await contents(place));
    expect(requests[1]!.headers.range).toBe('bytes=150000-');
    const before = new AbortController();
    before.abort(reason);
    const never = fetchEntry(entry(url), place, [], { ...settings, signal: before.signal });
    await expect(never).rejects.toBe(reason);
  });

  test('aborts a wait for a server’s answer, and for its patience', async () => {
    for (const listener of [
      () => undefined,
      (_request: unknown, response: import('node:http').ServerResponse) => {
        response.writeHead(503, { 'retry-after': '20' }).end();
      },
    ]) {
      const { url } = await serve(listener);
      const stop = new AbortController();
      const reason = new Error('enough');
      setTimeout(() => stop.abort(reason), 100);
      const started = Date.now();
      const stopped = fetchEntry(entry(url), await temporaryFolder(), [], {
        ...settings,
        timeout: 20_000,
        signal: stop.signal,
      });
      await expect(stopped).rejects.toBe(reason);
      expect(Date.now() - started).toBeLessThan(2000);
    }
  });

  test.each<[string, (progress: FetchProgress) => void | Promise<void>]>([
    [
      'throws',
      ({ received }) => {
        if (received > 0) throw new TypeError('a fault of the caller');
      },
    ],
    [
      'rejects with',
      async ({ received }) => {
        if (received > 0) throw new TypeError('a fault of the caller');
      },
    ],
  ])('passes on what onProgress %s, and keeps the part', async (_name, onProgress) => {
    const { url, requests } = await serve(wholeAndRanges(bytes));
    const place = await temporaryFolder();
    const thrown = fetchEntry(entry(url), place, [], { ...settings, onProgress });
    await expect(thrown).rejects.toThrow('a fault of the caller');
    expect(requests).toHaveLength(1);
    expect(Object.keys(await contents(place))).toEqual([expect.stringMatching(/\.part$/)]);
  });

  test('downloads once for two calls at a time', async () => {
    const { url, requests } = await serve((_request, response) => {
      response.write(bytes.subarray(0, 10));
      setTimeout(() => response.end(bytes.subarray(10)), 300);
    });
    const place = await temporaryFolder();
    const stages = new Set<string>();
    const first = fetchEntry(entry(url), place, [], settings);
    await vi.waitFor(async () => expect(await readdir(place)).toHaveLength(1));
    const onProgress = ({ stage }: FetchProgress) => stages.add(stage);
    await Promise.all([first, fetchEntry(entry(url), place, [], { ...settings, onProgress })]);
    expectPublished(await contents(place));
    expect(requests).toHaveLength(1);
    expect([...stages]).toEqual(['wait']);
  });

  test('waits for a process that lives, but not for one that is silent', async () => {
    const { url } = await serve(wholeAndRanges(bytes));
    const place = await temporaryFolder();
    // The parent lives.
    const theirs = ownName(join(place, 'data.bin'), 'part').replace(/-\d+-/, `-${process.ppid}-`);
    await writeFile(theirs, 'theirs');
    const stages: string[] = [];
    const onProgress = ({ stage }: FetchProgress) => {
      stages.push(stage);
    };
    const fetching = fetchEntry(entry(url), place, [], { ...settings, onProgress });
    await vi.waitFor(() => expect(stages).toContain('wait'));
    const hourAgo = Date.now() / 1000 - 3600;
    await utimes(theirs, hourAgo, hourAgo);
    await fetching;
    const { [theirs.slice(place.length + 1)]: left, ...rest } = await contents(place);
    expect(String(left)).toBe('theirs');
    expectPublished(rest);
  });

  test('two that end at once leave one good file', async () => {
    const { url } = await serve(wholeAndRanges(bytes));
    const place = await temporaryFolder();
    await Promise.all(Array.from({ length: 5 }, () => fetchEntry(entry(url), place, [], settings)));
    expectPublished(await contents(place));
  });
});

describe('a server that', () => {
  test.each([301, 302, 303, 307, 308])('redirects with %d is followed', async (status) => {
    const { url } = await serve((request, response) => {
      if (request.url === '/there') response.end(bytes);
      else response.writeHead(status, { location: '/there' }).end('moved');
    });
    expectPublished(await fetchFrom(url));
  });

  test.each<[string, Record<string, string>, string]>([
    ['to itself', { location: '/' }, 'redirects more than 5 times'],
    [
      'to a file',
      { location: 'file:///etc/passwd' },
      'redirects to file:, which is neither http: nor https:',
    ],
    ['to data', { location: 'data:text/plain,x' }, 'redirects to data:'],
    ['to nothing', {}, 'redirects without saying where to'],
    ['to nonsense', { location: 'http://[' }, 'redirects to what is no URL'],
  ])('redirects %s is left', async (_name, headers, message) => {
    const { url } = await serve((_request, response) => response.writeHead(302, headers).end());
    expect(await failure(url)).toContain(`fetchDataSet: cannot download data.bin: ${url} ${message}`);
  });

  test.each<[string, number, boolean]>([
    ['announces less than the file has', bytes.length - 1, false],
    ['announces more than the file has', bytes.length + 1, true],
    ['announces nothing', 0, false],
  ])('%s is left before its bytes are read', async (_name, length, hangs) => {
    const { url, requests } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': length });
      response.write(bytes.subarray(0, length));
      if (!hangs) response.end();
    });
    expect(await failure(url)).toContain(`announces ${length} bytes but expected are 300000`);
    expect(requests).toHaveLength(1);
  });

  test('sends more than it should is cut off', async () => {
    let sent = 0;
    const { url } = await serve((_request, response) => {
      // Chunked, and without an end.
      response.write(bytes);
      const more = () => {
        sent += bytes.length;
        if (!response.destroyed) response.write(bytes, more);
      };
      more();
    });
    expectPublished(await fetchFrom(url));
    expect(sent).toBeLessThan(50e6);
  });

  test.each([404, 403, 401, 400, 204, 304])('answers %d is asked once', async (status) => {
    const { url, requests } = await serve((_request, response) => response.writeHead(status).end());
    const good = await serve(wholeAndRanges(bytes));
    expect(await failure(url)).toContain(`${url} answers with status ${status}`);
    expectPublished(await fetchFrom(url, good.url));
    expect(requests).toHaveLength(2);
  });

  test.each([500, 503, 429])('answers %d is asked again', async (status) => {
    const refuse: import('node:http').RequestListener = (_request, response) =>
      response.writeHead(status).end();
    const { url, requests } = await serve(inTurn(refuse, refuse, wholeAndRanges(bytes)));
    expectPublished(await fetchFrom(url));
    expect(requests).toHaveLength(3);
    const ill = await serve(refuse);
    expect(await failure(ill.url)).toContain(`answers with status ${status}`);
    expect(ill.requests).toHaveLength(3);
  });

  test('asks for patience gets it, within reason', async () => {
    const times: number[] = [];
    const { url } = await serve(
      inTurn(
        (_request, response) => {
          times.push(Date.now());
          response.writeHead(503, { 'retry-after': '1' }).end();
        },
        (request, response) => {
          times.push(Date.now());
          wholeAndRanges(bytes)(request, response);
        },
      ),
    );
    expectPublished(await fetchFrom(url));
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(990);
    for (const wait of ['3600', new Date(Date.now() + 3_600_000).toUTCString()]) {
      const late = await serve((_request, response) =>
        response.writeHead(503, { 'retry-after': wait }).end(),
      );
      expect(await failure(late.url)).toContain('answers with status 503');
      expect(late.requests).toHaveLength(1);
    }
  });

  test('answers 416 is asked for the whole', async () => {
    const { url, requests } = await serve(
      inTurn(
        breaksOffAfter(5000, bytes),
        (_request, response) => response.writeHead(416, { 'content-range': 'bytes */0' }).end(),
        wholeAndRanges(bytes),
      ),
    );
    expectPublished(await fetchFrom(url));
    expect(requests.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=5000-', undefined]);
  });

  test.each([
    'bytes 0-299999/300000',
    'bytes 5000-299999/299999',
    'bytes 6000-299999/300000',
    'nonsense',
    '',
  ])('answers with the range "%s" when asked for another is not believed', async (range) => {
    const { url, requests } = await serve(
      inTurn(
        breaksOffAfter(5000, bytes),
        (_request, response) =>
          response.writeHead(206, range === '' ? {} : { 'content-range': range }).end(bytes),
        wholeAndRanges(bytes),
      ),
    );
    expectPublished(await fetchFrom(url));
    expect(requests.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=5000-', undefined]);
  });

  test('sends wrong bytes is told from the good one, by hash', async () => {
    const bad = await serve(wholeAndRanges(wrong));
    const good = await serve(wholeAndRanges(bytes));
    expectPublished(await fetchFrom(bad.url, good.url));
    expect(good.requests[0]!.headers.range).toBeUndefined();
    const received = createHash('sha256').update(wrong).digest('hex');
    expect(await failure(bad.url)).toBe(
      `fetchDataSet: cannot download data.bin: ${bad.url} sends other bytes: ` +
        `expected SHA-256 ${sha256} but received ${received}`,
    );
  });

  test('never answers, or falls silent, is left after the timeout', async () => {
    const mute = await serve(() => undefined);
    const started = Date.now();
    expect(await failure(mute.url)).toContain(`${mute.url} is silent for 0.4 s`);
    expect(Date.now() - started).toBeLessThan(5000);
    expect(mute.requests).toHaveLength(3);
    const stalling = await serve(
      inTurn((_request, response) => {
        response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 1000));
      }, wholeAndRanges(bytes)),
    );
    expectPublished(await fetchFrom(stalling.url));
    expect(stalling.requests[1]!.headers.range).toBe('bytes=1000-');
  });

  test('breaks off again and again is left after some attempts', async () => {
    const stingy = await serve((request, response) => {
      const start = Number(/\d+/.exec(request.headers.range ?? '0')![0]);
      const rest = bytes.subarray(start);
      const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
      response.writeHead(start === 0 ? 200 : 206, { 'content-length': rest.length, 'content-range': range });
      response.write(rest.subarray(0, 1), () => setTimeout(() => response.destroy(), 5));
    });
    expect(await failure(stingy.url)).toContain('fails: ');
    expect(stingy.requests).toHaveLength(20);
  });

  test('speaks no HTTP, or is not there, is left', async () => {
    const { createServer: createTcpServer } = await import('node:net');
    const garbage = createTcpServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end('garbage\r\n\r\n'),
    );
    await new Promise<void>((resolve) => garbage.listen(0, '127.0.0.1', resolve));
    const { port } = garbage.address() as import('node:net').AddressInfo;
    expect(await failure(`http://127.0.0.1:${port}/`)).toContain('fails: ');
    await new Promise((resolve) => garbage.close(resolve));
    expect(await failure(`http://127.0.0.1:${port}/`)).toContain('ECONNREFUSED');
  });

  test('fails leaves its fault beside those of the others in one sentence', async () => {
    const [a, b] = await Promise.all(
      [404, 403].map((status) => serve((_request, response) => response.writeHead(status).end())),
    );
    expect(await failure(a!.url, b!.url)).toBe(
      `fetchDataSet: cannot download data.bin: ${a!.url} answers with status 404; ${b!.url} answers with status 403`,
    );
  });
});

describe('a file that is there', () => {
  test.each<[string, Buffer, string]>([
    ['of another size', Buffer.from('mine'), '(300000 bytes) but received 4 bytes'],
    ['of the same size', wrong, `(SHA-256 ${sha256}) but received SHA-256`],
  ])('and is another, %s, is left alone', async (_name, mine, message) => {
    const { url, requests } = await serve(wholeAndRanges(bytes));
    const place = await temporaryFolder();
    await writeFile(join(place, 'data.bin'), mine);
    const fetching = fetchEntry(entry(url), place, [], settings);
    await expect(fetching).rejects.toThrow(ArgumentError);
    await expect(fetching).rejects.toThrow(message);
    expect((await readFile(join(place, 'data.bin'))).equals(mine)).toBe(true);
    expect(requests).toHaveLength(0);
  });

  test('or a folder that cannot be made is an error that names it', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    const fetching = fetchEntry(entry('http://127.0.0.1:1/'), join(file, 'x'), [], settings);
    await expect(fetching).rejects.toThrow(ArgumentError);
    await expect(fetching).rejects.toThrow(/cannot write .*file.*: a part of the path is no folder/);
    const place = await temporaryFolder();
    await mkdir(join(place, 'data.bin'));
    const { url } = await serve(wholeAndRanges(bytes));
    await expect(fetchEntry(entry(url), place, [], settings)).rejects.toThrow(ArgumentError);
  });
});

describe('a proxy', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  /** Plain requests with whole addresses, and tunnels. */
  async function startProxy(): Promise<{ readonly url: string; readonly asked: string[] }> {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.end(bytes);
    });
    server.on('connect', (request, socket) => {
      asked.push(`CONNECT ${request.url}`);
      const [host, port] = request.url!.split(':');
      const upstream = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      for (const end of [upstream, socket]) end.on('error', () => undefined);
    });
    return { url: await listen(server), asked };
  }

  test('that HTTP_PROXY names is asked in place of the server', async () => {
    const proxy = await startProxy();
    vi.stubEnv('HTTP_PROXY', proxy.url);
    expectPublished(await fetchFrom('http://data.example/data.bin'));
    expect(proxy.asked).toEqual(['GET http://data.example/data.bin']);
  });

  test('that HTTPS_PROXY names is asked for a tunnel', async () => {
    const proxy = await startProxy();
    const { url, requests } = await serve(wholeAndRanges(bytes));
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    // The server speaks no TLS; that the tunnel was asked for is what counts.
    expect(await failure(url.replace('http:', 'https:'))).toContain('fails: ');
    expect(proxy.asked[0]).toBe(`CONNECT ${new URL(url).host}`);
    expect(requests).toHaveLength(0);
  });

  test('is passed by for what NO_PROXY lists', async () => {
    const proxy = await startProxy();
    const { url, requests } = await serve(wholeAndRanges(bytes));
    vi.stubEnv('HTTP_PROXY', proxy.url);
    vi.stubEnv('NO_PROXY', 'example.org,127.0.0.1');
    expectPublished(await fetchFrom(url));
    expect(requests).toHaveLength(1);
    expect(proxy.asked).toEqual([]);
  });

  test('that is not there, silent or no URL is told', async () => {
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1/');
    expect(await failure('http://data.example/')).toContain('fails: ');
    const mute = await serve(() => undefined);
    vi.stubEnv('HTTP_PROXY', mute.url);
    expect(await failure('http://data.example/')).toContain('is silent for 0.4 s');
    vi.stubEnv('HTTP_PROXY', 'no URL');
    const fetching = fetchEntry(entry('http://data.example/'), await temporaryFolder(), [], settings);
    await expect(fetching).rejects.toThrow('expected HTTP_PROXY and HTTPS_PROXY to be URLs');
    await expect(fetching).rejects.toThrow(ArgumentError);
  });
});

describe('the manifest', () => {
  test.each(fetchableNames)('%s has whole pins and addresses that differ', (name) => {
    for (const { sha256: pin, bytes: size, urls, members, ...file } of manifest[name].files) {
      expect(pin).toMatch(/^[0-9a-f]{64}$/);
      expect(Number.isSafeInteger(size) && size > 4000).toBe(true);
      expect(new Set(urls).size).toBe(urls.length);
      for (const url of urls) expect(new URL(url).pathname.endsWith(`/${file.name}`)).toBe(true);
      const folders = new Set(members?.map(({ path }) => path.slice(0, path.lastIndexOf('/'))));
      expect(folders.size).toBe(members === undefined ? 0 : 1);
    }
  });
});

describe('fetchDataSet', () => {
  test.each<[unknown, unknown, string]>([
    ['mnits', {}, "received 'mnits'; did you mean 'mnist'?"],
    ['__proto__', {}, "expected the name to be 'mnist', "],
    [undefined, {}, 'received undefined'],
    ['mnist', { foldr: 'x' }, 'unknown option foldr; did you mean folder?'],
    ['mnist', { folder: 3 }, 'expected option folder to be a string but received 3'],
    ['mnist', { signal: true }, 'expected option signal to be an AbortSignal but received true'],
    ['mnist', { onProgress: 1 }, 'expected option onProgress to be a function but received 1'],
    [
      'mnist',
      { mirrors: 'http://x/' },
      "expected option mirrors to be an array of strings but received 'http://x/'",
    ],
    [
      'mnist',
      { mirrors: ['file:///x'] },
      "to be an http or https URL without a password but received 'file:///x'",
    ],
    ['mnist', { mirrors: ['//x'] }, "without a password but received '//x'"],
    ['mnist', { mirrors: ['http://a:secret@x'] }, 'received one with a password'],
    ['mnist', null, 'expected the options to be an object but received null'],
  ])('refuses %j with %j', async (name, options, message) => {
    const fetching = fetchDataSet(name as never, options as never);
    await expect(fetching).rejects.toThrow(ArgumentError);
    await expect(fetching).rejects.toThrow(message);
    await expect(fetching).rejects.not.toThrow('secret');
  });

  test('asks the given mirror first', async () => {
    const { url, requests } = await serve(() => undefined);
    const stop = new AbortController();
    const reason = new Error('seen enough');
    const fetching = fetchDataSet('mnist', {
      folder: await temporaryFolder(),
      mirrors: [`${url}some/mirror`],
      signal: stop.signal,
    });
    const stopped = expect(fetching).rejects.toBe(reason);
    await vi.waitFor(() => expect(requests).toHaveLength(1));
    stop.abort(reason);
    await stopped;
    expect(requests[0]!.url).toBe('/some/mirror/train-images-idx3-ubyte.gz');
  });
});

test('a full disk is told with its remedy, another fault is not taken for one', () => {
  const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
  expect(spaceError('/a/b.part', full)?.message).toBe(
    'fetchDataSet: cannot write /a/b.part: no space left on the device; free some and fetch again, or choose another folder',
  );
  expect(spaceError('/a/b.part', Object.assign(new Error('write'), { code: 'EIO' }))).toBeUndefined();
});

test('no redirect leads from https to http', () => {
  expect(() => redirected(new URL('https://a/'), 'http://a/')).toThrow('redirects from https to http');
  expect(redirected(new URL('https://a/b'), 'c').href).toBe('https://a/c');
  expect(redirected(new URL('http://a/b'), 'https://c/').href).toBe('https://c/');
});
