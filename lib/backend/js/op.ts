import type { catalogue, OpName } from '../../ops/catalogue.js';
import type { AttributeName, NameOf, OperandWord, ScalarWord, Unmarked } from '../../ops/signature.js';

export type FloatArray = Float32Array | Float64Array;

/** A row-major matrix: rows·cols elements. */
export interface Matrix<Data = FloatArray> {
  data: Data;
  rows: number;
  readonly cols: number;
}

type Data<Word extends string> = Word extends `${string}:int32` | `${string}<${string}`
  ? Int32Array
  : Word extends `${string}:any`
    ? FloatArray | Int32Array | Uint8Array
    : FloatArray;

/** The operands of an op by name: `a[m,k] rows[n,1]:row<r …` is `{ a: Matrix, rows: Matrix<Int32Array>, … }`. */
export type Operands<Name extends OpName> = {
  readonly [Word in OperandWord<Name> as NameOf<Word>]: Matrix<Data<Word>>;
};

/** The scalars of an op by name, with their values before the op. */
export type Scalars<Name extends OpName> = { readonly [Word in ScalarWord<Name> as Unmarked<Word>]: number };

/** The attributes of an op by name. */
export type Attributes<Name extends OpName> = { readonly [Attribute in AttributeName<Name>]: number };

/**
 * The body of an op, for float32 and float64 alike: it computes in double, and rounds where it stores. What points somewhere was looked
 * at before it is called.
 * One that writes a scalar (`=loss`) returns its new value.
 */
export type JsOp<Name extends OpName> = (
  operands: Operands<Name>,
  scalars: Scalars<Name>,
  attributes: Attributes<Name>,
) => (typeof catalogue)[Name] extends `${string}=${string}` ? number : void;

/** A body for every line of the catalogue; the compiler sees to it that none is missing and that operands are named alike. */
export type JsOps = { readonly [Name in OpName]: JsOp<Name> };
