import process from 'node:process';
import { sizeOf } from '../core/dtype.js';
import { allocate } from '../core/memory.js';
import { environmentVariable } from '../core/process/environment.js';
import { type OpInstruction, type Program, rowsAt, type Slot } from '../ops/program.js';
import { signatures } from '../ops/signature.js';

/** What is counted of each instruction that is not the host's: seconds, runs, rows of all runs. */
export const profileNumbers = 3;

const profiles: { readonly program: Program; readonly counts: Float64Array }[] = [];

/**
 * The memory in which an executable of the program has to count, or undefined unless `GEMMNET_PROFILE=1`. When the process ends, one
 * table for each program that ran goes to standard error.
 */
export function startProfile(program: Program): Float64Array | undefined {
  if (environmentVariable('GEMMNET_PROFILE') !== '1') return undefined;
  const counts = allocate('float64', profileNumbers * program.instructions.length);
  if (profiles.length === 0) {
    process.once('exit', () => process.stderr.write(`${profileTables().join('\n\n')}\n`));
  }
  profiles.push({ program, counts });
  return counts;
}

/** The tables of all programs that ran. */
export function profileTables(): string[] {
  const ran = profiles.filter(({ counts }) => counts.some((count) => count > 0));
  return ran.map(({ program, counts }) => profileTable(program, counts));
}

/**
 * What a program's instructions cost: time a run, share, and the rates at which they multiplied (2·m·n·k a product) and
 * touched their operands, each counted once.
 */
export function profileTable(program: Program, counts: Float64Array): string {
  const instructions = program.instructions.filter(
    (instruction): instruction is OpInstruction => instruction.op !== 'host',
  );
  const entries = instructions.map((instruction, i) => {
    const [seconds = 0, runs = 0, rows = 0] = counts.subarray(i * profileNumbers, (i + 1) * profileNumbers);
    return { instruction, seconds, runs, rows: runs === 0 ? 0 : rows / runs };
  });
  const total = entries.reduce((sum, { seconds }) => sum + seconds, 0);
  const body = entries.map(({ instruction, seconds, runs, rows }) => {
    const slots = instruction.slots.map((slot) => program.slots[slot]!);
    const perSecond = runs / seconds / 1e9;
    const flops = productFlops(instruction, slots, rows);
    return [
      instruction.label,
      instruction.op,
      slots.map(({ name }) => name).join(' '),
      String(runs),
      ((seconds / runs) * 1e6).toFixed(1),
      `${((100 * seconds) / total).toFixed(1)} %`,
      flops === 0 ? '' : (flops * perSecond).toFixed(1),
      (touchedBytes(instruction, slots, rows) * perSecond).toFixed(1),
    ];
  });
  const head = ['label', 'op', 'operands', 'runs', 'µs', 'share', 'GFLOP/s', 'GB/s'];
  const steps = Math.max(1, ...entries.map(({ runs }) => runs));
  const title = `profile of a program of ${program.dtype}: ${((total / steps) * 1e6).toFixed(1)} µs a run`;
  return [title, ...alignColumns([head, ...body.filter((row) => row[3] !== '0')])].join('\n');
}

const rowsOf = (slot: Slot | undefined, rows: number): number =>
  slot === undefined ? 0 : rowsAt(slot.rows, rows);

/** 2·m·n·k, also of convolutions, which are products with windows of pictures; for a symmetric product m·(m + 1)·k; 0 for what is no product. */
function productFlops({ op }: OpInstruction, slots: readonly Slot[], rows: number): number {
  if (op === 'syrk') {
    const { cols = 0 } = slots[0] ?? {};
    return cols * (cols + 1) * rowsOf(slots[0], rows);
  }
  const convolved = { conv2d: [3, 1], conv2d_weights: [0, 2], conv2d_input: [0, 1] }[op as string];
  if (convolved !== undefined) {
    const [outputs, weights] = convolved.map((operand) => slots[operand]);
    return 2 * rowsOf(outputs, rows) * rowsOf(weights, rows) * (weights?.cols ?? 0);
  }
  const affine = op.startsWith('affine_');
  if (!affine && !op.startsWith('gemm_')) return 0;
  const [a] = slots;
  const c = slots[affine ? 3 : 2];
  const aRows = rowsOf(a, rows);
  const inner = op === 'gemm_tn' || op === 'gemm_tt' ? aRows : (a?.cols ?? 0);
  return 2 * rowsOf(c, rows) * (c?.cols ?? 0) * inner;
}

/** Bytes of the operands, twice of those that are read and written. Of gathered data, only the rows that are taken. */
function touchedBytes({ op }: OpInstruction, slots: readonly Slot[], rows: number): number {
  return signatures[op].operands.reduce((sum, { name, read, written }, i) => {
    const slot = slots[i]!;
    const taken = name === 'data' ? rows : rowsOf(slot, rows);
    return sum + (Number(read) + Number(written)) * taken * slot.cols * sizeOf(slot.dtype);
  }, 0);
}

/** Words to the left, numbers to the right. */
function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const words = 3;
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column < words ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}
