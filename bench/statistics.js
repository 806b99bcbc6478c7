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
 * The largest relative difference of two runs of losses.
 *
 * @param {readonly number[]} a
 * @param {readonly number[]} b
 */
export function lossDifference(a, b) {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Math.max(
    ...a.map((loss, i) => {
      const difference = Math.abs(loss - (b[i] ?? Number.NaN)) / Math.abs(loss);
      return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    }),
  );
}
