import { describe } from '../../core/describe.js';
import { ArgumentError } from '../../core/errors.js';
import {
  boolean,
  checkOptions,
  fraction,
  nonNegative,
  nonNegativeInteger,
  optional,
  positive,
  positiveInteger,
  type Rule,
  record,
} from '../../core/options.js';

/** What the pictures are, and how each of them is changed at random. */
export interface AugmentationOptions {
  readonly height: number;
  readonly width: number;
  /** Default 1. A row holds one channel after the other, as CIFAR-10's do: C·H·W values. */
  readonly channels?: number;
  /**
   * Moves right and down (two numbers) drawn from −shift … shift, or from [low, high], in pixels; whole ones where these bounds are
   * whole.
   */
  readonly shift?: number | readonly [low: number, high: number];
  /** Draws shifts that are not whole, too; default false. */
  readonly subpixel?: boolean;
  /** Degrees, counter-clockwise about the middle: from −rotate … rotate, or from [low, high]. */
  readonly rotate?: number | readonly [low: number, high: number];
  /** Enlarges about the middle by a factor from [low, high]. */
  readonly scale?: readonly [low: number, high: number];
  /**
   * Elastic distortion: every pixel moves by a random field, uniform in −1 … 1 and smoothed by a Gaussian with a standard deviation of
   * `sigma` pixels, times `alpha` (Simard, Steinkraus & Platt 2003, who took 34 and 4 for MNIST).
   */
  readonly elastic?: { readonly alpha: number; readonly sigma: number };
  /** The probability that left and right are exchanged. */
  readonly flip?: number;
  /** Pads by so many pixels on all sides and crops to the old size at a random place, as is usual for CIFAR-10 (4). */
  readonly crop?: number;
  /** What lies outside the picture: a value, or `'edge'` for the nearest pixel; default 0. */
  readonly fill?: number | 'edge';
}

/** The options as they were checked, plain data that a worker can be sent. */
export interface PictureChanges {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly shift: Range;
  readonly subpixel: boolean;
  readonly rotate: Range;
  readonly scale: Range;
  readonly elastic: { readonly alpha: number; readonly sigma: number } | undefined;
  readonly flip: number;
  readonly crop: number;
  readonly fill: number | 'edge';
}

export type Range = readonly [low: number, high: number];

const isRange = (value: unknown): value is Range =>
  Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && value[0] <= value[1];

const rangeRule: Rule<number | Range> = {
  expected: 'a number from 0 on, or two numbers [low, high]',
  plural: 'numbers or ranges',
  accepts: (value): value is number | Range => nonNegative.accepts(value) || isRange(value),
  read: (value) => (typeof value === 'number' ? [-value, value] : [...value]),
};

const scaleRule: Rule<Range> = {
  expected: 'two positive numbers [low, high]',
  plural: 'ranges',
  accepts: (value): value is Range => isRange(value) && value[0] > 0,
  read: ([low, high]) => [low, high],
};

const fillRule: Rule<number | 'edge'> = {
  expected: "a finite number or 'edge'",
  plural: 'finite numbers',
  accepts: (value): value is number | 'edge' => value === 'edge' || Number.isFinite(value),
};

/** @throws ArgumentError for an option that is unknown, missing or not as asked */
export function readAugmentationOptions(who: string, options: unknown): PictureChanges {
  const { elastic, ...changes } = checkOptions(who, options, {
    height: positiveInteger,
    width: positiveInteger,
    channels: optional(positiveInteger, 1),
    shift: optional(rangeRule, [0, 0]),
    subpixel: optional(boolean, false),
    rotate: optional(rangeRule, [0, 0]),
    scale: optional(scaleRule, [1, 1]),
    elastic: optional(record),
    flip: optional(fraction, 0),
    crop: optional(nonNegativeInteger, 0),
    fill: optional(fillRule, 0),
  });
  return {
    ...changes,
    shift: changes.shift as Range,
    rotate: changes.rotate as Range,
    elastic: elastic && checkOptions(`${who}: elastic`, elastic, { alpha: nonNegative, sigma: positive }),
  };
}

/** @throws ArgumentError for a fill that bytes cannot hold */
export function checkByteFill(who: string, { fill }: PictureChanges): void {
  if (fill === 'edge' || (fill >= 0 && fill <= 255)) return;
  throw new ArgumentError(
    `${who}: expected option fill to be in 0 … 255 for uint8 pictures but received ${describe(fill)}`,
  );
}
