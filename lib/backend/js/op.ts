import type { catalogue, OpName } from '../../ops/catalogue.js';

export type FloatArray = Float32Array | Float64Array;

/** A row-major matrix: rows·cols elements. */
export interface Matrix<Data = FloatArray> {
  data: Data;
  rows: number;
  readonly cols: number;
}

type Words<Text extends string> = Text extends `${infer Word} ${infer Rest}` ? Word | Words<Rest> : Text;

/** The part of a signature before its scalars. */
type Flow<Line extends string> = Line extends `${infer Part}|${string}` ? Part : Line;

type Data<Word extends string> = Word extends `${string}:int32`
  ? Int32Array
  : Word extends `${string}:any`
    ? FloatArray | Int32Array | Uint8Array
    : FloatArray;

/** The operands of a signature by name: `a[m,k] rows[n,1]:int32 …` is `{ a: Matrix, rows: Matrix<Int32Array>, … }`. */
export type Operands<Line extends string> = {
  readonly [Word in Words<Flow<Line>> as Word extends `${infer Name}[${string}` ? Name : never]: Matrix<
    Data<Word>
  >;
};

type ScalarWords<Line extends string> = Line extends `${string}| ${infer Part}` ? Words<Part> : never;

/** The scalars of a signature by name, with their values before the op. */
export type Scalars<Line extends string> = {
  readonly [Word in ScalarWords<Line> as Word extends `=${infer Name}` ? Name : Word]: number;
};

/**
 * The body of an op, for float32 and float64 alike: it computes in double, and rounds where it stores.
 * One that writes a scalar (`=loss`) returns its new value.
 */
export type JsOp<Name extends OpName> = (
  operands: Operands<(typeof catalogue)[Name]>,
  scalars: Scalars<(typeof catalogue)[Name]>,
) => (typeof catalogue)[Name] extends `${string}=${string}` ? number : void;

/** A body for every line of the catalogue; the compiler sees to it that none is missing and that operands are named alike. */
export type JsOps = { readonly [Name in OpName]: JsOp<Name> };
