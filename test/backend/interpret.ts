import { type Program, rowsAt } from '../../lib/ops/program.js';
import { signatures } from '../../lib/ops/signature.js';
import { type AttributeValues, type Grid, type Grids, reference, type ScalarValues } from './reference.js';

export const smallestNormal = { float32: 2 ** -126, float64: 2 ** -1022 };

/** Runs the instructions [first, last) of a program with the reference ops: each buffer is an array of plain numbers. */
export function interpret(
  program: Program,
  [first, last]: readonly [number, number],
  rows: number,
  buffers: readonly number[][],
  scalars: number[],
): void {
  for (const instruction of program.instructions.slice(first, last)) {
    if (instruction.op === 'host') throw new Error('the reference runs no host instructions');
    const signature = signatures[instruction.op];
    const slots = instruction.slots.map((index) => program.slots[index]!);
    const grids = slots.map(({ buffer, offset, rows: own, cols }): Grid => {
      const at = (i: number) => offset + i * cols;
      return Array.from({ length: rowsAt(own, rows) }, (_, i) => buffers[buffer]!.slice(at(i), at(i + 1)));
    });
    const values = Object.fromEntries(
      signature.scalars.map(({ name }, i) => [name, scalars[instruction.scalars[i]!]!]),
    );
    const named = Object.fromEntries(signature.operands.map(({ name }, i) => [name, grids[i]!]));
    const attributes = Object.fromEntries(
      signature.attributes.map((name, i) => [name, instruction.attributes[i]!]),
    );
    reference[instruction.op](
      named as Grids,
      values as ScalarValues,
      smallestNormal[program.dtype],
      attributes as AttributeValues,
    );
    slots.forEach(({ buffer, offset }, i) => {
      if (!signature.operands[i]!.written) return;
      grids[i]!.flat().forEach((value, j) => {
        buffers[buffer]![offset + j] = value;
      });
    });
    signature.scalars.forEach(({ name, written }, i) => {
      if (written) scalars[instruction.scalars[i]!] = values[name]!;
    });
  }
}
