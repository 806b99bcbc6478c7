import type { Tensor } from '../core/tensor.js';

/** A derivative by differences. */
export interface Measurement {
  readonly value: number;
  /** How far from it the true one may be: by rounding of f, by curvature, or by a kink within the step. */
  readonly uncertainty: number;
  /** What of that is rounding of f. */
  readonly noise: number;
}

/** The derivative of a function by one element, and its slopes to either side, which differ where the function has a kink. */
export interface MeasuredDerivative {
  readonly central: Measurement;
  readonly right: Measurement;
  readonly left: Measurement;
}

/** A function of the elements of a tensor, at the place where its derivatives are wanted. */
export interface Measured {
  readonly f: () => number;
  /** f where the tensor is. */
  readonly value: number;
  /** The relative rounding of f. */
  readonly epsilon: number;
}

/**
 * The derivative of `f` by one element of `x.data`, which is moved by `step` and half of it to each side and restored.
 *
 * With D the central difference, D(h/2) + (D(h/2) − D(h)) / 3 is free of the curvature's h² (Richardson). A kink of `f` within the
 * step, as ReLU and hinge make it, shows: D(h) and D(h/2) differ, unless it is just at x; then the slopes to the right and to the left
 * differ by as much for h/2 as for h, where those of a smooth f differ by half as much. The two tests together bound what a kink
 * anywhere in the step does to the result.
 */
export function measureDerivative(
  x: Tensor,
  offset: number,
  step: number,
  { f, value: atX, epsilon }: Measured,
): MeasuredDerivative {
  const { data } = x;
  const kept = data[offset]!;
  const slopes = (h: number) => {
    // In float32, x ± h are not exactly h away: divide by the distances that they really have.
    data[offset] = kept + h;
    const above = data[offset]!;
    const fAbove = f();
    data[offset] = kept - h;
    const below = data[offset]!;
    const fBelow = f();
    return {
      central: (fAbove - fBelow) / (above - below),
      right: (fAbove - atX) / (above - kept),
      left: (atX - fBelow) / (kept - below),
    };
  };
  try {
    const whole = slopes(step);
    const half = slopes(step / 2);
    const noise = (4 * epsilon * Math.abs(atX)) / step;
    const bend = whole.right - whole.left;
    const halfBend = half.right - half.left;
    const kink = Math.abs(2 * halfBend - bend) / 2;
    const measured = (side: keyof typeof whole, order: number, doubt: number): Measurement => {
      const change = half[side] - whole[side];
      return {
        value: half[side] + change / (2 ** order - 1),
        uncertainty: Math.abs(change) + doubt + noise,
        noise,
      };
    };
    return {
      central: measured('central', 2, kink),
      right: measured('right', 1, 0),
      left: measured('left', 1, 0),
    };
  } finally {
    data[offset] = kept;
  }
}

/** The less uncertain of two; NaN is the most uncertain. */
export function better(a: Measurement, b: Measurement): Measurement {
  return b.uncertainty < a.uncertainty || Number.isNaN(a.uncertainty) ? b : a;
}
