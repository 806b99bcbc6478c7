import { describe, expectation } from '../core/describe.js';
import type { FloatDtype, TypedArray } from '../core/dtype.js';
import { ArgumentError, ShapeError } from '../core/errors.js';
import { allocateResult } from '../core/memory.js';
import { elementCount, formatShape } from '../core/shape.js';
import { asTensor, type LabelsLike, Tensor, type TensorLike } from '../core/tensor.js';
import { type BoundParameter, type Layer, type Layout, storedShape } from '../nn/layer.js';
import { layers } from '../nn/layers/index.js';
import type { LossName } from '../nn/losses.js';
import { ProgramBuilder } from '../ops/builder.js';
import { BoundProgram } from './bound-program.js';
import { commonDtype } from './common-dtype.js';
import { asTarget } from './inputs.js';
import { lowerLoss } from './lowering.js';

/** What a layer's forward function leaves to its backward function. */
export class LayerCache {
  /** Made by the forward functions. */
  readonly pass: Pass;
  constructor(pass: Pass) {
    this.pass = pass;
  }
}

/** One layer applied to one input. */
interface Pass {
  readonly layer: Layer;
  readonly dtype: FloatDtype;
  /** As the caller gave it; computed with as (rows, cols). */
  readonly shape: readonly number[];
  readonly rows: number;
  readonly cols: number;
  readonly outputCols: number;
  readonly x: TypedArray;
  readonly y: TypedArray;
  readonly parameters: readonly PassParameter[];
}

/** A parameter where it lies. */
interface PassParameter {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly layout: Layout;
}

/** The result of a forward function. */
export interface Forward<Cache = LayerCache> {
  readonly out: Tensor;
  readonly cache: Cache;
}

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
export function affineForward(x: TensorLike, w: TensorLike, b: TensorLike): Forward {
  const who = 'affineForward';
  const dtype = commonDtype(x, w, b);
  const input = input2d(x, `${who}: x`, dtype);
  const weights = asTensor(w, `${who}: w`, { shape: [input.cols, 'M'], dtype, convert: true });
  const [, outputs = 0] = weights.shape;
  if (outputs === 0)
    throw new ShapeError(expectation(`${who}: w`, 'to have columns', formatShape(weights.shape)));
  const bias = asTensor(b, `${who}: b`, { shape: [outputs], dtype, convert: true });
  // A model's own W, shown (in, out) and stored (out, in), is read where it lies, too.
  const transposed = !weights.isContiguous && weights.T.isContiguous;
  return forward(new layers.Linear(input.cols, outputs), dtype, input, [
    {
      data: (transposed ? weights.T : weights).elements(),
      shape: weights.shape,
      layout: transposed ? 'transposed' : 'matrix',
    },
    { data: bias.elements(), shape: bias.shape, layout: 'row' },
  ]);
}

/**
 * The gradients of {@link affineForward}: dx = dout·wᵀ, dw = xᵀ·dout, db = Σ dout over the rows.
 * @param dout (N, M)
 */
export function affineBackward(dout: TensorLike, cache: LayerCache): AffineGradients {
  const [dx, dw, db] = backward('affineBackward', 'Linear', dout, cache) as [Tensor, Tensor, Tensor];
  return { dx, dw, db };
}

/**
 * out = max(x, 0), elementwise.
 * @param x any shape
 */
export function reluForward(x: TensorLike): Forward {
  return elementwiseForward('reluForward', new layers.ReLU(), x);
}

/**
 * dx = dout where out > 0, else 0.
 * @param dout of x's shape
 * @returns dx, of x's shape
 */
export function reluBackward(dout: TensorLike, cache: LayerCache): Tensor {
  return backward('reluBackward', 'ReLU', dout, cache)[0]!;
}

/**
 * out = 1 / (1 + e⁻ˣ), elementwise.
 * @param x any shape
 */
export function sigmoidForward(x: TensorLike): Forward {
  return elementwiseForward('sigmoidForward', new layers.Sigmoid(), x);
}

/**
 * dx = dout · out · (1 − out).
 * @param dout of x's shape
 */
export function sigmoidBackward(dout: TensorLike, cache: LayerCache): Tensor {
  return backward('sigmoidBackward', 'Sigmoid', dout, cache)[0]!;
}

/**
 * out = tanh x, elementwise.
 * @param x any shape
 */
