import { orList } from '../core/describe.js';
import { ArgumentError, ShapeError } from '../core/errors.js';
import { opNames } from '../ops/catalogue.js';
import { geometryError, largestAttribute } from '../ops/geometry.js';
import {
  batchMultiple,
  encodeRows,
  type Instruction,
  type OpInstruction,
  type Program,
  phaseOrder,
  type Rows,
  rowsAt,
  type Slot,
} from '../ops/program.js';
import { dtypesOf, ownDtype, signatures } from '../ops/signature.js';

/**
 * Everything about a program that can be known without its memory: indices in range, slots within their buffers, operands with
 * the dtypes and shapes that the catalogue asks for, phases in order.
 *
 * @throws ArgumentError for an unknown op, an index out of range or a wrong dtype
 * @throws ShapeError for sizes that do not fit one another, or slots that do not fit into their buffers
 */
export function checkProgram(program: Program): void {
  if (program.dtype !== 'float32' && program.dtype !== 'float64') {
    throw new ArgumentError(
      `program: expected dtype to be float32 or float64 but received ${String(program.dtype)}`,
    );
  }
  expectInteger('program: expected capacity', program.capacity, 1);
  for (const slot of program.slots) checkSlot(program, slot);
  program.instructions.forEach((instruction, index) => {
    checkInstruction(program, instruction, index);
  });
  checkPhases(program);
}

function expectInteger(what: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  const range = max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `of ${min} … ${max}`;
  throw new ArgumentError(`${what} to be ${range} but received ${value}`);
}

function checkSlot(program: Program, slot: Slot): void {
  const what = `program: slot "${slot.name}": expected`;
  expectInteger(`${what} buffer`, slot.buffer, 0, program.buffers.length - 1);
  expectInteger(`${what} offset`, slot.offset, 0);
  expectInteger(`${what} cols`, slot.cols, 1);
  checkRows(`${what} rows`, slot.rows);
  const buffer = program.buffers[slot.buffer]!;
  if (slot.dtype !== buffer.dtype) {
    throw new ArgumentError(
      `${what} dtype ${buffer.dtype} of buffer "${buffer.name}" but received ${slot.dtype}`,
    );
  }
  const end = slot.offset + rowsAt(slot.rows, program.capacity) * slot.cols;
  if (end > buffer.length) {
    throw new ShapeError(
      `${what} its end, element ${end}, to lie in buffer "${buffer.name}" of ${buffer.length} elements`,
    );
  }
}

function checkRows(what: string, rows: Rows): void {
  const multiple = batchMultiple(rows);
  if (multiple === 0) expectInteger(what, Number(rows), 1);
  else if (!Number.isSafeInteger(multiple)) {
    throw new ArgumentError(
      `${what} to be an integer, 'batch' or 'batch*' and an integer but received ${rows}`,
    );
  }
}

function checkInstruction(program: Program, instruction: Instruction, index: number): void {
  const what = `program: instruction ${index} (${instruction.op}, ${instruction.label}): expected`;
  for (const slot of instruction.slots) expectInteger(`${what} slot`, slot, 0, program.slots.length - 1);
  for (const scalar of instruction.scalars) {
    expectInteger(`${what} scalar`, scalar, 0, program.scalars.length - 1);
  }
  if (instruction.op === 'host') {
    if (typeof instruction.run === 'function') return;
    throw new ArgumentError(`${what} run to be a function but received ${typeof instruction.run}`);
  }
  // Object.hasOwn, for "constructor" is no op.
  if (!Object.hasOwn(signatures, instruction.op)) {
    throw new ArgumentError(`${what} an op of the catalogue (${opNames.join(', ')})`);
  }
  checkOperands(program, instruction, what);
}

function checkOperands(program: Program, instruction: OpInstruction, what: string): void {
  const signature = signatures[instruction.op];
  const { operands, scalars, attributes } = signature;
  if (instruction.slots.length !== operands.length) {
    throw new ArgumentError(`${what} ${operands.length} slots but received ${instruction.slots.length}`);
  }
  if (instruction.scalars.length !== scalars.length) {
    throw new ArgumentError(`${what} ${scalars.length} scalars but received ${instruction.scalars.length}`);
  }
  const given = instruction.attributes ?? [];
  if (given.length !== attributes.length) {
    throw new ArgumentError(`${what} ${attributes.length} attributes but received ${given.length}`);
  }
  attributes.forEach((name, i) => {
    expectInteger(`${what} attribute ${name}`, given[i]!, 0, largestAttribute);
  });
  const sizes = new Map<string, Rows>();
  const dtypes = instruction.slots.map((slot) => program.slots[slot]!.dtype);
  const own = ownDtype(signature, dtypes, program.dtype);
  operands.forEach((operand, position) => {
    const slot = program.slots[instruction.slots[position]!]!;
    const wanted = dtypesOf(operand, own);
    if (!wanted.includes(slot.dtype)) {
      throw new ArgumentError(
        `${what} ${operand.name} to be ${orList(wanted)} but received "${slot.name}" of ${slot.dtype}`,
      );
    }
    const rows = unify(sizes, operand.rows, slot.rows);
    const cols = unify(sizes, operand.cols, slot.cols);
    if (encodeRows(rows) !== encodeRows(slot.rows) || cols !== slot.cols) {
      throw new ShapeError(
        `${what} ${operand.name} to have shape (${rows}, ${cols}) but received "${slot.name}" of (${slot.rows}, ${slot.cols})`,
      );
    }
  });
  const misfit = geometryError(instruction.op, given, (letter) => sizes.get(letter)!);
  if (misfit !== undefined) throw new ShapeError(`${what} ${misfit}`);
}

/** The size that a letter or digit of a signature stands for; a letter that has none yet takes the one at hand. */
function unify(sizes: Map<string, Rows>, symbol: string, size: Rows): Rows {
  if (/^\d+$/.test(symbol)) return Number(symbol);
  if (!sizes.has(symbol)) sizes.set(symbol, size);
  return sizes.get(symbol)!;
}

function checkPhases(program: Program): void {
  let end = 0;
  for (const phase of phaseOrder) {
    const range = program.phases[phase];
    if (range === undefined) continue;
    expectInteger(`program: phase ${phase}: expected first`, range[0], end, program.instructions.length);
    expectInteger(`program: phase ${phase}: expected last`, range[1], range[0], program.instructions.length);
    end = range[1];
  }
}
