import { expectation } from '../../core/describe.js';
import type { FloatDtype, TypedArray } from '../../core/dtype.js';
import { ShapeError } from '../../core/errors.js';
import { allocateResult } from '../../core/memory.js';
import { any, checkOptions, fraction, nonNegative, oneOf, optional } from '../../core/options.js';
import { formatShape } from '../../core/tensors/shape.js';
import { asTensor, Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import { commonDtype } from './common-dtype.js';
import { wrongCache } from './layer-pass.js';
import { runOp } from './op-call.js';

/** cs231n's `bn_param`. */
export interface BatchnormParam {
  /** `train`: normalize by the batch's mean and variance, and let the running ones follow. `test`: normalize by the running ones. */
  readonly mode: 'train' | 'test';
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
  /** How much of the old running statistics remains: running = momentum·running + (1 − momentum)·batch; default 0.9. */
  readonly momentum?: number;
  /** (D); default zeros. */
  readonly runningMean?: TensorLike | undefined;
  /** (D), of biased variances; default zeros. */
  readonly runningVar?: TensorLike | undefined;
}

/** The result of a batch normalization. */
export interface BatchnormForward<Cache = BatchnormCache> {
  /** Of x's shape. */
  readonly out: Tensor;
  readonly cache: Cache;
  /** For the next call: the parameter with its running statistics brought up to date. The one that was given is as it was. */
  readonly bnParam: BatchnormParam & { readonly runningMean: Tensor; readonly runningVar: Tensor };
}

/** The gradients of a normalization. */
export interface NormGradients {
  /** Of x's shape. */
  readonly dx: Tensor;
  /** (D), or as gamma was given. */
  readonly dgamma: Tensor;
  readonly dbeta: Tensor;
}

/** What {@link batchnormForward} leaves to its backward function. */
export class BatchnormCache {
  /** Made by the forward functions. */
  readonly pass: ColumnsPass;
  constructor(pass: ColumnsPass) {
    this.pass = pass;
  }
}

/** Rows whose columns were normalized. */
export interface ColumnsPass {
  readonly dtype: FloatDtype;
  readonly rows: number;
  readonly cols: number;
  readonly x: TypedArray;
  readonly mean: TypedArray;
  readonly inverse: TypedArray;
  readonly gamma: TypedArray;
  /** Whether mean and inverse are x's own, and so move with it. */
  readonly own: boolean;
}

/**
 * Batch normalization (Ioffe and Szegedy 2015; cs231n's `batchnorm_forward`): out = (x − μ)/√(σ² + eps)·gamma + beta, column by column.
 *
 * μ and σ² are the batch's mean and biased variance for the mode `train`, and the running ones for `test`. As in cs231n, and other than in
 * PyTorch, the momentum is that of the old value and the running variance is of biased ones. A batch of one row has variance 0, and its
 * out is beta.
 *
 * ```ts
 * let bnParam: BatchnormParam = { mode: 'train' };
 * for (…) ({ out, cache, bnParam } = batchnormForward(x, gamma, beta, bnParam));
 * ```
 * @param x (N, D)
 * @param gamma (D)
 * @param beta (D)
 * @returns out (N, D), what {@link batchnormBackward} needs, and the parameter for the next call
 * @throws ShapeError, ArgumentError for what does not fit
 */
export function batchnormForward(
  x: TensorLike,
  gamma: TensorLike,
  beta: TensorLike,
  bnParam: BatchnormParam,
): BatchnormForward {
  const who = 'batchnormForward';
  const dtype = commonDtype(x, gamma, beta);
  const tensor = matrix(x, `${who}: x`, dtype);
  const [rows, cols] = tensor.shape as [number, number];
  const scale = columnValues(gamma, `${who}: gamma`, cols, dtype);
  const shift = columnValues(beta, `${who}: beta`, cols, dtype);
  const { y, pass, next } = normalizeColumns(
    who,
    dtype,
    rows,
    cols,
    tensor.elements(),
    scale,
    shift,
    bnParam,
  );
  return { out: new Tensor(y, [rows, cols]), cache: new BatchnormCache(pass), bnParam: next };
}

/**
 * The gradients of {@link batchnormForward}: dgamma = Σ dout·x̂ and dbeta = Σ dout over the rows, and for the mode `train`
 * dx = gamma/√(σ² + eps)·(dout − (dbeta + x̂·dgamma)/N); for `test`, where nothing depends on the batch, dx = gamma/√(σ² + eps)·dout.
 * @param dout (N, D)
 */
export function batchnormBackward(dout: TensorLike, cache: BatchnormCache): NormGradients {
  return batchnormGradients('batchnormBackward', dout, cache);
}

/** {@link batchnormBackward} by its other name: cs231n has one of a graph of small steps, and this one of the simplified formula. */
export function batchnormBackwardAlt(dout: TensorLike, cache: BatchnormCache): NormGradients {
  return batchnormGradients('batchnormBackwardAlt', dout, cache);
}

function batchnormGradients(who: string, dout: TensorLike, cache: BatchnormCache): NormGradients {
  if (!(cache instanceof BatchnormCache)) throw wrongCache(who, cache, 'batchnormForward');
  const { dtype, rows, cols } = cache.pass;
  const dy = asTensor(dout, `${who}: dout`, { shape: [rows, cols], dtype, convert: true }).elements();
  const { dx, dgamma, dbeta } = columnGradients(dy, cache.pass);
  return { dx: new Tensor(dx, [rows, cols]), dgamma: new Tensor(dgamma), dbeta: new Tensor(dbeta) };
}

/** Batch normalization of rows of columns, wherever they come from. */
export function normalizeColumns(
  who: string,
  dtype: FloatDtype,
  rows: number,
  cols: number,
  x: TypedArray,
  gamma: TypedArray,
  beta: TypedArray,
  bnParam: BatchnormParam,
): { y: TypedArray; pass: ColumnsPass; next: BatchnormForward['bnParam'] } {
  const { mode, eps, momentum, runningMean, runningVar } = checkOptions(`${who}: bnParam`, bnParam, {
    mode: oneOf('train', 'test'),
    eps: optional(nonNegative, 1e-5),
    momentum: optional(fraction, 0.9),
    runningMean: optional(any),
    runningVar: optional(any),
  });
  const running = [
    ['runningMean', runningMean],
    ['runningVar', runningVar],
  ].map(([name, given]) => {
    if (given === undefined) return allocateResult(dtype, cols).fill(0);
    return columnValues(given as TensorLike, `${who}: bnParam.${name}`, cols, dtype).slice();
  });
  const [keptMean, keptVariance] = running as [TypedArray, TypedArray];
  const own = mode === 'train';
  const [mean, variance] = own ? statisticsOf(dtype, rows, cols, x) : [keptMean, keptVariance];
  const inverse = allocateResult(dtype, cols);
  runOp('inverse_deviation', dtype, 1, cols, { variance, inverse }, { epsilon: eps });
  if (own) {
    const weight = 1 - momentum;
    runOp('lerp', dtype, 1, cols, { x: mean, y: keptMean }, { weight });
    runOp('lerp', dtype, 1, cols, { x: variance, y: keptVariance }, { weight });
  }
  const y = allocateResult(dtype, rows * cols);
  runOp('batch_norm', dtype, rows, cols, { x, mean, inverse, gamma, beta, y }, {});
  return {
    y,
    pass: { dtype, rows, cols, x, mean, inverse, gamma, own },
    next: { ...bnParam, runningMean: new Tensor(keptMean), runningVar: new Tensor(keptVariance) },
  };
}

/** Mean and biased variance of each column. */
function statisticsOf(
  dtype: FloatDtype,
  rows: number,
  cols: number,
  x: TypedArray,
): [TypedArray, TypedArray] {
  const [mean, variance, unbiased] = [0, 1, 2].map(() => allocateResult(dtype, cols)) as TypedArray[];
  runOp('column_mean', dtype, rows, cols, { x, mean: mean! }, {});
  runOp(
    'column_variance',
    dtype,
    rows,
    cols,
    { x, mean: mean!, variance: variance!, unbiased: unbiased! },
    {},
  );
  return [mean!, variance!];
}

/** The gradients of {@link normalizeColumns}. */
export function columnGradients(
  dy: TypedArray,
  { dtype, rows, cols, x, mean, inverse, gamma, own }: ColumnsPass,
): { dx: TypedArray; dgamma: TypedArray; dbeta: TypedArray } {
  const [dgamma, dbeta] = [allocateResult(dtype, cols), allocateResult(dtype, cols)];
  const dx = allocateResult(dtype, rows * cols);
  runOp('batch_norm_sums', dtype, rows, cols, { dy, x, mean, inverse, dgamma, dbeta }, {});
  const onto = { beta: 0 };
  if (own) {
    const memory = { dy, x, mean, inverse, gamma, dgamma, dbeta, dx };
    runOp('batch_norm_backward', dtype, rows, cols, memory, onto);
  } else {
    runOp('batch_norm_fixed_backward', dtype, rows, cols, { dy, inverse, gamma, dx }, onto);
  }
  return { dx, dgamma, dbeta };
}

/** A matrix with rows and columns. */
export function matrix(value: TensorLike, what: string, dtype: FloatDtype): Tensor {
  const tensor = asTensor(value, what, { shape: ['N', 'D'], dtype, convert: true });
  if (tensor.size > 0) return tensor;
  throw new ShapeError(
    expectation(what, 'to have at least one row and column', `shape ${formatShape(tensor.shape)}`),
  );
}

/** One number a column. */
export function columnValues(value: TensorLike, what: string, cols: number, dtype: FloatDtype): TypedArray {
  return asTensor(value, what, { shape: [cols], dtype, convert: true }).elements();
}
