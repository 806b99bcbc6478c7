import { expectation } from '../../core/describe.js';
import type { TypedArray } from '../../core/dtype.js';
import { ShapeError } from '../../core/errors.js';
import { formatShape } from '../../core/tensors/shape.js';
import { asTensor, type LabelsLike, type Tensor, type TensorLike } from '../../core/tensors/tensor.js';
import { Scratch } from '../../net/inputs.js';
import { type LossName, lossOf } from '../../nn/losses/index.js';
import { commonDtype } from './common-dtype.js';
import {
  type Given,
  givenResults,
  type Occupied,
  type Result,
  type ResultOptions,
  resultIn,
} from './given-results.js';
import { layerCall } from './layer-call.js';
import { type Forward, input2d, LayerCache, type Pass, passOf, upstream, wrongCache } from './layer-pass.js';
import { lossAndGradient } from './loss-and-gradient.js';

/** The gradients of an affine layer. */
export interface AffineGradients {
  /** Of x's shape. */
  readonly dx: Tensor;
  /** (D, M) */
  readonly dw: Tensor;
  /** (M) */
  readonly db: Tensor;
}

export interface LossResult {
  readonly loss: number;
  /** The gradient of the loss by x, (N, C). */
  readonly dx: Tensor;
}

/**
 * out = x·w + b, row by row (cs231n's and CS189's `affine_forward`).
 * @param x (N, d₁, …, d_k), computed with as (N, D), D = d₁·…·d_k
 * @param w (D, M)
 * @param b (M)
 * @returns out (N, M), and what {@link affineBackward} needs
 * @throws ShapeError, ArgumentError for what does not fit
 */
export function affineForward(
  x: TensorLike,
  w: TensorLike,
  b: TensorLike,
  options?: ResultOptions<'out'>,
): Forward {
  const { pass, result } = affine('affineForward', x, w, b, givenResults('affineForward', options, ['out']));
  result.deliver?.();
  return { out: result.tensor, cache: new LayerCache(pass) };
}

/**
 * The gradients of {@link affineForward}: dx = dout·wᵀ, dw = xᵀ·dout, db = Σ dout over the rows.
 * @param dout (N, M)
 */
export function affineBackward(
  dout: TensorLike,
  cache: LayerCache,
  options?: ResultOptions<'dx' | 'dw' | 'db'>,
): AffineGradients {
  const who = 'affineBackward';
  const pass = passOf(who, 'Linear', cache);
  return affineGradients(
    who,
    upstream(who, dout, pass),
    pass,
    givenResults(who, options, ['dx', 'dw', 'db']),
  );
}

/** What {@link affineReluForward} leaves: the caches of its two layers. */
export type AffineReluCache = readonly [affine: LayerCache, relu: LayerCache];

/** {@link affineForward}, then {@link reluForward} in the same memory. */
export function affineReluForward(
  x: TensorLike,
  w: TensorLike,
  b: TensorLike,
  options?: ResultOptions<'out'>,
): Forward<AffineReluCache> {
  const who = 'affineReluForward';
  const given = givenResults(who, options, ['out']);
  const { pass, result } = affine(who, x, w, b, given);
  const { rows, y } = pass;
  const { dtype, outputCols } = pass.call;
  const relu = layerCall('ReLU', dtype, outputCols, outputCols);
  relu.forward(rows, [y, y]);
  result.deliver?.();
  const gate: Pass = { call: relu, shape: [rows, outputCols], rows, x: y, y, parameters: [] };
  return { out: result.tensor, cache: [new LayerCache(pass), new LayerCache(gate)] };
}

/**
 * The gradients of {@link affineReluForward}.
 * @param dout (N, M)
 */
export function affineReluBackward(
  dout: TensorLike,
  cache: AffineReluCache,
  options?: ResultOptions<'dx' | 'dw' | 'db'>,
): AffineGradients {
  const who = 'affineReluBackward';
  if (!Array.isArray(cache) || cache.length !== 2) throw wrongCache(who, cache);
  const pass = passOf(who, 'Linear', cache[0]);
  const gate = passOf(who, 'ReLU', cache[1]);
  const given = givenResults(who, options, ['dx', 'dw', 'db']);
  const dy = upstream(who, dout, gate);
  const between = scratch.array(pass.call.dtype, dy.length);
  gate.call.backward(gate.rows, [gate.x, gate.y, dy, between]);
  return affineGradients(who, between, pass, given);
}

