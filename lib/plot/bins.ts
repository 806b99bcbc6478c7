/** What lies in one of the equal parts of an axis. */
export interface Bin {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
}

/** Whether a value can be drawn: what is beyond 10¹⁰⁰ has overflown, or is about to. */
export function isDrawable(value: number): boolean {
  return Math.abs(value) <= 1e100;
}

/**
 * The finite values of a curve in `count` equal parts of `low` … `high`; those without any are undefined.
 * @param x as many as y, in any order
 */
export function binned(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  low: number,
  high: number,
  count: number,
): (Bin | undefined)[] {
  const counts = new Float64Array(count);
  const sums = new Float64Array(count);
  const mins = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const maxs = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < y.length; i++) {
    const value = y[i]!;
    const share = high > low ? (x[i]! - low) / (high - low) : 0.5;
    if (!isDrawable(value) || !(share >= 0 && share <= 1)) continue;
    const at = Math.min(count - 1, Math.floor(share * count));
    counts[at]!++;
    sums[at]! += value;
    mins[at] = Math.min(mins[at]!, value);
    maxs[at] = Math.max(maxs[at]!, value);
  }
  return Array.from(counts, (n, at) =>
    n === 0 ? undefined : { count: n, mean: sums[at]! / n, min: mins[at]!, max: maxs[at]! },
  );
}
