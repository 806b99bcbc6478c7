import type { FloatDtype, TypedArray } from '../../core/dtype.js';
import { allocateResult } from '../../core/memory.js';
import { checkOptions, nonNegative, optional } from '../../core/options.js';
import { asTensor, Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import { columnValues, matrix, type NormGradients } from './batchnorm.js';
import { commonDtype } from './common-dtype.js';
import { type Forward, wrongCache } from './layer-pass.js';
import { runOp } from './op-call.js';

/** cs231n's `ln_param`. */
export interface LayernormParam {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
}

/** What {@link layernormForward} leaves to its backward function. */
export class LayernormCache {
  /** Made by the forward function. */
  readonly pass: RowsPass;
  constructor(pass: RowsPass) {
    this.pass = pass;
  }
}

/** Rows that were normalized each by itself. */
export interface RowsPass {
  readonly dtype: FloatDtype;
  readonly rows: number;
  readonly cols: number;
  readonly x: TypedArray;
  readonly mean: TypedArray;
  readonly inverse: TypedArray;
  readonly gamma: TypedArray;
}

/**
 * Layer normalization (Ba, Kiros and Hinton 2016; cs231n's `layernorm_forward`): out = (x − μ)/√(σ² + eps)·gamma + beta with each row's own
 * mean and biased variance, the same in training and afterwards.
 * @param x (N, D)
 * @param gamma (D)
 * @param beta (D)
 * @returns out (N, D), and what {@link layernormBackward} needs
 * @throws ShapeError, ArgumentError for what does not fit
 */
export function layernormForward(
  x: TensorLike,
  gamma: TensorLike,
  beta: TensorLike,
  lnParam: LayernormParam = {},
): Forward<LayernormCache> {
  const who = 'layernormForward';
  const { eps } = checkOptions(`${who}: lnParam`, lnParam, { eps: optional(nonNegative, 1e-5) });
  const dtype = commonDtype(x, gamma, beta);
  const tensor = matrix(x, `${who}: x`, dtype);
  const [rows, cols] = tensor.shape as [number, number];
  const scale = columnValues(gamma, `${who}: gamma`, cols, dtype);
  const shift = columnValues(beta, `${who}: beta`, cols, dtype);
  const { y, pass } = normalizeRows(dtype, rows, cols, tensor.elements(), scale, shift, eps);
  return { out: new Tensor(y, [rows, cols]), cache: new LayernormCache(pass) };
}

/**
 * The gradients of {@link layernormForward}: dgamma = Σ dout·x̂ and dbeta = Σ dout over the rows, and with g = dout·gamma
 * dx = (g − Σ g/D − x̂·Σ g·x̂/D)/√(σ² + eps), sums over the row.
 * @param dout (N, D)
 */
export function layernormBackward(dout: TensorLike, cache: LayernormCache): NormGradients {
  const who = 'layernormBackward';
  if (!(cache instanceof LayernormCache)) throw wrongCache(who, cache);
  const { dtype, rows, cols, x, mean, inverse } = cache.pass;
  const dy = asTensor(dout, `${who}: dout`, { shape: [rows, cols], dtype, convert: true }).elements();
  const [dgamma, dbeta] = [allocateResult(dtype, cols), allocateResult(dtype, cols)];
  runOp('layer_norm_sums', dtype, rows, cols, { dy, x, mean, inverse, dgamma, dbeta }, {});
  return {
    dx: new Tensor(rowGradients(dy, cache.pass), [rows, cols]),
    dgamma: new Tensor(dgamma),
    dbeta: new Tensor(dbeta),
  };
}

/** Layer normalization of rows, wherever they come from. */
export function normalizeRows(
  dtype: FloatDtype,
  rows: number,
  cols: number,
  x: TypedArray,
  gamma: TypedArray,
  beta: TypedArray,
  epsilon: number,
): { y: TypedArray; pass: RowsPass } {
  const y = allocateResult(dtype, rows * cols);
  const [mean, inverse] = [allocateResult(dtype, rows), allocateResult(dtype, rows)];
  runOp('layer_norm', dtype, rows, cols, { x, gamma, beta, y, mean, inverse }, { epsilon });
  return { y, pass: { dtype, rows, cols, x, mean, inverse, gamma } };
}

/** The gradient of {@link normalizeRows} by x. */
export function rowGradients(
  dy: TypedArray,
  { dtype, rows, cols, x, mean, inverse, gamma }: RowsPass,
): TypedArray {
  const dx = allocateResult(dtype, rows * cols);
  runOp('layer_norm_backward', dtype, rows, cols, { dy, x, mean, inverse, gamma, dx }, { beta: 0 });
  return dx;
}
