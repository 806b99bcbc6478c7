import type { IncomingMessage } from 'node:http';
import { ArgumentError } from '../../core/errors.js';
import type { Connections } from './connections.js';
import { AttemptError } from './download-error.js';
import { type ProxyChoice, proxiesFromEnvironment } from './proxy-settings.js';

const maxRedirects = 5;

/** What a server answered. */
export interface Answer {
  readonly status: number;
  header(name: string): string | undefined;
  /** Throws as {@link HttpClient.get} does. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Reads no further; needed unless the body was begun. */
  leave(): void;
}

/** GET requests, through the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY ask for. */
export class HttpClient {
  readonly #connections: Connections;
  readonly #timeout: number;
  readonly #signal: AbortSignal | undefined;

  private constructor(connections: Connections, timeout: number, signal: AbortSignal | undefined) {
    this.#connections = connections;
    this.#timeout = timeout;
    this.#signal = signal;
  }

  /**
   * @param timeout how many milliseconds a server may be silent
   * @throws ArgumentError for a proxy that is none
   */
  static async open(timeout: number, signal: AbortSignal | undefined): Promise<HttpClient> {
    let proxyFor: ProxyChoice;
    try {
      proxyFor = proxiesFromEnvironment();
    } catch (cause) {
      throw new ArgumentError(
        `fetchDataSet: expected HTTP_PROXY and HTTPS_PROXY to be URLs: ${(cause as Error).message}`,
        { cause },
      );
    }
    const { Connections } = await import('./connections.js');
    return new HttpClient(new Connections(proxyFor), timeout, signal);
  }

  /**
   * Follows redirects, to http and https alone and never from https to http.
   * @throws AttemptError when nothing came of it; the signal's reason when it was aborted
   */
  async get(address: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
    let url = new URL(address);
    for (let hops = 0; ; hops++) {
      const silence = new Silence(this.#timeout, this.#signal);
      const response = await this.#open(url, headers, silence);
      const { statusCode: status = 0 } = response;
      const header = (name: string) => response.headersDistinct[name]?.[0];
      const leave = () => {
        silence.end();
        response.destroy();
      };
      if (![301, 302, 303, 307, 308].includes(status)) {
        return { status, header, body: this.#read(response, silence, leave), leave };
      }
      leave();
      if (hops === maxRedirects) throw new AttemptError(`redirects more than ${maxRedirects} times`);
      url = redirected(url, header('location'));
    }
  }

  async #open(
    url: URL,
    headers: Readonly<Record<string, string>>,
    silence: Silence,
  ): Promise<IncomingMessage> {
    try {
      const all = { ...headers, 'user-agent': 'gemmnet', 'accept-encoding': 'identity' };
      return await this.#connections.get(url, all, silence.signal);
    } catch (cause) {
      silence.end();
      throw this.#explain(cause, silence);
    }
  }

  async *#read(response: IncomingMessage, silence: Silence, leave: () => void): AsyncGenerator<Uint8Array> {
    const chunks: AsyncIterator<Uint8Array> = response[Symbol.asyncIterator]();
    try {
      for (;;) {
        let next: IteratorResult<Uint8Array>;
        try {
          next = await chunks.next();
        } catch (cause) {
          throw this.#explain(cause, silence);
        }
        if (next.done) return;
        // Whoever takes the chunk may take his time.
        silence.pause();
        yield next.value;
        silence.resume();
      }
    } finally {
      leave();
    }
  }

  #explain(cause: unknown, silence: Silence): unknown {
    if (this.#signal?.aborted) return this.#signal.reason;
    if (silence.signal.aborted) {
      return new AttemptError(`is silent for ${this.#timeout / 1000} s`, 0, { cause });
    }
    const { code = '', message } = cause as NodeJS.ErrnoException;
    // Where there is no such server now, there will be none in a second.
    const gone = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code);
    // What Node calls aborted is a server that closes the connection amid a body.
    const what = message === 'aborted' ? 'the connection was closed too early' : (message || code).trim();
    return new AttemptError(`fails: ${what}`, gone ? undefined : 0, { cause });
  }

  /** Closes every connection. */
  close(): void {
    this.#connections.close();
  }
}

/**
 * Where a redirect leads.
 * @throws AttemptError when nobody should go there
 */
export function redirected(from: URL, location: string | undefined): URL {
  if (location === undefined) throw new AttemptError('redirects without saying where to');
  let to: URL;
  try {
    to = new URL(location, from);
  } catch {
    throw new AttemptError('redirects to what is no URL');
  }
  if (to.protocol !== 'http:' && to.protocol !== 'https:') {
    throw new AttemptError(`redirects to ${to.protocol}, which is neither http: nor https:`);
  }
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw new AttemptError('redirects from https to http');
  }
  return to;
}

/** A signal for one request: aborted when the server is silent for too long, and with the caller's signal. */
class Silence {
  readonly #controller = new AbortController();
  readonly #timeout: number;
  readonly #caller: AbortSignal | undefined;
  readonly #abort = () => this.#controller.abort();
  #timer: NodeJS.Timeout | undefined;

  constructor(timeout: number, caller: AbortSignal | undefined) {
    this.#timeout = timeout;
    this.#caller = caller;
    caller?.addEventListener('abort', this.#abort);
    if (caller?.aborted) this.#abort();
    this.resume();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  resume(): void {
    this.pause();
    this.#timer = setTimeout(this.#abort, this.#timeout);
  }

  pause(): void {
    clearTimeout(this.#timer);
  }

  end(): void {
    this.pause();
    this.#caller?.removeEventListener('abort', this.#abort);
  }
}
