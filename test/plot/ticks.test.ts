import { describe, expect, it } from 'vitest';
import { RandomState } from '../../lib/core/random/random-state.js';
import { enclosingTicks, innerTicks, logTicks, tickLabels } from '../../lib/plot/ticks.js';

describe('enclosingTicks', () => {
  it.each([
    [0, 2.3, 4, [0, 1, 2, 3]],
    [0.02, 0.37, 5, [0, 0.1, 0.2, 0.3, 0.4]],
    [93.6, 99.8, 4, [92, 94, 96, 98, 100]],
    [-1, 1, 3, [-1, 0, 1]],
    [5, 5, 3, [5, 10]],
    [0, 0, 3, [0, 0.5]],
    [1000, 250_000, 4, [0, 100_000, 200_000, 300_000]],
  ])('of %d … %d, at most %d', (low, high, atMost, ticks) => {
    expect(enclosingTicks(low, high, atMost).length).toBeLessThanOrEqual(Math.max(atMost, ticks.length));
    expect(enclosingTicks(low, high, Math.max(atMost, ticks.length))).toEqual(ticks);
  });

  it('enclose any range with as many as were asked for', () => {
    const rng = new RandomState(0);
    for (let i = 0; i < 2000; i++) {
      const [a, b, exponent] = [...rng.randn(3)] as [number, number, number];
      const factor = 10 ** (5 * exponent);
      const [low, high] = [Math.min(a, b) * factor, Math.max(a, b) * factor];
      const atMost = 3 + (i % 6);
      const ticks = enclosingTicks(low, high, atMost);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(atMost);
      expect(ticks[0]!).toBeLessThanOrEqual(low + 1e-8 * (high - low));
      expect(ticks.at(-1)!).toBeGreaterThanOrEqual(high - 1e-8 * (high - low));
      expect(new Set(tickLabels(ticks)).size).toBe(ticks.length);
    }
  });
});

describe('innerTicks', () => {
  it('are round, within the range, and whole where they count', () => {
    expect(innerTicks(0, 30, 4)).toEqual([0, 10, 20, 30]);
    expect(innerTicks(0, 1950, 4)).toEqual([0, 500, 1000, 1500]);
    expect(innerTicks(1, 3, 9, 1)).toEqual([1, 2, 3]);
    expect(innerTicks(4, 4, 9)).toEqual([4]);
    expect(innerTicks(0, 0.3, 4)).toEqual([0, 0.1, 0.2, 0.3]);
  });
});

describe('logTicks', () => {
  it('are powers of ten, with twos and fives between few of them', () => {
    expect(logTicks(0.08, 3, 6)).toEqual([0.1, 0.2, 0.5, 1, 2]);
    expect(logTicks(0.008, 3, 6)).toEqual([0.01, 0.03, 0.1, 0.3, 1, 3]);
    expect(logTicks(1e-6, 2, 4)).toEqual([1e-6, 1e-4, 1e-2, 1]);
  });
});

describe('tickLabels', () => {
  it('have the decimals of the finest, and exponents where those would be too many', () => {
    expect(tickLabels([0, 0.05, 0.1])).toEqual(['0.00', '0.05', '0.10']);
    expect(tickLabels([0, 1000])).toEqual(['0', '1000']);
    expect(tickLabels([0, 2e6])).toEqual(['0', '2e6']);
    expect(tickLabels([1e-7])).toEqual(['1e-7']);
  });
});
