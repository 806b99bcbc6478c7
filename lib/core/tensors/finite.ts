import { dtypeOf, type TypedArray } from '../dtype.js';

/** The index of the first NaN or infinity; -1 where there is none. */
export function firstNonFinite(values: TypedArray): number {
  const dtype = dtypeOf(values);
  if (dtype === 'uint8' || dtype === 'int32') return -1;
  let i = 0;
  // Four at a time: what is not finite, times 0, is NaN, and so is the sum.
  for (; i + 4 <= values.length; i += 4) {
    const sum = values[i]! * 0 + values[i + 1]! * 0 + values[i + 2]! * 0 + values[i + 3]! * 0;
    if (sum !== 0) break;
  }
  for (; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}
