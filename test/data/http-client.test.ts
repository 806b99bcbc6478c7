import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ArgumentError } from '../../lib/core/errors.js';
import { AttemptError } from '../../lib/data/download/download-error.js';
import { type Answer, HttpClient } from '../../lib/data/download/http-client.js';
import { proxiesFromEnvironment } from '../../lib/data/download/proxy-settings.js';
import { temporaryFolder } from '../temporary-folder.js';
import { listen, serve } from './local-server.js';

beforeEach(() => {
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A key, and a certificate that nobody vouches for. */
async function selfSigned(): Promise<{ readonly key: Buffer; readonly cert: Buffer }> {
  const folder = await temporaryFolder();
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=data.example';
  await promisify(execFile)('openssl', ['req', ...kind.split(' '), '-keyout', key, '-out', cert]);
  return { key: await readFile(key), cert: await readFile(cert) };
}

interface Origin {
  readonly server: Server;
  readonly port: number;
  readonly requests: IncomingMessage[];
}

/** A server that speaks TLS. */
async function tlsOrigin(listener: RequestListener): Promise<Origin> {
  const requests: IncomingMessage[] = [];
  const server = createTlsServer(await selfSigned(), (request, response) => {
    requests.push(request);
    listener(request, response);
  });
  await listen(server);
  return { server, port: (server.address() as AddressInfo).port, requests };
}

/** What the client trusts in these tests, where certificates are not the matter. */
function trustEverybody(): void {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  // Node warns of it once.
  vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
}

interface Proxy {
  /** `127.0.0.1:40001` */
  readonly host: string;
  readonly asked: IncomingMessage[];
  readonly sockets: Socket[];
}

/** Tunnels all lead to the port; plain requests are answered `from the proxy`. */
async function startProxy(port: number, server = createServer()): Promise<Proxy> {
  const asked: IncomingMessage[] = [];
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket.on('error', () => undefined)));
  server.on('request', (request, response) => {
    asked.push(request);
    response.end('from the proxy');
  });
  server.on('connect', (request, socket) => {
    asked.push(request);
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [upstream, socket]) end.on('error', () => undefined);
    socket.on('close', () => upstream.destroy());
    onTestFinished(() => {
      socket.destroy();
    });
  });
  return { host: new URL(await listen(server)).host, asked, sockets };
}

/** A server of raw bytes. */
async function rawServer(onSocket: (socket: Socket) => void): Promise<{ url: string; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, sockets };
}

async function openClient(timeout = 2000, signal?: AbortSignal): Promise<HttpClient> {
  const client = await HttpClient.open(timeout, signal);
  onTestFinished(() => client.close());
  return client;
}

async function text(answer: Answer): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of answer.body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** What getting the address rejects with, at the latest while its body is read. */
async function fault(client: HttpClient, address: string): Promise<Error> {
  const error: unknown = await client
    .get(address, {})
    .then(text)
    .catch((cause) => cause);
  expect(error).toBeInstanceOf(AttemptError);
  return error as Error;
}

