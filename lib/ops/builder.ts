import { orList } from '../core/describe.js';
import { type Dtype, type FloatDtype, sizeOf, type TypedArray } from '../core/dtype.js';
import { ArgumentError, ShapeError, StateError } from '../core/errors.js';
import { alignment, allocate } from '../core/memory.js';
import type { OpName } from './catalogue.js';
import { geometryError, largestAttribute } from './geometry.js';
import { planMemory } from './memory.js';
import {
  encodeRows,
  type HostMemory,
  type Instruction,
  type Phase,
  type Program,
  phaseOrder,
  type Rows,
  rowsAt,
  type Slot,
} from './program.js';
import {
  type AttributeName,
  dtypesOf,
  type NameOf,
  type OperandWord,
  ownDtype,
  type ScalarWord,
  signatures,
  type Unmarked,
} from './signature.js';

/** A matrix of the program under construction. */
export interface BuilderSlot {
  readonly id: number;
  readonly name: string;
  readonly rows: Rows;
  readonly cols: number;
  readonly dtype: Dtype;
}

/** A named hyper-parameter or result; wherever one is asked for, a plain number means a constant. */
export interface BuilderScalar {
  readonly id: number;
  readonly name: string;
}

/** The slots that an op takes, by the names of its line in the catalogue. */
export type Operands<Op extends OpName> = Readonly<Record<NameOf<OperandWord<Op>>, BuilderSlot>>;
/** The scalars that an op takes, by the names of its line in the catalogue. */
export type Scalars<Op extends OpName> = Readonly<Record<Unmarked<ScalarWord<Op>>, BuilderScalar | number>>;
/** The attributes that an op takes, by the names of its line in the catalogue: an argument only where it has some. */
export type Attributes<Op extends OpName> = [AttributeName<Op>] extends [never]
  ? []
  : [attributes: Readonly<Record<AttributeName<Op>, number>>];

export interface BuildOptions {
  /** The most rows of a batch. */
  readonly capacity: number;
  /** Gives every activation memory of its own, so that all of them can be looked at after a run. */
  readonly keepAll?: boolean;
  /** The phase that the program is to have, without all others; what it reads of them has to lie in declared buffers. Default: all. */
  readonly only?: Phase;
  /** See {@link Program.keepsDenormals}; default false. */
  readonly keepsDenormals?: boolean;
}

interface DeclaredBuffer {
  readonly name: string;
  readonly dtype: Dtype;
  readonly stepped: boolean;
}

interface DeclaredSlot extends BuilderSlot {
  /** Where the slot lies; undefined: wherever the memory plan puts it in the workspace. */
  place: { readonly buffer: number; readonly offset: number } | undefined;
  /** For a view: the slot whose memory it is, which knows place and lifetime of both. */
  readonly of: DeclaredSlot | undefined;
  keep: boolean;
  /** The first and the last instruction that touch it, -1 before any. */
  first: number;
  last: number;
}

/** The buffers in which activations lie, each of its dtype; only a program of float32 has some that are wider than its own. */
function workspacesOf(dtype: FloatDtype): readonly (readonly [name: string, dtype: Dtype])[] {
  const narrow = [
    ['workspace', dtype],
    ['workspaceInt32', 'int32'],
  ] as const;
  return dtype === 'float64' ? narrow : [...narrow, ['workspaceFloat64', 'float64']];
}

/**
 * Puts a Program together: declares buffers, slots and scalars, emits ops, checks each against the catalogue, and at the end
 * plans the workspace. One builder can build programs of several capacities.
 */
export class ProgramBuilder {
  readonly dtype: FloatDtype;
  readonly #buffers: DeclaredBuffer[] = [];
  readonly #slots: DeclaredSlot[] = [];
  readonly #scalars: { readonly name: string; readonly value: number }[] = [];
  readonly #constants = new Map<number, BuilderScalar>();
  readonly #instructions: Instruction[] = [];
  readonly #phases: { readonly phase: Phase; readonly first: number }[] = [];
  readonly #constantRows: Record<string, TypedArray> = {};
  #label = '';

  constructor(dtype: FloatDtype) {
    this.dtype = dtype;
  }

  /** Declares memory that whoever runs the program binds. */
  buffer(name: string, dtype: Dtype = this.dtype, options: { stepped?: boolean } = {}): number {
    if (this.#buffers.some((buffer) => buffer.name === name)) {
      throw new ArgumentError(`ProgramBuilder: expected a new buffer name but received "${name}" again`);
    }
    return this.#buffers.push({ name, dtype, stepped: options.stepped ?? false }) - 1;
  }

  /** A slot at a fixed place of a declared buffer. */
  at(buffer: number, offset: number, name: string, rows: Rows, cols: number): BuilderSlot {
    const declared = this.#buffers[buffer];
    if (declared === undefined) {
      throw new ArgumentError(
        `ProgramBuilder: expected a declared buffer for slot "${name}" but received ${buffer}`,
      );
    }
    return this.#slot(name, rows, cols, declared.dtype, { buffer, offset });
  }

