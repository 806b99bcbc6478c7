import type { Dtype } from '../core/dtype.js';
import {
  batchMultiple,
  type Instruction,
  type Phase,
  type Program,
  type Rows,
  type Slot,
} from './program.js';
import { signatures } from './signature.js';

/**
 * A program as text: its buffers and scalars, then phase by phase one line an instruction, with the names and shapes of its slots in
 * the catalogue's order of reads -> writes. N stands for the rows of the batch.
 */
export function formatProgram(program: Program): string {
  const lines = [`program of ${program.dtype}, up to ${program.capacity} rows`, 'buffers'];
  const bufferWidth = widest(program.buffers.map(({ name }) => name));
  for (const { name, dtype, length, stepped } of program.buffers) {
    lines.push(
      `  ${name.padEnd(bufferWidth)}  ${dtype}[${length}]${stepped ? ', another part each step' : ''}`,
    );
  }
  if (program.scalars.length > 0) {
    lines.push('scalars', `  ${program.scalars.map(({ name, value }) => `${name} = ${value}`).join(', ')}`);
  }
  const opWidth = widest(program.instructions.map(({ op }) => op));
  const labelWidth = widest(program.instructions.map(({ label }) => label));
  const indexWidth = String(program.instructions.length).length;
  let phase: string | undefined;
  program.instructions.forEach((instruction, index) => {
    const own = phaseOf(program, index);
    if (own !== phase) lines.push(own);
    phase = own;
    const { op, label } = instruction;
    const head = `${String(index).padStart(indexWidth)}  ${label.padEnd(labelWidth)}  ${op.padEnd(opWidth)}`;
    lines.push(`  ${head}  ${formatOperands(program, instruction)}`.trimEnd());
  });
  return lines.join('\n');
}

const widest = (words: readonly string[]): number => Math.max(0, ...words.map((word) => word.length));

function phaseOf(program: Program, index: number): string {
  for (const [phase, range] of Object.entries(program.phases) as [Phase, readonly [number, number]][]) {
    if (range[0] <= index && index < range[1]) return phase;
  }
  return 'outside all phases';
}

function formatOperands(program: Program, instruction: Instruction): string {
  const slots = instruction.slots.map((index) => program.slots[index]!);
  const formatSlot = (slot: Slot) => format(slot, program.dtype);
  const scalars = instruction.scalars.map((index) => program.scalars[index]!.name);
  if (instruction.op === 'host') return withScalars(slots.map(formatSlot).join(', '), scalars);
  const signature = signatures[instruction.op];
  const read = slots.filter((_, i) => signature.operands[i]!.read).map(formatSlot);
  // A slot that is updated in place has its shape on the left already.
  const written = slots.flatMap((slot, i) => {
    const operand = signature.operands[i]!;
    if (!operand.written) return [];
    return operand.read ? slot.name : formatSlot(slot);
  });
  const writtenScalars = scalars.filter((_, i) => signature.scalars[i]!.written);
  const flow = `${read.join(', ')} -> ${[...written, ...writtenScalars].join(', ')}`;
  const others = signature.scalars.flatMap(({ name, written: isWritten }, i) => {
    if (isWritten) return [];
    return name === scalars[i] ? name : `${name}: ${scalars[i]}`;
  });
  const attributes = signature.attributes.map((name, i) => `${name} ${instruction.attributes[i]}`);
  const line = withScalars(flow, others);
  return attributes.length === 0 ? line : `${line} ; ${attributes.join(', ')}`;
}

const withScalars = (flow: string, scalars: readonly string[]): string =>
  scalars.length === 0 ? flow : `${flow} | ${scalars.join(', ')}`;

const format = ({ name, rows, cols, dtype }: Slot, usual: Dtype): string => {
  const element = dtype === usual ? '' : ` ${dtype}`;
  return `${name} (${formatRows(rows)}, ${cols})${element}`;
};

function formatRows(rows: Rows): string {
  const multiple = batchMultiple(rows);
  return multiple === 0 ? String(rows) : multiple === 1 ? 'N' : `${multiple}N`;
}
