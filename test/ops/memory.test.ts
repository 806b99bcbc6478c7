import { describe, expect, it } from 'vitest';
import { RandomState } from '../../lib/core/random/random-state.js';
import { type MemoryRequest, planMemory } from '../../lib/ops/memory.js';

function overlaps(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] < b[1] && b[0] < a[1];
}

describe('planMemory', () => {
  it('never gives the same memory to two requests that are alive together', () => {
    const rng = new RandomState(0);
    for (let round = 0; round < 300; round++) {
      const alignment = [1, 8, 16][rng.randint(3)]!;
      const requests = Array.from({ length: 1 + rng.randint(40) }, (): MemoryRequest => {
        const first = rng.randint(30);
        const forever = rng.randint(6) === 0;
        return {
          size: 1 + rng.randint(100),
          first,
          last: forever ? Number.POSITIVE_INFINITY : first + rng.randint(10),
        };
      });
      const { offsets, length } = planMemory(requests, alignment);
      expect(offsets).toHaveLength(requests.length);
      let sum = 0;
      for (const [i, a] of requests.entries()) {
        const at = offsets[i]!;
        expect(at % alignment).toBe(0);
        expect(at + a.size).toBeLessThanOrEqual(length);
        sum += Math.ceil(a.size / alignment) * alignment;
        for (const [j, b] of requests.entries()) {
          if (j <= i || a.last < b.first || b.last < a.first) continue;
          expect(overlaps([at, at + a.size], [offsets[j]!, offsets[j]! + b.size])).toBe(false);
        }
      }
      expect(length).toBeLessThanOrEqual(sum);
      expect(length % alignment).toBe(0);
    }
  });

  it('uses memory again whose owner is dead', () => {
    const chain = Array.from({ length: 10 }, (_, i) => ({ size: 16, first: i, last: i + 1 }));
    expect(planMemory(chain, 16)).toEqual({ offsets: [0, 16, 0, 16, 0, 16, 0, 16, 0, 16], length: 32 });
  });

  it('fills a gap between two that live on', () => {
    const requests = [
      { size: 16, first: 0, last: 9 },
      { size: 32, first: 0, last: 1 },
      { size: 16, first: 0, last: 9 },
      { size: 20, first: 2, last: 3 },
      { size: 33, first: 2, last: 3 },
    ];
    expect(planMemory(requests, 16)).toEqual({ offsets: [0, 16, 48, 16, 64], length: 112 });
  });

  it('plans nothing for nothing', () => {
    expect(planMemory([], 16)).toEqual({ offsets: [], length: 0 });
  });
});
