import { arrayOf, either, integerIn, positiveInteger } from '../../../core/options.js';
import type { RowShape } from '../../scope.js';

/** The same along both axes, or (along the rows of pixels from top to bottom, along their columns). */
export type Pair = number | readonly [vertical: number, horizontal: number];

/** Sizes and strides. */
export const sizes = either(positiveInteger, arrayOf(positiveInteger));
/** Borders, which may be none. */
const border = integerIn(0, 2 ** 31 - 1);
export const borders = either(border, arrayOf(border));

/** How a window goes over pictures. */
export interface Windows {
  readonly size: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
}

/** @returns undefined for what are no two numbers */
export function pairOf(value: number | readonly number[]): readonly [number, number] | undefined {
  if (typeof value === 'number') return [value, value];
  return value.length === 2 ? [value[0]!, value[1]!] : undefined;
}

/** Places of a window along each axis: ⌊(size + 2·padding − window) / stride⌋ + 1. */
export function placesOf(
  { size, stride, padding }: Windows,
  [, height = 0, width = 0]: RowShape,
): readonly [height: number, width: number] {
  const along = (axis: 0 | 1, pixels: number) =>
    Math.floor((pixels + 2 * padding[axis] - size[axis]) / stride[axis]) + 1;
  return [along(0, height), along(1, width)];
}

/** The attributes that all ops over windows share. */
export function attributesOf({ stride, padding }: Windows, [, height = 0, width = 0]: RowShape) {
  return {
    height,
    width,
    strideY: stride[0],
    strideX: stride[1],
    paddingY: padding[0],
    paddingX: padding[1],
  };
}
