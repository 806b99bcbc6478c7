import { isShared } from '../core/built-ins.js';
import { dtypeOf, type TypedArray } from '../core/dtype.js';
import { ArgumentError, ShapeError } from '../core/errors.js';
import { type Program, rowsAt } from '../ops/program.js';
import type { Binding } from './backend.js';

export type RunCheck = (first: number, last: number, rows: number, binding: Binding) => void;

/**
 * Makes the check that precedes each run of a program: the range and the rows are possible, and each buffer is of its dtype and
 * long enough for that many rows (so a short last batch may come in short buffers, and a detached buffer is found out).
 *
 * The check throws ArgumentError for a range, row count or type that is wrong, ShapeError for too many rows or too few elements.
 */
export function makeRunCheck(program: Program): RunCheck {
  const { buffers, capacity, instructions, scalars } = program;
  let lengths: readonly number[] = [];
  let lengthsFor = 0;

  return (first, last, rows, binding) => {
    if (
      !(
        Number.isInteger(first) &&
        Number.isInteger(last) &&
        0 <= first &&
        first <= last &&
        last <= instructions.length
      )
    ) {
      throw new ArgumentError(
        `run: expected a range of instructions within 0 … ${instructions.length} but received ${first} … ${last}`,
      );
    }
    if (!Number.isInteger(rows) || rows < 1) {
      throw new ArgumentError(`run: expected rows to be a positive integer but received ${rows}`);
    }
    if (rows > capacity) {
      throw new ShapeError(`run: expected at most ${capacity} rows (the capacity) but received ${rows}`);
    }
    if (rows !== lengthsFor) {
      lengths = neededLengths(program, rows);
      lengthsFor = rows;
    }
    if (binding.buffers.length !== buffers.length) {
      throw new ArgumentError(
        `run: expected ${buffers.length} buffers but received ${binding.buffers.length}`,
      );
    }
    for (let i = 0; i < buffers.length; i++) {
      const { name, dtype } = buffers[i]!;
      const data = binding.buffers[i]!;
      if (dtypeOf(data) !== dtype) {
        throw new ArgumentError(
          `run: expected buffer "${name}" to be of ${dtype} but received ${dtypeOf(data) ?? typeof data}`,
        );
      }
      if (data.length < lengths[i]!) {
        throw new ShapeError(
          `run: expected buffer "${name}" to have at least ${lengths[i]} elements for ${rows} rows but received ${data.length}`,
        );
      }
    }
    if (dtypeOf(binding.scalars) !== 'float64' || binding.scalars.length < scalars.length) {
      throw new ArgumentError(
        `run: expected scalars to be a Float64Array of at least ${scalars.length} values`,
      );
    }
  };
}

/** @throws ArgumentError for memory that something could detach while it is in use */
export function assertShared(who: string, arrays: readonly TypedArray[]): void {
  if (!arrays.every(isShared)) {
    throw new ArgumentError(`${who}: expected all memory to lie on SharedArrayBuffers`);
  }
}

/** Where the last slot of each buffer ends when the batch has that many rows. */
function neededLengths(program: Program, rows: number): number[] {
  const lengths = program.buffers.map(() => 0);
  for (const slot of program.slots) {
    const end = slot.offset + rowsAt(slot.rows, rows) * slot.cols;
    lengths[slot.buffer] = Math.max(lengths[slot.buffer]!, end);
  }
  return lengths;
}
