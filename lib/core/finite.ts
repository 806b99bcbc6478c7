import { dtypeOf, type TypedArray } from './dtype.js';

/** The index of the first NaN or infinity; -1 where there is none. */
export function firstNonFinite(values: TypedArray): number {
  const dtype = dtypeOf(values);
  if (dtype === 'uint8' || dtype === 'int32') return -1;
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}
