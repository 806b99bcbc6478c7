import { isError } from '../core/built-ins.js';
import { type Dtype, dtypeOf, type TypedArray } from '../core/dtype.js';
import {
  ArgumentError,
  BackendError,
  GemmnetError,
  LabelError,
  ShapeError,
  StateError,
} from '../core/errors.js';
import { processor } from '../core/process/runtime.js';
import type { RandomSource } from '../core/random/random-state.js';
import type { RowCutter } from '../core/text-rows.js';
import { encodeRows, type OpInstruction, type Program, rowsAt } from '../ops/program.js';
import { type Addon, loadAddon, type NativeProgram } from './addon.js';
import type { Backend, Binding, Executable, Steps, StepsResult } from './backend.js';
import { checkProgram } from './check-program.js';
import { assertShared, makeRunCheck, type RunCheck } from './check-run.js';
import { startProfile } from './profile.js';
import { checkSteps, runSteps as runStepwise } from './stepwise.js';

/** The native backend, with what only it has. */
export interface NativeBackend extends Backend {
  readonly name: 'native';
  info(): {
    readonly isa: string;
    readonly isas: readonly string[];
    readonly threads: number;
    readonly cpu: string;
  };
  /** @throws {BackendError} for an instruction set that this machine lacks, or a number of threads outside 1 … 1024. */
  configure(options: { readonly isa?: string; readonly threads?: number }): void;
  /** NumPy's legacy variates, bit for bit; see `setRandomSource` in core. */
  readonly random: RandomSource;
  /** Asks the system for huge pages where the memory, which nobody has touched yet, is to be; see `setMemoryAdviser` in core. */
  adviseHugePages(memory: Uint8Array): void;
  /** See `setRowCutter` in core. */
  readonly cutRows: RowCutter;
}

let loaded: NativeBackend | undefined;

/**
 * Loads the native core, once a process.
 *
 * @throws BackendError that says what was tried and what helps, when there is no binary for this machine or it does not load
 */
export function loadNative(): NativeBackend {
  loaded ??= createBackend(loadAddon());
  return loaded;
}

function createBackend(addon: Addon): NativeBackend {
  const numbers = new Map(addon.opNames.map((name, number) => [name, number]));
  return {
    name: 'native',
    ops: addon.ops,
    compile: (program) => new NativeExecutable(addon, numbers, program),
    info: () => ({
      isa: addon.instructionSet(),
      isas: addon.instructionSets(),
      threads: addon.threads(),
      cpu: processor(),
    }),
    configure({ isa, threads }) {
      typedErrors(() => {
        if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 1024)) {
          throw new BackendError(
            `configure: expected threads to be an integer from 1 to 1024 but received ${threads}`,
          );
        }
        if (isa !== undefined) addon.setInstructionSet(isa);
        if (threads !== undefined && threads !== addon.threads()) addon.setThreads(threads);
      });
    },
    random: {
      fillUniform: (key, meta, out) => typedErrors(() => addon.fillUniforms(key, meta, out)),
      fillNormal: (key, meta, out) => typedErrors(() => addon.fillNormals(key, meta, out)),
      fillBounded: (key, meta, out, max) => typedErrors(() => addon.fillBounded(key, meta, out, max)),
    },
    adviseHugePages: (memory) => typedErrors(() => addon.adviseHugePages(memory)),
    cutRows: (...of) => typedErrors(() => addon.cutRows(...of)),
  };
}

const dtypeNumbers: Readonly<Record<Dtype, number>> = { float32: 0, float64: 1, int32: 2, uint8: 3 };
const stepEnds = ['finished', 'aborted', 'nonFinite'] as const;

class NativeExecutable implements Executable {
  readonly program: Program;
  private readonly native: NativeProgram;
  /** Instruction i of the program is instruction positions[i] of the native one, which has no host instructions. */
  private readonly positions: Int32Array;
  private readonly hosted: boolean;
  private readonly checkRun: RunCheck;
  private readonly profile: Float64Array | undefined;

