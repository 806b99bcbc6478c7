import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ProxyChoice, proxyAuthorization } from './proxy-settings.js';

/** Idle connections are kept for so many milliseconds: a server may close them, and a request on its way would be lost. */
const keptAlive = { keepAlive: true, timeout: 4000 };

/** GET requests over connections of their own, straight or through proxies. */
export class Connections {
  readonly #http = new HttpAgent(keptAlive);
  readonly #https = new HttpsAgent(keptAlive);
  /** By the proxy's URL. */
  readonly #tunnels = new Map<string, TunnelAgent>();
  readonly #proxyFor: ProxyChoice;

  constructor(proxyFor: ProxyChoice) {
    this.#proxyFor = proxyFor;
  }

  /** The answer as soon as its headers are there. The signal ends the request, and the answer's body too. */
  get(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<IncomingMessage> {
    const proxy = this.#proxyFor(url);
    const path = url.pathname + url.search;
    if (proxy === undefined) {
      const agent = url.protocol === 'https:' ? this.#https : this.#http;
      return answer({ ...place(url), agent, path, headers, signal });
    }
    if (url.protocol === 'https:') {
      const agent = this.#tunnel(proxy);
      const options: TunnelOptions = { ...place(url), agent, path, headers, signal, tunnelSignal: signal };
      return answer(options);
    }
    // Without a tunnel plain http goes through proxies that allow CONNECT to port 443 alone, as most do.
    return answer({
      ...place(proxy),
      agent: proxy.protocol === 'https:' ? this.#https : this.#http,
      path: url.origin + path,
      headers: { ...headers, host: url.host, ...proxyAuthorization(proxy) },
      signal,
    });
  }

  #tunnel(proxy: URL): TunnelAgent {
    const agent = this.#tunnels.get(proxy.href) ?? new TunnelAgent(proxy);
    this.#tunnels.set(proxy.href, agent);
    return agent;
  }

  close(): void {
    for (const agent of [this.#http, this.#https, ...this.#tunnels.values()]) agent.destroy();
  }
}

/** Where a request's connection leads. */
function place({ protocol, hostname, port }: URL): RequestOptions {
  const host = hostname.replace(/^\[|\]$/g, '');
  // Node would take the name for the certificate from the header `host`, which is another's where a proxy is asked.
  return {
    protocol,
    host,
    port: port || (protocol === 'https:' ? 443 : 80),
    servername: isIP(host) ? '' : host,
  };
}

function answer(options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = begin(options).on('error', reject).on('close', unanswered(reject));
    request.on('response', (response) => {
      // Else the body would end with no more than that it ended.
      request.on('error', (error) => response.destroy(error));
      resolve(response);
    });
    request.end();
  });
}

function begin(options: RequestOptions): ClientRequest {
  return (options.protocol === 'https:' ? httpsRequest : httpRequest)(options);
}

/** Node tells no error when an answer switches to another protocol, nor we when we hang up. */
function unanswered(reject: (error: Error) => void): () => void {
  return () => reject(new Error('the connection was closed without an answer'));
}

interface TunnelOptions extends RequestOptions {
  /** The request's own signal, which Node keeps from the agent. */
  readonly tunnelSignal: AbortSignal;
}

/** TLS connections through tunnels that a proxy opens when asked by CONNECT (RFC 9110, section 9.3.6). */
class TunnelAgent extends HttpsAgent {
  readonly #proxy: URL;
  /** What the proxy has not answered. */
  readonly #asked = new Set<ClientRequest>();

  constructor(proxy: URL) {
    super(keptAlive);
    this.#proxy = proxy;
  }

  override createConnection(
    options: TunnelOptions,
    connected: (error: Error | null, socket?: Duplex) => void,
  ): undefined {
    this.#open(options)
      .then((socket) => super.createConnection({ ...options, socket } as RequestOptions)!)
      .then((socket) => connected(null, socket), connected);
  }

  #open({ host, port, tunnelSignal: signal }: TunnelOptions): Promise<Duplex> {
    const target = `${isIPv6(host!) ? `[${host}]` : host}:${port}`;
    const keep = { connection: 'keep-alive', 'proxy-connection': 'keep-alive' };
    const headers = { ...keep, host: target, ...proxyAuthorization(this.#proxy) };
    return new Promise((resolve, reject) => {
      const request = begin({
        ...place(this.#proxy),
        method: 'CONNECT',
        path: target,
        agent: false,
        headers,
        signal,
      });
      this.#asked.add(request);
      request
        .on('connect', ({ statusCode = 0 }, socket, early) => {
          if (statusCode >= 200 && statusCode < 300) {
            if (early.length > 0) socket.unshift(early);
            return resolve(socket);
          }
          socket.destroy();
          reject(new Error(`the proxy answers with status ${statusCode}`));
        })
        .on('error', reject)
        .on('close', () => this.#asked.delete(request))
        .on('close', unanswered(reject))
        .end();
    });
  }

  override destroy(): void {
    for (const request of this.#asked) request.destroy();
    super.destroy();
  }
}
