import { BoundProgram, type Caller } from '../../backend/bound-program.js';
import type { FloatDtype, TypedArray } from '../../core/dtype.js';
import { type Operands, ProgramBuilder, type Scalars } from '../../ops/builder.js';
import type { OpName } from '../../ops/catalogue.js';
import { signatures } from '../../ops/signature.js';

/** An op in a program that is made once for rows of so many columns, and runs in whatever memory a call brings. */
interface OpCall {
  readonly program: BoundProgram;
  readonly run: Caller;
  readonly names: readonly string[];
}

/** How many are kept; the oldest goes first. */
const mostKept = 128;
const calls = new Map<string, OpCall>();

/**
 * Runs one op over so many rows: its matrices have `cols` columns, where the catalogue says no number.
 * @param memory its operands, each of as many elements
 */
export function runOp<Op extends OpName>(
  op: Op,
  dtype: FloatDtype,
  rows: number,
  cols: number,
  memory: Readonly<Record<keyof Operands<Op>, TypedArray>>,
  scalars: Readonly<Record<keyof Scalars<Op>, number>>,
): void {
  const key = `${op} ${dtype} ${cols}`;
  const call = calls.get(key) ?? kept(key, makeCall(op, dtype, cols));
  call.program.set(call.program.ready(rows).program, scalars);
  const given: Readonly<Record<string, TypedArray>> = memory;
  call.run(
    rows,
    call.names.map((name) => given[name]!),
  );
}

function makeCall(op: OpName, dtype: FloatDtype, cols: number): OpCall {
  const builder = new ProgramBuilder(dtype);
  const { operands, scalars } = signatures[op];
  const slots = operands.map(({ name, rows, cols: wide }) =>
    builder.external(name, rows === '1' ? 1 : 'batch', wide === '1' ? 1 : cols),
  );
  const named = Object.fromEntries(operands.map(({ name }, i) => [name, slots[i]!]));
  const values = Object.fromEntries(scalars.map(({ name }) => [name, builder.scalar(name)]));
  builder.emit(op, named as Operands<OpName>, values as Scalars<OpName>);
  const names = operands.map(({ name }) => name);
  const program = new BoundProgram(builder, {});
  return { program, run: program.caller(names), names };
}

function kept(key: string, call: OpCall): OpCall {
  if (calls.size === mostKept) calls.delete(calls.keys().next().value!);
  calls.set(key, call);
  return call;
}
