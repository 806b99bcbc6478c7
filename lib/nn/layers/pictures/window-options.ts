import { describe, expectation } from '../../../core/describe.js';
import { ArgumentError } from '../../../core/errors.js';
import { pairOf, type Windows } from './windows.js';

/**
 * Windows by the options of a layer, each a number or two of them.
 * @throws ArgumentError for other than two, or a border as wide as the window, which would see nothing
 */
export function windowsOf(
  who: string,
  size: number | readonly number[],
  stride: number | readonly number[],
  padding: number | readonly number[],
): Windows {
  const pair = (name: string, value: number | readonly number[]) => {
    const made = pairOf(value);
    if (made !== undefined) return made;
    throw new ArgumentError(expectation(`${who}: ${name}`, 'to be a number or two of them', describe(value)));
  };
  return {
    size: pair('the size of the windows', size),
    stride: pair('option stride', stride),
    padding: pair('option padding', padding),
  };
}
