/** @typedef {import('./cases.js').Case} Case */
/** @typedef {import('./measure.js').Timing} Timing */

/**
 * A quantity with the prefix that suits it, in three digits.
 *
 * @param {number} value
 * @param {readonly (readonly [number, string])[]} steps
 */
function withPrefix(value, steps) {
  const [scale, unit] = steps.find(([each]) => Math.abs(value) >= each) ?? steps.at(-1) ?? [1, ''];
  const scaled = value / scale;
  const digits = scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
  return `${scaled.toFixed(digits)} ${unit}`;
}

/** @param {number} seconds */
export const formatSeconds = (seconds) =>
  withPrefix(seconds, [
    [1, 's'],
    [1e-3, 'ms'],
    [1e-6, 'µs'],
  ]);

/** @param {number} bytes */
export const formatBytes = (bytes) =>
  withPrefix(bytes, [
    [1e6, 'MB'],
    [1e3, 'kB'],
    [1, 'bytes'],
  ]);

/** @param {number} ratio */
export const formatRatio = (ratio) => `${ratio.toFixed(ratio < 9.95 ? 2 : ratio < 99.5 ? 1 : 0)}×`;

/** @param {Case} one */
export const isInBytes = ({ kind }) =>
  kind === 'memory' || kind === 'allocation' || kind === 'by-hand memory';

/**
 * What one unit of the case took.
 *
 * @param {Case} one
 * @param {number} value
 */
export const formatCost = (one, value) => (isInBytes(one) ? formatBytes(value) : formatSeconds(value));

/**
 * The part of the FMA peak of as many threads that is used; the peak of float64 is half of float32's.
 *
 * @param {Case} one
 * @param {number} seconds
 * @param {number | undefined} peak GFLOP/s in float32
 */
export function shareOfPeak({ flops, dtype }, seconds, peak) {
  if (flops === undefined || peak === undefined) return undefined;
  return flops / seconds / 1e9 / (dtype === 'float64' ? peak / 2 : peak);
}