  constructor(addon: Addon, numbers: ReadonlyMap<string, number>, program: Program) {
    checkProgram(program);
    this.checkRun = makeRunCheck(program);
    this.program = program;
    this.profile = startProfile(program);
    const buffers = program.buffers.flatMap(({ dtype, stepped }) => [dtypeNumbers[dtype], Number(stepped)]);
    const slots = program.slots.flatMap(({ buffer, offset, rows, cols, dtype }) => {
      if (program.buffers[buffer]?.dtype !== dtype) {
        throw new ArgumentError(
          `program: expected a slot of buffer ${buffer} to have its dtype but received ${dtype}`,
        );
      }
      return [buffer, offset, encodeRows(rows), cols];
    });
    const encode = ({ op, slots: operands, scalars, attributes }: OpInstruction): number[] => {
      const number = numbers.get(op);
      if (number === undefined)
        throw new ArgumentError(`program: expected an op of the catalogue but received "${op}"`);
      return [number, ...operands, ...scalars, ...attributes];
    };
    this.positions = new Int32Array(program.instructions.length + 1);
    const code: number[] = [];
    let position = 0;
    program.instructions.forEach((instruction, i) => {
      this.positions[i] = position;
      if (instruction.op === 'host') return;
      code.push(...encode(instruction));
      position++;
    });
    this.positions[program.instructions.length] = position;
    this.hosted = position < program.instructions.length;
    this.native = typedErrors(
      () =>
        new addon.Program(
          program.dtype === 'float64',
          program.capacity,
          Float64Array.from(buffers),
          Float64Array.from(slots),
          program.scalars.length,
          Float64Array.from(code),
          program.keepsDenormals ?? false,
        ),
    );
  }

  private scalarNumber(name: string): number {
    return this.program.scalars.findIndex((scalar) => scalar.name === name);
  }

  run(first: number, last: number, rows: number, binding: Binding): void {
    this.checkRun(first, last, rows, binding);
    const { instructions } = this.program;
    if (!this.hosted) {
      this.runNative(first, last, rows, binding);
      return;
    }
    let begin = first;
    for (let i = first; i < last; i++) {
      const instruction = instructions[i];
      if (instruction?.op !== 'host') continue;
      this.runNative(begin, i, rows, binding);
      instruction.run({
        rows,
        views: instruction.slots.map((slot) => slotView(this.program, slot, rows, binding)),
      });
      begin = i + 1;
    }
    this.runNative(begin, last, rows, binding);
  }

  private runNative(first: number, last: number, rows: number, { buffers, scalars }: Binding): void {
    const { positions, profile } = this;
    typedErrors(() =>
      this.native.run(positions[first] ?? 0, positions[last] ?? 0, rows, buffers, scalars, profile),
    );
  }

  prepare(first: number, last: number, rows: number, binding: Binding): () => void {
    this.checkRun(first, last, rows, binding);
    assertShared('prepare', [binding.scalars, ...binding.buffers]);
    if (this.hosted) return () => this.run(first, last, rows, binding);
    const { positions, profile } = this;
    const [begin, end] = [positions[first] ?? 0, positions[last] ?? 0];
    const run = typedErrors(() =>
      this.native.prepare(begin, end, rows, binding.buffers, binding.scalars, profile),
    );
    return () => typedErrors(run);
  }

  async runSteps(steps: Steps, binding: Binding): Promise<StepsResult> {
    if (this.hosted) return runStepwise(this, steps, binding);
    checkSteps(steps, binding);
    this.checkRun(0, 0, steps.rows, binding);
    const lossEnd = this.program.phases.loss?.[1] ?? 0;
    return new Promise((resolve, reject) => {
      typedErrors(() =>
        this.native.runSteps(
          steps.count,
          steps.rows,
          binding.buffers,
          binding.scalars,
          steps.stepped.values,
          steps.losses,
          steps.control,
          Float64Array.from(['loss', ...steps.stepped.names], (name) => this.scalarNumber(name)),
          this.positions[lossEnd] ?? 0,
          this.profile,
          (error, done, end) =>
            error === undefined ? resolve({ done, reason: stepEnds[end]! }) : reject(toTyped(error)),
        ),
      );
    });
  }
}

function slotView(program: Program, number: number, rows: number, binding: Binding): TypedArray {
  const slot = program.slots[number];
  const buffer = slot === undefined ? undefined : binding.buffers[slot.buffer];
  if (slot === undefined || buffer === undefined || dtypeOf(buffer) !== slot.dtype) {
    throw new ArgumentError(`run: expected a ${slot?.dtype} array for slot ${slot?.name ?? number}`);
  }
  const length = rowsAt(slot.rows, rows) * slot.cols;
  return buffer.subarray(slot.offset, slot.offset + length);
}

/** Errors of the addon carry a code; each becomes the class that TypeScript has for it. */
function toTyped(error: unknown): unknown {
  if (!isError(error) || error instanceof GemmnetError) return error;
  switch ((error as { code?: unknown }).code) {
    case 'ERR_ARGUMENT':
      return new ArgumentError(error.message, { cause: error });
    case 'ERR_SHAPE':
      return new ShapeError(error.message, { cause: error });
    case 'ERR_LABEL':
      return new LabelError(error.message, { cause: error });
    case 'ERR_STATE':
      return new StateError(error.message, { cause: error });
    case 'ERR_BACKEND':
      return new BackendError(error.message, { cause: error });
    default:
      return error;
  }
}

function typedErrors<Result>(call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    throw toTyped(error);
  }
}
