import { join, resolve } from 'node:path';
import process from 'node:process';
import { isError } from '../core/built-ins.js';
import type { TypedArray } from '../core/dtype.js';
import { BackendError } from '../core/errors.js';
import { externalRemedy, packageRoot, requireFromPackage } from '../core/package-place.js';
import type { Fill, FillBounded } from '../core/random-state.js';
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
    learningRates: Float64Array,
    losses: Float64Array,
    control: Int32Array,
    scalarNumbers: Float64Array,
    backward: number,
    profile: Float64Array | undefined,
    ended: (error: Error | undefined, done: number, end: number) => void,
  ): void;
}

/**
 * Loads the binary that `GEMMNET_NATIVE` names, else the first that there is: in `prebuilds/` of the package, a build of the checkout, or
 * one made in `native/` of an installed package.
 * @throws BackendError that says what was tried and what helps
 */
export function loadAddon(): Addon {
  const { GEMMNET_NATIVE: named = '' } = process.env;
  return named === '' ? loadPackaged() : loadNamed(resolve(named));
}

/** Whether a binary was named, in whose place nothing else will do. */
export function isAddonNamed(): boolean {
  return (process.env.GEMMNET_NATIVE ?? '') !== '';
}

function loadNamed(path: string): Addon {
  // Node would run a file of another kind as JavaScript.
  if (!path.endsWith('.node')) {
    throw new BackendError(`GEMMNET_NATIVE: expected the path of a gemmnet.node but received '${path}'`);
  }
  try {
    return checked(requireFromPackage()(path) as Addon);
  } catch (cause) {
    throw new BackendError(
      `GEMMNET_NATIVE: ${path} cannot be loaded: ${reasonOf(cause)}${remedyFor(cause)}`,
      {
        cause,
      },
    );
  }
}

function loadPackaged(): Addon {
  const root = packageRoot();
  if (root === undefined) {
    throw new BackendError(
      `native backend: expected the package gemmnet around this code, or installed beside it, but found neither; ${externalRemedy}, ` +
        'or name the binary: GEMMNET_NATIVE=/path/gemmnet.node',
    );
  }
  const tried: string[] = [];
  let remedy = '';
  for (const place of [root, join(root, 'native')]) {
    try {
      const load = requireFromPackage()('node-gyp-build') as (folder: string) => Addon;
      return checked(load(place));
    } catch (error) {
      tried.push(`${place}: ${reasonOf(error)}`);
      remedy ||= remedyFor(error);
    }
  }
  throw new BackendError(
    `native backend: expected a binary for ${process.platform}-${process.arch} but found none that loads (tried ${tried.join('; ')})` +
      (remedy || '; build it with `npx node-gyp rebuild` in the folder native of the package'),
  );
}

/** @throws Error for another addon, or one of another version */
function checked(addon: Addon): Addon {
  const lines: Readonly<Record<string, string>> = addon.ops ?? {};
  if (Object.entries(catalogue).every(([name, line]) => lines[name] === line)) return addon;
  throw new Error('it is not of this version of gemmnet');
}

function reasonOf(error: unknown): string {
  return isError(error) ? (error.message.split('\n')[0] ?? '') : String(error);
}

/** What helps where it is not a binary that is missing. */
function remedyFor(error: unknown): string {
  switch ((error as NodeJS.ErrnoException | null)?.code) {
    case 'ERR_DLOPEN_DISABLED':
      return '; start Node without --no-addons, and where it has --permission, with --allow-addons';
    case 'ERR_ACCESS_DENIED':
      return (
        '; start Node with --allow-addons and --allow-fs-read for the package and for /etc/alpine-release, or name the binary: ' +
        'GEMMNET_NATIVE=/path/gemmnet.node'
      );
    default:
      return '';
  }
}

/** Whether somebody switched addons off, who knows then that JavaScript computes. */
export function areAddonsOff(): boolean {
  const { NODE_OPTIONS: options = '' } = process.env;
  return [...process.execArgv, ...options.split(/\s+/)].includes('--no-addons');
}