  /** A slot that fills a buffer of its own, of the same name. */
  external(
    name: string,
    rows: Rows,
    cols: number,
    dtype: Dtype = this.dtype,
    options: { stepped?: boolean } = {},
  ): BuilderSlot {
    return this.at(this.buffer(name, dtype, options), 0, name, rows, cols);
  }

  /** A row of numbers that are the same in every run; whoever binds the program finds them in `constants`. */
  constant(name: string, values: readonly number[]): BuilderSlot {
    const memory = allocate(this.dtype, values.length);
    memory.set(values);
    this.#constantRows[name] = memory;
    return this.external(name, 1, values.length);
  }

  /** The constants by the names of their buffers. */
  get constants(): Readonly<Record<string, TypedArray>> {
    return this.#constantRows;
  }

  /** A slot in the workspace, whose memory other slots may have before its first and after its last use. */
  activation(name: string, rows: Rows, cols: number, dtype: Dtype = this.dtype): BuilderSlot {
    return this.#slot(name, rows, cols, dtype, undefined);
  }

  /**
   * The memory of a slot under other rows and columns.
   * @throws ShapeError for another number of elements
   */
  view(slot: BuilderSlot, rows: BuilderSlot['rows'], cols: number): BuilderSlot {
    const whole = this.#memoryOf(slot);
    const isFixed = (of: Rows) => typeof of === 'number';
    const fits =
      isFixed(rows) === isFixed(slot.rows) && rowsAt(rows, 1) * cols === rowsAt(slot.rows, 1) * slot.cols;
    if (!fits) {
      throw new ShapeError(
        `ProgramBuilder: expected a view of "${slot.name}", (${slot.rows}, ${slot.cols}), to have as many elements but received (${rows}, ${cols})`,
      );
    }
    return rows === slot.rows && cols === slot.cols
      ? slot
      : this.#slot(slot.name, rows, cols, slot.dtype, undefined, whole);
  }

  /** Whether a slot lies in the workspace, and not in a declared buffer. */
  isActivation(slot: BuilderSlot): boolean {
    return this.#memoryOf(slot).place === undefined;
  }

  /** Moves an activation out of the workspace into a buffer of its own, where the caller gets it. */
  expose(slot: BuilderSlot, name: string): void {
    const declared = this.#memoryOf(slot);
    if (declared.place !== undefined) {
      throw new StateError(
        `ProgramBuilder: expected an activation to expose but "${slot.name}" lies in a buffer`,
      );
    }
    declared.place = { buffer: this.buffer(name, slot.dtype), offset: 0 };
  }

  /** Keeps an activation's memory to the end of the program. */
  keep(slot: BuilderSlot): void {
    this.#memoryOf(slot).keep = true;
  }

