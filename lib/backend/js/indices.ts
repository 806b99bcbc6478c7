import type { TypedArray } from '../../core/dtype.js';
import { ArgumentError, LabelError } from '../../core/errors.js';
import type { OpName } from '../../ops/catalogue.js';
import { type Pointer, signatures } from '../../ops/signature.js';
import type { Matrix } from './op.js';

/** Looks at what an instruction's operands point at. */
export type IndexCheck = () => void;

/**
 * The check of an op whose line says that operands point somewhere; undefined for other ops. It throws LabelError for the first class,
 * ArgumentError for the first row number that is out of range: before the op has written anything.
 */
export function makeIndexCheck(op: OpName, matrices: readonly Matrix<TypedArray>[]): IndexCheck | undefined {
  const { operands } = signatures[op];
  const checks = operands.flatMap(({ points }, i) => {
    if (points === undefined) return [];
    const limit = operands.findIndex(({ rows, cols }) => rows === points.below || cols === points.below);
    const counted = operands[limit]!.rows === points.below ? 'rows' : 'cols';
    return [() => check[points.at](op, matrices[i]!.data, matrices[limit]![counted])];
  });
  if (checks.length === 0) return undefined;
  return () => {
    for (const each of checks) each();
  };
}

const check: Readonly<Record<Pointer, (op: OpName, values: TypedArray, count: number) => void>> = {
  label(op, labels, classes) {
    const at = firstOutside(labels, classes);
    if (at < 0) return;
    throw new LabelError(
      `${op}: expected labels to be of 0 … ${classes - 1} but received ${labels[at]} at row ${at}`,
    );
  },
  row(op, rows, count) {
    const at = firstOutside(rows, count);
    if (at < 0) return;
    throw new ArgumentError(
      `${op}: expected row indices to be of 0 … ${count - 1} but received ${rows[at]} at index ${at}`,
    );
  },
};

/** Where the first value outside 0 … count − 1 stands, or −1. */
function firstOutside(values: TypedArray, count: number): number {
  for (let i = 0; i < values.length; i++) if (values[i]! < 0 || values[i]! >= count) return i;
  return -1;
}
