import { ArgumentError, LabelError } from '../../core/errors.js';
import type { Matrix } from './op.js';

/**
 * @param labels (n, 1), each of 0 … classes − 1
 * @throws LabelError naming the first that is not, before the op has written anything
 */
export function checkLabels(op: string, labels: Matrix<Int32Array>, classes: number): void {
  const at = firstOutside(labels.data, classes);
  if (at < 0) return;
  throw new LabelError(
    `${op}: expected labels to be of 0 … ${classes - 1} but received ${labels.data[at]} at row ${at}`,
  );
}

/**
 * @param rows (n, 1), each a row of 0 … count − 1
 * @throws ArgumentError naming the first that is not, before the op has written anything
 */
export function checkRows(op: string, rows: Matrix<Int32Array>, count: number): void {
  const at = firstOutside(rows.data, count);
  if (at < 0) return;
  throw new ArgumentError(
    `${op}: expected row indices to be of 0 … ${count - 1} but received ${rows.data[at]} at index ${at}`,
  );
}

/** Where the first value outside 0 … count − 1 stands, or −1. */
function firstOutside(values: Int32Array, count: number): number {
  for (let i = 0; i < values.length; i++) if (values[i]! < 0 || values[i]! >= count) return i;
  return -1;
}
