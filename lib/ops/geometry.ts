import type { OpName } from './catalogue.js';
import { encodeRows, type Rows } from './program.js';
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

const mismatch = (expected: string, received: Rows) => `${expected} but received ${received}`;

function atLeastOne(attributes: Readonly<Record<string, number>>): string {
  const [name, value] = Object.entries(attributes).find((entry) => entry[1] < 1)!;
  return `${name} to be at least 1 but received ${value}`;
}
