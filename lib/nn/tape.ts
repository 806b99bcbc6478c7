import { ShapeError } from '../core/errors.js';
import { elementCount } from '../core/tensors/shape.js';
import type {
  Attributes,
  BuilderScalar,
  BuilderSlot,
  Operands,
  ProgramBuilder,
  Scalars,
} from '../ops/builder.js';
import type { OpName } from '../ops/catalogue.js';
import { batchRows, type HostMemory, type Rows } from '../ops/program.js';
import { type Layer, rowText } from './layer.js';
import type {
  Layout,
  Mode,
  Parameter,
  ParameterSpec,
  RowShape,
  Scope,
  ScopeOperands,
  StateSpec,
  Value,
} from './scope.js';

/** Where a tape's parameters and states lie: in a model's memory, or wherever a function's caller has them. */
export interface Home {
  /** The next parameter, in the order in which the layers ask for them. */
  parameter(spec: ParameterSpec): { readonly slot: BuilderSlot; readonly layout: Layout };
  /** Where the gradient by that parameter goes. */
  gradient(slot: BuilderSlot): BuilderSlot;
  /** The next state. */
  state(spec: StateSpec): BuilderSlot;
  /** Called around each layer, the outer before those inside it. */
  enter?(name: string, layer: Layer, x: Value): void;
  leave?(y: Value): void;
  /** A layer needs batches of so many rows to be trained. */
  needsRows?(least: number): void;
}

/** What the error of a row that fits no layer opens with, and where the layers lie in the net. */
interface Position {
  readonly path: string;
  next: number;
}

interface Entry {
  readonly y: Value;
  readonly label: string;
  readonly backward: (dy: Value) => void;
}

/** A gradient on its way back; `shared` if it is somebody else's, too, and must not be added to. */
interface Gradient {
  readonly slot: BuilderSlot;
  readonly shared: boolean;
}

/** A scope that emits into a builder, and can be played backwards. */
export class Tape implements Scope {
  readonly mode: Mode;
  readonly #builder: ProgramBuilder;
  readonly #home: Home;
  readonly #who: string;
  readonly #entries: Entry[] = [];
  /** The values whose gradients somebody wants. */
  readonly #wanted = new Set<Value>();
  readonly #gradients = new Map<Value, Gradient>();
  readonly #parameters = new Set<Value>();
  readonly #commits: { readonly label: string; readonly emit: () => void }[] = [];
  readonly #kinds = new Map<string, number>();
  #position: Position = { path: '', next: 0 };
  #label = '';
  #streams = 0;
  /** What is left of the parameters' gradients that are there already. */
  #beta: BuilderScalar | number = 0;

  /** @param who names the model in errors */
  constructor(builder: ProgramBuilder, home: Home, mode: Mode, who = '') {
    this.#builder = builder;
    this.#home = home;
    this.mode = mode;
    this.#who = who;
  }

  get step(): BuilderScalar {
    return this.#builder.scalar('step');
  }

  get seed(): BuilderScalar {
    return this.#builder.scalar('seed');
  }

  stream(): number {
    return this.#streams++;
  }

  /** Rows that come from outside. Their gradient is computed if it is wanted. */
  input(slot: BuilderSlot, shape: RowShape, options: { readonly wanted: boolean }): Value {
    const x = { slot, shape };
    if (options.wanted) this.#wanted.add(x);
    return x;
  }

