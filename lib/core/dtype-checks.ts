import { describe, orList } from './describe.js';
import { arrayTypes, type Dtype } from './dtype.js';
import { ArgumentError } from './errors.js';

/** For messages. */
export const typedArrayNames = orList(Object.values(arrayTypes).map((type) => type.name));

/**
 * Whether a tensor of this dtype can hold the number. Floats take every number and round it; what integers would
 * wrap or cut off (300 or 1.5 in a uint8) is refused.
 */
export function holds(dtype: Dtype, value: number): boolean {
  switch (dtype) {
    case 'int32':
      return (value | 0) === value;
    case 'uint8':
      return (value & 0xff) === value;
    default:
      return true;
  }
}

/** What {@link holds} asks for, for messages: `to be an integer in 0 … 255`. */
export function elementRange(dtype: Dtype): string {
  switch (dtype) {
    case 'int32':
      return 'to be an integer in -2147483648 … 2147483647';
    case 'uint8':
      return 'to be an integer in 0 … 255';
    default:
      return 'to be a number';
  }
}

/**
 * The value, if it is the name of a dtype.
 * @throws ArgumentError for anything else
 */
export function checkDtype(dtype: unknown, who: string): Dtype {
  if (typeof dtype === 'string' && Object.hasOwn(arrayTypes, dtype)) return dtype as Dtype;
  throw new ArgumentError(
    `${who}: expected dtype to be ${orList(Object.keys(arrayTypes))} but received ${describe(dtype)}`,
  );
}
