import process from 'node:process';
import { isError } from '../core/built-ins.js';
import { BackendError } from '../core/errors.js';
import { setMemoryAdviser } from '../core/memory.js';
import { checkOptions, integerIn, oneOf, optional } from '../core/options.js';
import { environmentVariable } from '../core/process/environment.js';
import { packageVersion } from '../core/process/package-version.js';
import { processor } from '../core/process/runtime.js';
import { javaScriptSource, type RandomSource, setRandomSource } from '../core/random/random-state.js';
import { setRowCutter } from '../core/text-rows.js';
import { areAddonsOff, isAddonNamed } from './addon.js';
import type { Backend } from './backend.js';
import { jsBackend } from './js/index.js';
import { loadNative, type NativeBackend } from './native.js';

/** What computes, as `backendInfo()` reports it. */
export interface BackendInfo {
  /**
   * Both compute the same to rounding, but the native core takes denormal numbers (below 1.2e-38 in float32 and 2.2e-308 in float64)
   * for 0, where JavaScript keeps them.
   */
  readonly backend: 'native' | 'js';
  /** The instruction set in use; `none` for JavaScript. */
  readonly isa: string;
  /** Those that this machine and build have. */
  readonly isas: readonly string[];
  readonly threads: number;
  readonly cpu: string;
  /** gemmnet's. */
  readonly version: string;
  /** Why the native backend was not taken although nobody asked for JavaScript. */
  readonly nativeError?: string;
}

export interface BackendOptions {
  readonly backend?: 'native' | 'js';
  /** `baseline`, `avx2`, `avx512` or `neon`: one of `backendInfo().isas`. */
  readonly isa?: string;
  readonly threads?: number;
}

interface Choice {
  readonly backend: Backend;
  /** The same backend, if it is the native one. */
  readonly native: NativeBackend | undefined;
  readonly nativeError?: string;
}

let choice: Choice | undefined;

/**
 * The backend in use. The first call chooses: `GEMMNET_BACKEND` (`native` or `js`), by default native, and JavaScript where the
 * native core does not load, which the process is warned of; `GEMMNET_NATIVE` names the file of the native core, `GEMMNET_ISA` and
 * `GEMMNET_THREADS` configure the native one.
 *
 * @throws BackendError for an unknown value of `GEMMNET_BACKEND`, `GEMMNET_ISA` or `GEMMNET_THREADS`, or when `GEMMNET_BACKEND=native` and
 *   there is no binary for this machine
 */
export function currentBackend(): Backend {
  return chosen().backend;
}

/** What computes: backend, instruction set, threads, processor and version. */
export function backendInfo(): BackendInfo {
  const { native, nativeError } = chosen();
  const machine = native?.info() ?? {
    isa: 'none',
    isas: [],
    threads: 1,
    cpu: processor(),
  };
  const { isa, isas, threads, cpu } = machine;
  return {
    backend: native === undefined ? 'js' : 'native',
    isa,
    isas,
    threads,
    cpu,
    version: packageVersion(),
    ...(nativeError === undefined ? {} : { nativeError }),
  };
}

/**
 * Chooses what computes from now on, in place of the environment variables. Models go on with their parameters as they are.
 *
 * @throws BackendError when the native backend or the instruction set cannot be had, or isa or threads are given for JavaScript; then
 *   nothing has changed
 */
export function configure(options: BackendOptions): BackendInfo {
  const { backend, isa, threads } = checkOptions('configure', options, {
    backend: optional(oneOf('native', 'js')),
    isa: optional(oneOf('baseline', 'avx2', 'avx512', 'neon')),
    threads: optional(integerIn(1, 1024)),
  });
  const next = backend === undefined ? chosen() : backend === 'js' ? useJs() : useNative();
  const machine = { ...(isa === undefined ? {} : { isa }), ...(threads === undefined ? {} : { threads }) };
  if (Object.keys(machine).length > 0) {
    if (next.native === undefined) {
      throw new BackendError(
        `configure: expected the native backend for ${Object.keys(machine).join(' and ')} but the backend is js` +
          (next.nativeError === undefined ? '' : ` (${next.nativeError})`),
      );
    }
    next.native.configure(machine);
  }
  choose(next);
  return backendInfo();
}

function chosen(): Choice {
  return choice ?? choose(fromEnvironment());
}

function choose(next: Choice): Choice {
  setRandomSource(next.native?.random);
  choice = next;
  return next;
}

function randomSourceOf({ native }: Choice): RandomSource {
  return native?.random ?? javaScriptSource;
}

// The first normals choose the backend, so that they are the same bits whether a model or a RandomState is made first.
setRandomSource({
  fillUniform: (key, meta, out) => randomSourceOf(chosen()).fillUniform(key, meta, out),
  fillNormal: (key, meta, out) => randomSourceOf(chosen()).fillNormal(key, meta, out),
  fillBounded: (key, meta, out, max) => randomSourceOf(chosen()).fillBounded(key, meta, out, max),
});

// So do the first large array and the first large table of text: data sets are often loaded before a model is made.
setMemoryAdviser((memory) => chosen().native?.adviseHugePages(memory));
setRowCutter(() => chosen().native?.cutRows);

const useJs = (): Choice => ({ backend: jsBackend, native: undefined });

function useNative(): Choice {
  const native = loadNative();
  return { backend: native, native };
}

function fromEnvironment(): Choice {
  const asked = environmentVariable('GEMMNET_BACKEND');
  const isa = environmentVariable('GEMMNET_ISA');
  const threads = environmentVariable('GEMMNET_THREADS');
  if (!['', 'js', 'native'].includes(asked)) {
    throw new BackendError(`GEMMNET_BACKEND: expected native or js but received '${asked}'`);
  }
  if (asked === 'js') return useJs();
  let next: Choice;
  try {
    next = useNative();
  } catch (error) {
    if (asked === 'native' || isAddonNamed()) throw error;
    const nativeError = isError(error) ? error.message : String(error);
    if (!areAddonsOff()) {
      process.emitWarning(`the JavaScript backend computes, far slower than the native one; ${nativeError}`, {
        type: 'GemmnetWarning',
        code: 'GEMMNET_NO_NATIVE',
        detail: 'GEMMNET_BACKEND=js says that it is meant, and this is not shown.',
      });
    }
    return { ...useJs(), nativeError };
  }
  if (isa !== '') configureFrom('GEMMNET_ISA', isa, () => next.native?.configure({ isa }));
  if (threads !== '') {
    const count = /^\d+$/.test(threads) ? Number(threads) : Number.NaN;
    configureFrom('GEMMNET_THREADS', threads, () => next.native?.configure({ threads: count }));
  }
  return next;
}

/** Has an error name the variable that was wrong. */
function configureFrom(variable: string, value: string, configureNative: () => void): void {
  try {
    configureNative();
  } catch (cause) {
    if (!(cause instanceof BackendError)) throw cause;
    throw new BackendError(`${variable}=${value}: ${cause.message}`, { cause });
  }
}
