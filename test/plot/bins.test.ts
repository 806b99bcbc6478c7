import { describe, expect, it } from 'vitest';
import { RandomState } from '../../lib/core/random/random-state.js';
import { binned } from '../../lib/plot/bins.js';

describe('binned', () => {
  it('has mean, smallest and largest of each part, and nothing of empty ones', () => {
    expect(binned([0, 1, 2, 9, 10], [1, 3, 8, Number.NaN, 5], 0, 10, 5)).toEqual([
      { count: 2, mean: 2, min: 1, max: 3 },
      { count: 1, mean: 8, min: 8, max: 8 },
      undefined,
      undefined,
      { count: 1, mean: 5, min: 5, max: 5 },
    ]);
    expect(binned([3], [7], 3, 3, 2)).toEqual([undefined, { count: 1, mean: 7, min: 7, max: 7 }]);
  });

  it('counts every value within the range once', () => {
    const rng = new RandomState(3);
    const [x, y] = [rng.randn(1000).elements(), rng.randn(1000).elements()];
    const within = x.filter((value) => value >= -1 && value <= 1).length;
    const bins = binned(x, y, -1, 1, 37).map((bin) => bin?.count ?? 0);
    expect(bins.reduce((sum, count) => sum + count, 0)).toBe(within);
  });
});
