import { describe, expect, it } from 'vitest';
import { benchmarkCases, describeCase, selectCases } from '../../lib/cli/benchmark-cases.js';
import { BenchmarkStep } from '../../lib/cli/benchmark-step.js';

const ids = (words: string[]) => selectCases(words).map(({ id }) => id);

describe('selectCases', () => {
  it('takes all cases without words, and those that contain every word', () => {
    expect(selectCases([])).toEqual(benchmarkCases);
    expect(ids(['c'])).toEqual(['c']);
    expect(ids(['784-250-10'])).toEqual(['c']);
    expect(ids(['adam'])).toEqual(['b-adam', 'g-adam', 'h']);
    expect(ids(['Adam', 'cifar'])).toEqual(['b-adam', 'h']);
    expect(ids(['nothing'])).toEqual([]);
  });

  it('gives every case a letter and a description of its own', () => {
    expect(new Set(benchmarkCases.map(({ id }) => id)).size).toBe(benchmarkCases.length);
    expect(new Set(benchmarkCases.map(describeCase)).size).toBe(benchmarkCases.length);
  });
});

describe('BenchmarkStep', () => {
  it('computes the losses that NumPy computes from the same seeds', async () => {
    // bench/contenders/numpy_peer.py with NumPy 2.4: the first five losses of case c.
    const [one] = selectCases(['c']);
    const step = new BenchmarkStep(one!);
    const { losses, seconds } = await step.run(5);
    step.dispose();
    const numpy = [
      2.2206099033355713, 5.321355819702148, 4.178495407104492, 3.129992961883545, 4.318455696105957,
    ];
    expect(losses).toHaveLength(5);
    losses.forEach((loss, i) => {
      expect(Math.abs(loss / numpy[i]! - 1)).toBeLessThan(1e-5);
    });
    expect(seconds).toBeGreaterThan(0);
  });
});
