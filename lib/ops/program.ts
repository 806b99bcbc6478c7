import type { Dtype, TypedArray } from '../core/dtype.js';
import type { OpName } from './catalogue.js';

/**
 * A model lowered to plain data: instructions over slots of a few buffers. A program holds no memory; whoever runs it
 * binds one typed array to each of its buffers and one Float64Array to its table of scalars. So one compiled program serves
 * many memories and can run beside itself.
 */
export interface Program {
  readonly dtype: 'float32' | 'float64';
  /** Whether numbers too small to have all their digits stay as they are; by default the native core may take them for 0, as it does in products. */
  readonly keepsDenormals?: boolean;
  /** The most rows of a batch that the slots of the workspace have room for. */
  readonly capacity: number;
  readonly buffers: readonly ProgramBuffer[];
  readonly slots: readonly Slot[];
  /** Hyper-parameters and results (`loss`), with the values that a run starts from. */
  readonly scalars: readonly ProgramScalar[];
  readonly instructions: readonly Instruction[];
  /** Ranges [first, last) of instructions. */
  readonly phases: Readonly<Partial<Record<Phase, readonly [first: number, last: number]>>>;
}

/**
 * In the order in which they follow each other. `commit` is what waits for a finite loss: a step whose loss is not finite has changed
 * nothing.
 */
export const phaseOrder = ['batch', 'forward', 'loss', 'commit', 'backward', 'update'] as const;

export type Phase = (typeof phaseOrder)[number];

export interface ProgramBuffer {
  readonly name: string;
  readonly dtype: Dtype;
  /** Elements that must at least be there at full capacity. */
  readonly length: number;
  /** In a run of many steps, the batches of all steps lie there one after another: the row indices, what is predicted for them. */
  readonly stepped: boolean;
}

export interface ProgramScalar {
  readonly name: string;
  readonly value: number;
}

/** Rows of a slot: a number, as many as the batch at hand has, or so many times as many (the pixels of its pictures). */
export type Rows = number | 'batch' | `batch*${number}`;

const multiplePattern = /^batch(?:\*([1-9]\d*))?$/;

/** How many rows there are for each row of the batch: 0 where their number is fixed, NaN for what are no rows at all. */
export function batchMultiple(rows: Rows): number {
  if (typeof rows === 'number') return 0;
  if (rows === 'batch') return 1;
  const match = multiplePattern.exec(rows);
  return match === null ? Number.NaN : Number(match[1] ?? 1);
}

/** The number of rows when the batch has so many. */
export const rowsAt = (rows: Rows, batch: number): number =>
  typeof rows === 'number' ? rows : batchMultiple(rows) * batch;

/** Rows as one number, which is what programs of the native core hold: −k for k times the batch. Equal sizes have equal ones. */
export const encodeRows = (rows: Rows): number => (typeof rows === 'number' ? rows : -batchMultiple(rows));

/** So many rows for each row of the batch. */
export const batchRows = (multiple: number): Rows => (multiple === 1 ? 'batch' : `batch*${multiple}`);

/** A row-major matrix somewhere in a buffer. */
export interface Slot {
  readonly name: string;
  readonly buffer: number;
  /** In elements of the buffer. */
  readonly offset: number;
  readonly rows: Rows;
  readonly cols: number;
  readonly dtype: Dtype;
}

/** `op` over slots and scalars, with attributes, in the order of the catalogue's signature. */
export interface OpInstruction {
  readonly op: OpName;
  readonly slots: readonly number[];
  readonly scalars: readonly number[];
  /** Integers of 0 … 2³¹ − 1 that are fixed when the program is made. */
  readonly attributes: readonly number[];
  /** The layer, loss or rule that it belongs to, for listings, profiles and errors. */
  readonly label: string;
}

/** A function of the host (a layer written in JavaScript). Both executors call it between two instructions of their own. */
export interface HostInstruction {
  readonly op: 'host';
  readonly run: (memory: HostMemory) => void;
  readonly slots: readonly number[];
  readonly scalars: readonly number[];
  readonly label: string;
}

export type Instruction = OpInstruction | HostInstruction;

/** What a host instruction sees: its slots as typed arrays of rows·cols elements, in its own order. */
export interface HostMemory {
  readonly rows: number;
  readonly views: readonly TypedArray[];
}
