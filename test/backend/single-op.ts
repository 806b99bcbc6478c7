import type { Binding, Executable } from '../../lib/backend/backend.js';
import type { Dtype, FloatDtype, TypedArray } from '../../lib/core/dtype.js';
import type { OpName } from '../../lib/ops/catalogue.js';
import { batchRows, type Program } from '../../lib/ops/program.js';
import { type Operand, type Signature, signatures } from '../../lib/ops/signature.js';
import { cases, type Fill, type Sizes } from './cases.js';
import { bind, Draft, sharedArray, viewOf } from './draft.js';
import { interpret } from './interpret.js';
import { uniform } from './random.js';

/** `separate`: a buffer an operand. `packed`: operands of a dtype in one buffer that is aligned to nothing, with odd gaps. */
export type Layout = 'separate' | 'packed';

export interface Trial {
  readonly op: OpName;
  /** What the op computes in. */
  readonly dtype: FloatDtype;
  readonly sizes: Sizes;
  readonly scalars: Readonly<Record<string, number>>;
  readonly layout: Layout;
  /** The rows are the batch's, and the slots have room for three more. */
  readonly batched: boolean;
  /** The dtype of operands that may have any. */
  readonly any: Dtype;
  /** The dtype of the program and of results that may be rounded; default: the op's. */
  readonly rounded?: FloatDtype;
}

/** A program of one op with its memory filled: operands from their ranges, results with NaN, gaps with a mark. */
export interface Prepared {
  readonly program: Program;
  readonly rows: number;
  readonly binding: Binding;
  /** An operand's part of the memory: the rows that take part. */
  readonly view: (name: string) => TypedArray;
  /** The memory and scalars as the reference leaves them; what it does not touch is as it is now. */
  readonly expected: () => { buffers: number[][]; scalars: number[] };
  /** Runs the program's one instruction. */
  readonly run: (executable: Executable) => void;
}

const mark = 77;

export function prepare(trial: Trial, seed = 1): Prepared {
  const signature = signatures[trial.op];
  const batchLetter = trial.batched ? rowLetter(signature) : undefined;
  const rows = batchLetter === undefined ? 1 : sizeOf(trial.sizes, batchLetter);
  const { program, slots } = draftOf(trial, signature, batchLetter, rows);
  const binding = memoryOf(program, trial.layout);
  for (const buffer of binding.buffers) buffer.fill(mark);
  const random = uniform(seed);
  signature.operands.forEach((operand, i) => {
    fillOperand(viewOf(program, binding, slots[i]!, rows), operand, trial, random);
  });
  return {
    program,
    rows,
    binding,
    view: (name) => {
      const index = signature.operands.findIndex((operand) => operand.name === name);
      return viewOf(program, binding, slots[index]!, rows);
    },
    expected: () => {
      const buffers = binding.buffers.map((buffer) => Array.from(buffer));
      const scalars = Array.from(binding.scalars);
      interpret(program, [0, 1], rows, buffers, scalars);
      return { buffers, scalars };
    },
    run: (executable) => executable.run(0, 1, rows, binding),
  };
}

/** The letter that the batch may stand for: one that is never a number of columns. Pictures are counted by n. */
export function rowLetter({ operands, attributes }: Signature): string | undefined {
  if (attributes.includes('height')) return 'n';
  const letters = operands.map((operand) => operand.rows).filter((letter) => !/\d/.test(letter));
  const candidates = letters.filter((letter) => operands.every(({ cols }) => cols !== letter));
  return candidates.includes('n') ? 'n' : candidates[0];
}

function sizeOf(sizes: Sizes, symbol: string): number {
  const size = /\d/.test(symbol) ? Number(symbol) : sizes[symbol];
  if (size === undefined) throw new Error(`the case has no size for the letter ${symbol}`);
  return size;
}

function dtypeOf(operand: Operand, { dtype, any, rounded = dtype }: Trial): Dtype {
  return { own: dtype, int32: 'int32' as const, any, rounded }[operand.dtype];
}

function draftOf(trial: Trial, signature: Signature, batchLetter: string | undefined, rows: number) {
  const draft = new Draft(trial.rounded ?? trial.dtype, batchLetter === undefined ? 1 : rows + 3);
  const buffers = new Map<string, number>();
  const slots = signature.operands.map((operand, i) => {
    const dtype = dtypeOf(operand, trial);
    const key = trial.layout === 'packed' ? dtype : operand.name;
    if (!buffers.has(key)) buffers.set(key, draft.buffer(key, dtype));
    const size = sizeOf(trial.sizes, operand.rows);
    const perPicture = signature.attributes.length > 0 && /[pq]/.test(operand.rows);
    const varies = batchLetter !== undefined && (perPicture || operand.rows === batchLetter);
    const cols = sizeOf(trial.sizes, operand.cols);
    const gap = trial.layout === 'packed' ? 2 * i + 1 : 0;
    return draft.slot(buffers.get(key)!, operand.name, varies ? batchRows(size / rows) : size, cols, gap);
  });
  // Preceded by one that the op does not use, so that indices are not all alike.
  draft.scalar('unused', -1);
  const scalars = signature.scalars.map(({ name }) => draft.scalar(name, trial.scalars[name]!));
  const attributes = signature.attributes.map((name) => sizeOf(trial.sizes, name));
  draft.op(trial.op, slots, scalars, attributes);
  return { program: draft.finish(), slots };
}

function memoryOf(program: Program, layout: Layout): Binding {
  const { scalars, buffers } = bind(program);
  if (layout === 'separate') return { scalars, buffers };
  // One element further than what was asked for, and starting one element in.
  return { scalars, buffers: program.buffers.map(({ dtype, length }) => sharedArray(dtype, length + 1, 1)) };
}

function fillOperand(view: TypedArray, operand: Operand, { op, sizes }: Trial, random: () => number): void {
  if (!operand.read) {
    view.fill(view instanceof Int32Array ? -1 : Number.NaN);
    return;
  }
  const fill: Fill = cases[op].fills[operand.name] ?? [-1, 1];
  for (let i = 0; i < view.length; i++) {
    if ('below' in fill) view[i] = Math.floor(random() * sizeOf(sizes, fill.below));
    else view[i] = fill[0] + random() * (fill[1] - fill[0]);
  }
}
