import type { TypedArray } from '../core/dtype.js';
import type { Program } from '../ops/program.js';

/** Memory of one run: a typed array for each buffer of the program, in its order, and the table of scalars. */
export interface Binding {
  readonly buffers: readonly TypedArray[];
  readonly scalars: Float64Array;
}

/** Many training steps in one call: every instruction of the program, once a step. */
export interface Steps {
  readonly count: number;
  /** Rows in each batch. */
  readonly rows: number;
  /** What changes from step to step beside the batch. */
  readonly stepped: SteppedScalars;
  /** Receives the scalar `loss` of each step (`count` values). */
  readonly losses: Float64Array;
  /** On a SharedArrayBuffer. [0]: whoever writes 1 stops the run before its next step. [1]: how many steps are done. */
  readonly control: Int32Array;
}

/** Scalars that every step begins with: learning rates, the number of the step, what an update rule counts. */
export interface SteppedScalars {
  /** Of scalars of the program; those that it lacks are left out. */
  readonly names: readonly string[];
  /** (count · names) values, step after step. */
  readonly values: Float64Array;
}

/** How a run of many steps ended. `nonFinite`: the loss of step `done` was NaN or infinite; that step updated nothing. */
export interface StepsResult {
  readonly done: number;
  readonly reason: 'finished' | 'aborted' | 'nonFinite';
}

/** A program that a backend has made ready. Stateless: it may be bound to other memory at each call. */
export interface Executable {
  readonly program: Program;
  /** Runs the instructions [first, last) over `rows` rows, at once. */
  run(first: number, last: number, rows: number, binding: Binding): void;
  /**
   * What runs the instructions [first, last) over `rows` rows whenever it is called, for runs that are repeated in the same memory:
   * what can be checked beforehand is checked now. All memory has to lie on SharedArrayBuffers.
   */
  prepare(first: number, last: number, rows: number, binding: Binding): () => void;
  /**
   * Runs the whole program `steps.count` times without blocking the event loop. Each step starts with its stepped scalars. After the
   * phase `loss` the scalar `loss` is looked at: if it is not finite, the run ends there; else the step goes on with `commit`, `backward`
   * and `update`.
   *
   * All memory, that of `steps` too, has to lie on SharedArrayBuffers: nothing can detach them while another thread works on them.
   */
  runSteps(steps: Steps, binding: Binding): Promise<StepsResult>;
}

/** An executor of programs: the seam between gemmnet's TypeScript and whatever computes. */
export interface Backend {
  readonly name: 'native' | 'js';
  /** Every op that it can execute, with its signature as in the catalogue. */
  readonly ops: Readonly<Record<string, string>>;
  compile(program: Program): Executable;
}