  parameter(spec: ParameterSpec): Parameter {
    const made = { ...this.#home.parameter(spec), shape: spec.shape };
    this.#parameters.add(made);
    this.#wanted.add(made);
    return made;
  }

  state(spec: StateSpec): BuilderSlot {
    return this.#home.state(spec);
  }

  value(name: string, shape: RowShape): Value {
    return { slot: this.#builder.activation(name, rowsOf(shape), shape[0]!), shape };
  }

  row(name: string, cols: number): BuilderSlot {
    return this.#builder.activation(name, 1, cols);
  }

  view(x: Value, shape: RowShape): Value {
    const slot = this.#builder.view(x.slot, rowsOf(shape), shape[0]!);
    return { slot, shape };
  }

  emit<Op extends OpName>(
    op: Op,
    operands: ScopeOperands<Op>,
    scalars: Scalars<Op> = {} as Scalars<Op>,
    ...attributes: Attributes<Op>
  ): void {
    const slots: Record<string, BuilderSlot> = {};
    for (const [name, operand] of Object.entries<BuilderSlot | Value>(operands))
      slots[name] = slotOf(operand);
    this.#builder.emit(op, slots as Operands<Op>, scalars, ...attributes);
  }

  host(
    reads: readonly (BuilderSlot | Value)[],
    writes: readonly (BuilderSlot | Value)[],
    run: (memory: HostMemory) => void,
  ): void {
    this.#builder.host(reads.map(slotOf), writes.map(slotOf), run);
  }

  record(y: Value, from: readonly Value[], backward: (dy: Value) => void): Value {
    if (!from.some((each) => this.#wanted.has(each))) return y;
    this.#wanted.add(y);
    this.#entries.push({ y, label: this.#label, backward });
    return y;
  }

  accumulate(x: Value, emit: (dx: BuilderSlot, beta: BuilderScalar | number) => void): boolean {
    if (!this.#wanted.has(x)) return false;
    const known = this.#gradients.get(x);
    if (known === undefined) {
      const isParameter = this.#parameters.has(x);
      const slot = isParameter ? this.#home.gradient(x.slot) : this.#like(x);
      this.#gradients.set(x, { slot, shared: false });
      emit(slot, isParameter ? this.#beta : 0);
    } else if (known.shared) {
      const slot = this.#like(x);
      this.#gradients.set(x, { slot, shared: false });
      this.#builder.emit('copy', { x: known.slot, y: slot }, {});
      emit(slot, 1);
    } else {
      emit(known.slot, 1);
    }
    return true;
  }

  deliver(to: readonly Value[], emit: (...gradients: BuilderSlot[]) => void): void {
    if (!to.some((x) => this.#wanted.has(x))) return;
    const apart: (readonly [x: Value, own: BuilderSlot])[] = [];
    const slots = to.map((x) => {
      if (!this.#wanted.has(x)) return this.#like(x);
      const isParameter = this.#parameters.has(x);
      const own =
        isParameter && this.#beta === 0 && !this.#gradients.has(x)
          ? this.#home.gradient(x.slot)
          : this.#like(x);
      if (this.#gradients.has(x) || (isParameter && this.#beta !== 0)) apart.push([x, own]);
      else this.#gradients.set(x, { slot: own, shared: false });
      return own;
    });
    emit(...slots);
    for (const [x, own] of apart) this.accumulate(x, (dx, beta) => this.#add(own, dx, beta));
  }

  same(x: Value, dy: Value): void {
    if (!this.#wanted.has(x)) return;
    if (this.#gradients.has(x) || this.#parameters.has(x)) {
      this.deliver([x], (dx) => this.#builder.emit('copy', { x: dy.slot, y: dx }, {}));
    } else {
      this.#gradients.set(x, { slot: dy.slot, shared: true });
    }
  }

  needsRows(least: number): void {
    this.#home.needsRows?.(least);
  }

  commit(emit: () => void): void {
    this.#commits.push({ label: this.#label, emit });
  }

  apply(layer: Layer, x: Value): Value {
    const outer = { position: this.#position, label: this.#label };
    const index = `${outer.position.path}${outer.position.next++}`;
    this.#refuse(layer, x, index);
    const number = (this.#kinds.get(layer.kind) ?? 0) + 1;
    this.#kinds.set(layer.kind, number);
    const name = `${layer.kind.toLowerCase()}${number}`;
    this.#position = { path: `${index}.`, next: 0 };
    this.#relabel(name);
    this.#home.enter?.(name, layer, x);
    const y = layer.forward(this, x);
    this.#home.leave?.(y);
    this.#position = outer.position;
    this.#relabel(outer.label);
    return y;
  }

  /** Emits what was to wait for a finite loss. */
  playCommits(): void {
    for (const { label, emit } of this.#commits) {
      this.#relabel(label);
      emit();
    }
  }

  /** Whether anything is to be committed. */
  get commits(): boolean {
    return this.#commits.length > 0;
  }

  /**
   * Plays the tape backwards: emits the gradients of all parameters, and of the input where it is wanted.
   * @param dy the gradient by y, which stays as it is
   * @param beta what is left of the parameters' gradients that are there: 0 overwrites them, 1 adds to them
   */
  playBackwards(y: Value, dy: BuilderSlot, beta: BuilderScalar | number): void {
    this.#beta = beta;
    this.same(y, { slot: dy, shape: y.shape });
    for (const entry of this.#entries.toReversed()) {
      const gradient = this.#gradients.get(entry.y);
      if (gradient === undefined) continue;
      this.#relabel(entry.label);
      entry.backward({ slot: gradient.slot, shape: entry.y.shape });
    }
  }

  /** After the tape was played: the gradient by a value; undefined if nobody wanted it. */
  gradient(x: Value): BuilderSlot | undefined {
    return this.#gradients.get(x)?.slot;
  }

  #relabel(label: string): void {
    this.#label = label;
    this.#builder.label(label);
  }

  /** to = from + beta·to */
  #add(from: BuilderSlot, to: BuilderSlot, beta: BuilderScalar | number): void {
    if (beta === 1) {
      this.#builder.emit('axpy', { x: from, y: to }, { alpha: 1 });
      return;
    }
    // A parameter's, as one row: the sum over one row is that row.
    const row = (slot: BuilderSlot) => this.#builder.view(slot, 1, Number(slot.rows) * slot.cols);
    this.#builder.emit('column_sum', { x: row(from), y: row(to) }, { beta });
  }

  #like({ slot: { name, rows, cols } }: Value): BuilderSlot {
    return this.#builder.activation(`d${name}`, rows, cols);
  }

  /** @throws ShapeError for rows that the layer does not take */
  #refuse(layer: Layer, { shape }: Value, index: string): void {
    const taken = layer.refuses(shape);
    if (taken === undefined) return;
    const isFirst = /^(0\.)*0$/.test(index);
    throw new ShapeError(
      `${this.#who}: expected layer ${index} (${layer.kind}) to take ` +
        `${shape.length === 1 ? `${shape[0]} features` : `rows of shape ${rowText(shape)}`}, as ` +
        `${isFirst ? 'the input has' : 'the layer before it gives'}, but it takes ${taken}`,
    );
  }
}

/** The rows of a slot that holds a batch of rows of a shape: of pictures, their pixels. */
export function rowsOf([, ...sizes]: RowShape): Rows {
  return batchRows(elementCount(sizes));
}

function slotOf(operand: BuilderSlot | Value): BuilderSlot {
  return 'slot' in operand ? operand.slot : operand;
}

/** The rows and columns that are stored of a parameter. */
export function storedShape(shape: readonly number[], layout: Layout): readonly [rows: number, cols: number] {
  const [rows = 1, cols = 1] = shape;
  if (layout === 'matrix') return [rows, cols];
  if (layout === 'transposed') return [cols, rows];
  if (layout === 'channelsLast') return [rows, elementCount(shape.slice(1))];
  return [1, elementCount(shape)];
}
