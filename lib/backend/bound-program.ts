import type { TypedArray } from '../core/dtype.js';
import { ArgumentError } from '../core/errors.js';
import { allocate } from '../core/memory.js';
import type { ProgramBuilder } from '../ops/builder.js';
import { type Phase, type Program, rowsAt } from '../ops/program.js';
import type { Backend, Binding, Executable } from './backend.js';
import { currentBackend } from './index.js';

/** Arrays by the names of a program's buffers. */
export type Buffers = Readonly<Record<string, TypedArray>>;

/** Runs a whole program over so many rows, in the memory that each call brings. */
export type Caller = (rows: number, memory: readonly TypedArray[]) => void;

/** What stands in for a caller's memory between two calls, so that the binding keeps none of it alive. */
const nothing = new Uint8Array(0);

/**
 * A program with the memory that it needs between its instructions: workspace and scalars. It is compiled when it first runs, and again
 * when a batch has more rows than the workspace has room for, or another backend was chosen.
 */
export class BoundProgram {
  readonly #builder: ProgramBuilder;
  readonly #shared: Buffers;
  readonly #options: { readonly keepAll?: boolean; readonly only?: Phase };
  #compiled:
    | { readonly backend: Backend; readonly executable: Executable; readonly workspace: Buffers }
    | undefined;
  #scalars: Float64Array = new Float64Array(0);

  /**
   * @param shared the buffers that are the same in every run
   * @param options keepAll: each activation keeps its own memory, to be looked at afterwards; only: the program is this phase alone
   */
  constructor(
    builder: ProgramBuilder,
    shared: Buffers,
    options: { readonly keepAll?: boolean; readonly only?: Phase } = {},
  ) {
    this.#builder = builder;
    this.#shared = { ...builder.constants, ...shared };
    this.#options = options;
  }

  /** The program, compiled for the backend in use, with room for so many rows. */
  ready(rows: number): Executable {
    const backend = currentBackend();
    const compiled = this.#compiled;
    if (compiled?.backend === backend && compiled.executable.program.capacity >= rows)
      return compiled.executable;
    const capacity = Math.max(rows, compiled?.executable.program.capacity ?? 0);
    const program = this.#builder.build({ capacity, ...this.#options });
    const executable = backend.compile(program);
    if (compiled === undefined) {
      this.#scalars = allocate('float64', program.scalars.length);
      this.#scalars.set(program.scalars.map(({ value }) => value));
    }
    // Another backend goes on with what a forward pass has left in the workspace.
    const sameSize = compiled?.executable.program.capacity === capacity;
    const workspace = sameSize ? compiled.workspace : allocateWorkspace(program);
    this.#compiled = { backend, executable, workspace };
    return executable;
  }

  /** All buffers and scalars for a run; `externals` are those that this run brings. */
  bind(executable: Executable, externals: Buffers): Binding {
    const workspace: Buffers = this.#compiled?.workspace ?? {};
    const buffers = executable.program.buffers.map(({ name }) => {
      const buffer = externals[name] ?? this.#shared[name] ?? workspace[name];
      if (buffer === undefined)
        throw new ArgumentError(`program: expected memory for buffer "${name}" but received none`);
      return buffer;
    });
    return { buffers, scalars: this.#scalars };
  }

  /** Runs the phases from one to another, by default the whole program, at once. */
  run(
    rows: number,
    externals: Buffers,
    scalars: Readonly<Record<string, number>> = {},
    phases: readonly Phase[] = [],
  ): void {
    const executable = this.ready(rows);
    const { program } = executable;
    this.set(program, scalars);
    const ranges = phases.map((phase) => program.phases[phase] ?? [0, 0]);
    const first = ranges[0]?.[0] ?? 0;
    const last = ranges.at(-1)?.[1] ?? program.instructions.length;
    executable.run(first, last, rows, this.bind(executable, externals));
  }

  /**
   * What runs the whole program over so many rows whenever it is called, on the backend in use now and always in the same memory
   * (shared; `externals` as in `run`): little is left to do beside the work itself.
   */
  prepare(rows: number, externals: Buffers): () => void {
    const executable = this.ready(rows);
    const last = executable.program.instructions.length;
    return executable.prepare(0, last, rows, this.bind(executable, externals));
  }

  /**
   * What runs the whole program, at once, in memory that is another in each call: `names` tells which buffers a call brings and in
   * which order. Little is left to do beside the work itself.
   */
  caller(names: readonly string[]): Caller {
    let bound: Executable | undefined;
    let places: readonly number[] = [];
    let binding: { readonly buffers: TypedArray[]; readonly scalars: Float64Array } | undefined;
    return (rows, memory) => {
      const executable = this.ready(rows);
      if (binding === undefined || executable !== bound) {
        const { buffers, scalars } = this.bind(
          executable,
          Object.fromEntries(names.map((name) => [name, nothing])),
        );
        // Some calls bring memory that the program has no use for.
        places = names.map((name) => executable.program.buffers.findIndex((buffer) => buffer.name === name));
        binding = { buffers: [...buffers], scalars };
        bound = executable;
      }
      const { buffers } = binding;
      try {
        for (let i = 0; i < places.length; i++) if (places[i]! >= 0) buffers[places[i]!] = memory[i]!;
        executable.run(0, executable.program.instructions.length, rows, binding);
      } finally {
        for (let i = 0; i < buffers.length; i++) if (places.includes(i)) buffers[i] = nothing;
      }
    };
  }

  /** Writes scalars; those that the program has not are passed over. */
  set(program: Program, scalars: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(scalars)) {
      const index = program.scalars.findIndex((scalar) => scalar.name === name);
      if (index >= 0) this.#scalars[index] = value;
    }
  }

  /** A scalar as the last run left it; NaN for one that the program has not. */
  scalar(name: string): number {
    const { program } = this.#compiled?.executable ?? {};
    return this.#scalars[program?.scalars.findIndex((scalar) => scalar.name === name) ?? -1] ?? Number.NaN;
  }

  /** After a run that keeps all activations: what each instruction reads and writes in the workspace, under the instruction's label. */
  labelled(rows: number): readonly { readonly label: string; readonly data: TypedArray }[] {
    const { executable, workspace } = this.#compiled ?? {};
    if (executable === undefined) return [];
    const { program } = executable;
    return program.instructions.flatMap(({ label, slots }) =>
      slots.flatMap((id) => {
        const slot = program.slots[id]!;
        const buffer = workspace?.[program.buffers[slot.buffer]!.name];
        if (buffer === undefined) return [];
        const length = rowsAt(slot.rows, rows) * slot.cols;
        return [{ label, data: buffer.subarray(slot.offset, slot.offset + length) }];
      }),
    );
  }
}

function allocateWorkspace(program: Program): Buffers {
  const own = program.buffers.filter(({ name }) => name.startsWith('workspace'));
  return Object.fromEntries(own.map(({ name, dtype, length }) => [name, allocate(dtype, length)]));
}
