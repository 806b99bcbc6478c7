import type { OpName } from './catalogue.js';
import { batchRows, encodeRows, type Rows } from './program.js';
import { type AttributeName, signatures } from './signature.js';

/** The largest value of an attribute. */
export const largestAttribute = 2 ** 31 - 1;

type OpWithAttributes = {
  [Op in OpName]: [AttributeName<Op>] extends [never] ? never : Op;
}[OpName];

type Attributes<Op extends OpWithAttributes> = Readonly<Record<AttributeName<Op>, number>>;
type SizeOf = (letter: string) => Rows;

/**
 * What must hold between an op's attributes and the sizes of its operands, or it would read or write out of bounds. The native core has
 * the same in native/engine/geometry.cpp.
 * @returns what was expected and what came, where it does not hold
 */
type Relation<Op extends OpWithAttributes> = (attributes: Attributes<Op>, size: SizeOf) => string | undefined;

/** One entry an op with attributes: a new one does not compile without. */
const relations: { readonly [Op in OpWithAttributes]: Relation<Op> } = {
  channels_last: layout,
  channels_first: layout,
  conv2d: convolution,
  conv2d_weights: convolution,
  conv2d_input: convolution,
  max_pool: pooling,
  max_pool_backward: pooling,
  avg_pool: pooling,
  avg_pool_backward: pooling,
  group_norm: groups,
  group_norm_backward: groups,
};

/** What is wrong with the attributes of an op of such sizes: "height to be …". Undefined where all is well. */
export function geometryError(op: OpName, values: readonly number[], size: SizeOf): string | undefined {
  if (values.length === 0) return undefined;
  const named = Object.fromEntries(signatures[op].attributes.map((name, i) => [name, values[i]!]));
  return relations[op as OpWithAttributes](named as Attributes<OpWithAttributes>, size);
}

/** Rows of f = c·height·width numbers each, and p = n·height·width pixels of c channels. */
function layout({ height, width }: Attributes<'channels_last'>, size: SizeOf): string | undefined {
  const pixels = height * width;
  if (pixels < 1) return atLeastOne({ height, width });
  const [n, p] = [encodeRows(size('n')), encodeRows(size('p'))];
  const [f, c] = [Number(size('f')), Number(size('c'))];
  if (f !== c * pixels) return mismatch(`f = c·height·width = ${c}·${height}·${width}`, f);
  if (p !== n * pixels) return mismatch(`p = n·height·width = ${size('n')}·${height}·${width}`, size('p'));
  return undefined;
}

/** Windows of k = kernelHeight·kernelWidth·c numbers. */
function convolution(
  { kernelHeight, kernelWidth, ...rest }: Attributes<'conv2d' | 'conv2d_weights' | 'conv2d_input'>,
  size: SizeOf,
): string | undefined {
  const misfit = windows({ ...rest, windowHeight: kernelHeight, windowWidth: kernelWidth }, size, 'kernel');
  if (misfit !== undefined) return misfit;
  const [k, c] = [Number(size('k')), Number(size('c'))];
  if (k === kernelHeight * kernelWidth * c) return undefined;
  return mismatch(`k = kernelHeight·kernelWidth·c = ${kernelHeight}·${kernelWidth}·${c}`, k);
}

/** Windows none of which is in the border alone. */
function pooling(
  { poolHeight, poolWidth, ...rest }: Attributes<'max_pool' | 'avg_pool'>,
  size: SizeOf,
): string | undefined {
  const misfit = windows({ ...rest, windowHeight: poolHeight, windowWidth: poolWidth }, size, 'pool');
  if (misfit !== undefined) return misfit;
  if (2 * rest.paddingY > poolHeight) return halfAtMost('Y', rest.paddingY, 'Height', poolHeight);
  if (2 * rest.paddingX > poolWidth) return halfAtMost('X', rest.paddingX, 'Width', poolWidth);
  return undefined;
}

const halfAtMost = (axis: string, padding: number, side: string, pool: number) =>
  `padding${axis} to be at most half of pool${side}, ${pool}, but received ${padding}`;

/** How the windows of an op lie on its pictures. */
interface WindowGeometry {
  readonly height: number;
  readonly width: number;
  readonly windowHeight: number;
  readonly windowWidth: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly paddingY: number;
  readonly paddingX: number;
}

/** Windows over p pixels of whole pictures, q in all. */
function windows(geometry: WindowGeometry, size: SizeOf, kind: 'kernel' | 'pool'): string | undefined {
  const { height, width, windowHeight, windowWidth, strideY, strideX, paddingY, paddingX } = geometry;
  if (Math.min(height, width, windowHeight, windowWidth, strideY, strideX) < 1) {
    const own = { [`${kind}Height`]: windowHeight, [`${kind}Width`]: windowWidth };
    return atLeastOne({ height, width, ...own, strideY, strideX });
  }
  const rows = windowsAlong(height, windowHeight, strideY, paddingY);
  const columns = windowsAlong(width, windowWidth, strideX, paddingX);
  if (rows < 1) return tooLarge(`${kind}Height`, windowHeight, 'height', height, paddingY);
  if (columns < 1) return tooLarge(`${kind}Width`, windowWidth, 'width', width, paddingX);
  const pictures = encodeRows(size('p')) / (height * width);
  if (!Number.isInteger(pictures)) {
    return mismatch(`p to be a multiple of height·width = ${height}·${width}`, size('p'));
  }
  if (encodeRows(size('q')) === pictures * rows * columns) return undefined;
  const count = pictures < 0 ? batchRows(-pictures) : pictures;
  return mismatch(`q = pictures·rows·columns of windows = ${count}·${rows}·${columns}`, size('q'));
}

/** How many windows there are along an axis of so many pixels; none where it is less than 1. */
export const windowsAlong = (pixels: number, window: number, stride: number, padding: number): number =>
  Math.floor((pixels + 2 * padding - window) / stride) + 1;

const tooLarge = (name: string, window: number, axis: string, pixels: number, padding: number) =>
  `${name} to be at most ${axis} + 2·padding = ${pixels} + 2·${padding} but received ${window}`;

/** n pictures of `positions` rows each, and g groups of as many of the c channels. */
function groups({ positions }: Attributes<'group_norm'>, size: SizeOf): string | undefined {
  if (positions < 1) return atLeastOne({ positions });
  const [n, p] = [encodeRows(size('n')), encodeRows(size('p'))];
  const [c, g] = [Number(size('c')), Number(size('g'))];
  if (p !== n * positions) return mismatch(`p = n·positions = ${size('n')}·${positions}`, size('p'));
  if (c % g !== 0) return mismatch(`c to be a multiple of g = ${g}`, c);
  return undefined;
}

const mismatch = (expected: string, received: Rows) => `${expected} but received ${received}`;

function atLeastOne(attributes: Readonly<Record<string, number>>): string {
  const [name, value] = Object.entries(attributes).find((entry) => entry[1] < 1)!;
  return `${name} to be at least 1 but received ${value}`;
}