describe('HttpClient', () => {
  test('asks an https server through one tunnel, again and again, and closes it', async () => {
    trustEverybody();
    const origin = await tlsOrigin((request, response) => response.end(`this is ${request.url}`));
    const proxy = await startProxy(origin.port);
    vi.stubEnv('HTTPS_PROXY', `http://${proxy.host}`);
    const client = await openClient();
    expect(await text(await client.get('https://data.example/a?b', { range: 'bytes=1-' }))).toBe(
      'this is /a?b',
    );
    expect(await text(await client.get('https://data.example/c', {}))).toBe('this is /c');
    expect(proxy.asked.map(({ method, url }) => `${method} ${url}`)).toEqual(['CONNECT data.example:443']);
    expect(proxy.asked[0]!.headers).not.toHaveProperty('proxy-authorization');
    const [first] = origin.requests;
    expect(first!.headers).toMatchObject({
      host: 'data.example',
      range: 'bytes=1-',
      'user-agent': 'gemmnet',
    });
    expect((first!.socket as TLSSocket & { servername: string }).servername).toBe('data.example');
    client.close();
    await vi.waitFor(() => expect(proxy.sockets.map(({ destroyed }) => destroyed)).toEqual([true]));
  });

  test('asks an http server through a proxy by the whole address, without a tunnel', async () => {
    const proxy = await startProxy(1);
    vi.stubEnv('HTTP_PROXY', `http://${proxy.host}`);
    const client = await openClient();
    for (const path of ['a?b', 'c']) {
      expect(await text(await client.get(`http://data.example:8080/${path}`, {}))).toBe('from the proxy');
    }
    expect(proxy.asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET http://data.example:8080/a?b',
      'GET http://data.example:8080/c',
    ]);
    expect(proxy.asked[0]!.headers.host).toBe('data.example:8080');
    expect(proxy.sockets).toHaveLength(1);
  });

  test.each(['http', 'https'])(
    'speaks %s to the proxy when its URL says so, with its credentials',
    async (scheme) => {
      trustEverybody();
      const origin = await tlsOrigin((_request, response) => response.end('from the server'));
      const server = scheme === 'https' ? createTlsServer(await selfSigned()) : createServer();
      const proxy = await startProxy(origin.port, server);
      vi.stubEnv('HTTP_PROXY', `${scheme}://us%40er:pa%3Ass@${proxy.host}`);
      const client = await openClient();
      expect(await text(await client.get('http://data.example/', {}))).toBe('from the proxy');
      // Without HTTPS_PROXY, HTTP_PROXY serves both.
      expect(await text(await client.get('https://data.example/', {}))).toBe('from the server');
      const given = `Basic ${Buffer.from('us@er:pa:ss').toString('base64')}`;
      expect(proxy.asked.map(({ method, headers }) => [method, headers['proxy-authorization']])).toEqual([
        ['GET', given],
        ['CONNECT', given],
      ]);
      expect(origin.requests[0]!.headers).not.toHaveProperty('proxy-authorization');
    },
  );

  test('believes no certificate that nobody vouches for, with a proxy or without', async () => {
    const { port, requests } = await tlsOrigin((_request, response) => response.end());
    const client = await openClient();
    expect((await fault(client, `https://127.0.0.1:${port}/`)).message).toBe(
      'fails: self-signed certificate',
    );
    const proxy = await startProxy(port);
    vi.stubEnv('HTTPS_PROXY', `http://${proxy.host}`);
    expect((await fault(await openClient(), 'https://data.example/')).message).toBe(
      'fails: self-signed certificate',
    );
    const secure = await startProxy(port, createTlsServer(await selfSigned()));
    vi.stubEnv('HTTPS_PROXY', `https://${secure.host}`);
    expect((await fault(await openClient(), 'https://data.example/')).message).toBe(
      'fails: self-signed certificate',
    );
    expect(secure.asked).toEqual([]);
    expect(requests).toEqual([]);
  });

  test('tells that a tunnel is refused, hung up on, or cut', async () => {
    trustEverybody();
    const refusing = await rawServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 407 Who are you\r\n\r\n')),
    );
    vi.stubEnv('HTTPS_PROXY', refusing.url);
    expect((await fault(await openClient(), 'https://data.example/')).message).toBe(
      'fails: the proxy answers with status 407',
    );
    const hangingUp = await rawServer((socket) => socket.once('data', () => socket.end()));
    vi.stubEnv('HTTPS_PROXY', hangingUp.url);
    expect((await fault(await openClient(), 'https://data.example/')).message).toContain('fails: ');
    const mute = await rawServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.once('data', () => socket.destroy());
      });
    });
    vi.stubEnv('HTTPS_PROXY', mute.url);
    expect((await fault(await openClient(), 'https://data.example/')).message).toContain('fails: ');
    const origin = await tlsOrigin((_request, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write('abc');
    });
    const proxy = await startProxy(origin.port);
    vi.stubEnv('HTTPS_PROXY', `http://${proxy.host}`);
    const answer = await (await openClient()).get('https://data.example/', {});
    expect(answer.status).toBe(200);
    setTimeout(() => proxy.sockets[0]!.destroy(), 50);
    await expect(text(answer)).rejects.toThrow('fails: the connection was closed too early');
  });

  test('rejects with the reason of its signal before the body, amid it, and while a piece is worked on', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write('abc');
    });
    const reason = new Error('enough');
    for (const [pieces, timely] of [
      [0, true],
      [1, true],
      [1, false],
    ] as const) {
      const stop = new AbortController();
      const answer = await (await openClient(60_000, stop.signal)).get(url, {});
      const body = answer.body[Symbol.asyncIterator]();
      for (let i = 0; i < pieces; i++) expect((await body.next()).done).toBe(false);
      if (timely) stop.abort(reason);
      else setTimeout(() => stop.abort(reason), 20);
      await new Promise(setImmediate);
      await expect(body.next()).rejects.toBe(reason);
    }
  });

  test('leaves a proxy that does not open its tunnel: aborted, after the timeout, and closed', async () => {
    const { url, sockets } = await rawServer(() => undefined);
    vi.stubEnv('HTTPS_PROXY', url);
    const stop = new AbortController();
    const reason = new Error('enough');
    const aborted = (await openClient(60_000, stop.signal)).get('https://data.example/', {});
    setTimeout(() => stop.abort(reason), 50);
    await expect(aborted).rejects.toBe(reason);
    expect((await fault(await openClient(100), 'https://data.example/')).message).toBe('is silent for 0.1 s');
    const client = await openClient(60_000);
    const closed = fault(client, 'https://data.example/');
    await vi.waitFor(() => expect(sockets).toHaveLength(3));
    client.close();
    await closed;
    for (const socket of sockets) socket.resume();
    await vi.waitFor(() => expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true, true]));
  });

  test('leaves a server at close, whatever is under way', async () => {
    const { url, requests } = await serve((request, response) => {
      if (request.url === '/begun') response.writeHead(200).write('abc');
    });
    const client = await openClient(60_000);
    const unanswered = fault(client, url);
    const begun = expect(client.get(`${url}begun`, {}).then(text)).rejects.toThrow(AttemptError);
    await vi.waitFor(() => expect(requests).toHaveLength(2));
    client.close();
    await unanswered;
    await begun;
  });

  test.each(['HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n'])(
    'reads no headers without end behind %j, from a server or a proxy',
    async (start) => {
      let sent = 0;
      const { url } = await rawServer((socket) => {
        const more = () => {
          while (!socket.destroyed && socket.write(`x-${sent}: ${'b'.repeat(1000)}\r\n`)) sent += 1000;
        };
        socket.once('data', () => {
          socket.write(start);
          socket.on('drain', more);
          more();
        });
      });
      expect((await fault(await openClient(), url)).message).toContain('Header overflow');
      vi.stubEnv('HTTPS_PROXY', url);
      expect((await fault(await openClient(), 'https://data.example/')).message).toMatch(/^fails: /);
      expect(sent).toBeLessThan(20e6);
    },
  );

  test('takes no answer that switches to another protocol', async () => {
    const { url } = await rawServer((socket) =>
      socket.once('data', () =>
        socket.write('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      ),
    );
    expect((await fault(await openClient(), url)).message).toContain('fails: ');
  });

  test('sends no name and password of an address, and takes the first of two equal headers', async () => {
    const { url, requests } = await serve((_request, response) => {
      response.writeHead(200, [
        ['content-range', 'one'],
        ['content-range', 'two'],
      ]);
      response.end();
    });
    const answer = await (await openClient()).get(url.replace('//', '//me:secret@'), {});
    answer.leave();
    expect(answer.header('content-range')).toBe('one');
    expect(requests[0]!.headers).not.toHaveProperty('authorization');
  });

  test.each([
    'no URL',
    'proxy.example:3128',
    'socks5://127.0.0.1:1080',
    'http://',
    'http://me:secret%@proxy',
  ])('opens for no proxy %j', async (value) => {
    for (const name of ['HTTP_PROXY', 'https_proxy']) {
      vi.stubEnv(name, value);
      const opening = HttpClient.open(1000, undefined);
      await expect(opening).rejects.toThrow(ArgumentError);
      await expect(opening).rejects.toThrow('fetchDataSet: expected HTTP_PROXY and HTTPS_PROXY to be URLs: ');
      await expect(opening).rejects.not.toThrow('secret');
      vi.stubEnv(name, undefined);
    }
  });
});

