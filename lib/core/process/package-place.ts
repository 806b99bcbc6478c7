import { existsSync, readFileSync } from 'node:fs';
import module from 'node:module';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { packageVersion } from './package-version.js';

/** What a message says when a file of the package is not where the code is, as in a program that a bundler made. */
export const externalRemedy =
  "leave gemmnet outside of the bundle (external: ['gemmnet'], or --external gemmnet) and install it beside the program";

/** In a bundle nobody may say where this code lies; then it is taken to be the program that was started. */
function ownFile(): string {
  try {
    const url: string | undefined = import.meta.url;
    if (url?.startsWith('file:')) return fileURLToPath(url);
  } catch {
    // CommonJS, put into ES modules by a bundler.
  }
  return typeof __filename === 'string' ? __filename : resolve(process.argv[1] ?? 'program.js');
}

/** Node's `require` for the packages that gemmnet needs. Webpack would put one of its own in place of an imported `createRequire`. */
export function requireFromPackage(): NodeJS.Require {
  const folder = packageRoot();
  return module.createRequire(folder === undefined ? ownFile() : join(folder, 'package.json'));
}

let root: string | undefined | null = null;

/**
 * The folder of the package, of this very version: the one around this file, or for a program that has gemmnet in its bundle the one that
 * is installed beside it. Undefined where there is none.
 */
export function packageRoot(): string | undefined {
  if (root === null) root = around(dirname(ownFile())) ?? installed();
  return root;
}

function around(folder: string): string | undefined {
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    try {
      // The first one on the way up is the own one, or that of a program which took this code in.
      if (existsSync(join(at, 'package.json'))) return isOurs(at) ? at : undefined;
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** A program may have the package's name too. */
function isOurs(folder: string): boolean {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  return (
    manifest.name === 'gemmnet' &&
    manifest.version === packageVersion() &&
    existsSync(join(folder, 'data', 'digits.csv.gz'))
  );
}

interface Manifest {
  readonly name?: unknown;
  readonly version?: unknown;
}

function installed(): string | undefined {
  try {
    const folder = dirname(module.createRequire(ownFile()).resolve('gemmnet/package.json'));
    return isOurs(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}
