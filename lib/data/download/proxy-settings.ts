import process from 'node:process';

/** The proxy for an address, or undefined when it is asked directly. */
export type ProxyChoice = (url: URL) => URL | undefined;

/**
 * What HTTP_PROXY, HTTPS_PROXY and NO_PROXY ask for, in lower case before upper case. Without HTTPS_PROXY, HTTP_PROXY serves both. NO_PROXY
 * lists hosts, each with its subdomains and maybe one port, between commas or spaces: `example.org,.local,10.0.0.7:8080`, or `*` for all.
 * @throws TypeError or URIError for a proxy that is no http or https URL
 */
export function proxiesFromEnvironment(): ProxyChoice {
  const http = proxyUrl(variable('http_proxy'));
  const https = proxyUrl(variable('https_proxy')) ?? http;
  const exempt = exemptions(variable('no_proxy'));
  return (url) => (exempt(url) ? undefined : url.protocol === 'https:' ? https : http);
}

function variable(name: string): string {
  return process.env[name] ?? process.env[name.toUpperCase()] ?? '';
}

function proxyUrl(value: string): URL | undefined {
  if (value === '') return undefined;
  const url = new URL(value);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError(`${url.protocol} is neither http: nor https:`);
  }
  proxyAuthorization(url);
  return url;
}

/**
 * The header for the name and the password in a proxy's URL.
 * @throws URIError for a stray percent sign
 */
export function proxyAuthorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username + password === '') return {};
  const both = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(both).toString('base64')}` };
}

function exemptions(list: string): (url: URL) => boolean {
  if (list.trim() === '*') return () => true;
  const entries = list.split(/[,\s]+/).filter((entry) => entry !== '');
  const hosts = entries.map((entry) => {
    const [, host = entry, port] = /^(.+):(\d+)$/.exec(entry) ?? [];
    return { host: host.replace(/^\*?\./, '').toLowerCase(), port: port && Number(port) };
  });
  return ({ protocol, hostname, port }) => {
    const asked = Number(port) || (protocol === 'https:' ? 443 : 80);
    return hosts.some((one) => (!one.port || one.port === asked) && `.${hostname}`.endsWith(`.${one.host}`));
  };
}