export function tanhForward(x: TensorLike): Forward {
  return elementwiseForward('tanhForward', new layers.Tanh(), x);
}

/**
 * dx = dout · (1 − out²).
 * @param dout of x's shape
 */
export function tanhBackward(dout: TensorLike, cache: LayerCache): Tensor {
  return backward('tanhBackward', 'Tanh', dout, cache)[0]!;
}

/** What {@link affineReluForward} leaves: the caches of its two layers. */
export type AffineReluCache = readonly [affine: LayerCache, relu: LayerCache];

/** {@link affineForward}, then {@link reluForward}. */
export function affineReluForward(x: TensorLike, w: TensorLike, b: TensorLike): Forward<AffineReluCache> {
  const affine = affineForward(x, w, b);
  const relu = reluForward(affine.out);
  return { out: relu.out, cache: [affine.cache, relu.cache] };
}

/**
 * The gradients of {@link affineReluForward}.
 * @param dout (N, M)
 */
export function affineReluBackward(dout: TensorLike, cache: AffineReluCache): AffineGradients {
  if (!Array.isArray(cache) || cache.length !== 2) throw wrongCache('affineReluBackward', cache);
  const [affine, relu] = cache as AffineReluCache;
  return affineBackward(reluBackward(dout, relu), affine);
}

/**
 * Mean softmax cross-entropy (cs231n's and CS189's `softmax_loss`); stable for any finite scores.
 * @param x scores (N, C)
 * @param y N class indices, or (N, C) weights of the classes
 * @throws LabelError, ShapeError for what does not fit
 */
export function softmaxLoss(x: TensorLike, y: LabelsLike | TensorLike): LossResult {
  return lossOf('softmaxLoss', 'softmaxCrossEntropy', x, y);
}

/**
 * Mean multiclass hinge loss, Σ max(0, x_j − x_y + 1) over the wrong classes (cs231n's `svm_loss`).
 * @param x scores (N, C)
 * @param y N class indices
 */
export function svmLoss(x: TensorLike, y: LabelsLike): LossResult {
  return lossOf('svmLoss', 'hinge', x, y);
}

/**
 * 1/(2N) Σ (x − t)² (CS145).
 * @param x scores (N, C)
 * @param y (N, C) targets, or N class indices, which stand for one-hot rows
 */
export function mseLoss(x: TensorLike, y: LabelsLike | TensorLike): LossResult {
  return lossOf('mseLoss', 'mse', x, y);
}

function elementwiseForward(who: string, layer: Layer, x: TensorLike): Forward {
  const dtype = commonDtype(x);
  return forward(layer, dtype, input2d(x, `${who}: x`, dtype), []);
}

/** Runs the forward pass of a layer's definition on the caller's memory. */
function forward(
  layer: Layer,
  dtype: FloatDtype,
  { x, shape, rows, cols }: Input,
  parameters: readonly PassParameter[],
): Forward {
  const outputCols = layer.outputSize(cols);
  const y = allocateResult(dtype, rows * outputCols);
  const program = cached(programKey('forward', layer, dtype, cols, parameters), () => {
    const builder = new ProgramBuilder(dtype);
    const bound = bindParameters(builder, parameters);
    const input = builder.external('x', 'batch', cols);
    builder.expose(layer.forward(builder, input, bound), 'y');
    return builder;
  });
  program.run(rows, { x, y, ...parameterBuffers(parameters) });
  const outShape = parameters.length === 0 ? shape : [rows, outputCols];
  return {
    out: new Tensor(y, outShape),
    cache: new LayerCache({ layer, dtype, shape, rows, cols, outputCols, x, y, parameters }),
  };
}

