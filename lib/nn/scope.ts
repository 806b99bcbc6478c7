import type { Attributes, BuilderScalar, BuilderSlot, Operands, Scalars } from '../ops/builder.js';
import type { OpName } from '../ops/catalogue.js';
import type { HostMemory } from '../ops/program.js';
import type { Initializer } from './initializers.js';
import type { Layer } from './layer.js';

/** Of one row: (D), or the channels and sizes of a picture, (C, H, W). */
export type RowShape = readonly number[];

/** A batch of rows in a program, each of one shape. */
export interface Value {
  /** (batch, D); of pictures, whose channels lie last, (batch·H·W, C). */
  readonly slot: BuilderSlot;
  readonly shape: RowShape;
}

/**
 * How a parameter lies in memory: a `matrix` row by row as it is shown; a matrix `transposed`, that is shown (in, out) and stored
 * (out, in) as the kernels like it best; filters `channelsLast`, shown (out, in, kH, kW) and stored (out, kH, kW, in); or anything as one
 * `row`.
 */
export type Layout = 'matrix' | 'transposed' | 'channelsLast' | 'row';

/** One tensor that a layer learns. */
export interface ParameterSpec {
  /** `W`, `b`, `gamma`, …; a model adds a number, from 1, that counts the layers with one of that name. */
  readonly name: string;
  /** As users see it: (in, out) for a weight matrix, (out) for a bias. */
  readonly shape: readonly number[];
  readonly layout: Layout;
  /** Whether L2 regularization counts it: weights, but not biases. */
  readonly regularized: boolean;
  readonly init: Initializer;
  /** What the layer adds up and gives, where the shape does not say it: for a bias, those of its weights. */
  readonly fan?: { readonly in: number; readonly out: number };
  /** Draws the initial values in the order of the transpose, (out, in); default false. */
  readonly drawTransposed?: boolean;
}

/** A parameter in a program, as a matrix of the rows and columns that are stored. */
export interface Parameter extends Value {
  readonly layout: Layout;
}

/** A row of numbers that training changes and no optimizer touches: running statistics. */
export interface StateSpec {
  /** `runningMean`, …; numbered as parameters are. */
  readonly name: string;
  readonly size: number;
  /** What each of them is before the first step. */
  readonly initial: number;
}

/** Training passes draw masks and take the batch's statistics; those for predictions do neither. */
export type Mode = 'train' | 'infer';

/** Slots by the names of an op's line in the catalogue; a value stands for its slot. */
export type ScopeOperands<Op extends OpName> = {
  readonly [Name in keyof Operands<Op>]: BuilderSlot | Value;
};

/**
 * What a layer writes its forward pass into. The backward pass is recorded beside each op, as a function that is called when the tape is
 * played backwards: with the gradient by y it emits those by what y was computed of.
 */
export interface Scope {
  readonly mode: Mode;
  /** The number of the training step, the same in both of its passes, and the seed of the model's chance: for ops that draw. */
  readonly step: BuilderScalar;
  readonly seed: BuilderScalar;
  /** The key of this place in the net for the counter-based generator: each call gives another. */
  stream(): number;
  parameter(spec: ParameterSpec): Parameter;
  /** (1, size) */
  state(spec: StateSpec): BuilderSlot;
  /** Memory for rows of a shape. */
  value(name: string, shape: RowShape): Value;
  /** Memory for what is no batch of rows: statistics, (1, C). */
  row(name: string, cols: number): BuilderSlot;
  /** The same memory under another shape of as many elements; as pictures, their channels lie last. */
  view(x: Value, shape: RowShape): Value;
  emit<Op extends OpName>(
    op: Op,
    operands: ScopeOperands<Op>,
    scalars?: Scalars<Op>,
    ...attributes: Attributes<Op>
  ): void;
  /** A function of the host, over slots that it reads and that it writes, in this order. */
  host(
    reads: readonly (BuilderSlot | Value)[],
    writes: readonly (BuilderSlot | Value)[],
    run: (memory: HostMemory) => void,
  ): void;
  /**
   * Remembers how the gradient by y becomes those by `from`, where anybody wants one of them.
   * @returns y
   */
  record(y: Value, from: readonly Value[], backward: (dy: Value) => void): Value;
  /**
   * In a backward pass: adds to the gradient by x, which the op leaves as beta times what is there, plus its own.
   * @returns false, and nothing is emitted, where nobody wants it
   */
  accumulate(x: Value, emit: (dx: BuilderSlot, beta: BuilderScalar | number) => void): boolean;
  /** In a backward pass: gradients of an op that can only write them, of all at once. */
  deliver(to: readonly Value[], emit: (...gradients: BuilderSlot[]) => void): void;
  /** In a backward pass: the gradient by x is dy. */
  same(x: Value, dy: Value): void;
  /** Says that a training needs batches of so many rows at least. */
  needsRows(least: number): void;
  /** What is done once the step's loss has proved finite: running statistics. */
  commit(emit: () => void): void;
  /** A layer applied to x, under a name of its own; so combinators apply theirs. */
  apply(layer: Layer, x: Value): Value;
}
