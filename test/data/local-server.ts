import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface LocalServer {
  /** `http://127.0.0.1:40001/` */
  readonly url: string;
  /** What was asked of it. */
  readonly requests: IncomingMessage[];
}

/** An HTTP server on this machine that is gone after the test. */
export async function serve(listener: RequestListener): Promise<LocalServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  return { url: await listen(server), requests };
}

/** Starts a server until the test's end. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Serves the bytes as a good server does: ranges, an entity tag, If-Range. */
export function wholeAndRanges(bytes: Buffer, tag = '"v1"'): RequestListener {
  return (request, response) => {
    response.setHeader('etag', tag);
    const [, start] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    const condition = request.headers['if-range'];
    if (start === undefined || (condition !== undefined && condition !== tag)) {
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    } else if (Number(start) >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    } else {
      const rest = bytes.subarray(Number(start));
      const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
      response.writeHead(206, { 'content-length': rest.length, 'content-range': range }).end(rest);
    }
  };
}

/** Sends the first bytes of what it announced as whole, and then hangs up. */
export function breaksOffAfter(count: number, bytes: Buffer, tag?: string): RequestListener {
  return (_request, response) => {
    if (tag !== undefined) response.setHeader('etag', tag);
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, count), () => setTimeout(() => response.destroy(), 20));
  };
}

/** The first request is the first listener's, and so on; the last one goes on. */
export function inTurn(...listeners: readonly RequestListener[]): RequestListener {
  let turn = 0;
  return (request, response) => {
    listeners[Math.min(turn++, listeners.length - 1)]!(request, response);
  };
}