/**
 * Mean softmax cross-entropy (cs231n's and CS189's `softmax_loss`); stable for any finite scores.
 * @param x scores (N, C)
 * @param y N class indices, or (N, C) weights of the classes
 * @throws LabelError, ShapeError for what does not fit
 */
export function softmaxLoss(
  x: TensorLike,
  y: LabelsLike | TensorLike,
  options?: ResultOptions<'dx'>,
): LossResult {
  return lossFunction('softmaxLoss', 'softmaxCrossEntropy', x, y, options);
}

/**
 * Mean multiclass hinge loss, Σ max(0, x_j − x_y + 1) over the wrong classes (cs231n's `svm_loss`).
 * @param x scores (N, C)
 * @param y N class indices
 */
export function svmLoss(x: TensorLike, y: LabelsLike, options?: ResultOptions<'dx'>): LossResult {
  return lossFunction('svmLoss', 'hinge', x, y, options);
}

/**
 * 1/(2N) Σ (x − t)² (CS145).
 * @param x scores (N, C)
 * @param y (N, C) targets, or N class indices, which stand for one-hot rows
 */
export function mseLoss(
  x: TensorLike,
  y: LabelsLike | TensorLike,
  options?: ResultOptions<'dx'>,
): LossResult {
  return lossFunction('mseLoss', 'mse', x, y, options);
}

/** The forward pass of an affine layer, whose result its caller still has to deliver. */
function affine(
  who: string,
  x: TensorLike,
  w: TensorLike,
  b: TensorLike,
  given: Given,
): { readonly pass: Pass; readonly result: Result } {
  const dtype = commonDtype(x, w, b);
  const input = input2d(x, `${who}: x`, dtype);
  const weights = asTensor(w, `${who}: w`, { shape: [input.cols, 'M'], dtype, convert: true });
  const outputs = weights.shape[1]!;
  if (outputs === 0)
    throw new ShapeError(expectation(`${who}: w`, 'to have columns', formatShape(weights.shape)));
  const bias = asTensor(b, `${who}: b`, { shape: [outputs], dtype, convert: true }).elements();
  // A model's own W, shown (in, out) and stored (out, in), is read where it lies, too.
  const transposed = !weights.isContiguous && weights.T.isContiguous;
  const matrix = (transposed ? weights.T : weights).elements();
  const { rows } = input;
  const result = resultIn(
    who,
    given,
    'out',
    dtype,
    [rows, outputs],
    [
      { name: 'x', data: input.x },
      { name: 'w', data: matrix },
      { name: 'b', data: bias },
    ],
  );
  const call = layerCall('Linear', dtype, input.cols, outputs, transposed ? 'transposed' : 'matrix');
  const y = result.data;
  call.forward(rows, [input.x, matrix, bias, y]);
  return {
    pass: { call, shape: input.shape, rows, x: input.x, y, parameters: [matrix, bias] },
    result,
  };
}

function affineGradients(who: string, dy: TypedArray, pass: Pass, given: Given): AffineGradients {
  const { call, shape, rows, x, y, parameters } = pass;
  const { dtype, cols, outputCols } = call;
  const occupied: Occupied[] =
    given === undefined
      ? []
      : [
          { name: 'dout', data: dy },
          { name: 'x', data: x },
          ...parameters.map((data, i) => ({ name: i === 0 ? 'w' : 'b', data })),
        ];
  const dx = resultIn(who, given, 'dx', dtype, shape, occupied);
  occupied.push({ name: 'out.dx', data: dx.data });
  const dw = resultIn(who, given, 'dw', dtype, [cols, outputCols], occupied, call.layout === 'transposed');
  occupied.push({ name: 'out.dw', data: dw.data });
  const db = resultIn(who, given, 'db', dtype, [outputCols], occupied);
  call.backward(rows, [x, y, dy, ...parameters, dx.data, dw.data, db.data]);
  for (const result of [dx, dw, db]) result.deliver?.();
  return { dx: dx.tensor, dw: dw.tensor, db: db.tensor };
}

function lossFunction(
  who: string,
  name: LossName,
  scores: TensorLike,
  target: LabelsLike | TensorLike,
  options: ResultOptions<'dx'> | undefined,
): LossResult {
  const names = { scores: 'x', target: 'y' };
  const results = givenResults(who, options, ['dx']);
  const { loss, gradient } = lossAndGradient({
    loss: lossOf(who, name),
    who,
    names,
    scores,
    target,
    ...(results === undefined ? {} : { results }),
  });
  return { loss, dx: gradient };
}

/** Memory between the two layers of a backward pass. */
const scratch = new Scratch();