  /** The scalar of that name; the first mention gives the value that runs start from. */
  scalar(name: string, value = 0): BuilderScalar {
    const id = this.#scalars.findIndex((scalar) => scalar.name === name);
    return { id: id >= 0 ? id : this.#scalars.push({ name, value }) - 1, name };
  }

  #constant(value: number): BuilderScalar {
    const known = this.#constants.get(value);
    if (known !== undefined) return known;
    const name = String(value);
    const made = { id: this.#scalars.push({ name, value }) - 1, name };
    this.#constants.set(value, made);
    return made;
  }

  /** What the following instructions belong to. */
  label(text: string): void {
    this.#label = text;
  }

  /** Begins a phase, which lasts to the beginning of the next or to the end of the program. */
  phase(phase: Phase): void {
    const last = this.#phases.at(-1);
    if (last !== undefined && phaseOrder.indexOf(phase) <= phaseOrder.indexOf(last.phase)) {
      throw new StateError(`ProgramBuilder: expected a phase after "${last.phase}" but received "${phase}"`);
    }
    this.#phases.push({ phase, first: this.#instructions.length });
  }

  /**
   * Appends one op.
   * @throws ShapeError where sizes that the catalogue calls equal are not, or do not fit the attributes, or a dtype is another
   */
  emit<Op extends OpName>(
    op: Op,
    operands: Operands<Op>,
    scalars: Scalars<Op>,
    ...[attributes]: Attributes<Op>
  ): void {
    const signature = signatures[op];
    const given: Readonly<Record<string, BuilderSlot>> = operands;
    const givenScalars: Readonly<Record<string, BuilderScalar | number>> = scalars;
    checkNames(op, 'operand', Object.keys(given), signature.operands);
    checkNames(op, 'scalar', Object.keys(givenScalars), signature.scalars);
    const givenAttributes: Readonly<Record<string, number>> = attributes ?? {};
    const attributeNames = signature.attributes.map((name) => ({ name }));
    checkNames(op, 'attribute', Object.keys(givenAttributes), attributeNames);
    const fixed = signature.attributes.map((name) => checkAttribute(op, name, givenAttributes[name]!));
    const sizes = new Map<string, { readonly size: Rows; readonly from: string }>();
    const dtypes = signature.operands.map(({ name }) => given[name]!.dtype);
    const own = ownDtype(signature, dtypes, this.dtype);
    for (const operand of signature.operands) {
      const slot = this.#declared(given[operand.name]!);
      checkDtype(op, operand.name, dtypesOf(operand, own), slot);
      unify(op, operand.name, slot, operand.rows, slot.rows, sizes);
      unify(op, operand.name, slot, operand.cols, slot.cols, sizes);
      if (!operand.written) continue;
      const alias = signature.operands.find(
        (other) => other !== operand && this.#memoryOf(given[other.name]!) === this.#memoryOf(slot),
      );
      if (alias !== undefined) {
        throw new ArgumentError(
          `${op}: expected ${operand.name} and ${alias.name} apart but both are "${slot.name}"`,
        );
      }
    }
    const misfit = geometryError(op, fixed, (letter) => sizes.get(letter)!.size);
    if (misfit !== undefined) throw new ShapeError(`${op}: expected ${misfit}`);
    // With beta = 0 an op does not read what it is to overwrite.
    const overwrites = givenScalars.beta === 0;
    const index = this.#instructions.length;
    for (const operand of signature.operands) {
      const slot = this.#memoryOf(given[operand.name]!);
      this.#touch(slot, index, operand.read && !(overwrites && operand.written), op);
    }
    this.#instructions.push({
      op,
      slots: signature.operands.map((operand) => given[operand.name]!.id),
      scalars: signature.scalars.map(({ name }) => {
        const scalar = givenScalars[name]!;
        return typeof scalar === 'number' ? this.#constant(scalar).id : scalar.id;
      }),
      attributes: fixed,
      label: this.#label,
    });
  }

  /** Appends a function of the host over the slots that it reads and those that it writes, in this order. */
  host(
    reads: readonly BuilderSlot[],
    writes: readonly BuilderSlot[],
    run: (memory: HostMemory) => void,
  ): void {
    const index = this.#instructions.length;
    for (const slot of reads) this.#touch(this.#memoryOf(slot), index, true, 'host');
    for (const slot of writes) this.#touch(this.#memoryOf(slot), index, false, 'host');
    const slots = [...reads, ...writes].map((slot) => slot.id);
    this.#instructions.push({ op: 'host', run, slots, scalars: [], label: this.#label });
  }

  /** The finished program. */
  build({ capacity, keepAll = false, only, keepsDenormals = false }: BuildOptions): Program {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new ArgumentError(
        `ProgramBuilder: expected capacity to be a positive integer but received ${capacity}`,
      );
    }
    const elements = (slot: BuilderSlot) => rowsAt(slot.rows, capacity) * slot.cols;
    const buffers = this.#buffers.map((buffer) => ({ ...buffer, length: 0 }));
    const places = this.#slots.map((slot) => slot.place);
    for (const [name, dtype] of workspacesOf(this.dtype)) {
      const planned = this.#slots.filter(
        (slot) => slot.of === undefined && slot.place === undefined && slot.dtype === dtype,
      );
      if (planned.length === 0) continue;
      const requests = planned.map((slot) => ({
        size: elements(slot),
        first: slot.first,
        last: slot.keep || keepAll ? Number.POSITIVE_INFINITY : slot.last,
      }));
      const plan = planMemory(requests, alignment / sizeOf(dtype));
      const buffer = buffers.push({ name, dtype, stepped: false, length: plan.length }) - 1;
      for (const [index, slot] of planned.entries())
        places[slot.id] = { buffer, offset: plan.offsets[index]! };
    }
    const slots = this.#slots.map((slot): Slot => {
      const { buffer, offset } = places[slot.of?.id ?? slot.id]!;
      buffers[buffer]!.length = Math.max(buffers[buffer]!.length, offset + elements(slot));
      return { name: slot.name, buffer, offset, rows: slot.rows, cols: slot.cols, dtype: slot.dtype };
    });
    const phases: Partial<Record<Phase, readonly [number, number]>> = {};
    for (const [index, { phase, first }] of this.#phases.entries()) {
      phases[phase] = [first, this.#phases[index + 1]?.first ?? this.#instructions.length];
    }
    const program: Program = {
      dtype: this.dtype,
      keepsDenormals,
      capacity,
      buffers,
      slots,
      scalars: [...this.#scalars],
      instructions: [...this.#instructions],
      phases,
    };
    return only === undefined ? program : this.#only(only, program);
  }

  /** The program with one phase alone, and the slots and buffers that it touches. */
  #only(phase: Phase, program: Program): Program {
    const [first, last] = program.phases[phase] ?? [0, 0];
    const instructions = program.instructions.slice(first, last);
    const slots = [...new Set(instructions.flatMap((instruction) => instruction.slots))];
    for (const id of slots) {
      const slot = this.#slots[id]!.of ?? this.#slots[id]!;
      if (slot.place === undefined && slot.first < first) {
        throw new StateError(
          `ProgramBuilder: expected the phase ${phase} to read no activation of another but it reads "${slot.name}"`,
        );
      }
    }
    const buffers = [...new Set(slots.map((id) => program.slots[id]!.buffer))];
    const [slotAt, bufferAt] = [placesIn(slots), placesIn(buffers)];
    return {
      ...program,
      buffers: buffers.map((id) => program.buffers[id]!),
      slots: slots.map((id) => ({ ...program.slots[id]!, buffer: bufferAt.get(program.slots[id]!.buffer)! })),
      instructions: instructions.map((each) => ({ ...each, slots: each.slots.map((id) => slotAt.get(id)!) })),
      phases: { [phase]: [0, instructions.length] },
    };
  }

  #slot(
    name: string,
    rows: Rows,
    cols: number,
    dtype: Dtype,
    place: DeclaredSlot['place'],
    of?: DeclaredSlot,
  ): BuilderSlot {
    for (const size of [rows, cols]) {
      const count = rowsAt(size, 1);
      if (!Number.isSafeInteger(count) || count < 1) {
        throw new ShapeError(
          `ProgramBuilder: expected slot "${name}" to have positive sizes but received ${size}`,
        );
      }
    }
    const kept = workspacesOf(this.dtype).map(([, each]) => each);
    if (place === undefined && of === undefined && !kept.includes(dtype)) {
      throw new ArgumentError(
        `ProgramBuilder: expected activation "${name}" to be ${orList(kept)} but received ${dtype}`,
      );
    }
    const id = this.#slots.length;
    const slot = { id, name, rows, cols, dtype, place, of, keep: false, first: -1, last: -1 };
    this.#slots.push(slot);
    return slot;
  }

  #declared(slot: BuilderSlot): DeclaredSlot {
    const declared = this.#slots[slot.id];
    if (declared !== slot)
      throw new ArgumentError(`ProgramBuilder: slot "${slot.name}" belongs to another builder`);
    return declared;
  }

  /** The slot whose memory it is: of a view another. */
  #memoryOf(slot: BuilderSlot): DeclaredSlot {
    const declared = this.#declared(slot);
    return declared.of ?? declared;
  }

  #touch(slot: DeclaredSlot, instruction: number, read: boolean, op: string): void {
    if (slot.first < 0) {
      if (read && slot.place === undefined) {
        throw new StateError(`${op}: expected "${slot.name}" to be written before it is read`);
      }
      slot.first = instruction;
    }
    slot.last = instruction;
  }
}