/** Runs the backward pass of a layer's definition; returns dx and the gradients of the parameters. */
function backward(who: string, kind: string, dout: TensorLike, cache: LayerCache): Tensor[] {
  if (!(cache instanceof LayerCache) || cache.pass.layer.kind !== kind) throw wrongCache(who, cache);
  const { layer, dtype, shape, rows, cols, outputCols, x, y, parameters } = cache.pass;
  const doutShape = parameters.length === 0 ? shape : [rows, outputCols];
  const upstream = asTensor(dout, `${who}: dout`, { shape: doutShape, dtype, convert: true });
  const program = cached(programKey('backward', layer, dtype, cols, parameters), () => {
    const builder = new ProgramBuilder(dtype);
    const bound = bindParameters(builder, parameters);
    const saved = {
      x: builder.external('x', 'batch', cols),
      y: builder.external('y', 'batch', outputCols),
      parameters: bound,
    };
    const dy = builder.external('dy', 'batch', outputCols);
    const dx = layer.backward(builder, dy, saved, { beta: 0, inputGradient: true });
    if (dx !== undefined) builder.expose(dx, 'dx');
    return builder;
  });
  const dx = allocateResult(dtype, rows * cols);
  const gradients = parameters.map(({ data }) => allocateResult(dtype, data.length));
  const named = Object.fromEntries(gradients.map((data, i) => [`gradient${i}`, data]));
  program.run(rows, { x, y, dy: upstream.elements(), dx, ...parameterBuffers(parameters), ...named });
  return [
    new Tensor(dx, shape),
    ...gradients.map((data, i) => {
      const { shape: shown, layout } = parameters[i]!;
      return layout === 'transposed' ? new Tensor(data, shown.toReversed()).T : new Tensor(data, shown);
    }),
  ];
}

function lossOf(who: string, loss: LossName, x: TensorLike, y: LabelsLike | TensorLike): LossResult {
  const dtype = commonDtype(x);
  const scores = asTensor(x, `${who}: x`, { rank: 2, dtype, convert: true });
  const [count = 0, cols = 0] = scores.shape;
  if (scores.size === 0) {
    throw new ShapeError(
      expectation(`${who}: x`, 'to have at least one row and column', `shape ${formatShape(scores.shape)}`),
    );
  }
  const target = asTarget(y, count, cols, `${who}: y`, loss, dtype);
  const program = cached(`${loss} ${dtype} ${cols} ${target.kind}`, () =>
    lowerLoss(loss, cols, dtype, target.kind),
  );
  const dscores = allocateResult(dtype, count * cols);
  program.run(count, { scores: scores.elements(), [target.kind]: target.data, dscores });
  return { loss: program.scalar('loss'), dx: new Tensor(dscores, [count, cols]) };
}

interface Input {
  readonly x: TypedArray;
  readonly shape: readonly number[];
  readonly rows: number;
  readonly cols: number;
}

/** x with its first axis as rows and all others as columns. */
function input2d(value: TensorLike, what: string, dtype: FloatDtype): Input {
  const tensor = asTensor(value, what, { dtype, convert: true });
  const { shape } = tensor;
  if (tensor.size === 0) {
    throw new ShapeError(expectation(what, 'to have at least one element', `shape ${formatShape(shape)}`));
  }
  const rows = shape.length < 2 ? 1 : shape[0]!;
  return { x: tensor.elements(), shape, rows, cols: elementCount(shape) / rows };
}

function bindParameters(builder: ProgramBuilder, parameters: readonly PassParameter[]): BoundParameter[] {
  return parameters.map(({ shape, layout }, i) => {
    const [rows, cols] = storedShape(shape, layout);
    return {
      slot: builder.external(`parameter${i}`, rows, cols),
      gradient: builder.external(`gradient${i}`, rows, cols),
      layout,
    };
  });
}

/** In the forward pass nothing is written into the gradients, but all buffers are bound. */
function parameterBuffers(parameters: readonly PassParameter[]): Record<string, TypedArray> {
  return Object.fromEntries(
    parameters.flatMap(({ data }, i) => [
      [`parameter${i}`, data],
      [`gradient${i}`, data],
    ]),
  );
}

function programKey(
  pass: string,
  layer: Layer,
  dtype: FloatDtype,
  cols: number,
  parameters: readonly PassParameter[],
): string {
  return [pass, layer.kind, dtype, cols, ...parameters.map(({ shape, layout }) => `${layout}${shape}`)].join(
    ' ',
  );
}

/** The programs used last, the latest at the end. */
const programs = new Map<string, BoundProgram>();
const mostPrograms = 64;

function cached(key: string, build: () => ProgramBuilder): BoundProgram {
  const program = programs.get(key) ?? new BoundProgram(build(), {});
  programs.delete(key);
  programs.set(key, program);
  const [oldest] = programs.keys();
  if (programs.size > mostPrograms && oldest !== undefined) programs.delete(oldest);
  return program;
}

function wrongCache(who: string, cache: unknown): ArgumentError {
  const forwardName = who.replace('Backward', 'Forward');
  return new ArgumentError(
    `${who}: expected the cache that ${forwardName} returned but received ${describe(cache)}`,
  );
}
