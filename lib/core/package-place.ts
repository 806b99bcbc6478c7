import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a message says when a file of the package is not where the code is, as in a program that a bundler made. */
export const externalRemedy =
  "leave gemmnet outside of the bundle (external: ['gemmnet'], or --external gemmnet) and install it beside the program";

/** In a bundle of CommonJS that was made of modules nobody says where it lies but `__filename`, which modules lack. */
function ownFile(): string {
  const url: string | undefined = import.meta.url;
  if (url?.startsWith('file:')) return fileURLToPath(url);
  return typeof __filename === 'string' ? __filename : join(process.cwd(), 'program.js');
}

/** Node's `require` for the packages that gemmnet needs. */
export function requireFromPackage(): NodeJS.Require {
  const folder = packageRoot();
  return createRequire(folder === undefined ? ownFile() : join(folder, 'package.json'));
}

let root: string | undefined | null = null;

/**
 * The folder of the package: the one around this file, or for a program that has gemmnet in its bundle the one that is installed
 * beside it. Undefined where there is none.
 */
export function packageRoot(): string | undefined {
  if (root === null) root = around(dirname(ownFile())) ?? installed();
  return root;
}

function around(folder: string): string | undefined {
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    const manifest = join(at, 'package.json');
    try {
      // The first one on the way up is the own one, or that of a program which took this code in.
      if (existsSync(manifest)) return nameIn(manifest) === 'gemmnet' ? at : undefined;
    } catch {
      return undefined;
    }
  }
  return undefined;
}

function nameIn(manifest: string): unknown {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly name?: unknown }).name;
}

function installed(): string | undefined {
  try {
    return dirname(createRequire(ownFile()).resolve('gemmnet/package.json'));
  } catch {
    return undefined;
  }
}
