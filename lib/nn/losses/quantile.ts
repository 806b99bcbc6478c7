import { optional, type Rule } from '../../core/options.js';
import { defineLoss, outputsOf } from './loss.js';

const strictFraction = (value: unknown) => typeof value === 'number' && value > 0 && value < 1;

const levelsRule: Rule<readonly number[]> = {
  expected: 'an array of numbers between 0 and 1',
  plural: 'arrays of numbers between 0 and 1',
  accepts: (value): value is readonly number[] =>
    Array.isArray(value) && value.length > 0 && Array.from(value).every(strictFraction),
  read: (value) => Object.freeze([...value]),
};

/**
 * max(τ d, (τ − 1) d), d = t − s, at each of the levels τ (Koenker and Bassett 1978), the mean over all scores of a row: least where s is the
 * τ-quantile of t. For each target there are as many scores, side by side, as levels: with A targets and L levels, score a L + l is
 * target a's at level l. Default one level, ½, the median.
 */
export const quantile = defineLoss({
  target: 'targets',
  measured: 'numbers',
  options: { levels: optional(levelsRule, [0.5]) },
  targetCols: (cols, { levels }) => Math.max(1, Math.floor(cols / levels.length)),
  misfit(cols, { levels: { length } }) {
    return cols % length === 0
      ? undefined
      : `outputs for each of the ${length} levels, a multiple of ${length}, but there are ${cols}`;
  },
  prediction(j, _cols, { levels }) {
    const offs = levels.map((level) => Math.abs(level - 0.5));
    return { col: j * levels.length + offs.indexOf(Math.min(...offs)) };
  },
  meanOverColumns: () => true,
  emit(builder, scores, targets, { levels }) {
    const { losses, dscores } = outputsOf(builder, scores);
    const { cols } = scores;
    const row = builder.constant(
      'levels',
      Array.from({ length: cols }, (_, j) => levels[j % levels.length]!),
    );
    builder.emit('quantile', { scores, targets, levels: row, losses, dscores }, { factor: 1 / cols });
    return { losses, dscores };
  },
});
