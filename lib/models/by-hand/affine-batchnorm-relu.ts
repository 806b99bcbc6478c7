import type { Tensor, TensorLike } from '../../core/tensors/tensor.js';
import { reluBackward, reluForward } from './activations.js';
import {
  type BatchnormCache,
  type BatchnormForward,
  type BatchnormParam,
  batchnormBackward,
  batchnormForward,
} from './batchnorm.js';
import { type AffineGradients, affineBackward, affineForward } from './functional.js';
import { type LayerCache, wrongCache } from './layer-pass.js';

/** What {@link affineBatchnormReluForward} leaves: the caches of its three layers. */
export type AffineBatchnormReluCache = readonly [
  affine: LayerCache,
  batchnorm: BatchnormCache,
  relu: LayerCache,
];

/** The gradients of {@link affineBatchnormReluForward}. */
export interface AffineBatchnormReluGradients extends AffineGradients {
  /** (M) */
  readonly dgamma: Tensor;
  /** (M) */
  readonly dbeta: Tensor;
}

/**
 * affineForward, then batchnormForward, then reluForward (cs231n's `affine_bn_relu_forward`).
 * @param x (N, d₁, …, d_k)
 * @param w (D, M)
 * @param b (M)
 * @param gamma (M)
 * @param beta (M)
 * @returns out (N, M), what {@link affineBatchnormReluBackward} needs, and bnParam for the next call
 */
export function affineBatchnormReluForward(
  x: TensorLike,
  w: TensorLike,
  b: TensorLike,
  gamma: TensorLike,
  beta: TensorLike,
  bnParam: BatchnormParam,
): BatchnormForward<AffineBatchnormReluCache> {
  const affine = affineForward(x, w, b);
  const normalized = batchnormForward(affine.out, gamma, beta, bnParam);
  const relu = reluForward(normalized.out);
  return {
    out: relu.out,
    cache: [affine.cache, normalized.cache, relu.cache],
    bnParam: normalized.bnParam,
  };
}

/**
 * The gradients of {@link affineBatchnormReluForward}.
 * @param dout (N, M)
 */
export function affineBatchnormReluBackward(
  dout: TensorLike,
  cache: AffineBatchnormReluCache,
): AffineBatchnormReluGradients {
  if (!Array.isArray(cache) || cache.length !== 3) throw wrongCache('affineBatchnormReluBackward', cache);
  const [affine, batchnorm, relu] = cache as unknown as AffineBatchnormReluCache;
  const { dx, dgamma, dbeta } = batchnormBackward(reluBackward(dout, relu), batchnorm);
  return { ...affineBackward(dx, affine), dgamma, dbeta };
}
