import { expectation } from '../core/describe.js';
import type { TypedArray } from '../core/dtype.js';
import { ShapeError } from '../core/errors.js';
import { checkOptions, checkValue, fn, optional, positive } from '../core/options.js';
import { formatShape, sameShape } from '../core/tensors/shape.js';
import { offsetsOf } from '../core/tensors/strided.js';
import { asTensor, type Tensor, type TensorLike, zeros } from '../core/tensors/tensor.js';

export interface NumericalGradientOptions {
  /** The step to each side; default 1e-5. */
  readonly h?: number;
}

const stepOption = { h: optional(positive, 1e-5) };

/**
 * The gradient of `f` at `x` by central differences, (f(x + h) − f(x − h)) / 2h element by element (cs231n's
 * `eval_numerical_gradient`).
 *
 * `x` is changed in place and restored, so `f` may read it through its argument or, as with `net.params.W1`, through the
 * memory that `x` is a view of. A nested array is copied; `f` then has to use its argument.
 * @param f from a tensor of x's shape to a number
 * @param x any shape, float64 for meaningful results
 * @returns float64, of x's shape
 * @throws ArgumentError for an f that is no function, an x that is no tensor or not of floats, or an h that is not positive
 */
export function evalNumericalGradient(
  f: (x: Tensor) => number,
  x: TensorLike,
  options: NumericalGradientOptions = {},
): Tensor {
  const { h } = checkOptions('evalNumericalGradient', options, stepOption);
  checkValue('evalNumericalGradient: f', f, fn());
  const at = asTensor(x, 'evalNumericalGradient: x', { dtype: ['float64', 'float32'] });
  const gradient = zeros(at.shape, { dtype: 'float64' });
  let i = 0;
  for (const offset of offsetsOf(at)) gradient.data[i++] = numericalDerivative(at, offset, h, () => f(at));
  return gradient;
}

/**
 * The gradient of Σ f(x)·df at `x` by central differences: what a layer's backward pass returns for the upstream gradient
 * `df` (cs231n's `eval_numerical_gradient_array`). `x` is changed in place and restored.
 * @param f from a tensor of x's shape to a tensor of df's shape
 * @param x any shape, float64 for meaningful results
 * @param df of f(x)'s shape
 * @returns float64, of x's shape
 * @throws ShapeError when f(x) has not the shape of df
 */
export function evalNumericalGradientArray(
  f: (x: Tensor) => TensorLike,
  x: TensorLike,
  df: TensorLike,
  options: NumericalGradientOptions = {},
): Tensor {
  const { h } = checkOptions('evalNumericalGradientArray', options, stepOption);
  checkValue('evalNumericalGradientArray: f', f, fn());
  const at = asTensor(x, 'evalNumericalGradientArray: x', { dtype: ['float64', 'float32'] });
  const upstream = asTensor(df, 'evalNumericalGradientArray: df');
  const weights = Float64Array.from(upstream.elements());
  const project = () => {
    const y = asTensor(f(at), 'evalNumericalGradientArray: f(x)');
    if (!sameShape(y.shape, upstream.shape)) {
      const expected = `to have the shape of df, ${formatShape(upstream.shape)},`;
      throw new ShapeError(expectation('evalNumericalGradientArray: f(x)', expected, formatShape(y.shape)));
    }
    const values = y.elements();
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += values[i]! * weights[i]!;
    return sum;
  };
  const gradient = zeros(at.shape, { dtype: 'float64' });
  let i = 0;
  for (const offset of offsetsOf(at)) gradient.data[i++] = numericalDerivative(at, offset, h, project);
  return gradient;
}

/**
 * The largest relative error of two tensors of one shape, max |a − b| / max(1e-8, |a| + |b|) (cs231n's `rel_error`).
 * NaN when either holds a NaN.
 * @throws ShapeError when the shapes differ
 */
export function relError(a: TensorLike, b: TensorLike): number {
  const left = asTensor(a, 'relError: a');
  const right = asTensor(b, 'relError: b');
  if (!sameShape(left.shape, right.shape)) {
    const expected = `to have the shape of a, ${formatShape(left.shape)},`;
    throw new ShapeError(expectation('relError: b', expected, formatShape(right.shape)));
  }
  return largestError(left.elements(), right.elements());
}

function largestError(a: TypedArray, b: TypedArray): number {
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const [p, q] = [a[i]!, b[i]!];
    const error = p === q ? 0 : Math.abs(p - q) / Math.max(1e-8, Math.abs(p) + Math.abs(q));
    if (Number.isNaN(error)) return error;
    if (error > worst) worst = error;
  }
  return worst;
}

/** The derivative of `f` by one element of `x.data`, which is moved by h to each side and restored. @internal */
export function numericalDerivative(x: Tensor, offset: number, h: number, f: () => number): number {
  const kept = x.data[offset]!;
  try {
    // In float32, x ± h are not exactly h away: divide by the distance that they really have.
    x.data[offset] = kept + h;
    const above = x.data[offset]!;
    const atAbove = f();
    x.data[offset] = kept - h;
    const below = x.data[offset]!;
    return (atAbove - f()) / (above - below);
  } finally {
    x.data[offset] = kept;
  }
}
