import type { FloatDtype, TypedArray } from '../../core/dtype.js';
import { allocate } from '../../core/memory.js';
import { checkOptions, checkValue, optional, positive, positiveInteger } from '../../core/options.js';
import { type RandomOptions, randomOptions, rngOf } from '../../core/random/random-options.js';
import type { RandomState } from '../../core/random/random-state.js';
import { asLabels, type LabelsLike, Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import { labelledRows } from '../labelled-rows.js';

export interface MixupOptions extends RandomOptions {
  /** The shares are drawn from Beta(alpha, alpha): near 0 and 1 for a small alpha, near ½ for a large one; default 0.2. */
  readonly alpha?: number;
}

export interface Mixed {
  /** (N, …) float32, or float64 if X is float64 or int32. */
  readonly X: Tensor;
  /** (N, C), of the same dtype: each row has the shares of its classes. */
  readonly y: Tensor;
}

/**
 * Mixes each row with another, drawn by a permutation, and their classes likewise: λ·X[i] + (1−λ)·X[j] (Zhang, Cissé, Dauphin &
 * Lopez-Paz 2018). The targets are for `mse` and softmax losses; `Solver` takes them as yTrain.
 * @param X (N, …)
 * @param y N class indices
 * @throws ShapeError when X has no rows or y is not as long
 * @throws LabelError for a label outside 0 … numClasses−1
 */
export function mixup(X: TensorLike, y: LabelsLike, numClasses: number, options: MixupOptions = {}): Mixed {
  checkValue('mixup: numClasses', numClasses, positiveInteger);
  const { alpha, ...random } = checkOptions('mixup', options, {
    ...randomOptions,
    alpha: optional(positive, 0.2),
  });
  const rng = rngOf('mixup', random);
  const rows = labelledRows(X, y, 'mixup');
  const count = rows.y.length;
  const labels = asLabels(rows.y, count, numClasses, 'mixup: y');
  // float32 would round int32.
  const dtype: FloatDtype = ['float64', 'int32'].includes(rows.X.dtype) ? 'float64' : 'float32';
  const from = rows.X.elements();
  const width = from.length / count;
  const mixed = allocate(dtype, from.length);
  const targets = allocate(dtype, count * numClasses);
  const partners = rng.permutation(count);
  for (let i = 0; i < count; i++) {
    const j = partners[i]!;
    const share = beta(alpha, rng);
    mixRows(from, i * width, j * width, width, share, mixed);
    const [own, other] = [i * numClasses + labels[i]!, i * numClasses + labels[j]!];
    targets[own] = targets[own]! + share;
    targets[other] = targets[other]! + (1 - share);
  }
  return { X: new Tensor(mixed, rows.X.shape), y: new Tensor(targets, [count, numClasses]) };
}

/** A function of its own, so that V8 has compiled it after a few rows. */
function mixRows(
  from: TypedArray,
  own: number,
  other: number,
  width: number,
  share: number,
  to: TypedArray,
): void {
  const rest = 1 - share;
  const distance = other - own;
  for (let at = own, end = own + width; at < end; at++) {
    to[at] = share * from[at]! + rest * from[at + distance]!;
  }
}

/** Beta(a, a), as NumPy's legacy generator draws it: Jöhnk's method up to 1, then a quotient of gammas. @internal */
export function beta(a: number, rng: RandomState): number {
  if (a > 1) {
    const first = gamma(a, rng);
    return first / (first + gamma(a, rng));
  }
  for (;;) {
    const u = rng.rand();
    const v = rng.rand();
    const x = u ** (1 / a);
    const y = v ** (1 / a);
    if (x + y > 1 || u + v === 0) continue;
    if (x + y > 0) return x / (x + y);
    // Both powers were too small for a double: their logarithms are not.
    const [logX, logY] = [Math.log(u) / a, Math.log(v) / a];
    const larger = Math.max(logX, logY);
    return Math.exp(logX - larger - Math.log(Math.exp(logX - larger) + Math.exp(logY - larger)));
  }
}

/** Gamma(shape), shape > 1 (Marsaglia & Tsang 2000). */
function gamma(shape: number, rng: RandomState): number {
  const b = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * b);
  for (;;) {
    let x: number;
    let v: number;
    do {
      x = rng.randn();
      v = 1 + c * x;
    } while (v <= 0);
    v = v ** 3;
    const u = rng.rand();
    if (u < 1 - 0.0331 * x ** 4) return b * v;
    if (Math.log(u) < 0.5 * x * x + b * (1 - v + Math.log(v))) return b * v;
  }
}
