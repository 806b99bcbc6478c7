/**
 * @typedef {object} Quartiles
 * @property {number} p25
 * @property {number} median
 * @property {number} p75
 */

/**
 * @param {readonly number[]} samples
 * @returns {Quartiles} with linear interpolation between neighbours
 */
export function quartiles(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  /** @param {number} fraction */
  const at = (fraction) => {
    const position = fraction * (sorted.length - 1);
    const below = sorted[Math.floor(position)] ?? Number.NaN;
    const above = sorted[Math.ceil(position)] ?? Number.NaN;
    return below + (above - below) * (position - Math.floor(position));
  };
  return { p25: at(0.25), median: at(0.5), p75: at(0.75) };
}

/**
 * The largest relative difference.
 *
 * @param {readonly number[]} a
 * @param {readonly number[]} b
 */
export function numberDifference(a, b) {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  const differences = a.map((value, i) => {
    const other = b[i] ?? Number.NaN;
    const difference = value === other ? 0 : Math.abs(value - other) / Math.abs(value);
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  });
  return Math.max(0, ...differences);
}

/**
 * The fraction that is not equal.
 *
 * @param {readonly number[]} a
 * @param {readonly number[]} b
 */
export function classDifference(a, b) {
  if (a.length !== b.length) return 1;
  return a.filter((value, i) => value !== b[i]).length / Math.max(1, a.length);
}

/** @param {readonly number[]} values */
export function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
