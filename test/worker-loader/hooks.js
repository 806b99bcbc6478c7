import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
/** What the build makes a constant. */
const define = { __GEMMNET_VERSION__: JSON.stringify(version) };

const lib = new URL('../../lib/', import.meta.url).href;

/** @type {import('node:module').ResolveHook} */
export async function resolve(specifier, context, next) {
  const url = URL.canParse(specifier)
    ? specifier
    : specifier.startsWith('.') && context.parentURL !== undefined
      ? new URL(specifier, context.parentURL).href
      : '';
  if (url.startsWith(lib) && url.endsWith('.js')) {
    const source = url.replace(/\.js$/, '.ts');
    if (existsSync(fileURLToPath(source))) return { url: source, format: 'module', shortCircuit: true };
  }
  return next(specifier, context);
}

/** @type {import('node:module').LoadHook} */
export async function load(url, context, next) {
  if (!url.startsWith(lib) || !/\.m?ts$/.test(url)) return next(url, context);
  const { transform } = await import('rolldown/utils');
  const path = fileURLToPath(url);
  const { code, errors } = await transform(path, await readFile(path, 'utf8'), { define });
  if (errors.length > 0) throw errors[0];
  return { format: 'module', source: code, shortCircuit: true };
}
