import type { Binding } from '../../lib/backend/backend.js';
import { arrayTypes, type Dtype, sizeOf, type TypedArray } from '../../lib/core/dtype.js';
import type { OpName } from '../../lib/ops/catalogue.js';
import {
  type HostMemory,
  type Instruction,
  type Phase,
  type Program,
  type ProgramBuffer,
  type Rows,
  rowsAt,
  type Slot,
} from '../../lib/ops/program.js';

/** Writes a program piece by piece, for tests: buffers grow with their slots, phases with their instructions. */
export class Draft {
  readonly #dtype: Program['dtype'];
  readonly #capacity: number;
  readonly #buffers: { name: string; dtype: Dtype; length: number; stepped: boolean }[] = [];
  readonly #slots: Slot[] = [];
  readonly #scalars: { name: string; value: number }[] = [];
  readonly #instructions: Instruction[] = [];
  readonly #phases: Partial<Record<Phase, [number, number]>> = {};

  constructor(dtype: Program['dtype'], capacity: number) {
    this.#dtype = dtype;
    this.#capacity = capacity;
  }

  buffer(name: string, dtype: Dtype = this.#dtype, stepped = false): number {
    return this.#buffers.push({ name, dtype, length: 0, stepped }) - 1;
  }

  /** The next slot of a buffer, so many elements behind the one before. */
  slot(buffer: number, name: string, rows: Rows, cols: number, gap = 0): number {
    const owner = this.#buffers[buffer]!;
    const offset = owner.length + gap;
    owner.length = offset + rowsAt(rows, this.#capacity) * cols;
    return this.#slots.push({ name, buffer, offset, rows, cols, dtype: owner.dtype }) - 1;
  }

  /** A row of so many elements that starts where another slot starts. */
  range(start: number, name: string, cols: number): number {
    return this.#slots.push({ ...this.#slots[start]!, name, rows: 1, cols }) - 1;
  }

  scalar(name: string, value: number): number {
    return this.#scalars.push({ name, value }) - 1;
  }

  op(
    op: OpName,
    slots: readonly number[],
    scalars: readonly number[] = [],
    attributes: readonly number[] = [],
  ): void {
    this.#instructions.push({ op, slots, scalars, attributes, label: `${op} under test` });
  }

  host(run: (memory: HostMemory) => void, slots: readonly number[]): void {
    this.#instructions.push({ op: 'host', run, slots, scalars: [], label: 'host under test' });
  }

  /** What was written since the last phase. */
  phase(phase: Phase): void {
    const first = Math.max(0, ...Object.values(this.#phases).map(([, last]) => last));
    this.#phases[phase] = [first, this.#instructions.length];
  }

  finish(): Program {
    return {
      dtype: this.#dtype,
      capacity: this.#capacity,
      buffers: this.#buffers as readonly ProgramBuffer[],
      slots: this.#slots,
      scalars: this.#scalars,
      instructions: this.#instructions,
      phases: this.#phases,
    };
  }
}

/** A typed array on shared memory that starts so many elements in. */
export function sharedArray(dtype: Dtype, length: number, skip = 0): TypedArray {
  const type: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => TypedArray =
    arrayTypes[dtype];
  const bytes = sizeOf(dtype);
  return new type(new SharedArrayBuffer((length + skip) * bytes), skip * bytes, length);
}

/** Zeroed memory for a program. */
export function bind(program: Program): Binding {
  return {
    buffers: program.buffers.map(({ dtype, length }) => sharedArray(dtype, length)),
    scalars: sharedFloats(program.scalars.map(({ value }) => value)),
  };
}

/** The values as a Float64Array on shared memory. */
export function sharedFloats(values: ArrayLike<number>): Float64Array {
  const shared = new Float64Array(new SharedArrayBuffer(values.length * Float64Array.BYTES_PER_ELEMENT));
  shared.set(values);
  return shared;
}

/** The part of a binding that a slot covers. */
export function viewOf(
  program: Program,
  binding: Binding,
  slot: number,
  rows = program.capacity,
): TypedArray {
  const { buffer, offset, rows: own, cols } = program.slots[slot]!;
  return binding.buffers[buffer]!.subarray(offset, offset + rowsAt(own, rows) * cols);
}