function placesIn(ids: readonly number[]): ReadonlyMap<number, number> {
  return new Map(ids.map((id, place) => [id, place]));
}

function checkNames(
  op: OpName,
  what: string,
  given: readonly string[],
  expected: readonly { readonly name: string }[],
): void {
  const names = expected.map(({ name }) => name);
  if (given.length !== names.length || !names.every((name) => given.includes(name))) {
    const list = (of: readonly string[]) => (of.length === 0 ? 'none' : of.join(', '));
    throw new ArgumentError(`${op}: expected the ${what}s ${list(names)} but received ${list(given)}`);
  }
}

function checkAttribute(op: OpName, name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= largestAttribute) return value;
  throw new ArgumentError(
    `${op}: expected attribute ${name} to be an integer of 0 … ${largestAttribute} but received ${value}`,
  );
}

function checkDtype(op: OpName, name: string, wanted: readonly Dtype[], slot: BuilderSlot): void {
  if (wanted.includes(slot.dtype)) return;
  throw new ShapeError(
    `${op}: expected ${name} to be ${wanted.join(' or ')} but "${slot.name}" is ${slot.dtype}`,
  );
}

function unify(
  op: OpName,
  name: string,
  slot: BuilderSlot,
  symbol: string,
  size: Rows,
  sizes: Map<string, { readonly size: Rows; readonly from: string }>,
): void {
  const digits = /^\d+$/.test(symbol);
  const known = digits ? { size: Number(symbol), from: 'the catalogue' } : sizes.get(symbol);
  if (known === undefined) {
    sizes.set(symbol, { size, from: name });
  } else if (encodeRows(known.size) !== encodeRows(size)) {
    throw new ShapeError(
      `${op}: expected ${symbol} = ${known.size} (from ${known.from}) in ${name} ` +
        `but "${slot.name}" is (${slot.rows}, ${slot.cols})`,
    );
  }
}