describe('the proxy of the environment', () => {
  const chosen = (address: string) => proxiesFromEnvironment()(new URL(address))?.host;

  test('goes by the scheme, and by the lower case first', () => {
    expect(chosen('http://data.example/')).toBeUndefined();
    vi.stubEnv('HTTP_PROXY', 'http://plain');
    expect([chosen('http://a/'), chosen('https://a/')]).toEqual(['plain', 'plain']);
    vi.stubEnv('HTTPS_PROXY', 'http://upper');
    expect([chosen('http://a/'), chosen('https://a/')]).toEqual(['plain', 'upper']);
    vi.stubEnv('https_proxy', 'http://lower');
    expect(chosen('https://a/')).toBe('lower');
    vi.stubEnv('http_proxy', '');
    expect(chosen('http://a/')).toBeUndefined();
  });

  test.each<[list: string, passedBy: string[], asked: string[]]>([
    ['', [], ['http://data.example/']],
    ['*', ['http://data.example/', 'https://10.0.0.7:1/'], []],
    [
      'example.org, .local *.lan',
      [
        'http://example.org/',
        'https://a.b.example.org:9/',
        'http://x.local/',
        'http://local/',
        'http://x.lan/',
      ],
      ['http://notexample.org/', 'http://example.org.evil/', 'http://org/'],
    ],
    [
      'data.example:8080,10.0.0.7:443',
      ['http://data.example:8080/', 'http://www.data.example:8080/', 'https://10.0.0.7/'],
      ['http://data.example/', 'https://data.example:443/', 'http://10.0.0.7/'],
    ],
    ['Data.EXAMPLE:80,[::1]', ['http://DATA.example/', 'http://[::1]:5000/'], ['https://data.example/']],
  ])('is passed by for NO_PROXY=%j', (list, passedBy, asked) => {
    vi.stubEnv('HTTP_PROXY', 'http://proxy');
    for (const name of ['NO_PROXY', 'no_proxy']) {
      vi.stubEnv(name, list);
      expect(passedBy.filter((address) => chosen(address) !== undefined)).toEqual([]);
      expect(asked.filter((address) => chosen(address) !== 'proxy')).toEqual([]);
      vi.stubEnv(name, undefined);
    }
  });
});
