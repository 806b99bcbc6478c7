import type { Tensor } from '../core/tensors/tensor.js';

/** A derivative by differences. */
export interface MeasuredDerivative {
  readonly value: number;
  /** How far from it the true one may be: by rounding of f, by curvature, or by a kink within the step. */
  readonly uncertainty: number;
  /** What of that is rounding of f. */
  readonly noise: number;
}

/** A function of the elements of a tensor, where its derivatives are wanted. */
export interface Measured {
  readonly f: () => number;
  /** f where the tensor is. */
  readonly value: number;
  /** The relative rounding of f. */
  readonly epsilon: number;
}

/** How much closer the third look is. */
const closer = 64;

/**
 * The derivative of `f` by one element of `x.data`, which is moved to each side by `step`, by half of it and by a 64th, and restored.
 *
 * With D the central difference, D(h/2) + (D(h/2) − D(h)) / 3 is free of the curvature's h² (Richardson). A kink of `f` within the
 * step, as ReLU and hinge make it, shows: D(h) and D(h/2) differ, unless it is just at x; then the slopes to the right and to the left
 * differ by as much for h/2 as for h, where those of a smooth f differ by half as much. The two tests together bound what a kink
 * anywhere in the step does to the result. Of two kinks that undo each other, as where a unit is active between them only, the closer
 * look remains.
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
      bend: (fAbove - atX) / (above - kept) - (atX - fBelow) / (kept - below),
    };
  };
  try {
    const [whole, half, close] = [slopes(step), slopes(step / 2), slopes(step / closer)];
    const noise = (4 * epsilon * Math.abs(atX)) / step;
    const value = half.central + (half.central - whole.central) / 3;
    const kink = Math.abs(whole.central - half.central) + Math.abs(2 * half.bend - whole.bend) / 2;
    const hidden = Math.abs(close.central - value) - 2 * closer * noise;
    return { value, uncertainty: Math.max(noise, kink, hidden), noise };
  } finally {
    data[offset] = kept;
  }
}
