import {
  arrayOf,
  belowOne,
  type Checked,
  nonNegative,
  optional,
  type Rule,
  type Schema,
} from '../../core/options.js';
import type { BuilderSlot, ProgramBuilder } from '../../ops/builder.js';

const integer: Rule<number> = {
  expected: 'an integer',
  plural: 'integers',
  accepts: (value): value is number => Number.isSafeInteger(value),
};

/** Options of a loss on labels: weights of the classes, and the label of rows that count for nothing. */
export const weighted = {
  weight: optional(arrayOf(nonNegative)),
  ignoreIndex: optional(integer),
} as const satisfies Schema;

/** The same, and how much of each label's weight goes to all classes alike. */
export const smoothed = { ...weighted, labelSmoothing: optional(belowOne, 0) } as const satisfies Schema;

/** What weights of the classes lack for so many of them. */
export function weightMisfit(cols: number, { weight }: Pick<Checked<typeof weighted>, 'weight'>) {
  return weight === undefined || weight.length === cols
    ? undefined
    : `option weight to have ${cols} numbers, one a class, but it has ${weight.length}`;
}

/**
 * Labels or targets as targets t′ = w·((1 − ε)·t + ε / C): smoothed and weighted, as PyTorch's cross_entropy has them.
 * @returns the target itself where there is nothing to do
 */
export function smoothedTarget(
  builder: ProgramBuilder,
  target: BuilderSlot,
  cols: number,
  { labelSmoothing: epsilon, weight }: Checked<typeof smoothed>,
): BuilderSlot {
  const labels = target.dtype === 'int32';
  // Rows of labels have the weights of their classes as rows.
  if (epsilon === 0 && (labels || weight === undefined)) return target;
  let given = target;
  if (labels) {
    given = builder.activation('one hot', target.rows, cols);
    builder.emit('one_hot', { labels: target, y: given }, {});
  }
  const ones = weight ?? new Array<number>(cols).fill(1);
  const shift = builder.constant(
    'label smoothing',
    ones.map(() => -epsilon / (cols * (1 - epsilon))),
  );
  const scale = builder.constant(
    'class weights',
    ones.map((w) => w * (1 - epsilon)),
  );
  const smooth = builder.activation('smoothed', target.rows, cols);
  builder.emit('normalize', { x: given, shift, scale, y: smooth }, {});
  return smooth;
}
