import type { TypedArray } from '../../core/dtype.js';
import {
  type HostInstruction,
  type Instruction,
  type OpInstruction,
  type Program,
  rowsAt,
} from '../../ops/program.js';
import { signatures } from '../../ops/signature.js';
import type { Binding, Executable } from '../backend.js';
import { checkProgram } from '../check-program.js';
import { assertShared, makeRunCheck } from '../check-run.js';
import { profileNumbers, startProfile } from '../profile.js';
import { runSteps } from '../stepwise.js';
import { makeIndexCheck } from './indices.js';
import type { JsOps, Matrix } from './op.js';

/** An op as the interpreter sees it; the catalogue's types were checked where the record of ops is written. */
type AnyOp = (
  operands: Readonly<Record<string, Matrix<TypedArray>>>,
  scalars: Readonly<Record<string, number>>,
  attributes: Readonly<Record<string, number>>,
) => number | undefined;

/** An instruction whose operands are resolved. */
type Step = (table: Float64Array) => void;

/**
 * Makes a program ready to run.
 *
 * @throws ArgumentError, ShapeError as `checkProgram`
 */
export function compile(program: Program, ops: JsOps): Executable {
  checkProgram(program);
  const checkRun = makeRunCheck(program);
  const profile = startProfile(program);
  let idle: Frame | undefined;

  const executable: Executable = {
    program,
    run(first, last, rows, binding) {
      checkRun(first, last, rows, binding);
      // A host instruction may run this executable again, on other memory: the inner run finds no idle frame and makes its own.
      const frame = idle ?? new Frame(program, ops, profile);
      idle = undefined;
      try {
        frame.bind(rows, binding);
        frame.run(first, last, binding.scalars);
      } finally {
        idle = frame;
      }
    },
    prepare(first, last, rows, binding) {
      checkRun(first, last, rows, binding);
      assertShared('prepare', [binding.scalars, ...binding.buffers]);
      return () => executable.run(first, last, rows, binding);
    },
    runSteps: (steps, binding) => runSteps(executable, steps, binding),
  };
  return executable;
}

/** A program's slots as matrices in the memory of its latest binding. Repeated runs on the same memory allocate nothing. */
class Frame {
  readonly #program: Program;
  readonly #matrices: readonly Matrix<TypedArray>[];
  readonly #steps: readonly Step[];
  readonly #buffers: TypedArray[] = [];
  #rows = 0;

  constructor(program: Program, ops: JsOps, profile: Float64Array | undefined) {
    this.#program = program;
    this.#matrices = program.slots.map(({ cols }) => ({ data: new Float32Array(0), rows: 0, cols }));
    let position = 0;
    this.#steps = program.instructions.map((instruction) => {
      const step = this.#resolve(instruction, ops);
      if (profile === undefined || instruction.op === 'host') return step;
      return this.#timed(step, profile, profileNumbers * position++);
    });
  }

  /** Moves those slots whose buffer, or whose number of rows, is another than before. */
  bind(rows: number, { buffers }: Binding): void {
    const sameRows = rows === this.#rows;
    if (sameRows && buffers.every((buffer, i) => buffer === this.#buffers[i])) return;
    this.#program.slots.forEach((slot, i) => {
      const buffer = buffers[slot.buffer]!;
      if (buffer === this.#buffers[slot.buffer] && (sameRows || typeof slot.rows === 'number')) return;
      const matrix = this.#matrices[i]!;
      matrix.rows = rowsAt(slot.rows, rows);
      const length = matrix.rows * slot.cols;
      // A view costs as much as some hundred numbers.
      const isWhole = slot.offset === 0 && length === buffer.length;
      matrix.data = isWhole ? buffer : buffer.subarray(slot.offset, slot.offset + length);
    });
    buffers.forEach((buffer, i) => {
      this.#buffers[i] = buffer;
    });
    this.#rows = rows;
  }

  run(first: number, last: number, table: Float64Array): void {
    for (let i = first; i < last; i++) this.#steps[i]!(table);
  }

  #resolve(instruction: Instruction, ops: JsOps): Step {
    const matrices = instruction.slots.map((slot) => this.#matrices[slot]!);
    if (instruction.op === 'host') return this.#hostStep(instruction, matrices);
    return opStep(instruction, matrices, ops);
  }

  #timed(step: Step, profile: Float64Array, at: number): Step {
    return (table) => {
      const started = performance.now();
      step(table);
      profile[at]! += (performance.now() - started) / 1000;
      profile[at + 1]! += 1;
      profile[at + 2]! += this.#rows;
    };
  }

  #hostStep(instruction: HostInstruction, matrices: readonly Matrix<TypedArray>[]): Step {
    return () => instruction.run({ rows: this.#rows, views: matrices.map(({ data }) => data) });
  }
}

function opStep(
  { op, scalars: indices, attributes: fixed }: OpInstruction,
  matrices: readonly Matrix<TypedArray>[],
  ops: JsOps,
): Step {
  const body = ops[op] as AnyOp;
  const { operands, scalars, attributes } = signatures[op];
  const named = Object.fromEntries(operands.map(({ name }, i) => [name, matrices[i]!]));
  const names = scalars.map(({ name }) => name);
  const values: Record<string, number> = Object.fromEntries(names.map((name) => [name, 0]));
  const constants = Object.fromEntries(attributes.map((name, i) => [name, fixed[i]!]));
  const checkIndices = makeIndexCheck(op, matrices);
  const written = indices[scalars.findIndex((scalar) => scalar.written)];
  return (table) => {
    for (let i = 0; i < names.length; i++) values[names[i]!] = table[indices[i]!]!;
    checkIndices?.();
    const result = body(named, values, constants);
    if (written !== undefined) table[written] = result!;
  };
}
