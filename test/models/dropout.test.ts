import { describe, expect, it } from 'vitest';
import { RandomState } from '../../lib/core/random/random-state.js';
import { Tensor } from '../../lib/core/tensors/tensor.js';
import { dropoutBackward, dropoutForward } from '../../lib/models/by-hand/dropout.js';
import { evalNumericalGradientArray, relError } from '../../lib/train/numerical-gradient.js';

const mean = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

// cs231n's Dropout.ipynb (assignment2), which prints the mean of the input, 10.000207878477502, and of outputs near it, and fractions of
// zeros near 1 − p. The inputs are NumPy's to the bit, the masks are our own.
describe("cs231n's Dropout notebook", () => {
  it('dropout_forward', () => {
    const drawn = new RandomState(231).randn(500, 500);
    const x = new Tensor(
      drawn.elements().map((value) => value + 10),
      drawn.shape,
    );
    expect(mean(x.elements())).toBeCloseTo(10.000207878477502, 12);
    for (const p of [0.25, 0.4, 0.7]) {
      const { out } = dropoutForward(x, { mode: 'train', p, seed: 1 });
      const zeros = mean(out.elements().map((value) => (value === 0 ? 1 : 0)));
      const sigma = Math.sqrt((p * (1 - p)) / x.size);
      expect(Math.abs(zeros - (1 - p))).toBeLessThan(4 * sigma);
      expect(Math.abs(mean(out.elements()) - 10)).toBeLessThan((4 * sigma * 10.1) / p);
      expect(dropoutForward(x, { mode: 'test', p }).out.toArray()).toEqual(x.toArray());
    }
  });

  it('dropout_backward', () => {
    const rng = new RandomState(231);
    const x = rng.randn(10, 10);
    const dout = rng.randn(10, 10);
    for (const mode of ['train', 'test'] as const) {
      const dropoutParam = { mode, p: 0.2, seed: 123 } as const;
      const { cache } = dropoutForward(x, dropoutParam);
      const dx = dropoutBackward(dout, cache);
      const numeric = evalNumericalGradientArray((at) => dropoutForward(at, dropoutParam).out, x, dout);
      expect(relError(dx, numeric)).toBeLessThan(1e-7);
    }
  });
});

describe('dropoutForward', () => {
  const ones = new Tensor(new Float64Array(1000).fill(1), [10, 20, 5]);
  const train = { mode: 'train', p: 0.5 } as const;

  it('draws the same mask for a seed, and another for each call without', () => {
    const of = (seed?: number) => dropoutForward(ones, { ...train, seed }).out.toArray();
    expect(of(7)).toEqual(of(7));
    expect(of(7)).not.toEqual(of(8));
    expect(of()).not.toEqual(of());
    expect(of(2 ** 53 - 1)).not.toEqual(of(2 ** 53 - 2));
  });

  it('gives x for p = 1, to the bit', () => {
    const x = new RandomState(1).randn(30, 7);
    expect(dropoutForward(x, { mode: 'train', p: 1 }).out.toArray()).toEqual(x.toArray());
  });

  it('gives the backward pass the mask of its own call', () => {
    const first = dropoutForward(ones, train);
    dropoutForward(ones, train);
    expect(dropoutBackward(ones, first.cache).toArray()).toEqual(first.out.toArray());
    expect(first.out.shape).toEqual([10, 20, 5]);
  });
});
