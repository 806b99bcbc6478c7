import type { Dispatcher } from 'undici';
import { ArgumentError } from '../../core/errors.js';
import { AttemptError } from './download-error.js';

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
  readonly #dispatcher: Dispatcher;
  readonly #request: typeof import('undici').request;
  readonly #timeout: number;
  readonly #signal: AbortSignal | undefined;

  private constructor(
    dispatcher: Dispatcher,
    request: typeof import('undici').request,
    timeout: number,
    signal: AbortSignal | undefined,
  ) {
    this.#dispatcher = dispatcher;
    this.#request = request;
    this.#timeout = timeout;
    this.#signal = signal;
  }

  /**
   * @param timeout how many milliseconds a server may be silent
   * @throws ArgumentError for a proxy that is none
   */
  static async open(timeout: number, signal: AbortSignal | undefined): Promise<HttpClient> {
    const { EnvHttpProxyAgent, request } = await import('undici');
    try {
      const limits = { headersTimeout: 0, bodyTimeout: 0, connect: { timeout } };
      const tls = { requestTls: { timeout }, proxyTls: { timeout } };
      // Without a tunnel plain http goes through proxies that allow CONNECT to port 443 alone, as most do.
      const dispatcher = new EnvHttpProxyAgent({ ...limits, ...tls, proxyTunnel: false });
      return new HttpClient(dispatcher, request, timeout, signal);
    } catch (cause) {
      throw new ArgumentError(
        `fetchDataSet: expected HTTP_PROXY and HTTPS_PROXY to be URLs: ${(cause as Error).message}`,
        { cause },
      );
    }
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
      const { statusCode: status, body } = response;
      const header = (name: string) => [response.headers[name]].flat()[0];
      if (![301, 302, 303, 307, 308].includes(status)) {
        const leave = () => {
          silence.end();
          // Undici tells a body that is destroyed before its end as an error.
          body.on('error', () => undefined).destroy();
        };
        return { status, header, body: this.#read(body, silence, leave), leave };
      }
      silence.end();
      body.on('error', () => undefined).destroy();
      if (hops === maxRedirects) throw new AttemptError(`redirects more than ${maxRedirects} times`);
      url = redirected(url, header('location'));
    }
  }

  async #open(
    url: URL,
    headers: Readonly<Record<string, string>>,
    silence: Silence,
  ): Promise<Dispatcher.ResponseData> {
    try {
      return await this.#request(url, {
        dispatcher: this.#dispatcher,
        headers: { ...headers, 'user-agent': 'gemmnet', 'accept-encoding': 'identity' },
        signal: silence.signal,
      });
    } catch (cause) {
      silence.end();
      throw this.#explain(cause, silence);
    }
  }

  async *#read(
    body: Dispatcher.ResponseData['body'],
    silence: Silence,
    leave: () => void,
  ): AsyncGenerator<Uint8Array> {
    const chunks = body[Symbol.asyncIterator]();
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
    return new AttemptError(`fails: ${message || code}`, gone ? undefined : 0, { cause });
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    await this.#dispatcher.destroy();
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
