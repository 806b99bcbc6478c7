import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { isError } from '../core/built-ins.js';
import type { TypedArray } from '../core/dtype.js';
import { BackendError } from '../core/errors.js';
import { environmentVariable } from '../core/process/environment.js';
import { externalRemedy, packageRoot, requireFromPackage } from '../core/process/package-place.js';
import { packageVersion } from '../core/process/package-version.js';
import type { Fill, FillBounded } from '../core/random/random-state.js';
import type { RowCutter } from '../core/text-rows.js';
import { catalogue } from '../ops/catalogue.js';

/** What `native/binding/addon.cpp` exports. */
export interface Addon {
  readonly ops: Readonly<Record<string, string>>;
  readonly opNames: readonly string[];
  instructionSets(): string[];
  instructionSet(): string;
  setInstructionSet(name: string): void;
  threads(): number;
  setThreads(count: number): void;
  readonly fillUniforms: Fill;
  readonly fillNormals: Fill;
  readonly fillBounded: FillBounded;
  adviseHugePages(memory: Uint8Array): void;
  readonly cutRows: RowCutter;
  readonly Program: new (
    float64: boolean,
    capacity: number,
    buffers: Float64Array,
    slots: Float64Array,
    scalars: number,
    code: Float64Array,
    keepsDenormals: boolean,
  ) => NativeProgram;
}

/** Of a run at once and of one that is prepared. */
type RunArguments = [
  first: number,
  last: number,
  rows: number,
  buffers: readonly TypedArray[],
  scalars: Float64Array,
  profile: Float64Array | undefined,
];

export interface NativeProgram {
  run(...of: RunArguments): void;
  prepare(...of: RunArguments): () => void;
  runSteps(
    count: number,
    rows: number,
    buffers: readonly TypedArray[],
    scalars: Float64Array,
    stepped: Float64Array,
    losses: Float64Array,
    control: Int32Array,
    /** Of the loss, and of each stepped scalar; -1 for one that the program has not. */
    scalarNumbers: Float64Array,
    backward: number,
    profile: Float64Array | undefined,
    ended: (error: Error | undefined, done: number, end: number) => void,
  ): void;
}

/**
 * Loads the binary that `GEMMNET_NATIVE` names, else the first of `binaries` that loads.
 * @throws BackendError that says what was tried and what helps
 */
export function loadAddon(): Addon {
  const named = environmentVariable('GEMMNET_NATIVE');
  return named === '' ? loadPackaged() : loadNamed(resolve(named));
}

/** Whether a binary was named, in whose place nothing else will do. */
export function isAddonNamed(): boolean {
  return environmentVariable('GEMMNET_NATIVE') !== '';
}

function loadNamed(path: string): Addon {
  // Node would run a file of another kind as JavaScript.
  if (!path.endsWith('.node')) {
    throw new BackendError(`GEMMNET_NATIVE: expected the path of a gemmnet.node but received '${path}'`);
  }
  try {
    return load(path);
  } catch (cause) {
    const reason = refusalOf(cause, path) ?? reasonOf(cause);
    throw new BackendError(`GEMMNET_NATIVE: ${path} cannot be loaded: ${reason}`, { cause });
  }
}

function loadPackaged(): Addon {
  const root = packageRoot();
  if (root === undefined) {
    throw new BackendError(
      `native backend: expected gemmnet ${packageVersion()} around this code, or installed beside it, but found neither; ${externalRemedy}, ` +
        'or name the binary: GEMMNET_NATIVE=/path/gemmnet.node',
    );
  }
  const tried: string[] = [];
  for (const path of binaries(root)) {
    try {
      return load(path);
    } catch (cause) {
      const refusal = refusalOf(cause, path);
      if (refusal !== undefined) throw new BackendError(`native backend: ${refusal}`, { cause });
      tried.push(`${path}: ${reasonOf(cause)}`);
    }
  }
  throw new BackendError(
    `native backend: expected a binary for ${process.platform}-${process.arch} in ${root} but ` +
      (tried.length === 0 ? 'there is none' : `none loads (${tried.join('; ')})`) +
      `; build it: npx node-gyp rebuild -C ${join(root, 'native')}`,
  );
}

/** What there is, in the order in which it is tried: what node-gyp-build would take, and what is found without it. */
function binaries(root: string): ReadonlySet<string> {
  return new Set([...chosenBinaries(root), ...presentBinaries(root)]);
}

/** A build of the checkout or one in `prebuilds/`, and one made in `native/` of an installed package. */
function chosenBinaries(root: string): string[] {
  return [root, join(root, 'native')].flatMap((folder) => {
    try {
      return [(requireFromPackage()('node-gyp-build') as NodeGypBuild).resolve(folder)];
    } catch {
      // There is none, or it may not look: it asks for /etc/alpine-release and for variables, which permissions for the project alone refuse.
      return [];
    }
  });
}

interface NodeGypBuild {
  resolve(folder: string): string;
}

/** The same places; the binary for the other C library does not load, so its being tried last does no harm. */
function presentBinaries(root: string): string[] {
  const folder = join(root, 'prebuilds', `${process.platform}-${process.arch}`);
  const prebuilt = namesIn(folder)
    .filter((name) => name.endsWith('.node'))
    .sort((a, b) => Number(isForOtherLibrary(a)) - Number(isForOtherLibrary(b)))
    .map((name) => join(folder, name));
  const built = join('build', 'Release', 'gemmnet.node');
  return [join(root, built), ...prebuilt, join(root, 'native', built)].filter((path) => existsSync(path));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Of `gemmnet.glibc.node` and `gemmnet.musl.node`. */
function isForOtherLibrary(name: string): boolean {
  return name.includes(isAlpine() ? '.glibc.' : '.musl.');
}

function isAlpine(): boolean {
  try {
    return existsSync('/etc/alpine-release');
  } catch {
    // Node's permissions are for the project alone.
    return false;
  }
}

/** @throws Error for another addon, or one of another version */
function load(path: string): Addon {
  const addon = requireFromPackage()(path) as Addon;
  const lines: Readonly<Record<string, string>> = addon.ops ?? {};
  if (Object.entries(catalogue).every(([name, line]) => lines[name] === line)) return addon;
  throw new Error('it is not of this version of gemmnet');
}

function reasonOf(error: unknown): string {
  return isError(error) ? (error.message.split('\n')[0] ?? '') : String(error);
}

/** What to do where it is not the binary that is wrong: the runtime was told to load none, or to keep from the file. */
function refusalOf(error: unknown, path: string): string | undefined {
  if (!isError(error)) return undefined;
  // Deno's, whose message names the flag.
  if (error.name === 'NotCapable') return error.message;
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ERR_DLOPEN_DISABLED':
      return areAddonsOff()
        ? 'addons are switched off, by --no-addons'
        : 'addons are switched off; under --permission, Node loads them with --allow-addons';
    case 'ERR_ACCESS_DENIED':
      return `Node may not read the binary; under --permission, allow it with --allow-fs-read=${path}`;
    default:
      return undefined;
  }
}

/** Whether somebody switched addons off, who knows then that JavaScript computes. */
export function areAddonsOff(): boolean {
  const options = environmentVariable('NODE_OPTIONS').split(/\s+/);
  return [...process.execArgv, ...options].includes('--no-addons');
}
